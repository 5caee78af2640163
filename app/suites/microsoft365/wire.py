"""What we read of Graph's event, by the names of Graph (https://learn.microsoft.com/graph/api/resources/event).

Everything may be missing: what Exchange returns holds nulls nearly everywhere, and no more was asked for than needed.
"""

import msgspec

from app.suites.events import WHOLE, EventPart, EventParts

_FIELDS = (
    "id",
    "iCalUId",
    "seriesMasterId",
    "changeKey",
    "type",
    "isCancelled",
    "subject",
    "start",
    "end",
    "originalStart",
    "originalStartTimeZone",
    "originalEndTimeZone",
    "isAllDay",
    "sensitivity",
    "showAs",
    "organizer",
    "isOrganizer",
    "transactionId",
    "categories",
)
_FIELDS_OF_PART = {
    EventPart.INVITED: ("attendees",),
    EventPart.RESPONSE: ("responseStatus",),
    EventPart.LOCATION: ("location",),
    EventPart.ONLINE_MEETING: ("onlineMeeting", "onlineMeetingUrl"),
    EventPart.WEB_URL: ("webLink",),
    EventPart.BODY_PREVIEW: ("bodyPreview",),
}


def fields_of(parts: EventParts) -> str:
    """What to ask Graph for (https://learn.microsoft.com/graph/query-parameters#select)."""
    return ",".join((*_FIELDS, *(field for part in EventPart if part in parts for field in _FIELDS_OF_PART[part])))


EVENT_FIELDS = fields_of(WHOLE)


class EmailAddress(msgspec.Struct, gc=False):
    address: str | None = None
    name: str | None = None


class Recipient(msgspec.Struct, rename="camel"):
    email_address: EmailAddress | None = None


class ResponseStatus(msgspec.Struct, gc=False):
    response: str | None = None


class Attendee(msgspec.Struct, rename="camel"):
    type: str | None = None
    status: ResponseStatus | None = None
    email_address: EmailAddress | None = None


class DateTimeTimeZone(msgspec.Struct, rename="camel", gc=False):
    """A time without offset, of up to seven decimals, and the zone it is meant in."""

    date_time: str | None = None
    time_zone: str | None = None


class Location(msgspec.Struct, rename="camel", gc=False):
    display_name: str | None = None


class OnlineMeeting(msgspec.Struct, rename="camel", gc=False):
    join_url: str | None = None


class Event(msgspec.Struct, rename="camel"):
    id: str | None = None
    etag: str | None = msgspec.field(default=None, name="@odata.etag")
    i_cal_uid: str | None = msgspec.field(default=None, name="iCalUId")
    series_master_id: str | None = None
    change_key: str | None = None
    type: str | None = None
    is_cancelled: bool | None = None
    subject: str | None = None
    start: DateTimeTimeZone | None = None
    end: DateTimeTimeZone | None = None
    original_start: str | None = None
    original_start_time_zone: str | None = None
    original_end_time_zone: str | None = None
    is_all_day: bool | None = None
    sensitivity: str | None = None
    show_as: str | None = None
    organizer: Recipient | None = None
    is_organizer: bool | None = None
    response_status: ResponseStatus | None = None
    attendees: list[Attendee] | None = None
    location: Location | None = None
    online_meeting: OnlineMeeting | None = None
    online_meeting_url: str | None = None
    web_link: str | None = None
    body_preview: str | None = None
    transaction_id: str | None = None
    categories: list[str] | None = None
