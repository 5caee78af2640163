"""What goes between a member's shifts and their own calendar: suggestions from there, entries in there."""

from datetime import date, time
from typing import Annotated

import strawberry

from app.shifts import preferences
from app.shifts.models import WorkKind
from app.shifts.spans import Slot
from app.shifts.suggestions import ShiftSuggestion as FoundShift
from app.shifts.suggestions import SuggestedShifts as FoundShifts
from schema.buildings import Building, building_of
from schema.context import Context, Info
from schema.errors import CalendarProblem, InvalidInput, NotFound, Problem, problem_of
from schema.fields import computed_field
from schema.permissions import member_field, member_mutation
from schema.scalars import TimeZone


@strawberry.type(
    description="What the viewer wants between their shifts and their own calendar; both are off at first."
)
class ShiftPreferences:
    suggest_from_calendar: bool = strawberry.field(
        description="Whether `suggestedShifts` may ask the suite where the viewer told it that they work."
    )
    show_in_calendar: bool = strawberry.field(
        description=(
            "Whether the viewer's shifts appear in their own calendar, as whole days shown as free, without reminder: "
            "at Google Workspace as working locations where its edition has them. They come and go with the shifts, up "
            "to 62 days ahead, a moment later than the shift; days off are not written."
        )
    )


@strawberry.type(description="A shift that could be booked as it stands here; nothing is kept of it unless it is.")
class ShiftSuggestion:
    day: date = strawberry.field(name="date", description="The day in `timeZone`.")
    kind: WorkKind = strawberry.field(description="At an office, remote, or not working.")
    building: Building | None = strawberry.field(
        description=(
            "The building that the suite named, by its name or one of its `suiteNames`, or the only one; null for what "
            "is no office, and where it named none that is known: then `bookShift` needs one to be chosen."
        )
    )
    label: str | None = strawberry.field(description="What the suite calls the place; null where it names none.")
    slot: Slot = strawberry.field(description="The whole day, or from one time to another.")
    start: time | None = strawberry.field(description="From when, on the clocks of `timeZone`; null unless `TIMES`.")
    end: time | None = strawberry.field(description="Until when, on the same day; null unless `TIMES`.")
    time_zone: TimeZone = strawberry.field(description="The building's zone; elsewhere, the one the suite told it in.")


@strawberry.type(description="Shifts that the viewer could book, as their calendar suite told just now.")
class SuggestedShifts:
    suggestions: list[ShiftSuggestion] = strawberry.field(
        description="In order of time, at most some for each of 62 days; days with a shift, and past ones, have none."
    )
    source: strawberry.Private[FoundShifts]

    @computed_field(description="Why nothing is suggested; empty where the suite was asked and answered.")
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


SuggestedShiftsResult = Annotated[
    SuggestedShifts | InvalidInput | CalendarProblem,
    strawberry.union("SuggestedShiftsResult", description="The suggestions, or why none could be looked for."),
]


@strawberry.input(description="What to change; what is null or left out stays as it is.")
class SetShiftPreferencesInput:
    suggest_from_calendar: bool | None = strawberry.field(
        description="Whether `suggestedShifts` may ask the suite.", default=None
    )
    show_in_calendar: bool | None = strawberry.field(
        description=(
            "Whether the viewer's shifts appear in their own calendar. `true` writes those of the next 62 days, "
            "`false` takes all of them away. Switch it off before you disconnect the calendar, or what is in it stays."
        ),
        default=None,
    )


@strawberry.type(description="What was given holds from now on; the calendar follows within a moment.")
class ShiftPreferencesSet:
    preferences: ShiftPreferences = strawberry.field(description="Both as they are now.")


SetShiftPreferencesResult = Annotated[
    ShiftPreferencesSet | NotFound,
    strawberry.union("SetShiftPreferencesResult", description="The preferences, or why they stay as they were."),
]


@strawberry.type
class WorkingLocationQueries:
    @member_field(
        description=(
            "Shifts for the days on which the viewer told their calendar suite where they work, read live with their "
            "own consent where they want that (`setShiftPreferences`). `bookShift` takes one."
        )
    )
    async def suggested_shifts(
        self,
        info: Info,
        first: Annotated[date, strawberry.argument(name="from", description="The first day.")],
        last: Annotated[date, strawberry.argument(name="to", description="The last day, of at most 62.")],
    ) -> SuggestedShiftsResult:
        context = info.context
        found = await context.services.shift_suggestions.suggest(context.member, first, last)
        return SuggestedShifts(suggestions=[_suggestion(context, one) for one in found.suggestions], source=found)


@strawberry.type
class WorkingLocationMutations:
    @member_mutation(
        description="Choose whether shifts are suggested from the viewer's own calendar, and appear in it."
    )
    async def set_shift_preferences(
        self,
        info: Info,
        command: Annotated[
            SetShiftPreferencesInput | None,
            strawberry.argument(name="input", description="What to change; null changes nothing."),
        ] = None,
    ) -> SetShiftPreferencesResult:
        wanted = command or SetShiftPreferencesInput()
        changed = await info.context.services.shift_preferences.change(
            info.context.member,
            suggest_from_calendar=wanted.suggest_from_calendar,
            show_in_calendar=wanted.show_in_calendar,
        )
        return ShiftPreferencesSet(preferences=_preferences(changed))


async def own_shift_preferences(info: Info) -> ShiftPreferences:
    """The asking member's own."""
    return _preferences(await info.context.services.shift_preferences.get(info.context.member))


def _preferences(source: preferences.ShiftPreferences) -> ShiftPreferences:
    return ShiftPreferences(
        suggest_from_calendar=source.suggest_from_calendar, show_in_calendar=source.show_in_calendar
    )


def _suggestion(context: Context, source: FoundShift) -> ShiftSuggestion:
    return ShiftSuggestion(
        day=source.date,
        kind=source.kind,
        building=None if source.building is None else building_of(source.building),
        label=source.label,
        slot=source.part.slot,
        start=source.part.start,
        end=source.part.end,
        time_zone=TimeZone(source.time_zone),
    )
