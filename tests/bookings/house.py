"""One connected member with a calendar and rooms, and the booking rooms of the house wired as the product does it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID, uuid4

from app import clock
from app.agenda.join import AgendaJoin
from app.agenda.own_data import OwnDataService
from app.agenda.service import AgendaService, ConnectedCalendar
from app.bookings.checks import BookingChecks
from app.bookings.commands import Booked, BookRoom
from app.bookings.intents import IntentSweep
from app.bookings.models import RoomBooking
from app.bookings.polling import PollingPolicy
from app.bookings.recording import BookingRecorder
from app.bookings.service import BookingService
from app.connections.models import CalendarConnection
from app.connections.service import ConnectedCalendar as OpenCalendar
from app.connections.service import ConnectionService
from app.identity.idempotency import IdempotencyService
from app.identity.models import IdempotencyRecord, Member, Organisation
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.keys import Keys, Vault
from app.notifications.service import notify
from app.references.leads import Leads
from app.references.own_data import OwnData
from app.references.service import ReferenceService
from app.rooms.models import Room, RoomPairing
from app.suites.events import (
    Event,
    EventKind,
    EventStatus,
    EventTime,
    NewEvent,
    Person,
    Response,
    RoomAnswer,
    RoomInvitation,
    Sensitivity,
    ShowAs,
)
from app.suites.protocol import Mailbox
from tests.connections.stack import Stack, account_of, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import FakeMailbox

START = datetime(2031, 5, 12, 9, 0, tzinfo=UTC)
POLL_INTERVAL = timedelta(seconds=15)


class Killed(BaseException):
    """The process dies here: nothing after it runs."""


class Ticker:
    """A clock that moves when it is told."""

    def __init__(self, moment: datetime = START) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment

    def advance(self, period: timedelta) -> None:
        self.moment += period


@dataclass
class RecordingWatches:
    """Remembers which connections were to be watched."""

    ensured: list[UUID] = field(default_factory=list)

    async def ensure(self, connection: CalendarConnection) -> None:
        self.ensured.append(connection.id)


class Interruptions:
    """What happens around calls of a mailbox: `before` and `after` an operation, once each."""

    def __init__(self) -> None:
        self.before: dict[str, Callable[[], Awaitable[None]]] = {}
        self.after: dict[str, Callable[[], Awaitable[None]]] = {}
        self.calls: list[str] = []

    def kill(self, operation: str) -> None:
        """The process dies when it is about to make this call."""
        self.before[operation] = _die

    def lose_answer(self, operation: str, error: BaseException | None = None) -> None:
        """The call reaches the suite, and its answer never reaches us."""
        self.after[operation] = _raise(error or Killed())


class InterruptedMailbox:
    """A mailbox whose calls can be cut off on either side."""

    def __init__(self, mailbox: Mailbox, interruptions: Interruptions) -> None:
        self._mailbox = mailbox
        self._interruptions = interruptions

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Any]]:
        async def call(*args: Any, **kwargs: Any) -> Any:
            self._interruptions.calls.append(name)
            if before := self._interruptions.before.pop(name, None):
                await before()
            answer = await getattr(self._mailbox, name)(*args, **kwargs)
            if after := self._interruptions.after.pop(name, None):
                await after()
            return answer

        return call


class InterruptedConnections:
    """The real connections, opening mailboxes that can be cut off."""

    def __init__(self, connections: ConnectionService, interruptions: Interruptions) -> None:
        self._connections = connections
        self._interruptions = interruptions
        self.use = connections.use

    async def connected(self, principal: Principal) -> ConnectedCalendar:
        calendar = await self._connections.connected(principal)
        return OpenCalendar(calendar.connection, self._wrapped(calendar.mailbox), calendar.suite)

    def open(self, connection: CalendarConnection) -> Mailbox:
        return self._wrapped(self._connections.open(connection))

    def _wrapped(self, mailbox: Mailbox) -> Mailbox:
        return cast("Mailbox", InterruptedMailbox(mailbox, self._interruptions))


class MortalIdempotency(IdempotencyService):
    """Dies in the middle of the recording transaction, when told."""

    dies = False

    async def finish(self, record: IdempotencyRecord, result_ids: Any) -> None:
        if self.dies:
            self.dies = False
            raise Killed
        await super().finish(record, result_ids)


@dataclass
class House:
    """Everything a test of agenda and bookings needs."""

    stack: Stack
    organisation: Organisation
    integration: Integration
    member: Member
    connection: CalendarConnection
    principal: Principal
    calendar: FakeMailbox
    ticker: Ticker
    polling: bool = True

    def __post_init__(self) -> None:
        self.interruptions = Interruptions()
        self.connections = InterruptedConnections(self.stack.connections, self.interruptions)
        self.watches = RecordingWatches()
        self.references = ReferenceService(self.stack.vault, self.stack.keys)
        self.policy = PollingPolicy(interval=POLL_INTERVAL, random=lambda: 0.0, enabled=self.polling)
        self.idempotency = MortalIdempotency(self.stack.keys)
        self.recorder = BookingRecorder(self.references, self.idempotency, self.policy)
        self.join = AgendaJoin(self.references)
        self.agenda = AgendaService(self.connections, self.join)
        self.leads = Leads(self.stack.vault, self.stack.keys)
        self.own_data = OwnDataService(
            self.connections, OwnData(self.references, self.leads, random=lambda: 0.0), self.join
        )
        self.bookings = BookingService(
            connections=self.connections,
            references=self.references,
            idempotency=self.idempotency,
            recorder=self.recorder,
            join=self.join,
            watches=self.watches,
            bus=self.stack.bus,
        )
        self.checks = BookingChecks(
            connections=self.connections,
            references=self.references,
            policy=self.policy,
            notify=notify,
            bus=self.stack.bus,
            capabilities_of=lambda _: self.stack.suite.capabilities,
        )
        self.sweep = IntentSweep(
            connections=self.connections, recorder=self.recorder, watches=self.watches, bus=self.stack.bus
        )

    async def room(self, name: str = "Lighthouse", **values: Any) -> Room:
        return await make_room(self.organisation, self.integration, name, **values)

    def new_event(self, **values: Any) -> NewEvent:
        start = self.ticker.moment + timedelta(hours=2)
        defaults: dict[str, Any] = {
            "subject": "Tide tables",
            "start": start,
            "end": start + timedelta(hours=1),
            "time_zone": "Europe/Amsterdam",
        }
        return NewEvent(**(defaults | values))

    def hold(self, event: Event) -> Event:
        """Put the event into the member's calendar."""
        self.calendar.events[event.mailbox_id] = event
        return event

    def answer(self, room: Room, answer: RoomAnswer, mailbox_id: str | None = None) -> None:
        """The room answers, on every event or on one."""
        for event in list(self.calendar.events.values()):
            if mailbox_id in {None, event.mailbox_id}:
                rooms = tuple(
                    replace(entry, answer=answer) if entry.room.address == room.address else entry
                    for entry in event.rooms
                )
                self.hold(replace(event, rooms=rooms))

    def change(self, mailbox_id: str | None = None, **values: Any) -> None:
        """Somebody changes one event, or all, in the calendar."""
        for event in list(self.calendar.events.values()):
            if mailbox_id in {None, event.mailbox_id}:
                self.hold(replace(event, **values))

    async def book(self, *rooms: Room, key: str | None = None, **values: Any) -> Booked:
        command = BookRoom(
            room_ids=tuple(room.id for room in rooms),
            idempotency_key=key or uuid4().hex,
            **(values or {"event": self.new_event()}),
        )
        return await self.bookings.book(self.principal, command)

    async def booked_event(self) -> tuple[Event, RoomBooking]:
        """A new event, the only one in the calendar, with a room booked for it."""
        booked = await self.book(await self.room())
        [event] = self.calendar.events.values()
        return event, booked.bookings[0]

    async def booking(self, booking: RoomBooking) -> RoomBooking:
        """The row as it is now."""
        return await RoomBooking.get(id=booking.id)


