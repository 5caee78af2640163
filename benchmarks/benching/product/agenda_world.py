"""A member whose agenda is read: meetings in their calendar, colleagues with shifts, rooms, words of colleagues.

Everybody came in as people do; only the colleagues' rows are written at once.
"""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from tortoise.connection import get_connection

from app import clock
from app.buildings.models import Building, Floor
from app.database import engine
from app.identity.models import LocationSharing, Member
from app.keys import Keys
from app.references.models import EventAttendance
from app.references.service import ReferenceService
from app.rooms.models import Room
from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Slot
from app.suites.protocol import SuiteName
from benchmarks.benching.product.connected import Connected, connected
from benchmarks.benching.product.machine import pin, program, started
from benchmarks.benching.rows import Wrong
from benchmarks.loading.people import Person, make_people
from tests.journeys.story import Story
from tests.support.database import temporary_postgresql
from tests.support.server import ServerProcess, free_port

ATTENDEES = 8
COLLEAGUES = 30
GUESTS = 5
"""People of other companies, one of whom is on every other event."""
EVENTS_A_DAY = 10
FIRST_DAY = timedelta(days=7)
BUILDINGS = ("Harbour House", "Mill Lane")
PLAIN = """
CREATE TABLE plain_attendance (key text, member_id uuid, in_person boolean);
CREATE INDEX ON plain_attendance (key);
CREATE TABLE plain_booking (key text, room text, state text);
CREATE INDEX ON plain_booking (key);
"""
"""Where servers of another make find words of colleagues and bookings: by the event's own key, as it is."""
SAID_BY = 2
"""So many colleagues have said how they attend every fifth event."""
DOCUMENT = """query Agenda($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename ... on Agenda {
  events(first: 50) { nodes {
    id subject isAllDay kind status sensitivity showAs isOrganiser response location bodyPreview webUrl onlineMeetingUrl
    start { dateTime date timeZone } end { dateTime date timeZone } organiser { name email }
    rooms { name email state } attendeeSummary { atEventBuilding elsewhere unknown }
    attendance { kind member { name email } }
    attendees(first: 50) { nodes {
      person { name email } kind response isExternal member { name email } location { kind building floor area }
    } }
  } }
  problems { code message }
} } }"""


@dataclass
class AgendaWorld:
    """What the servers that are compared are asked, and what they need to answer it."""

    server: ServerProcess
    token: str
    """The member's."""
    variables: Mapping[str, str]
    environment: Mapping[str, str]
    """For a server of another make: the database, the suite, and a token that opens the member's calendar there."""
    events: int
    _expected: list[Any] = field(default_factory=list)

    @property
    def question(self) -> dict[str, Any]:
        """The body of the request."""
        return {"query": DOCUMENT, "variables": dict(self.variables), "operationName": "Agenda"}

    def check(self, answer: Any) -> None:
        """Everybody has to say the same, but for ids and for how UTC is written. Raises Wrong."""
        try:
            nodes = answer["data"]["agenda"]["events"]["nodes"]
        except (KeyError, TypeError):
            raise Wrong(f"no agenda: {str(answer)[:500]}") from None
        told = [_plain(node) for node in nodes]
        if len(told) != self.events:
            raise Wrong(f"{len(told)} of {self.events} events")
        if not self._expected:
            self._expected.append(told)
        for mine, expected in zip(told, self._expected[0], strict=True):
            if mine != expected:
                apart = {name: (mine.get(name), value) for name, value in expected.items() if mine.get(name) != value}
                raise Wrong(f"another event than expected: {str(apart)[:500]}")


def _plain(node: dict[str, Any]) -> dict[str, Any]:
    """What everybody has to say alike."""
    plain = {name: value for name, value in node.items() if name != "id"}
    for name in ("start", "end"):
        if name in plain:
            plain[name] = {**plain[name], "dateTime": plain[name]["dateTime"].replace("+00:00", "Z")}
    return plain


