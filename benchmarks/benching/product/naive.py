"""An agenda server as somebody would write it first: Strawberry as it comes, and one thing after another.

Its argument is the port, its environment what `AgendaWorld` gives. A session for
each call to the suite, a dataclass for each thing, a look-up for each person, room and event when its turn comes; who
and what was looked up is remembered for the request. It knows our tables, and keeps its own words on events unsealed.
"""

import asyncio
import dataclasses
import hashlib
import os
import socket
import ssl
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from enum import Enum
from typing import Annotated, Any, TypeVar

import aiohttp
import strawberry
import uvicorn
from strawberry.asgi import GraphQL
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

from app.database.engine import tortoise_config
from app.identity.models import AccessToken, Member
from app.rooms.models import Room
from app.shifts.models import Shift

FIELDS = (
    "id,iCalUId,type,isCancelled,subject,start,end,originalStartTimeZone,originalEndTimeZone,isAllDay,sensitivity,"
    "showAs,organizer,isOrganizer,responseStatus,attendees,location,onlineMeeting,webLink,bodyPreview"
)
KINDS = {"singleInstance": "SINGLE", "occurrence": "OCCURRENCE", "exception": "EXCEPTION"}
ANSWERS = {
    "organizer": "ORGANISER",
    "accepted": "ACCEPTED",
    "tentativelyAccepted": "TENTATIVELY_ACCEPTED",
    "declined": "DECLINED",
}
ROOM_ANSWERS = {"accepted": "ACCEPTED", "tentativelyAccepted": "PENDING", "declined": "REJECTED"}


T = TypeVar("T")


@strawberry.enum
class EventKind(Enum):
    SINGLE = "SINGLE"
    OCCURRENCE = "OCCURRENCE"
    EXCEPTION = "EXCEPTION"


@strawberry.enum
class Answer(Enum):
    ORGANISER = "ORGANISER"
    ACCEPTED = "ACCEPTED"
    TENTATIVELY_ACCEPTED = "TENTATIVELY_ACCEPTED"
    DECLINED = "DECLINED"
    NOT_RESPONDED = "NOT_RESPONDED"


@strawberry.type
class EventTime:
    date_time: datetime | None
    date: str | None
    time_zone: str


@strawberry.type
class Person:
    name: str
    email: str


@strawberry.type
class AttendeeLocation:
    kind: str
    building: str | None = None
    floor: str | None = None
    area: str | None = None


@strawberry.type
class Attendee:
    person: Person
    kind: str
    response: Answer
    is_external: bool
    member: Person | None
    location: AttendeeLocation


@strawberry.type
class EventRoom:
    name: str
    email: str
    state: str


@strawberry.type
class Summary:
    at_event_building: int
    elsewhere: int
    unknown: int


@strawberry.type
class Attendance:
    kind: str
    member: Person


@strawberry.type
class Attendees:
    nodes: list[Attendee]


@strawberry.type
class Event:
    id: strawberry.ID
    subject: str
    start: EventTime
    end: EventTime
    is_all_day: bool
    kind: EventKind
    status: str
    sensitivity: str
    show_as: str
    is_organiser: bool
    response: Answer
    location: str | None
    body_preview: str
    web_url: str | None
    online_meeting_url: str | None
    organiser: Person | None
    wire: strawberry.Private[dict[str, Any]]
    known: strawberry.Private["Known"]

    @strawberry.field
    async def rooms(self) -> list[EventRoom]:
        booked = await self.known.bookings(self.wire["iCalUId"])
        found = []
        for entry in self.wire["attendees"]:
            if entry["type"] == "resource":
                address = entry["emailAddress"]["address"].lower()
                state = booked.get(address) or ROOM_ANSWERS.get(entry["status"]["response"], "PENDING")
                found.append(EventRoom(name=entry["emailAddress"]["name"], email=address, state=state))
        return found

    @strawberry.field
    async def attendees(self, first: int = 50) -> Attendees:
        return Attendees(nodes=(await self.known.invited(self))[:first])

    @strawberry.field
    async def attendee_summary(self) -> Summary:
        people, buildings = await self.known.invited(self), set()
        for entry in self.wire["attendees"]:
            if entry["type"] == "resource" and entry["status"]["response"] != "declined":
                room = await self.known.room(entry["emailAddress"]["address"].lower())
                if room is not None and room.building:
                    buildings.add(room.building.casefold())
        unknown = sum(person.location.kind == "UNKNOWN" for person in people)
        here = sum((person.location.building or "").casefold() in buildings for person in people)
        return Summary(at_event_building=here, elsewhere=len(people) - here - unknown, unknown=unknown)

    @strawberry.field
    async def attendance(self) -> list[Attendance]:
        return await self.known.attendances(self.wire["iCalUId"])


