"""Shifts for tests that begin where they are already booked, and members who said who may see theirs."""

from datetime import date
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from app import clock
from app.buildings.models import Area, Building, Floor
from app.identity.models import LocationSharing, Member, Organisation
from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Part, span_of


async def make_shift(
    member: Member,
    day: date,
    building: Building | None = None,
    *,
    floor: Floor | None = None,
    area: Area | None = None,
    kind: WorkKind | None = None,
    part: Part | None = None,
    booked_by: Member | None = None,
    is_cancelled: bool = False,
) -> Shift:
    """At the building where there is one, else remote."""
    part = part or Part()
    zone = building.time_zone if building else "Europe/Amsterdam"
    span = span_of(day, part, ZoneInfo(zone))
    return await Shift.create(
        organisation_id=member.organisation_id,
        member_id=member.id,
        booked_by_id=booked_by.id if booked_by else None,
        kind=kind or (WorkKind.AT_OFFICE if building else WorkKind.REMOTE),
        building_id=building.id if building else None,
        floor_id=floor.id if floor else None,
        area_id=area.id if area else None,
        date=day,
        slot=part.slot,
        starts_at=span.start,
        ends_at=span.end,
        time_zone=zone,
        last_change_id=uuid4(),
        created_at=clock.now(),
        cancelled_at=clock.now() if is_cancelled else None,
    )


async def shares(member: Member, sharing: LocationSharing | None) -> None:
    """The member's own word; null where they said nothing."""
    word = sharing or LocationSharing.PEOPLE_I_MEET
    await (
        Member.of(member.organisation_id)
        .filter(id=member.id)
        .update(location_sharing=word, chose_sharing=sharing is not None)
    )


async def organisation_shares(
    organisation_id: UUID,
    default: LocationSharing = LocationSharing.PEOPLE_I_MEET,
    widest: LocationSharing = LocationSharing.EVERYONE,
) -> None:
    """What holds for those who said nothing, and the most that holds for anybody."""
    await Organisation.filter(id=organisation_id).update(default_sharing=default, widest_sharing=widest)