async def make_house(
    keys: Keys, vault: Vault, ticker: Ticker, *, name: str = "Ada Vos", organisation: Organisation | None = None
) -> House:
    """A member with a working connection, in an organisation of its own unless one is given."""
    organisation = organisation or await make_organisation()
    integration = await Integration.of(organisation.id).first()
    integration = integration or await make_integration(organisation, tenant=str(uuid4()))
    member = await make_member(organisation, name, tenant=integration.tenant or "")
    stack = Stack(keys, vault)
    connection = await make_connection(stack, member, integration)
    account = await account_of(member)
    return House(
        stack=stack,
        organisation=organisation,
        integration=integration,
        member=member,
        connection=connection,
        principal=principal_of(member),
        calendar=stack.suite.mailboxes[account.address],
        ticker=ticker,
    )


async def make_room(organisation: Organisation, integration: Integration | None, name: str, **values: Any) -> Room:
    defaults: dict[str, Any] = {
        "address": f"{name.lower().replace(' ', '-')}@rooms.tidewater.example",
        "pairing": RoomPairing.PAIRED,
        "building": "Harbour",
        "equipment": [],
    }
    return await Room.create(
        organisation=organisation, integration=integration, name=name, created_at=clock.now(), **(defaults | values)
    )


def make_event(begin: datetime = START, duration: timedelta = timedelta(hours=1), **values: Any) -> Event:
    """An event that the mailbox's owner organises, unless told otherwise."""
    defaults: dict[str, Any] = {
        "mailbox_id": uuid4().hex,
        "shared_key": uuid4().hex,
        "series_mailbox_id": None,
        "version": "1",
        "kind": EventKind.SINGLE,
        "status": EventStatus.CONFIRMED,
        "subject": "Tide tables",
        "start": EventTime("Europe/Amsterdam", begin),
        "end": EventTime("Europe/Amsterdam", begin + duration),
        "is_all_day": False,
        "original_start": None,
        "sensitivity": Sensitivity.NORMAL,
        "show_as": ShowAs.BUSY,
        "organiser": Person("ada.vos@tidewater.example", "Ada Vos"),
        "is_organiser": True,
        "response": Response.ORGANISER,
        "attendees": (),
        "rooms": (),
        "location": None,
        "online_meeting_url": None,
        "web_url": None,
        "body_preview": "",
    }
    return Event(**(defaults | values))


def invitation(room: Room, answer: RoomAnswer = RoomAnswer.PENDING) -> RoomInvitation:
    return RoomInvitation(Person(room.address, room.name), answer)


async def _die() -> None:
    raise Killed


def _raise(error: BaseException) -> Callable[[], Awaitable[None]]:
    async def strike() -> None:
        raise error

    return strike
