"""In which time zone a member works who is at no office, where they do not say."""

from uuid import UUID
from zoneinfo import available_timezones

from app.buildings.models import Building
from app.errors import InvalidInput, ProblemCode
from app.identity.principal import Principal
from app.shifts.models import WorkKind
from app.shifts.visibility import shifts_in_view

_TIME_ZONES = frozenset(available_timezones())


def check_zone(name: str) -> str:
    """The name itself. Raises InvalidInput where no zone has it."""
    if name not in _TIME_ZONES:
        raise InvalidInput(
            "timeZone",
            "This time zone is not known.",
            code=ProblemCode.UNKNOWN_TIME_ZONE,
            remedy="Use an IANA name such as Europe/Amsterdam.",
        )
    return name


async def usual_zone(principal: Principal, member_id: UUID) -> str:
    """That of the office where their latest shift was, else of the organisation's first building, else UTC.

    Whoever books for somebody else is told the zone: of that person's shifts only those count that they may see.
    """
    at_office = shifts_in_view(principal).filter(member_id=member_id, kind=WorkKind.AT_OFFICE)
    latest = await at_office.order_by("-starts_at", "-id").first()
    if latest is not None:
        return latest.time_zone
    first = (
        await Building.of(principal.organisation_id)
        .filter(removed_at__isnull=True)
        .order_by("created_at", "id")
        .first()
    )
    return first.time_zone if first is not None else "UTC"
