"""What a shift is to be, apart from its day: where, which part of the day, in which zone. Pure but for its rows.

Whether it can be so on a day is asked here too: the day has to lie ahead, and the building to be open.
"""

from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from app.buildings.hours import AFTERNOON_STARTS, opening_hours, weekday_of
from app.buildings.models import Area, Building, Floor
from app.errors import InvalidInput, ProblemCode
from app.shifts.capacity import Place
from app.shifts.days import FURTHEST_AHEAD, WantedDay
from app.shifts.models import WorkKind
from app.shifts.spans import Part, Slot, Span, span_of


@dataclass(frozen=True, slots=True)
class Site:
    """A place at an office with its rows: the building, and what of it was chosen."""

    building: Building
    floor: Floor | None = None
    area: Area | None = None

    @property
    def place(self) -> Place:
        return Place(self.building.id, self.floor.id if self.floor else None, self.area.id if self.area else None)

    @property
    def levels(self) -> tuple[tuple[Place, Building | Floor | Area], ...]:
        """Everything that a shift here counts in, the building first, each with its row."""
        rows = (row for row in (self.building, self.floor, self.area) if row is not None)
        return tuple(zip(self.place.levels, rows, strict=True))


@dataclass(frozen=True, slots=True)
class Plan:
    """A shift without its day; `site` is there for AT_OFFICE and for nothing else."""

    kind: WorkKind
    part: Part
    time_zone: str
    site: Site | None = None

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @property
    def place(self) -> Place | None:
        return self.site.place if self.site else None

    def span_on(self, wanted: WantedDay) -> Span:
        """What it covers on a day. Raises InvalidInput where a clock change leaves nothing of it."""
        starts = time.fromisoformat(self.site.building.afternoon_starts) if self.site else AFTERNOON_STARTS
        span = span_of(wanted.date, self.part, self.zone, starts)
        if span.start >= span.end:
            raise InvalidInput(
                wanted.field,
                f"On {wanted.date} the clocks change in {self.time_zone}, and these times do not exist.",
                remedy="Choose other times for that day.",
            )
        return span


def check_part(part: Part) -> None:
    """Whether times are there for TIMES, and for nothing else. Raises InvalidInput."""
    if part.slot is not Slot.TIMES:
        if part.start is not None or part.end is not None:
            raise InvalidInput(
                "slot.kind", "Times are given, but another slot is asked for.", remedy="Choose `TIMES`, or no times."
            )
        return
    if part.start is None or part.end is None:
        missing = "start" if part.start is None else "end"
        raise InvalidInput(f"slot.{missing}", "`TIMES` needs to be told from when to when.")
    if part.end <= part.start:
        raise InvalidInput(
            "slot.end",
            "The shift ends before it begins.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Choose an end that is later than the start, on the same day.",
        )


def check_offered(plan: Plan) -> None:
    """Whether the building can be booked for this part of a day at all. Raises InvalidInput."""
    if plan.site is None or plan.part.slot.value in plan.site.building.slots:
        return
    building = plan.site.building
    offered = ", ".join(f"`{slot}`" for slot in building.slots)
    raise InvalidInput(
        "slot.kind",
        f"{building.name} is not booked by this part of a day.",
        code=ProblemCode.SLOT_NOT_OFFERED,
        remedy=f"Choose one of {offered}.",
    )


def check_ahead(plan: Plan, wanted: WantedDay, span: Span, now: datetime) -> None:
    """Whether there is something left of it, and it is not too far off. Raises InvalidInput."""
    today = now.astimezone(plan.zone).date()
    if span.end <= now:
        what = "That part of today is over" if wanted.date == today else f"{wanted.date} is over"
        raise InvalidInput(
            wanted.field,
            f"{what} in {plan.time_zone}, where it is {today} now.",
            code=ProblemCode.DAY_IN_THE_PAST,
            remedy="Choose a time that is still to come.",
        )
    if wanted.date - today > FURTHEST_AHEAD:
        raise InvalidInput(
            wanted.field,
            f"{wanted.date} is more than {FURTHEST_AHEAD.days} days ahead.",
            code=ProblemCode.DAY_TOO_FAR_AHEAD,
            remedy=f"Choose a day until {today + FURTHEST_AHEAD}.",
        )


def closed_on(plan: Plan, wanted: WantedDay) -> InvalidInput | None:
    """Why the building is not open for it on this day, if it is not."""
    if plan.site is None:
        return None
    building = plan.site.building
    hours, weekday = opening_hours(building.opening_hours), weekday_of(wanted.date)
    if weekday not in hours:
        days = ", ".join(day.value.capitalize() for day in hours)
        return InvalidInput(
            wanted.field,
            f"{building.name} is closed on {wanted.date}, a {weekday.value.capitalize()}.",
            code=ProblemCode.BUILDING_CLOSED,
            remedy=f"It is open on {days}." if days else "It is never open.",
        )
    opening, start, end = hours[weekday], plan.part.start, plan.part.end
    if start is not None and end is not None and not opening.opens <= start < end <= opening.closes:
        return InvalidInput(
            wanted.field,
            f"{building.name} is open from {opening.opens:%H:%M} to {opening.closes:%H:%M} on {wanted.date}.",
            code=ProblemCode.OUTSIDE_OPENING_HOURS,
            remedy="Choose times within the opening hours.",
        )
    return None
