"""Booking shifts, changing and cancelling them."""

from datetime import date, time
from typing import Annotated

import strawberry

from app.shifts.capacity import Place
from app.shifts.commands import BookShifts, ChangeShift, ShiftScope, Weekly
from app.shifts.models import WorkKind
from app.shifts.spans import Part, Slot
from app.suites.events import Weekday
from schema.context import Info
from schema.enums import describe
from schema.errors import (
    CapacityReached,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    Problem,
    ShiftOver,
    ShiftsOverlap,
    problem_of,
)
from schema.ids import NodeIds, NodeKind
from schema.optional import when_present
from schema.permissions import member_mutation
from schema.scalars import TimeZone
from schema.shifts import Shift, shift_of

describe(
    ShiftScope,
    "How many of the shifts that were booked together are meant.",
    {
        ShiftScope.THIS: "This one alone.",
        ShiftScope.THIS_AND_FOLLOWING: "This one, and those that come later of what was booked with it.",
    },
)


@strawberry.input(description="The same days of the week, week after week.")
class WeeklyInput:
    first: date = strawberry.field(name="from", description="The first day that may be one of them.")
    until: date = strawberry.field(description="The last day that may be one of them, at most 366 days later.")
    weekdays: list[Weekday] = strawberry.field(description="On which days of the week, each named once.")


@strawberry.input(description="On which days. Give either `dates` or `weekly`.")
class ShiftDaysInput:
    dates: list[date] | None = strawberry.field(
        description="1 to 100 days, each named once; null where `weekly` is given.", default=None
    )
    weekly: WeeklyInput | None = strawberry.field(
        description="A weekly pattern; null where `dates` is given.", default=None
    )


@strawberry.input(description="Where at an office. An area says its floor by itself.")
class ShiftPlaceInput:
    building_id: strawberry.ID = strawberry.field(description="The building's id.")
    floor_id: strawberry.ID | None = strawberry.field(
        description="The id of a floor of it; null for anywhere in the building, or where the area says it.",
        default=None,
    )
    area_id: strawberry.ID | None = strawberry.field(
        description="The id of an area of it; null for anywhere on the floor.", default=None
    )

    def place(self, ids: NodeIds) -> Place:
        """The place by the ids of its rows. Raises NotFound."""
        return Place(
            ids.open(NodeKind.BUILDING, self.building_id),
            when_present(self.floor_id, lambda id_: ids.open(NodeKind.FLOOR, id_)),
            when_present(self.area_id, lambda id_: ids.open(NodeKind.AREA, id_)),
        )


@strawberry.input(description="Which part of the day.")
class ShiftSlotInput:
    kind: Slot = strawberry.field(
        description="A slot that the building offers; where there is no building, any.", default=Slot.WHOLE_DAY
    )
    start: time | None = strawberry.field(
        description="For `TIMES`: from when, in the shift's zone; null otherwise.", default=None
    )
    end: time | None = strawberry.field(
        description="For `TIMES`: until when, later on the same day; null otherwise.", default=None
    )

    def part(self) -> Part:
        """What the shift service takes."""
        return Part(self.kind, self.start, self.end)


@strawberry.input(description="Shifts that are alike, on one day or several.")
class BookShiftInput:
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key books nothing twice."
    )
    days: ShiftDaysInput = strawberry.field(
        description="On which days: not over yet, and at most 366 days ahead, by the calendar of the place."
    )
    kind: WorkKind = strawberry.field(description="At an office, remote, or not working.")
    place: ShiftPlaceInput | None = strawberry.field(
        description="Where: needed for `AT_OFFICE`, null for everything else.", default=None
    )
    slot: ShiftSlotInput | None = strawberry.field(
        description="Which part of each day; null for the whole day.", default=None
    )
    time_zone: TimeZone | None = strawberry.field(
        description=(
            "Where the member works, for what is at no office. Null: the zone of the building of their latest shift at "
            "an office, else of the organisation's first building, else UTC."
        ),
        default=None,
    )
    member_id: strawberry.ID | None = strawberry.field(
        description="For whom: another member needs an administrator, who is named to them; null: the viewer.",
        default=None,
    )
    skips_unavailable: bool = strawberry.field(
        description=(
            "True leaves days out on which the building is closed, the place full, or the member has other shifts, and "
            "says so in `problems`; false books all of the days or none."
        ),
        default=False,
    )

    def command(self, ids: NodeIds) -> BookShifts:
        """What the shift service takes. Raises NotFound."""
        return BookShifts(
            idempotency_key=self.idempotency_key,
            kind=self.kind,
            dates=when_present(self.days.dates, tuple),
            weekly=when_present(self.days.weekly, lambda one: Weekly(one.first, one.until, tuple(one.weekdays))),
            place=when_present(self.place, lambda place: place.place(ids)),
            part=self.slot.part() if self.slot is not None else Part(),
            time_zone=self.time_zone,
            member_id=when_present(self.member_id, lambda id_: ids.open(NodeKind.MEMBER, id_)),
            skips_unavailable=self.skips_unavailable,
        )


