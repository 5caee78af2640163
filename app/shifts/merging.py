"""The shifts of two members who are one: nobody works in two places, so the survivor's stay, the other's give way."""

from uuid import uuid4

from app import clock
from app.identity.models import Member
from app.shifts import entries
from app.shifts.acting import lock_buildings
from app.shifts.models import Shift, ShiftEnd


async def make_way(emptied: Member, survivor: Member) -> None:
    """Cancel what the emptied member's shifts have in common with the survivor's. Call with both rows locked, before
    what is the one's becomes the other's.
    """
    present = Shift.of(survivor.organisation_id).filter(cancelled_at__isnull=True)
    theirs = await present.filter(member_id=emptied.id)
    if not theirs:
        return
    # An administrator who changes a building at this moment writes its shifts too.
    await lock_buildings(survivor.organisation_id, {shift.building_id for shift in theirs if shift.building_id})
    own = await present.filter(member_id=survivor.id, ends_at__gt=min(shift.starts_at for shift in theirs))
    double = [shift for shift in theirs if any(shift.clashes_with(other) for other in own)]
    if not double:
        return
    values = {"cancelled_at": clock.now(), "end_reason": ShiftEnd.MERGED, "last_change_id": uuid4()}
    await Shift.of(survivor.organisation_id).filter(id__in=[shift.id for shift in double]).update(**values)
    for shift in double:
        shift.update_from_dict(values)
    await entries.follow(double)


async def own_what_was_booked_for_oneself(survivor: Member) -> None:
    """What one of the two booked for the other was booked by the member themself; call once it is all theirs."""
    own = Shift.of(survivor.organisation_id).filter(member_id=survivor.id, booked_by_id=survivor.id)
    await own.update(booked_by_id=None)
