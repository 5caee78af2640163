"""Shifts that a member could book, from where they told their own calendar suite that they work.

Read live with the member's own consent, for those who want it, and kept nowhere: who takes one books it as any other.
"""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from app import clock
from app.buildings.models import Building
from app.connections.models import CalendarConnection
from app.errors import InvalidInput, ProblemCode, ProblemError, ShiftsNotSuggested
from app.identity.models import Member
from app.identity.principal import Principal
from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Part, Slot
from app.suites.errors import WorkingLocationsRefused
from app.suites.protocol import Mailbox
from app.suites.working_days import WorkingKind, WorkingLocation
from app.windows import LONGEST_WINDOW

_LAST_MINUTE = time(23, 59)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftSuggestion:
    """A shift that could be booked as it stands here."""

    date: date
    """In `time_zone`."""
    kind: WorkKind
    building: Building | None
    """For AT_OFFICE: the one of ours that the suite named; None where it named none that we know."""
    label: str | None
    """What the suite calls the place."""
    part: Part
    time_zone: str


@dataclass(frozen=True, slots=True)
class SuggestedShifts:
    """The suggestions in order of time, and why there are none where the member's suite was not or cannot be asked."""

    suggestions: Sequence[ShiftSuggestion]
    problems: tuple[ProblemError, ...] = ()


class ConnectedCalendar(Protocol):
    """A member's working connection and the mailbox it opens."""

    @property
    def connection(self) -> CalendarConnection: ...

    @property
    def mailbox(self) -> Mailbox: ...


class Connections(Protocol):
    """What suggestions need of the members' connections."""

    async def connected(self, principal: Principal) -> ConnectedCalendar: ...

    def use(self, connection: CalendarConnection) -> AbstractAsyncContextManager[object]: ...


class ShiftSuggestions:
    """Suggests shifts."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    async def suggest(self, principal: Principal, first: date, last: date) -> SuggestedShifts:
        """Suggestions for these days, both inclusive and at most 62, but for those that are over or have a shift.

        One call of the suite. Raises InvalidInput, what stands between the member and their calendar, SuiteUnavailable.
        """
        _check_days(first, last)
        member = await Member.of(principal.organisation_id).get(id=principal.member_id)
        if not member.takes_suggestions:
            return SuggestedShifts((), (ShiftsNotSuggested.not_wanted(),))
        calendar = await self._connections.connected(principal)
        async with self._connections.use(calendar.connection):
            try:
                told = await calendar.mailbox.working_locations(first, last)
            except WorkingLocationsRefused:
                return SuggestedShifts((), (ShiftsNotSuggested.not_told(),))
        if not told:
            return SuggestedShifts(())
        taken = await _days_with_shifts(principal, first, last)
        buildings = await _Buildings.read(principal)
        suggested = [_suggestion(location, buildings) for location in told if location.day not in taken]
        return SuggestedShifts([one for one in suggested if one.date >= _today(one.time_zone)])


class _Buildings:
    """The organisation's buildings by what suites may call them."""

    def __init__(self, buildings: Iterable[Building]) -> None:
        self._all = list(buildings)
        self._by_name: dict[str, Building] = {}
        for building in self._all:
            for name in (building.name, *building.suite_names):
                self._by_name.setdefault(name.casefold(), building)

    @classmethod
    async def read(cls, principal: Principal) -> "_Buildings":
        present = Building.of(principal.organisation_id).filter(removed_at__isnull=True)
        return cls(await present.order_by("created_at", "id"))

    def named(self, location: WorkingLocation) -> Building | None:
        """The one that the suite named, by its name or its own id; where it only says `office`, the only one."""
        names = [name for name in (location.label, location.place_id) if name is not None]
        found = (self._by_name.get(name.casefold()) for name in names)
        known = next((building for building in found if building is not None), None)
        if known is not None or names or len(self._all) != 1:
            return known
        return self._all[0]


def _suggestion(location: WorkingLocation, buildings: _Buildings) -> ShiftSuggestion:
    kind, building = WorkKind.REMOTE, None
    if location.kind is WorkingKind.NOT_WORKING:
        kind = WorkKind.NOT_WORKING
    elif location.kind is not WorkingKind.REMOTE:
        building = buildings.named(location)
        # A place that is no office of ours, and that the suite does not call an office, is worked from remotely.
        if building is not None or location.kind is WorkingKind.OFFICE:
            kind = WorkKind.AT_OFFICE
    zone = building.time_zone if building is not None else location.time_zone
    return ShiftSuggestion(
        date=location.day,
        kind=kind,
        building=building,
        label=location.label,
        part=_part(location, ZoneInfo(zone)),
        time_zone=zone,
    )


def _part(location: WorkingLocation, zone: ZoneInfo) -> Part:
    """The times on the clocks there; what goes beyond the day is cut off."""
    if location.start is None or location.end is None:
        return Part(Slot.WHOLE_DAY)
    midnight = datetime.combine(location.day, time(), zone)
    start, end = (moment.astimezone(zone) for moment in (location.start, location.end))
    begins = time() if start < midnight else start.time()
    ends = _LAST_MINUTE if end >= midnight + timedelta(days=1) else end.time()
    return Part(Slot.TIMES, begins, ends) if begins < ends else Part(Slot.WHOLE_DAY)


async def _days_with_shifts(principal: Principal, first: date, last: date) -> frozenset[date]:
    mine = Shift.of(principal.organisation_id).filter(member_id=principal.member_id, cancelled_at__isnull=True)
    return frozenset(shift.date for shift in await mine.filter(date__gte=first, date__lte=last))


def _today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()


def _check_days(first: date, last: date) -> None:
    if last < first:
        raise InvalidInput(
            "to",
            "The last day is before the first.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Give a `to` that is `from` or later.",
        )
    if last - first >= LONGEST_WINDOW:
        raise InvalidInput(
            "to",
            f"These are more than {LONGEST_WINDOW.days} days.",
            code=ProblemCode.WINDOW_TOO_LONG,
            remedy="Ask for fewer days, or several times one after the other.",
        )