@strawberry.input(description="What is to be otherwise of a shift; what is null stays as it is.")
class ChangeShiftInput:
    shift_id: strawberry.ID = strawberry.field(description="The shift's id.")
    scope: ShiftScope = strawberry.field(
        description="This one, or also those that come later of what was booked with it.", default=ShiftScope.THIS
    )
    day: date | None = strawberry.field(
        name="date", description="Another day, for the scope `THIS` alone; null: the same day.", default=None
    )
    kind: WorkKind | None = strawberry.field(
        description="At an office (then `place` is needed), remote, or not working; null: as it is.", default=None
    )
    place: ShiftPlaceInput | None = strawberry.field(
        description="Another place, as a whole; null: the same place, where it is at an office.", default=None
    )
    slot: ShiftSlotInput | None = strawberry.field(
        description="Another part of the day; null: the same part.", default=None
    )
    time_zone: TimeZone | None = strawberry.field(
        description="Another zone for work that is at no office; null: the same zone.", default=None
    )

    def command(self, ids: NodeIds) -> ChangeShift:
        """What the shift service takes. Raises NotFound."""
        return ChangeShift(
            shift_id=ids.open(NodeKind.SHIFT, self.shift_id),
            scope=self.scope,
            day=self.day,
            kind=self.kind,
            place=when_present(self.place, lambda place: place.place(ids)),
            part=when_present(self.slot, ShiftSlotInput.part),
            time_zone=self.time_zone,
        )


@strawberry.input(description="Which shift is to be cancelled.")
class CancelShiftInput:
    shift_id: strawberry.ID = strawberry.field(description="The shift's id.")
    scope: ShiftScope = strawberry.field(
        description="This one, or also those that come later of what was booked with it.", default=ShiftScope.THIS
    )


@strawberry.type(description="The shifts are booked.")
class ShiftsBooked:
    shifts: list[Shift] = strawberry.field(description="One for each day that was booked, by their start.")
    problems: list[Problem] = strawberry.field(
        description="Why days were left out, where `skipsUnavailable` allowed that; empty otherwise, and for a repeat."
    )


@strawberry.type(description="The shifts are as they were asked to be.")
class ShiftsChanged:
    shifts: list[Shift] = strawberry.field(description="Those that were meant, by their start, changed or so already.")


@strawberry.type(description="The shifts are cancelled, and their places free.")
class ShiftsCancelled:
    shifts: list[Shift] = strawberry.field(
        description="The shift that was named and those that were cancelled with it, by their start."
    )


BookShiftResult = Annotated[
    ShiftsBooked | InvalidInput | NotFound | IdempotencyKeyReused | ShiftsOverlap | CapacityReached,
    strawberry.union("BookShiftResult", description="The shifts, or why none was booked."),
]
ChangeShiftResult = Annotated[
    ShiftsChanged | InvalidInput | NotFound | ShiftOver | ShiftsOverlap | CapacityReached,
    strawberry.union("ChangeShiftResult", description="The shifts, or why nothing was changed."),
]
CancelShiftResult = Annotated[
    ShiftsCancelled | NotFound | ShiftOver,
    strawberry.union("CancelShiftResult", description="The shifts, or why nothing was cancelled."),
]


@strawberry.type
class ShiftMutations:
    @member_mutation(
        description=(
            "Book shifts: at an office, remote, or not working, on several days or by a weekly pattern in one call, "
            "all of them or none. No calendar is needed. A building, a floor and an area each have a capacity that is "
            "never exceeded: `CapacityReached` says what is full and what is left nearby. Today, and what is over of "
            "it, is told by the time zone of the place. An administrator books for another member, who is told."
        )
    )
    async def book_shift(
        self,
        info: Info,
        command: Annotated[BookShiftInput, strawberry.argument(name="input", description="Where, when and for whom.")],
    ) -> BookShiftResult:
        context = info.context
        booked = await context.services.shifts.book(context.member, command.command(context.ids))
        return ShiftsBooked(
            shifts=[shift_of(row) for row in booked.shifts],
            problems=[problem_of(problem) for problem in booked.problems],
        )

    @member_mutation(
        description=(
            "Change a shift, or it and those that follow of the same booking, under the rules by which shifts are "
            "booked; all of them or none. A shift does not stand in its own way. One that is cancelled is not found, "
            "and one that is over stays as it was. An administrator changes shifts of others that they may see, and "
            "these members are told."
        )
    )
    async def change_shift(
        self,
        info: Info,
        command: Annotated[
            ChangeShiftInput, strawberry.argument(name="input", description="Which one, and what is to be otherwise.")
        ],
    ) -> ChangeShiftResult:
        context = info.context
        changed = await context.services.shifts.change(context.member, command.command(context.ids))
        return ShiftsChanged(shifts=[shift_of(row) for row in changed])

    @member_mutation(
        description=(
            "Cancel a shift, or it and those that follow of the same booking; one that is cancelled already stays as "
            "it is. An administrator cancels shifts of others that they may see, and these members are told."
        )
    )
    async def cancel_shift(
        self,
        info: Info,
        command: Annotated[CancelShiftInput, strawberry.argument(name="input", description="Which one.")],
    ) -> CancelShiftResult:
        context = info.context
        shift_id = context.ids.open(NodeKind.SHIFT, command.shift_id)
        cancelled = await context.services.shifts.cancel(context.member, shift_id, command.scope)
        return ShiftsCancelled(shifts=[shift_of(row) for row in cancelled])
