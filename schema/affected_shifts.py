"""The shifts that would go with a change of their building, as an administrator is shown them."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from app.buildings import consequences
from app.buildings.fitting import Misfit
from app.shifts.spans import Slot
from schema.context import Info
from schema.enums import describe
from schema.members import Member, member_of
from schema.permissions import member_field

describe(
    Misfit,
    "Why a shift no longer fits its building.",
    {
        Misfit.PLACE_REMOVED: "Its building, floor or area is removed.",
        Misfit.BUILDING_CLOSED: "The building is closed on that day of the week.",
        Misfit.SLOT_NOT_OFFERED: "The building can no longer be booked for that part of a day.",
        Misfit.OUTSIDE_OPENING_HOURS: "The building is not open at all of its times.",
        Misfit.OVERLAPS: "With the new time zone or afternoon it moves onto another shift of the same member.",
        Misfit.OVER_CAPACITY: (
            "The building, its floor or its area takes fewer people than have booked; those who booked last go."
        ),
    },
    name="MisfitReason",
)


@strawberry.type(description="A shift that would be cancelled because it no longer fits its building.")
class AffectedShift:
    day: date = strawberry.field(name="date", description="Its day, in the building's time zone.")
    slot: Slot = strawberry.field(description="Which part of that day.")
    start: datetime = strawberry.field(description="When it begins, an instant in UTC, as it is booked now.")
    end: datetime = strawberry.field(description="When it ends, an instant in UTC, as it is booked now.")
    floor: str | None = strawberry.field(
        description="What its floor is called; null where the building as a whole was booked."
    )
    area: str | None = strawberry.field(description="What its area is called; null where none was booked.")
    reason: Misfit = strawberry.field(description="Why it would be cancelled.")
    member_id: strawberry.Private[UUID | None]

    @member_field(
        description="Whose it is; null where the viewer may not see where that member works. They are told too."
    )
    async def member(self, info: Info) -> Member | None:
        row = await info.context.loaders.members.load(self.member_id) if self.member_id else None
        return member_of(info.context.ids, row) if row else None


def affected_shift_of(shift: consequences.AffectedShift) -> AffectedShift:
    """A shift as an administrator is shown it."""
    return AffectedShift(
        day=shift.date,
        slot=shift.slot,
        start=shift.start,
        end=shift.end,
        floor=shift.floor,
        area=shift.area,
        reason=shift.reason,
        member_id=shift.member_id,
    )
