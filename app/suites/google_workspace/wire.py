"""What we read of Google's event, by the names of Google, and what asks for it.

https://developers.google.com/workspace/calendar/api/v3/reference/events ; everything may be missing: Google leaves out
what is empty or false, and no more was asked for than needed.
"""

from typing import Any

import msgspec

from app.suites.events import WHOLE, EventPart, EventParts

_FIELDS = (
    "id",
    "etag",
    "status",
    "eventType",
    "iCalUID",
    "recurringEventId",
    "originalStartTime",
    "recurrence",
    "summary",
    "start",
    "end",
    "visibility",
    "transparency",
    "organizer(email,displayName,self)",
    "extendedProperties(private)",
)
_GUESTS = "attendees(email,displayName,optional,resource,responseStatus,organizer,self)"
_OWN_ENTRY = "attendees(responseStatus,self)"
_FIELDS_OF_PART = {
    EventPart.LOCATION: ("location",),
    EventPart.ONLINE_MEETING: ("hangoutLink", "conferenceData(entryPoints(entryPointType,uri))"),
    EventPart.WEB_URL: ("htmlLink",),
    EventPart.BODY_PREVIEW: ("description",),
}


def _besides_guests(parts: EventParts) -> tuple[str, ...]:
    return (*_FIELDS, *(field for part, fields in _FIELDS_OF_PART.items() if part in parts for field in fields))


def fields_of(parts: EventParts) -> str:
    """What to ask Google for (https://developers.google.com/workspace/calendar/api/guides/performance#partial)."""
    guests = _GUESTS if EventPart.INVITED in parts else _OWN_ENTRY if EventPart.RESPONSE in parts else None
    return ",".join((*_besides_guests(parts), *([] if guests is None else [guests])))


def list_fields_of(parts: EventParts) -> str:
    """The same for a page of events."""
    return f"nextPageToken,timeZone,items({fields_of(parts)})"


EVENT_FIELDS = fields_of(WHOLE)
LIST_FIELDS = list_fields_of(WHOLE)
WHOLE_FIELDS = ",".join((*_besides_guests(WHOLE), "attendees,attendeesOmitted"))
"""For a change of the guests, who are written back as a whole."""


class EventDateTime(msgspec.Struct, rename="camel", gc=False):
    """A moment with its offset, or a day; and the zone it was made in."""

    date_time: str | None = None
    date: str | None = None
    time_zone: str | None = None


class Guest(msgspec.Struct, rename="camel", gc=False):
    """Somebody invited; of whoever organises, all but the answer stands in `organizer` too."""

    email: str | None = None
    display_name: str | None = None
    self: bool | None = None
    organizer: bool | None = None
    resource: bool | None = None
    optional: bool | None = None
    response_status: str | None = None


class EntryPoint(msgspec.Struct, rename="camel", gc=False):
    entry_point_type: str | None = None
    uri: str | None = None


class ConferenceData(msgspec.Struct, rename="camel"):
    entry_points: list[EntryPoint] | None = None


class ExtendedProperties(msgspec.Struct):
    private: dict[str, Any] | None = None


class Event(msgspec.Struct, rename="camel"):
    id: str | None = None
    etag: str | None = None
    status: str | None = None
    event_type: str | None = None
    i_cal_uid: str | None = msgspec.field(default=None, name="iCalUID")
    recurring_event_id: str | None = None
    original_start_time: EventDateTime | None = None
    recurrence: Any = None
    summary: str | None = None
    description: str | None = None
    location: str | None = None
    start: EventDateTime | None = None
    end: EventDateTime | None = None
    visibility: str | None = None
    transparency: str | None = None
    organizer: Guest | None = None
    hangout_link: str | None = None
    conference_data: ConferenceData | None = None
    html_link: str | None = None
    extended_properties: ExtendedProperties | None = None
    attendees: list[Guest] | None = None
