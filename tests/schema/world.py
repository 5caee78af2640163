"""One server with real services over SQLite and a suite in memory, asked as `app.graphql` asks it."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast
from uuid import uuid4

import orjson

from app.agenda.join import AgendaJoin
from app.agenda.own_data import OwnDataService
from app.agenda.service import AgendaService
from app.audit.log import AuditLog
from app.bookings.checks import BookingChecks
from app.bookings.polling import PollingPolicy
from app.bookings.recording import BookingRecorder
from app.bookings.service import BookingService
from app.buildings.administration import BuildingAdministration
from app.buildings.service import BuildingService
from app.connections.models import CalendarConnection
from app.events_bus.bus import EventsBus, Message
from app.graphql.callers import Caller, Gate
from app.graphql.engine import Answer, Engine, GraphQLRequest
from app.graphql.options import GraphQLOptions
from app.identity.exporting import MemberDataService
from app.identity.idempotency import IdempotencyService
from app.identity.inviting import InvitingService
from app.identity.members import MemberService
from app.identity.models import Member, Organisation, Role
from app.identity.principal import Principal
from app.identity.roles import RoleService
from app.integrations.models import Integration
from app.integrations.service import IntegrationService
from app.integrations.status import IntegrationStatus
from app.integrations.test_flow import TestFlow
from app.keys import Keys, Vault
from app.notifications.preferences import NotificationSettingsService
from app.notifications.service import NotificationService, notify
from app.references.leads import Leads
from app.references.own_data import OwnData
from app.references.service import ReferenceService
from app.rooms.administration import RoomAdministration
from app.rooms.directories import RoomDirectories
from app.rooms.directory_index import DirectoryIndex
from app.rooms.models import Room
from app.rooms.service import RoomService
from app.rooms.sync import RoomSyncService
from app.shifts.office_days import OfficeDaysService
from app.shifts.preferences import ShiftPreferencesService
from app.shifts.service import ShiftService
from app.shifts.sharing_choice import LocationSharingService
from app.shifts.suggestions import ShiftSuggestions
from app.shifts.workplace_settings import WorkplaceSettingsService
from app.suites.events import Event, EventKind
from app.webhooks.watches import WatchService
from schema import schema
from schema.context import Context, Services
from schema.costs import LIMITS
from schema.ids import NodeIds, NodeKind
from tests.bookings.house import Ticker, invitation, make_event, make_room
from tests.connections.stack import Stack, account_of, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.suites import FakeMailbox, FakeSuite

PUBLIC_URL = "http://127.0.0.1:8000"


class ListenedBus:
    """A bus that says who listens."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus
        self._opened: dict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._open: Counter[str] = Counter()

    async def publish(self, topic: str, message: Message) -> None:
        await self._bus.publish(topic, message)

    @asynccontextmanager
    async def subscribe(self, *topics: str) -> AsyncIterator[AsyncIterator[Message]]:
        async with self._bus.subscribe(*topics) as messages:
            self._open.update(topics)
            for topic in topics:
                self._opened[topic].set()
            try:
                yield messages
            finally:
                self._open.subtract(topics)

    async def close(self) -> None:
        await self._bus.close()

    async def listened_to(self, topic: str) -> None:
        """Returns once somebody has listened to the topic."""
        await asyncio.wait_for(self._opened[topic].wait(), timeout=5)

    def is_listened_to(self, topic: str) -> bool:
        return self._open[topic] > 0