class Known:
    """What one request has looked up already, or is looking up: nothing is asked twice."""

    def __init__(self, owner: AccessToken) -> None:
        self._owner = owner
        self._answers: dict[tuple[str, object], asyncio.Task[Any]] = {}

    async def _once(self, kind: str, key: object, look_up: Callable[[], Coroutine[None, None, T]]) -> T:
        if (kind, key) not in self._answers:
            self._answers[kind, key] = asyncio.create_task(look_up())
        answer: T = await self._answers[kind, key]
        return answer

    async def member(self, address: str) -> Member | None:
        async def look_up() -> Member | None:
            return await Member.of(self._owner.organisation_id).get_or_none(address=address)

        return await self._once("member", address, look_up)

    async def room(self, address: str) -> Room | None:
        async def look_up() -> Room | None:
            return await Room.of(self._owner.organisation_id).get_or_none(address=address)

        return await self._once("room", address, look_up)

    async def is_external(self, address: str) -> bool:
        domain = address.partition("@")[2]

        async def look_up() -> bool:
            return not await Member.of(self._owner.organisation_id).filter(address__endswith=f"@{domain}").exists()

        return await self._once("domain", domain, look_up)

    async def shifts(self, member: Member) -> list[Shift]:
        async def look_up() -> list[Shift]:
            shifts = Shift.of(self._owner.organisation_id).filter(member_id=member.id, cancelled_at__isnull=True)
            return await shifts.prefetch_related("building", "floor")

        return await self._once("shifts", member.id, look_up)

    async def location(self, member: Member, at: datetime) -> AttendeeLocation:
        for shift in await self.shifts(member):
            if shift.starts_at <= at < shift.ends_at:
                return AttendeeLocation(
                    kind=shift.kind.value,
                    building=shift.building.name if shift.building else None,
                    floor=shift.floor.name if shift.floor else None,
                )
        return AttendeeLocation(kind="UNKNOWN")

    async def invited(self, event: Event) -> list[Attendee]:
        found = []
        for entry in event.wire["attendees"]:
            if entry["type"] == "resource":
                continue
            person = _person(entry)
            member = await self.member(person.email)
            start = event.start.date_time
            found.append(
                Attendee(
                    person=person,
                    kind=entry["type"].upper(),
                    response=_answer(entry["status"]),
                    is_external=member is None and await self.is_external(person.email),
                    member=None if member is None else Person(name=member.name, email=member.address),
                    location=await self.location(member, start)
                    if member is not None and start is not None
                    else AttendeeLocation(kind="UNKNOWN"),
                )
            )
        return found

    async def bookings(self, key: str) -> dict[str, str]:
        rows = await get_connection("default").execute_query_dict(
            "SELECT room, state FROM plain_booking WHERE key = $1", [key]
        )
        return {row["room"]: row["state"] for row in rows}

    async def attendances(self, key: str) -> list[Attendance]:
        rows = await get_connection("default").execute_query_dict(
            "SELECT in_person, name, address FROM plain_attendance JOIN member ON member.id = member_id"
            " WHERE key = $1 ORDER BY name",
            [key],
        )
        return [
            Attendance(
                kind="IN_PERSON" if row["in_person"] else "REMOTE",
                member=Person(name=row["name"], email=row["address"]),
            )
            for row in rows
        ]


@strawberry.type
class Events:
    nodes: list[Event]


