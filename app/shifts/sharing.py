"""Who may see where a member works: the rule itself, without a database. Services ask it, and nobody else decides.

A member's own word holds as far as the organisation lets it; where they said nothing the organisation's default does.
"""

from app.identity.models import LocationSharing
from app.suites.events import Response

_WIDTH = {LocationSharing.NOBODY: 0, LocationSharing.PEOPLE_I_MEET: 1, LocationSharing.EVERYONE: 2}
_TAKES_PART = frozenset({Response.ORGANISER, Response.ACCEPTED})


def in_force(
    word: LocationSharing, *, chose: bool, default: LocationSharing, widest: LocationSharing
) -> LocationSharing:
    """What holds for a member: their word where they chose, else the default, and never more than the widest."""
    return min(word if chose else default, widest, key=_WIDTH.__getitem__)


def is_wider(one: LocationSharing, other: LocationSharing) -> bool:
    """Whether the one shows more than the other."""
    return _WIDTH[one] > _WIDTH[other]


def shown_everywhere(sharing: LocationSharing) -> bool:
    """Whether colleagues see it outside events too."""
    return sharing is LocationSharing.EVERYONE


def shown_on_event(sharing: LocationSharing, response: Response, *, takes_place: bool) -> bool:
    """Whether somebody who can see an event sees where an attendee of it works.

    Anybody can invite anybody, so an invitation reveals nothing: only what the attendee did themselves, organising the
    event or accepting it, makes those on it people whom they meet.
    """
    if sharing is LocationSharing.PEOPLE_I_MEET:
        return takes_place and takes_part(response)
    return shown_everywhere(sharing)


def takes_part(response: Response) -> bool:
    """Whether somebody on an event did something themselves to be there: organise it, or accept."""
    return response in _TAKES_PART
