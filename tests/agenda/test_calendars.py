"""Several calendars of one member in one agenda."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from app.agenda.service import AgendaService, ConnectedCalendar
from app.agenda.values import AgendaResult, CalendarSelection
from app.connections.models import CalendarConnection
from app.connections.problems import problem_of
from app.connections.service import ConnectedCalendar as OpenCalendar
from app.errors import Actor, NotFound, PermissionMissing, SuiteUnavailable
from app.identity.principal import Principal
from app.suites import errors as suite_errors
from app.suites.events import WHOLE, Calendar, Event, EventParts
from app.suites.protocol import Mailbox
from app.suites.windows import Reach
from tests.bookings.house import START, House, make_event
from tests.support.carried import PERMISSIONS


@dataclass
class ManyCalendars:
    """A mailbox with several calendars; None is the default one. Calls are remembered."""

    events_of: dict[str | None, Sequence[Event] | suite_errors.SuiteError]
    foreign: frozenset[str] = frozenset()
    calls: list[str | None] = field(default_factory=list)
    unlisted: suite_errors.SuiteError | None = None
    """Raised in the place of the list."""

    async def calendars(self) -> Sequence[Calendar]:
        if self.unlisted is not None:
            raise self.unlisted
        return [
            Calendar(
                id=name or "main",
                name=name or "Calendar",
                is_default=name is None,
                is_owned=name not in self.foreign,
                tracks_responses=True,
            )
            for name in self.events_of
        ]

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        self.calls.append(calendar_id)
        held = self.events_of[calendar_id]
        if isinstance(held, suite_errors.SuiteError):
            raise held
        return held


class OneMailbox:
    """Connections that always open this mailbox."""

    def __init__(self, house: House, mailbox: ManyCalendars) -> None:
        self._house = house
        self._mailbox = mailbox

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        return OpenCalendar(self._house.connection, cast("Mailbox", self._mailbox), self._house.stack.suite)

    @asynccontextmanager
    async def use(self, connection: CalendarConnection) -> AsyncIterator[None]:
        try:
            yield
        except suite_errors.SuiteError as error:
            raise problem_of(error) from error


async def _agenda(house: House, mailbox: ManyCalendars) -> tuple[list[str], list[type[Exception]]]:
    result = await _read(house, mailbox)
    return [entry.event.subject for entry in result.events], [type(problem) for problem in result.problems]


async def _read(house: House, mailbox: ManyCalendars) -> AgendaResult:
    service = AgendaService(OneMailbox(house, mailbox), house.join)
    return await service.agenda(house.principal, START, START + timedelta(days=7), CalendarSelection.ALL_OWNED)


async def test_owned_calendars_are_read_once_each_and_others_not(house: House) -> None:
    mailbox = ManyCalendars({None: [], "projects": [], "boss": []}, foreign=frozenset({"boss"}))

    await _agenda(house, mailbox)

    assert mailbox.calls == [None, "projects"]


async def test_events_of_all_calendars_come_in_order_of_their_start(house: House) -> None:
    late = make_event(START + timedelta(hours=3), subject="late")
    early, middle = make_event(START, subject="early"), make_event(START + timedelta(hours=1), subject="middle")

    subjects, problems = await _agenda(house, ManyCalendars({None: [early, late], "projects": [middle]}))

    assert subjects == ["early", "middle", "late"]
    assert problems == []


async def test_an_event_in_two_calendars_is_shown_once_as_the_organiser_has_it(house: House) -> None:
    own = make_event(subject="organised")
    copy = replace(own, mailbox_id="copy", subject="attended", is_organiser=False)

    subjects, _ = await _agenda(house, ManyCalendars({None: [copy], "projects": [own]}))

    assert subjects == ["organised"]


async def test_a_calendar_that_cannot_be_read_is_a_problem_beside_the_others_events(house: House) -> None:
    event = make_event(subject="readable")

    subjects, problems = await _agenda(
        house, ManyCalendars({None: [event], "projects": suite_errors.SuiteUnavailable()})
    )

    assert subjects == ["readable"]
    assert problems == [SuiteUnavailable]


async def test_a_calendar_that_is_gone_since_it_was_listed_is_called_a_calendar(house: House) -> None:
    gone = suite_errors.NotFound("notFound")

    result = await _read(house, ManyCalendars({None: [], "projects": gone}))
    with pytest.raises(NotFound, match="no such calendar"):
        await _read(house, ManyCalendars({None: gone}))

    [problem] = result.problems
    assert problem.message == "There is no such calendar."


async def test_calendars_that_may_not_be_listed_leave_the_default_one_and_say_which_box_was_not_ticked(
    house: House,
) -> None:
    house.stack.suite.permissions = PERMISSIONS
    mailbox = ManyCalendars({None: [make_event(subject="mine")]}, unlisted=suite_errors.MissingScope("forbidden"))

    result = await _read(house, mailbox)

    assert [entry.event.subject for entry in result.events] == ["mine"]
    [problem] = result.problems
    assert isinstance(problem, PermissionMissing)
    assert (problem.scopes, problem.who_acts) == (("calendars",), Actor.MEMBER)


async def test_calendars_that_cannot_be_listed_now_are_no_half_answer(house: House) -> None:
    mailbox = ManyCalendars({None: [make_event()]}, unlisted=suite_errors.SuiteUnavailable("503"))

    with pytest.raises(SuiteUnavailable):
        await _read(house, mailbox)


async def test_a_default_calendar_that_cannot_be_read_is_no_half_answer(house: House) -> None:
    mailbox = ManyCalendars({None: suite_errors.SuiteUnavailable("503"), "projects": [make_event()]})

    with pytest.raises(SuiteUnavailable):
        await _read(house, mailbox)


async def test_all_calendars_are_asked_side_by_side(house: House) -> None:
    mailbox = _Together({None: [], "projects": [], "team": []}, expected=3)

    async with asyncio.timeout(5):
        await _read(house, mailbox)

    assert mailbox.calls == [None, "projects", "team"]


class _Together(ManyCalendars):
    """Answers nobody before everybody has asked."""

    def __init__(self, events_of: dict[str | None, Sequence[Event] | suite_errors.SuiteError], expected: int) -> None:
        super().__init__(events_of)
        self._everybody = asyncio.Barrier(expected)

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        held = await super().events(start, end, calendar_id=calendar_id, parts=parts, reach=reach)
        await self._everybody.wait()
        return held
