"""Whatever becomes of the notifications: a booking ends as its event stands, and each change is told once."""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from app import clock
from app.bookings.checks import BookingChecks
from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.database import engine
from app.events_bus.bus import MessageKind
from app.keys import Keys, Vault
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.suites import errors as suite_errors
from app.suites.events import Event, EventStatus, RoomAnswer
from app.suites.protocol import Mailbox
from tests.bookings.house import House, InterruptedConnections, Ticker, make_house
from tests.support.database import sqlite_file, sqlite_url

BOOKINGS = 2
PENDING, ACCEPTED, REJECTED, CANCELLED = BookingState
STATES = {
    RoomAnswer.ACCEPTED: ACCEPTED,
    RoomAnswer.DECLINED: REJECTED,
    RoomAnswer.PENDING: PENDING,
    RoomAnswer.AWAITING_APPROVAL: PENDING,
}


class Turn(Enum):
    """What can happen to an event at the suite."""

    ACCEPTS = RoomAnswer.ACCEPTED
    DECLINES = RoomAnswer.DECLINED
    IS_ASKED_AGAIN = RoomAnswer.PENDING
    WAITS_FOR_APPROVAL = RoomAnswer.AWAITING_APPROVAL
    ROOM_IS_REMOVED = "taken off the event"
    IS_CANCELLED = "cancelled by its organiser"
    IS_GONE = "deleted without a trace"


@dataclass(frozen=True)
class AtTheSuite:
    """Something changes, and a notification of it sets out."""

    booking: int
    turn: Turn


@dataclass(frozen=True)
class Heard:
    """Something changes, the notification arrives, and what is due is looked at."""

    booking: int
    turn: Turn


@dataclass(frozen=True)
class Arrives:
    """One of the notifications that are on their way arrives, whichever was sent first; it may come again."""

    which: int
    again: bool


@dataclass(frozen=True)
class IsLost:
    which: int


class Step(Enum):
    SOMETHING_CHANGED = "a notification that names no event, from the suite or from anybody who knows our secret"
    WORK = "what is due is looked at"
    SWEEP = "fifteen seconds pass and what is due is looked at"
    SIDE_BY_SIDE = "two processes look at what is due"
    REFUSED = "something changed, and the suite has no time for the next question"
    STOPPED = "a process is stopped while it looks, and another begins"


@dataclass(frozen=True)
class ChangesWhileRead:
    """The event changes after it was read and before that is written down."""

    booking: int
    turn: Turn


Steps = Sequence[object]
_WHICH = st.integers(0, 20)
_BOOKING = st.integers(0, BOOKINGS - 1)
# A cancelled event stays so: most turns are the others.
_TURN = st.sampled_from([*[turn for turn in Turn if isinstance(turn.value, RoomAnswer)] * 3, *Turn])
STEPS = st.lists(
    st.one_of(
        st.builds(AtTheSuite, _BOOKING, _TURN),
        st.builds(AtTheSuite, _BOOKING, _TURN),
        st.builds(Heard, _BOOKING, _TURN),
        st.builds(Heard, _BOOKING, _TURN),
        st.builds(Arrives, _WHICH, st.booleans()),
        st.builds(Arrives, _WHICH, st.booleans()),
        st.builds(IsLost, _WHICH),
        st.builds(ChangesWhileRead, _BOOKING, _TURN),
        st.sampled_from(Step),
    ),
    min_size=5,
    max_size=30,
)