@asynccontextmanager
async def agenda_world(folder: Path, events: int) -> AsyncIterator[AgendaWorld]:
    """Our server on PostgreSQL beside a suite that repeats what the sandbox said."""
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(temporary_postgresql())
        member = await stack.enter_async_context(connected(url, folder))
        story, first = member.story, datetime.combine(datetime.now(UTC).date() + FIRST_DAY, time(), UTC)
        furnished = await _furnish(member, first, events)
        await story.server.stop()
        suite, graph_url = await _repeating(stack, story)
        port = free_port()
        chosen = {"HYBRID_MEETINGS_MICROSOFT_365_GRAPH_URL": graph_url, "HYBRID_MEETINGS_PORT": str(port)}
        server = ServerProcess(port, {**story.server.environment, **chosen}, folder / "measured.log")
        await server.start()
        stack.push_async_callback(server.stop)
        pin(server.pid, serves=True)
        pin(suite, serves=False)
        until = first + timedelta(days=-(-events // EVENTS_A_DAY))
        yield AgendaWorld(
            server=server,
            token=member.token,
            variables={"from": first.isoformat(), "to": until.isoformat()},
            environment={
                **furnished,
                "GRAPH_URL": graph_url,
                **dict.fromkeys(("CA_BUNDLE", "NODE_EXTRA_CA_CERTS"), str(story.sandbox.description.ca_bundle)),
            },
            events=events,
        )


async def _repeating(stack: AsyncExitStack, story: Story) -> tuple[int, str]:
    """The suite's process, and Graph's address there."""
    port = free_port()
    sandbox = story.sandbox.description
    command = program("replaying", sandbox.tls, str(sandbox.ca_bundle.parent), str(port))
    process = await stack.enter_async_context(started(command))
    return process.pid, sandbox.graph_url.replace(sandbox.tls, f"https://127.0.0.1:{port}")


async def _furnish(member: Connected, first: datetime, events: int) -> dict[str, str]:
    """Rows of colleagues, events in the calendar, words on them; what a server of another make is told of it."""
    keys = Keys(base64.b64decode(member.environment["HYBRID_MEETINGS_SECRET_KEY"]))
    control, mailbox = member.story.sandbox.control, f"graph/mailboxes/{member.address}/events"
    async with engine.database(member.database_url):
        connection = await member.connection()
        organisation_id = connection.organisation_id
        people = await make_people(connection.integration, COLLEAGUES)
        shown = {"location_sharing": LocationSharing.EVERYONE, "chose_sharing": True}
        await Member.of(organisation_id).all().update(**shown)
        await _shifts(organisation_id, people, first, -(-events // EVENTS_A_DAY))
        rooms = await Room.of(organisation_id).all().order_by("address")
        planted = [await control("POST", mailbox, _event(number, first, people, rooms)) for number in range(events)]
        await _words(ReferenceService(member.vault, keys), organisation_id, planted, people)
        suite_token = await member.suite_token()
        # What is there has been looked at by PostgreSQL itself long before anybody asks.
        await get_connection("default").execute_script("ANALYZE")
    return {"DATABASE_URL": member.database_url, "SUITE_TOKEN": suite_token}


async def _shifts(organisation_id: UUID, people: Sequence[Person], first: datetime, days: int) -> None:
    """Each colleague works somewhere on each day, at one of two offices or at home."""
    now, places = clock.now(), []
    for number, name in enumerate(BUILDINGS):
        building = await Building.create(
            organisation_id=organisation_id,
            name=name,
            present_name=name.casefold(),
            suite_names=[],
            time_zone="UTC",
            capacity=None,
            opening_hours={},
            slots=[Slot.WHOLE_DAY.value],
            afternoon_starts="13:00",
            created_at=now,
        )
        floor = await Floor.create(
            organisation_id=organisation_id, building_id=building.id, name=f"Floor {number + 1}", position=0
        )
        places.append((building, floor))
    rows = []
    for number, person in enumerate(people):
        for day in range(days):
            start = first + timedelta(days=day)
            building, floor = places[(number + day) % 3 % 2]
            at_home = (number + day) % 3 == 2
            rows.append(
                Shift(
                    id=uuid4(),
                    organisation_id=organisation_id,
                    member_id=person.member.id,
                    kind=WorkKind.REMOTE if at_home else WorkKind.AT_OFFICE,
                    building_id=None if at_home else building.id,
                    floor_id=None if at_home else floor.id,
                    date=start.date(),
                    slot=Slot.WHOLE_DAY,
                    starts_at=start,
                    ends_at=start + timedelta(days=1),
                    time_zone="UTC",
                    last_change_id=uuid4(),
                    created_at=now,
                )
            )
    await Shift.bulk_create(rows)


def _event(number: int, first: datetime, people: Sequence[Person], rooms: Sequence[Room]) -> dict[str, Any]:
    """As Outlook makes it: an hour, eight people, and for every other event a room and a guest."""
    day, turn = divmod(number, EVENTS_A_DAY)
    start = first + timedelta(days=day, hours=8 + turn)
    invited = [people[(number * 3 + place) % len(people)].member for place in range(ATTENDEES - number % 2)]
    attendees = [_invited("required", member.address, member.name) for member in invited]
    if number % 2:
        guest = number % GUESTS
        attendees.append(_invited("optional", f"guest.{guest}@partner.example", f"Guest {guest}"))
    else:
        room = rooms[number % len(rooms)]
        attendees.append(_invited("resource", room.address, room.name))
    return {
        "subject": f"Planning of part {number}",
        "body": {"contentType": "text", "content": "What came of the last time, and what comes next. " * 3},
        "location": {"displayName": "By the water"},
        "start": {"dateTime": start.strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        "end": {"dateTime": (start + timedelta(minutes=50)).strftime("%Y-%m-%dT%H:%M:%S"), "timeZone": "UTC"},
        "attendees": attendees,
    }


def _invited(kind: str, address: str, name: str) -> dict[str, Any]:
    return {"type": kind, "emailAddress": {"address": address, "name": name}}


async def _words(
    references: ReferenceService, organisation_id: UUID, planted: Sequence[dict[str, Any]], people: Sequence[Person]
) -> None:
    connection = get_connection("default")
    await connection.execute_script(PLAIN)
    keys = [event["iCalUId"] for event in planted[::5]]
    found = await references.event_references(organisation_id, SuiteName.MICROSOFT_365, keys)
    rows = [
        EventAttendance(
            id=uuid4(),
            organisation_id=organisation_id,
            event_reference_id=reference.id,
            member_id=person.member.id,
            in_person=number % 2 == 0,
        )
        for reference in found.values()
        for number, person in enumerate(people[:SAID_BY])
    ]
    await EventAttendance.bulk_create(rows)
    key_of = {reference.id: key for key, reference in found.items()}
    plain = [[key_of[row.event_reference_id], row.member_id, row.in_person] for row in rows]
    await connection.execute_many("INSERT INTO plain_attendance VALUES ($1, $2, $3)", plain)
