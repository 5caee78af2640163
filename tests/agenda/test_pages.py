"""Pages of an agenda: together they are the whole, whatever lies in it, and none reads more than it needs."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.agenda.pages import AgendaPage, page_of
from app.agenda.parts import EVERYTHING, AgendaParts
from app.agenda.service import AgendaService
from app.agenda.values import AgendaEvent, AgendaResult, CalendarSelection
from app.connections.problems import problem_of
from app.errors import InvalidInput, ProblemCode, SuiteUnavailable
from app.paging import Page, PageRequest
from app.suites import errors as suite_errors
from app.suites.events import WHOLE, Calendar, Event, EventParts
from app.suites.protocol import SuiteName
from app.suites.windows import Reach
from tests.suites.listing import BEGIN, SuiteList, calendars, timed, whole_days

WINDOW = (BEGIN, BEGIN + timedelta(days=4))
ADA: Any = SimpleNamespace(organisation_id=uuid4(), member_id=uuid4())


@dataclass
class Listed:
    """A mailbox of several calendars; the first is the default one."""

    lists: Sequence[SuiteList]
    read: int = 0
    """How many events were told of."""
    reaches: list[Reach | None] = field(default_factory=list)

    async def calendars(self) -> Sequence[Calendar]:
        return [
            Calendar(str(place), "", not place, is_owned=True, tracks_responses=True)
            for place in range(len(self.lists))
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
        self.reaches.append(reach)
        told, _ = self.lists[int(calendar_id or 0)].read(start, end, reach)
        self.read += len(told)
        return told


class Alone:
    """Connections to one mailbox, and a join that adds nothing."""

    suite: Any = type("Suite", (), {"name": SuiteName.GOOGLE_WORKSPACE})
    connection: Any = None

    def __init__(self, mailbox: Listed) -> None:
        self.mailbox: Any = mailbox

    async def connected(self, _: object) -> "Alone":
        return self

    @asynccontextmanager
    async def use(self, _: object) -> AsyncIterator[None]:
        try:
            yield
        except suite_errors.SuiteError as error:
            raise problem_of(error) from error

    async def join(
        self, _: object, viewer: Any, suite: SuiteName, events: Sequence[Event], parts: AgendaParts = EVERYTHING
    ) -> list[AgendaEvent]:
        nothing: dict[str, Any] = {"rooms": (), "attendees": (), "attendances": (), "notes": ()}
        return [
            AgendaEvent(suite=suite, viewer_id=viewer, event=event, event_reference_id=None, **nothing)
            for event in events
        ]


async def whole(mailbox: Listed, calendars: CalendarSelection = CalendarSelection.DEFAULT) -> AgendaResult:
    alone: Any = Alone(mailbox)
    return await AgendaService(alone, alone).agenda(ADA, *WINDOW, calendars)


async def page(
    mailbox: Listed,
    request: PageRequest,
    calendars: CalendarSelection = CalendarSelection.DEFAULT,
    *,
    counts: bool = False,
) -> Page[AgendaEvent]:
    alone: Any = Alone(mailbox)
    wanted = AgendaPage(request, counts)
    return page_of(await AgendaService(alone, alone).agenda(ADA, *WINDOW, calendars, page=wanted), request)


async def every_page(
    mailbox: Listed, first: int, calendars: CalendarSelection = CalendarSelection.DEFAULT
) -> list[Page[AgendaEvent]]:
    found = [await page(mailbox, PageRequest(first), calendars)]
    while found[-1].has_next_page:
        found.append(await page(mailbox, PageRequest(first, found[-1].items[-1][1]), calendars))
    return found


def subjects(pages: Sequence[Page[AgendaEvent]]) -> list[str]:
    return [entry.event.subject for one in pages for entry, _ in one.items]


def own_copies(place: int, events: Sequence[Event]) -> list[Event]:
    """As this calendar has them, in an order of its own where they begin at once; it shares events with one other."""
    return [
        replace(
            event,
            mailbox_id=f"{(place * 7 + number) % 10} {place} {event.mailbox_id}",
            shared_key=f"{place // 2} {event.shared_key}",
            is_organiser=place == 1,
        )
        for number, event in enumerate(events)
    ]


@given(
    held=st.lists(calendars, min_size=1, max_size=3),
    zone=st.integers(-12, 14),
    length=st.integers(1, 12),
    first=st.integers(1, 9),
)
def test_the_pages_of_an_agenda_are_the_whole_each_event_once_and_in_order(
    held: list[list[Event]], zone: int, length: int, first: int
) -> None:
    lists = [SuiteList(own_copies(place, events), zone, length) for place, events in enumerate([held[0], *held[:-1]])]
    selection = CalendarSelection.ALL_OWNED if len(lists) > 1 else CalendarSelection.DEFAULT

    pages = asyncio.run(every_page(Listed(lists), first, selection))

    everything = asyncio.run(whole(Listed(lists), selection)).events
    told = [entry.event for one in pages for entry, _ in one.items]
    assert told == [entry.event for entry in everything]
    assert all(len(one.items) == first for one in pages[:-1])
    assert [one.has_previous_page for one in pages] == [False] + [True] * (len(pages) - 1)


async def test_a_page_reads_no_more_of_the_calendar_than_it_takes() -> None:
    mailbox = Listed([SuiteList([timed(number, number // 10, 1) for number in range(900)], zone=0, page=20)])

    pages = await every_page(mailbox, 10)

    assert len(pages) == 90
    assert mailbox.read < 6 * 900


async def test_a_calendar_with_more_than_is_read_at_once_is_paged_to_its_end() -> None:
    mailbox = Listed([SuiteList([timed(number, number // 10, 1) for number in range(900)], zone=0, page=20, most=200)])

    pages = await every_page(mailbox, 50)

    assert subjects(pages) == [str(number) for number in range(900)]
    with pytest.raises(SuiteUnavailable):
        await whole(mailbox)


@pytest.mark.parametrize("calendars", CalendarSelection)
async def test_events_are_counted_where_they_are_not_too_many_for_it(calendars: CalendarSelection) -> None:
    events = [timed(number, number, 1) for number in range(90)]
    few, many = Listed([SuiteList(events, 0, 20)]), Listed([SuiteList(events, 0, 20, most=50)])

    counted = await page(few, PageRequest(10), calendars, counts=True)
    uncounted = await page(many, PageRequest(10), calendars, counts=True)

    assert (counted.total, len(counted.items), counted.has_next_page) == (90, 10, True)
    assert (uncounted.total, len(uncounted.items), uncounted.has_next_page) == (None, 10, True)


async def test_what_is_not_counted_has_no_count() -> None:
    answer = await page(Listed([SuiteList([timed(0, 0, 1)], 0, 20)]), PageRequest(10))

    assert (len(answer.items), answer.total) == (1, None)


async def test_an_event_that_was_deleted_or_moved_meanwhile_leaves_the_next_page_as_it_is() -> None:
    events = [timed(number, number, 1) for number in range(6)]
    first = await page(Listed([SuiteList(events, 0, 20)]), PageRequest(2))

    gone = await page(Listed([SuiteList([*events[:1], *events[2:]], 0, 20)]), PageRequest(2, first.items[-1][1]))
    moved = [*events[:1], timed(1, 5, 1), *events[2:]]
    later = await page(Listed([SuiteList(moved, 0, 20)]), PageRequest(2, first.items[-1][1]))

    assert subjects([gone]) == subjects([later]) == ["2", "3"]


async def test_an_all_day_event_comes_once_although_the_suites_day_begins_late() -> None:
    night = [timed(number, 12 + number, 1) for number in range(8)]  # from 01:30 in UTC on
    day = whole_days(99, 1, 1)

    pages = await every_page(Listed([SuiteList([*night, day], zone=-11, page=2)]), 2)

    assert subjects(pages) == ["99", "0", "1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize("cursor", [b"", b"|", b"an event", b"2026-11-10|a", b"2026-11-10T13:30:00|a", b"\xff|a"])
def test_a_cursor_that_names_no_moment_is_refused(cursor: bytes) -> None:
    with pytest.raises(InvalidInput) as refusal:
        AgendaPage(PageRequest(10, cursor), counts=False)

    assert refusal.value.code is ProblemCode.MALFORMED_CURSOR


async def test_an_agenda_that_was_read_for_one_page_answers_no_other() -> None:
    alone: Any = Alone(Listed([SuiteList([timed(0, 0, 1)], 0, 20)]))
    read = await AgendaService(alone, alone).agenda(ADA, *WINDOW, page=AgendaPage(PageRequest(10), counts=False))

    with pytest.raises(ValueError, match="another page"):
        page_of(read, PageRequest(20))