class Server:
    """Every service that the schema reaches, wired as the product does it."""

    def __init__(self, keys: Keys, vault: Vault, ticker: Ticker, suite: FakeSuite | None = None) -> None:
        stack = Stack(keys, vault, public_url=PUBLIC_URL, suite=suite)
        self.stack, self.suite, self.ticker = stack, stack.suite, ticker
        self.bus = ListenedBus(stack.bus)
        references = ReferenceService(vault, keys)
        join = AgendaJoin(references)
        idempotency = IdempotencyService(keys)
        policy = PollingPolicy(interval=timedelta(seconds=15), random=lambda: 0.0, enabled=True)
        self.checks = BookingChecks(
            connections=stack.connections, references=references, policy=policy, notify=notify, bus=stack.bus
        )
        self.directories = RoomDirectories(stack.registry, stack.tokens, stack.bus)
        self.room_syncs = RoomSyncService(stack.registry, self.directories, stack.bus)
        agenda = AgendaService(stack.connections, join)
        self.services = Services(
            keys=keys,
            bus=self.bus,
            registry=stack.registry,
            members=MemberService(),
            member_data=MemberDataService(references),
            sessions=stack.sessions,
            access_tokens=stack.access_tokens,
            inviting=InvitingService(keys, public_url=PUBLIC_URL),
            roles=RoleService(self.bus),
            linking=stack.linking,
            connections=stack.connections,
            integrations=self._integrations(),
            room_administration=RoomAdministration(stack.connections, keys, notify, stack.bus),
            rooms=RoomService(stack.connections, stack.registry, DirectoryIndex(self.directories), idempotency),
            room_syncs=self.room_syncs,
            buildings=BuildingService(),
            building_administration=BuildingAdministration(keys, idempotency, notify, self.bus),
            shifts=ShiftService(idempotency, notify, stack.bus),
            shift_preferences=ShiftPreferencesService(stack.bus),
            shift_suggestions=ShiftSuggestions(stack.connections),
            agenda=agenda,
            own_data=OwnDataService(
                stack.connections, OwnData(references, Leads(vault, keys), random=lambda: 0.0), join
            ),
            bookings=BookingService(
                connections=stack.connections,
                references=references,
                idempotency=idempotency,
                recorder=BookingRecorder(references, idempotency, policy),
                join=join,
                watches=WatchService(
                    stack.connections, self.checks, vault, keys, stack.bus, public_url=PUBLIC_URL, enabled=False
                ),
                bus=stack.bus,
            ),
            notifications=NotificationService(),
            notification_settings=NotificationSettingsService(),
            office_days=OfficeDaysService(agenda),
            location_sharing=LocationSharingService(),
            workplace_settings=WorkplaceSettingsService(),
            audit=AuditLog(),
        )
        self.engine = Engine(
            GraphQLOptions(schema=schema, gate=cast("Gate", None), limits=LIMITS, introspection=True, suggestions=True)
        )

    def _integrations(self) -> IntegrationService:
        stack = self.stack
        test_flow = TestFlow(
            stack.registry,
            stack.connections,
            stack.tokens,
            self.directories,
            public_url=PUBLIC_URL,
            change_notifications=False,
        )
        return IntegrationService(
            stack.registry,
            stack.flows,
            stack.connections,
            test_flow,
            self.room_syncs,
            stack.keys,
            stack.bus,
            public_url=PUBLIC_URL,
        )

    async def ask(self, principal: Principal | None, query: str, **variables: Any) -> dict[str, Any]:
        """The whole answer, `data` and `errors`, as a client reads it."""
        request = GraphQLRequest(query, None, variables)
        prepared = self.engine.prepare(request)
        if isinstance(prepared, Answer):
            return self._read(prepared)
        return self._read(await self.engine.run(prepared, request, self._caller(principal)))

    async def data(self, principal: Principal | None, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = await self.ask(principal, query, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    async def listen(
        self, principal: Principal | None, query: str, **variables: Any
    ) -> AsyncGenerator[Mapping[str, Any], None]:
        """The answers of a subscription."""
        request = GraphQLRequest(query, None, variables)
        prepared = self.engine.prepare(request)
        assert not isinstance(prepared, Answer), prepared.payload
        async with aclosing(self.engine.stream(prepared, request, self._caller(principal))) as answers:
            async for answer in answers:
                yield self._read(answer)

    def _read(self, answer: Answer) -> dict[str, Any]:
        read: dict[str, Any] = orjson.loads(self.engine.encoded(answer)[1])
        return read

    def _caller(self, principal: Principal | None) -> Caller:
        return Caller(new_context=lambda: Context(services=self.services, principal=principal))


@dataclass
class House:
    """One organisation with an administrator and a member, both connected, and a room."""

    server: Server
    organisation: Organisation
    integration: Integration
    administrator: Principal
    member: Principal
    connection: CalendarConnection
    calendar: FakeMailbox
    room: Room

    @property
    def ids(self) -> NodeIds:
        """Ids as the member sees them."""
        return NodeIds(self.server.services.keys, self.organisation.id, self.member.member_id)

    @property
    def room_id(self) -> str:
        return self.ids.seal(NodeKind.ROOM, self.room.id)

    def hold(self, event: Event) -> Event:
        """Put an event into the member's calendar."""
        self.calendar.events[event.mailbox_id] = event
        return event

    def event(self, **values: Any) -> Event:
        """An event of the member's own, in two hours."""
        return self.hold(make_event(self.server.ticker.moment + timedelta(hours=2), **values))

    def series(self, dates: int = 3) -> Event:
        """A weekly series of the member's own, with its coming dates."""
        master = self.event(kind=EventKind.SERIES)
        for week in range(dates):
            start = self.server.ticker.moment + timedelta(hours=2, weeks=week)
            self.hold(make_event(start, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id))
        return master

    def event_id(self, event: Event) -> str:
        return self.ids.seal_event(event.mailbox_id)

    def rooms_appear(self) -> None:
        """The suite shows the room on every event of the calendar."""
        for event in list(self.calendar.events.values()):
            self.hold(replace(event, rooms=(invitation(self.room),)))

    def new_event(self, **values: Any) -> dict[str, Any]:
        """An event as `bookRoom` takes it, in two hours."""
        start = self.server.ticker.moment + timedelta(hours=2)
        return {
            "subject": "Tide tables",
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "timeZone": "Europe/Amsterdam",
        } | values

    async def book(self, principal: Principal | None = None, **values: Any) -> dict[str, Any]:
        """Book the room, as the member unless told otherwise; the answer of `bookRoom`."""
        command = {"roomIds": [self.room_id], "idempotencyKey": uuid4().hex} | (values or {"event": self.new_event()})
        data = await self.server.data(principal or self.member, BOOK, input=command)
        answer: dict[str, Any] = data["bookRoom"]
        return answer

    async def connect(self) -> None:
        """The member consents."""
        member = await Member.of(self.organisation.id).get(id=self.member.member_id)
        self.connection = await make_connection(self.server.stack, member, self.integration)

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        """The data of an answer to the member."""
        return await self.server.data(self.member, query, **variables)


BOOK = """
mutation Book($input: BookRoomInput!) {
  bookRoom(input: $input) {
    __typename
    ... on RoomsBooked {
      bookings { id kind state reason room { name } occurrences { nodes { id state } } event { id subject } }
      event { id subject rooms { state bookingId } }
      problems { code }
    }
    ... on Problem { code message remedy whoActs retryable }
    ... on InvalidInput { field }
  }
}
"""


async def make_house(
    server: Server, name: str = "Tidewater", status: IntegrationStatus = IntegrationStatus.ENABLED
) -> House:
    """An organisation with a tenant of its own."""
    organisation = await make_organisation(name)
    integration = await make_integration(organisation, status, tenant=str(uuid4()))
    administrator = await _member(organisation, integration, f"Bo {name}", Role.SUBSCRIPTION_ADMINISTRATOR)
    member = await _member(organisation, integration, f"Ada {name}", Role.MEMBER)
    await make_connection(server.stack, administrator, integration)
    connection = await make_connection(server.stack, member, integration)
    return House(
        server=server,
        organisation=organisation,
        integration=integration,
        administrator=principal_of(administrator, name),
        member=principal_of(member, name),
        connection=connection,
        calendar=server.suite.mailboxes[(await account_of(member)).address],
        room=await make_room(organisation, integration, "Lighthouse", address=f"lighthouse@{name.lower()}.example"),
    )


async def _member(organisation: Organisation, integration: Integration, name: str, role: Role) -> Member:
    return await make_member(organisation, name, role=role, tenant=integration.tenant or "")