@settings(max_examples=60)
@given(STEPS)
def test_whatever_becomes_of_notifications_bookings_end_as_at_the_suite_and_every_change_is_told_once(
    migrated_template: Path, steps: Steps
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(migrated_template, sqlite_file(Path(folder)))
        asyncio.run(_told(sqlite_url(Path(folder)), steps))


async def _told(url: str, steps: Steps) -> None:
    ticker = Ticker()
    async with engine.database(url):
        with clock.use(ticker):
            story = await Story.begin(await make_house(Keys(b"\x02" * 32), Vault((("k1", b"\x01" * 32),)), ticker))
            for step in steps:
                await story.take(step)
            await story.end()


@dataclass
class Observed:
    """A mailbox that remembers how each event stood when it was read."""

    mailbox: Mailbox
    story: "Story"

    async def event(self, mailbox_id: str) -> Event:
        try:
            event = await self.mailbox.event(mailbox_id)
        except suite_errors.NotFound:
            self.story.seen[mailbox_id].append(CANCELLED)
            await self.story.read()
            raise
        self.story.seen[mailbox_id].append(_state(event))
        await self.story.read()
        return event


class ObservedConnections(InterruptedConnections):
    story: "Story"

    def open(self, connection: CalendarConnection) -> Mailbox:
        return cast("Mailbox", Observed(super().open(connection), self.story))


@dataclass
class Story:
    """One member's bookings, the notifications that are on their way, and what was read of each event."""

    house: House
    bookings: Sequence[RoomBooking]
    events: Sequence[str]
    checks: Sequence[BookingChecks]
    """One for each process."""
    seen: dict[str, list[BookingState]]
    under_way: list[str] = field(default_factory=list)
    meanwhile: ChangesWhileRead | None = None
    is_stopped: bool = False

    @classmethod
    async def begin(cls, house: House) -> "Story":
        bookings: list[RoomBooking] = []
        events: list[str] = []
        start = house.ticker.moment + timedelta(days=400)
        for number in range(BOOKINGS):
            event = house.new_event(start=start, end=start + timedelta(hours=1))
            bookings += (await house.book(await house.room(f"Room {number}"), event=event)).bookings
            events += [key for key in house.calendar.events if key not in events]
        connections = ObservedConnections(house.stack.connections, house.interruptions)
        checks = [
            BookingChecks(
                connections=connections,
                references=house.references,
                policy=house.policy,
                notify=notify,
                bus=house.stack.bus,
                capabilities_of=lambda _: house.stack.suite.capabilities,
            )
            for _ in range(2)
        ]
        house.stack.bus.published.clear()
        story = cls(house, bookings, events, checks, {event: [PENDING] for event in events})
        connections.story = story
        return story

    async def take(self, step: object) -> None:
        match step:
            case AtTheSuite(booking, turn):
                self.turn(booking, turn)
            case Heard(booking, turn):
                self.turn(booking, turn)
                await self.checks[0].mark_due(self.house.connection.id, self.events[booking])
                await self.checks[0].run_due()
            case Arrives(which, again) if self.under_way:
                place = which % len(self.under_way)
                event = self.under_way[place] if again else self.under_way.pop(place)
                await self.checks[0].mark_due(self.house.connection.id, event)
            case IsLost(which) if self.under_way:
                self.under_way.pop(which % len(self.under_way))
            case ChangesWhileRead():
                self.meanwhile = step
            case Step.SOMETHING_CHANGED:
                await self.checks[0].mark_due(self.house.connection.id, None)
            case Step.WORK:
                await self.checks[0].run_due()
            case Step.SWEEP:
                self.house.ticker.advance(timedelta(seconds=15))
                await self.checks[0].run_due()
            case Step.SIDE_BY_SIDE:
                await asyncio.gather(*(checks.run_due() for checks in self.checks))
            case Step.REFUSED:
                await self.checks[0].mark_due(self.house.connection.id, None)
                self.house.stack.suite.fail_next("event", suite_errors.SuiteThrottled())
                await self.checks[0].run_due()
            case Step.STOPPED:
                await self.stop()

    def turn(self, booking: int, turn: Turn) -> None:
        """The event changes and a notification of it sets out; an event that is gone stays so."""
        event_id = self.events[booking]
        event = self.house.calendar.events.get(event_id)
        if event is None or event.status is EventStatus.CANCELLED:
            return
        if turn is Turn.IS_GONE:
            del self.house.calendar.events[event_id]
        elif turn is Turn.IS_CANCELLED:
            self.house.hold(replace(event, status=EventStatus.CANCELLED))
        elif not isinstance(turn.value, RoomAnswer):
            self.house.hold(replace(event, rooms=()))
        else:
            rooms = tuple(replace(entry, answer=turn.value) for entry in event.rooms)
            self.house.hold(replace(event, rooms=rooms))
        self.under_way.append(event_id)

    async def read(self) -> None:
        """Something was read: the process may stop now, or the event change, before that is written down."""
        if self.is_stopped:
            self.is_stopped = False
            raise asyncio.CancelledError
        change, self.meanwhile = self.meanwhile, None
        if change is not None:
            self.turn(change.booking, change.turn)
            for event in self.under_way[-1:]:
                await self.checks[0].mark_due(self.house.connection.id, event)

    async def stop(self) -> None:
        """The first process stops after the next thing that it reads; the second begins at once."""
        self.is_stopped = True
        await asyncio.gather(self.checks[0].run_due(), return_exceptions=True)
        self.is_stopped = False
        await self.checks[1].run_due()

    async def end(self) -> None:
        """Nothing is heard any more: a day's look finds what is left, and everything is as it must be."""
        for _ in range(2):
            self.house.ticker.advance(timedelta(days=1, hours=3))
            await self.checks[0].run_due()
        told: Counter[Any] = Counter()
        for notification in await Notification.all():
            assert notification.kind is NotificationKind.ROOM_REJECTED
            told[notification.subject_id] += 1
        versions: dict[Any, list[int | None]] = {}
        for _, message in self.house.stack.bus.published:
            if message.kind is MessageKind.BOOKING_CHANGED:
                versions.setdefault(message.row_id, []).append(message.version)
        for booking, event_id in zip(self.bookings, self.events, strict=True):
            row = await self.house.booking(booking)
            assert row.state is _state(self.house.calendar.events.get(event_id))
            assert row.state is self.seen[event_id][-1]
            assert told[booking.id] == _rejections(self.seen[event_id])
            heard = versions.get(booking.id, [])
            assert heard == list(range(booking.version + 1, row.version + 1))


def _state(event: Event | None) -> BookingState:
    if event is None or event.status is EventStatus.CANCELLED:
        return CANCELLED
    return STATES[event.rooms[0].answer] if event.rooms else REJECTED


def _rejections(seen: Sequence[BookingState]) -> int:
    return sum(later is REJECTED and earlier is not REJECTED for earlier, later in pairwise(seen))
