"""How full a building, a floor or an area is, as far as the viewer may know it."""

from dataclasses import dataclass
from datetime import date, time
from typing import Annotated
from zoneinfo import ZoneInfo

import strawberry

from app import clock
from app.buildings import models
from app.errors import InvalidInput
from app.shifts.capacity import Place
from app.shifts.occupancy import OccupancyKey, least_left
from app.shifts.spans import Part, Slot, span_of
from schema.context import Context

Day = Annotated[
    date | None,
    strawberry.argument(name="date", description="On which day, in the building's time zone; null: its today."),
]
WantedSlot = Annotated[Slot, strawberry.argument(description="In which part of that day; `TIMES` needs both times.")]
Starts = Annotated[
    time | None, strawberry.argument(description="Of `TIMES`: from when, in the building's time zone; else null.")
]
Ends = Annotated[
    time | None, strawberry.argument(description="Of `TIMES`: until when, later than `start`; null for other slots.")
]
DESCRIPTION = (
    "How full it is in a part of a day. Who takes a place in an area counts on its floor and in its building too. "
    "Raises `BAD_USER_INPUT` where the times do not go with the slot."
)


@strawberry.type(
    description=(
        "How full a place is at the busiest moment of a part of a day. Those whom the viewer may see are counted one "
        "by one; of the others whole fives are counted and the rest is not, so that no count tells where one person is."
    )
)
class Occupancy:
    day: date = strawberry.field(name="date", description="The day, in the building's time zone.")
    slot: Slot = strawberry.field(description="The part of the day.")
    people: int = strawberry.field(
        description="How many people are there, as far as the viewer may know it; exact where the place is full."
    )
    left: int | None = strawberry.field(
        description=(
            "For how many more there is room, here and in what it lies in, counted as `people` is; at least one "
            "where there is any; null where no level has a limit."
        )
    )
    is_full: bool = strawberry.field(description="Whether nobody more can be booked there for that part of the day.")


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part of which day is asked for."""

    day: date | None
    slot: Slot
    start: time | None
    end: time | None

    def part(self) -> Part:
        """Raises InvalidInput."""
        if self.slot is not Slot.TIMES:
            if self.start is not None or self.end is not None:
                raise InvalidInput("slot", "Times are given, but another slot is asked for.", remedy="Ask for `TIMES`.")
            return Part(self.slot)
        if self.start is None or self.end is None or self.start >= self.end:
            raise InvalidInput("end", "`TIMES` needs a start and an end that is later on the same day.")
        return Part(Slot.TIMES, self.start, self.end)


async def occupancy_of(
    context: Context, building: models.Building, parts: tuple[models.Floor | models.Area, ...], asked: Asked
) -> Occupancy:
    """How full a place is: the last of `parts`, or the building; read together with the others of the answer.

    Raises InvalidInput.
    """
    zone = ZoneInfo(building.time_zone)
    day = asked.day or clock.now().astimezone(zone).date()
    span = span_of(day, asked.part(), zone, time.fromisoformat(building.afternoon_starts))
    place = Place(building.id, *(part.id for part in parts))
    keys = [
        OccupancyKey(level, day, span, row.capacity)
        for level, row in zip(place.levels, (building, *parts), strict=True)
    ]
    levels = await context.loaders.occupancies.load_many(keys)
    return Occupancy(
        day=day,
        slot=asked.slot,
        people=levels[-1].people,
        left=least_left(levels),
        is_full=any(level.is_full for level in levels),
    )
