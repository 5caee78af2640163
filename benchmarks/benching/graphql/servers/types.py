"""The schema, and its objects made once: the same for every server with Strawberry, ours included.

Types say what they have, and one field is loaded. That it is a `Loading` too means nothing to Strawberry's own servers.
"""

from datetime import datetime
from enum import Enum
from typing import Any

import strawberry
from strawberry.dataloader import DataLoader
from strawberry.schema.config import StrawberryConfig

from app.graphql.execution import Loading
from app.graphql.execution.loading import METADATA_KEY
from benchmarks.benching.graphql.servers.memory import LOCATIONS, READY, instant
from schema.scalars import SCALARS


@strawberry.enum
class EventKind(Enum):
    SINGLE = "SINGLE"
    OCCURRENCE = "OCCURRENCE"
    EXCEPTION = "EXCEPTION"
    SERIES = "SERIES"


@strawberry.enum
class EventStatus(Enum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@strawberry.enum
class Sensitivity(Enum):
    NORMAL = "NORMAL"
    PERSONAL = "PERSONAL"
    PRIVATE = "PRIVATE"
    CONFIDENTIAL = "CONFIDENTIAL"


@strawberry.enum
class ShowAs(Enum):
    FREE = "FREE"
    TENTATIVE = "TENTATIVE"
    BUSY = "BUSY"
    OUT_OF_OFFICE = "OUT_OF_OFFICE"


@strawberry.enum
class Response(Enum):
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"
    NOT_RESPONDED = "NOT_RESPONDED"
    ORGANISER = "ORGANISER"


@strawberry.enum
class AttendeeKind(Enum):
    REQUIRED = "REQUIRED"
    OPTIONAL = "OPTIONAL"


@strawberry.enum
class LocationKind(Enum):
    AT_OFFICE = "AT_OFFICE"
    REMOTE = "REMOTE"
    NOT_WORKING = "NOT_WORKING"
    UNKNOWN = "UNKNOWN"


@strawberry.type
class EventTime:
    date_time: datetime | None
    time_zone: str


@strawberry.type
class Person:
    name: str
    email: str


@strawberry.type
class Member:
    id: strawberry.ID
    name: str


@strawberry.type
class AttendeeLocation:
    kind: LocationKind
    building: str | None
    floor: str | None


_BY_ADDRESS = Loading(
    key=lambda attendee: attendee.person.email,
    loader=lambda context: context["locations"],
)


async def _location_of(self: Any, info: strawberry.Info) -> AttendeeLocation:
    loader: DataLoader[str, AttendeeLocation] = info.context["locations"]
    return await loader.load(self.person.email)


@strawberry.type
class Attendee:
    person: Person
    kind: AttendeeKind
    response: Response
    is_external: bool
    member: Member | None
    known_location: AttendeeLocation

    location: AttendeeLocation = strawberry.field(resolver=_location_of, metadata={METADATA_KEY: _BY_ADDRESS})


@strawberry.type
class Event:
    id: strawberry.ID
    subject: str
    start: EventTime
    end: EventTime
    is_all_day: bool
    kind: EventKind
    series_id: strawberry.ID | None
    original_start: datetime | None
    status: EventStatus
    sensitivity: Sensitivity
    show_as: ShowAs
    organiser: Person | None
    is_organiser: bool
    response: Response
    location: str | None
    online_meeting_url: str | None
    web_url: str | None
    body_preview: str
    attendees: list[Attendee]


@strawberry.type
class Agenda:
    events: list[Event]


@strawberry.type
class Query:
    @strawberry.field
    def ping(self) -> str:
        return "pong"

    @strawberry.field
    async def agenda(self, first: int) -> Agenda:
        return agenda(first)


CONFIG = StrawberryConfig(scalar_map=SCALARS)
"""Of every schema: instants are written as the product writes them."""


def agenda(first: int) -> Agenda:
    """As many events as are asked for."""
    return Agenda(events=_EVENTS[:first])


async def load_locations(addresses: list[str]) -> list[AttendeeLocation]:
    """What a loader is given: where these people work."""
    return [_LOCATIONS[address] for address in addresses]


def _location(found: dict[str, Any]) -> AttendeeLocation:
    return AttendeeLocation(kind=LocationKind(found["kind"]), building=found["building"], floor=found["floor"])


def _attendee(found: dict[str, Any]) -> Attendee:
    return Attendee(
        person=Person(**found["person"]),
        kind=AttendeeKind(found["kind"]),
        response=Response(found["response"]),
        is_external=found["isExternal"],
        member=Member(**found["member"]) if found["member"] else None,
        known_location=_location(found["location"]),
    )


def _event(found: dict[str, Any]) -> Event:
    return Event(
        id=found["id"],
        subject=found["subject"],
        start=_time(found["start"]),
        end=_time(found["end"]),
        is_all_day=found["isAllDay"],
        kind=EventKind(found["kind"]),
        series_id=found["seriesId"],
        original_start=instant(found["originalStart"]),
        status=EventStatus(found["status"]),
        sensitivity=Sensitivity(found["sensitivity"]),
        show_as=ShowAs(found["showAs"]),
        organiser=Person(**found["organiser"]),
        is_organiser=found["isOrganiser"],
        response=Response(found["response"]),
        location=found["location"],
        online_meeting_url=found["onlineMeetingUrl"],
        web_url=found["webUrl"],
        body_preview=found["bodyPreview"],
        attendees=[_attendee(attendee) for attendee in found["attendees"]],
    )


def _time(found: dict[str, str]) -> EventTime:
    return EventTime(date_time=instant(found["dateTime"]), time_zone=found["timeZone"])


_LOCATIONS = {address: _location(found) for address, found in LOCATIONS.items()}
_EVENTS = [_event(found) for found in READY]
