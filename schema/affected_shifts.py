"""The shifts that would go with a change of their building, as an administrator is shown them."""

from datetime import date, datetime
from uuid import UUID

import strawberry

from app.buildings import consequences
from app.buildings.fitting import Misfit
from app.identity import models
from app.shifts.spans import Slot
from schema.enums import describe
from schema.fields import loaded_field
from schema.members import Member, member_of
from schema.optional import when_present

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

    @loaded_field(
        description="Whose it is; null where the viewer may not see where that member works. They are told too.",
        key=lambda shift: shift.member_id,
        loader=lambda loaders: loaders.members,
    )
    def member(self, row: models.Member | None) -> Member | None:
        return when_present(row, member_of)


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