@strawberry.type
class Problem:
    code: str
    message: str


@strawberry.type
class Agenda:
    events_found: strawberry.Private[list[Event]]
    problems: list[Problem] = dataclasses.field(default_factory=list)

    @strawberry.field
    def events(self, first: int = 50) -> Events:
        return Events(nodes=self.events_found[:first])


AgendaResult = Annotated[Agenda | Problem, strawberry.union("AgendaResult")]


@strawberry.type
class Query:
    @strawberry.field
    async def agenda(
        self,
        info: strawberry.Info,
        start: Annotated[datetime, strawberry.argument(name="from")],
        end: Annotated[datetime, strawberry.argument(name="to")],
    ) -> AgendaResult:
        bearer = info.context["request"].headers["Authorization"].removeprefix("Bearer ")
        owner = await AccessToken.get_or_none(  # the token is what says whose it is
            token_hash=hashlib.sha256(bearer.encode()).hexdigest(), expires_at__gt=datetime.now(UTC)
        )
        if owner is None:
            return Problem(code="UNAUTHENTICATED", message="Nobody we know.")
        known = Known(owner)
        return Agenda(events_found=[_event(wire, known) for wire in await _read(start, end)])


async def _read(start: datetime, end: datetime) -> list[dict[str, Any]]:
    window = {"startDateTime": start.isoformat(), "endDateTime": end.isoformat(), "$select": FIELDS, "$top": "500"}
    headers = {"Authorization": f"Bearer {os.environ['SUITE_TOKEN']}", "Prefer": 'outlook.timezone="UTC"'}
    trust = ssl.create_default_context(cafile=os.environ["CA_BUNDLE"])
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session,
        session.get(f"{os.environ['GRAPH_URL']}/me/calendarView", params=window, headers=headers) as response,
    ):
        answer = await response.json()
    found: list[dict[str, Any]] = sorted(answer["value"], key=lambda wire: wire["start"]["dateTime"])
    return found


def _event(wire: dict[str, Any], known: Known) -> Event:
    return Event(
        id=strawberry.ID(wire["id"]),
        subject=wire["subject"],
        start=_time(wire["start"], wire["originalStartTimeZone"]),
        end=_time(wire["end"], wire["originalEndTimeZone"]),
        is_all_day=wire["isAllDay"],
        kind=EventKind[KINDS[wire["type"]]],
        status="CANCELLED" if wire["isCancelled"] else "CONFIRMED",
        sensitivity=wire["sensitivity"].upper(),
        show_as=wire["showAs"].upper(),
        is_organiser=wire["isOrganizer"],
        response=Answer["ORGANISER"] if wire["isOrganizer"] else _answer(wire["responseStatus"]),
        location=wire["location"]["displayName"] or None,
        body_preview=wire["bodyPreview"],
        web_url=wire["webLink"],
        online_meeting_url=(wire["onlineMeeting"] or {}).get("joinUrl"),
        organiser=_person(wire["organizer"]),
        wire=wire,
        known=known,
    )


def _time(value: dict[str, str], zone: str) -> EventTime:
    moment = datetime.fromisoformat(value["dateTime"][:19]).replace(tzinfo=UTC)
    return EventTime(date_time=moment, date=None, time_zone=zone)


def _person(entry: dict[str, Any]) -> Person:
    return Person(name=entry["emailAddress"]["name"], email=entry["emailAddress"]["address"].lower())


def _answer(status: dict[str, str]) -> Answer:
    return Answer[ANSWERS.get(status["response"], "NOT_RESPONDED")]


async def serve(port: int) -> None:
    """Until it is stopped."""
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        database = tortoise_config(os.environ["DATABASE_URL"])
        database["connections"]["default"]["engine"] = "tortoise.backends.asyncpg"  # as it comes too
        async with TortoiseContext() as context:
            await context.init(config=database, _enable_global_fallback=True)
            print("ready", flush=True)
            config = uvicorn.Config(GraphQL(strawberry.Schema(query=Query)), log_level="warning", lifespan="off")
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
