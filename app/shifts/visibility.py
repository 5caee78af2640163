"""Which shifts a member may see outside events: `app.shifts.sharing` as something that filters rows in their statement.

A member sees their own shifts, those of colleagues whose sharing in force is EVERYONE, and those that they booked for
somebody who has not changed them since. PEOPLE_I_MEET and NOBODY hide here, and an administrator sees no more than
anybody else. What is hidden is not there: lists, counts and `node` answer as if it did not exist.
"""

from tortoise.expressions import Q, Subquery
from tortoise.queryset import QuerySet

from app.identity.models import LocationSharing, Member
from app.identity.principal import Principal
from app.shifts.models import Shift

_EVERYONE = LocationSharing.EVERYONE
_SHARED_WITH_EVERYONE = Q(organisation__widest_sharing=_EVERYONE) & (
    Q(chose_sharing=True, location_sharing=_EVERYONE) | Q(chose_sharing=False, organisation__default_sharing=_EVERYONE)
)
"""Of a member: that EVERYONE is in force. A test holds it against `sharing.in_force`, whatever was chosen."""


def in_view(principal: Principal) -> Q:
    """What a statement over shifts asks for where the member may see them; without a join, to combine with any."""
    shared = Member.of(principal.organisation_id).filter(_SHARED_WITH_EVERYONE).values("id")
    return Q(
        Q(member_id=principal.member_id),
        Q(booked_by_id=principal.member_id),
        Q(member_id__in=Subquery(shared)),
        join_type=Q.OR,
    )


def shifts_in_view(principal: Principal) -> QuerySet[Shift]:
    """The shifts that the member may see, cancelled and past ones included."""
    return Shift.of(principal.organisation_id).filter(in_view(principal))
