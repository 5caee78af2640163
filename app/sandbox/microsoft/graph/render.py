"""Events as Graph shows them.

https://learn.microsoft.com/graph/api/resources/event
"""

import html
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.sandbox.microsoft.graph.filters import normal_property_id
from app.sandbox.microsoft.graph.preferences import Preferences
from app.sandbox.microsoft.graph.times import wire_instant, wire_local, wire_second, wire_wall
from app.sandbox.microsoft.mailboxes.ids import compose, global_object_id
from app.sandbox.microsoft.mailboxes.items import (
    Answer,
    Attendee,
    BodyType,
    CopyState,
    Entry,
    Invitation,
    Item,
    Location,
    Person,
    Target,
)
from app.sandbox.microsoft.mailboxes.recurrence import RangeType, Recurrence

_PREVIEW_LENGTH = 255


@dataclass(frozen=True, slots=True)
class View:
    """One event about to be shown: the entry, what it says, and how the caller wants it."""

    entry: Entry
    says: Invitation
    preferences: Preferences
    now: datetime

    @property
    def item(self) -> Item:
        """The copy that speaks for it."""
        return self.entry.item

    @property
    def root(self) -> Item:
        """The copy that holds its ids."""
        return self.entry.root

    def id_of(self, day: Any = None) -> str:
        """The id of this item, or of one of its dates, in the wanted form."""
        return compose(self.root.ids.root(self.preferences.id_form), day)

    @property
    def is_instance(self) -> bool:
        """Whether it is one date of a series that is here as a whole."""
        return self.entry.day is not None or self.item.master is not None


def look_at(target: Target, preferences: Preferences, now: datetime) -> View:
    """A view of one item or occurrence."""
    return View(target.entry(), target.invitation, preferences, now)


def look_at_entry(entry: Entry, preferences: Preferences, now: datetime) -> View:
    """A view of something in a calendar."""
    return View(entry, entry.invitation, preferences, now)


def render_event(
    view: View,
    select: Collection[str] | None = None,
    expand: Mapping[str, str] | None = None,
    withhold: Collection[str] = (),
) -> dict[str, Any]:
    """An event as JSON; ``withhold`` names what the caller's permission does not cover."""
    shown: dict[str, Any] = {"@odata.etag": etag(view), "id": view.id_of(view.entry.occurrence)}
    for name in select if select is not None else DEFAULT_PROPERTIES:
        if name not in withhold and name in PROPERTIES:
            shown[name] = view.item.overlay[name] if name in view.item.overlay else PROPERTIES[name](view)
    for relation, inner in (expand or {}).items():
        if relation not in withhold and relation in RELATIONS:
            shown[relation] = RELATIONS[relation](view, inner)
    return shown


def etag(view: View) -> str:
    """The etag of what is shown."""
    return f'W/"{_change_key(view)}"'


def render_person(person: Person) -> dict[str, str]:
    """An emailAddress."""
    return {"name": person.name, "address": person.address}


def plain_text(content: str, kind: BodyType) -> str:
    """A body as text."""
    if kind is BodyType.TEXT:
        return content
    without_blocks = re.sub(r"(?is)<(style|script|head)\b.*?</\1>", "", content)
    broken = re.sub(r"(?i)<(br|/p|/div|/li)\b[^>]*>", "\r\n", without_blocks)
    return html.unescape(re.sub(r"<[^>]*>", "", broken)).strip()


def render_recurrence(recurrence: Recurrence) -> dict[str, Any]:
    """A patternedRecurrence."""
    pattern, span = recurrence.pattern, recurrence.range
    return {
        "pattern": {
            "type": pattern.type.value,
            "interval": pattern.interval,
            "month": pattern.month,
            "dayOfMonth": pattern.day_of_month,
            **({"daysOfWeek": [d.value for d in pattern.days_of_week]} if pattern.days_of_week else {}),
            "firstDayOfWeek": pattern.first_day_of_week.value,
            "index": pattern.index.value,
        },
        "range": {
            "type": span.type.value,
            "startDate": span.start_date.isoformat(),
            "endDate": span.end_date.isoformat() if span.end_date and span.type is RangeType.END_DATE else "0001-01-01",
            "recurrenceTimeZone": span.time_zone,
            "numberOfOccurrences": span.number_of_occurrences,
        },
    }


def _change_key(view: View) -> str:
    return view.root.change_key(view.now, view.entry.occurrence if view.is_instance else None)


def _answer(answer: Answer) -> dict[str, str]:
    # Enumerations go out as they are: they are text, and reading ``value`` six thousand times shows.
    return {"response": answer.response, "time": wire_second(answer.at)}


def _attendee(attendee: Attendee, preferences: Preferences) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "type": attendee.type,
        "status": _answer(attendee.answer),
        "emailAddress": render_person(attendee.person),
    }
    if attendee.proposed is not None:
        start, end = attendee.proposed
        shown["proposedNewTime"] = {
            "start": wire_wall(start.instant, preferences),
            "end": wire_wall(end.instant, preferences),
        }
    return shown


def _location(location: Location) -> dict[str, Any]:
    return {
        "displayName": location.display_name,
        "locationType": location.type,
        **({"locationEmailAddress": location.address} if location.address else {}),
        **location.details,
    }


def _locations(view: View) -> list[dict[str, Any]]:
    return [_location(place) for place in view.says.locations]


def _first_location(view: View) -> dict[str, Any]:
    if not view.says.locations:
        return {"displayName": "", "locationType": "default", "uniqueIdType": "unknown", "address": {}}
    return _location(view.says.locations[0])


def _body(view: View) -> dict[str, str]:
    body = view.says.body
    if view.preferences.body_type is BodyType.TEXT:
        return {"contentType": "text", "content": plain_text(body.content, body.type)}
    return {"contentType": body.type.value, "content": body.content}


def _start(view: View) -> dict[str, str]:
    if view.says.is_all_day:
        return wire_local(view.says.start.local, view.preferences)
    return wire_wall(view.entry.start, view.preferences)


def _end(view: View) -> dict[str, str]:
    if view.says.is_all_day:
        return wire_local(view.says.end.local, view.preferences)
    return wire_wall(view.entry.end, view.preferences)


def _type(view: View) -> str:
    if view.item.master is not None:
        return "exception"
    if view.entry.day is not None:
        return "occurrence"
    return "seriesMaster" if view.item.is_series else "singleInstance"


def _original_start(view: View) -> str | None:
    if not view.is_instance or view.entry.occurrence is None:
        return None
    return wire_second(view.root.invitation.at(view.entry.occurrence).starts_at)


def _recurrence(view: View) -> dict[str, Any] | None:
    recurrence = view.says.recurrence
    return None if view.is_instance or recurrence is None else render_recurrence(recurrence)


def _online_meeting(view: View) -> dict[str, Any] | None:
    meeting = view.says.online_meeting
    if meeting is None:
        return None
    return {"joinUrl": meeting.join_url, "conferenceId": meeting.conference_id, "tollNumber": None}


def _occurrence_id(view: View) -> str | None:
    if not view.is_instance or view.entry.occurrence is None:
        return None
    return f"OID.{view.id_of()}.{view.entry.occurrence}"


def _cancelled_occurrences(view: View) -> list[str]:
    return [f"OID.{view.id_of()}.{day}" for day in sorted(view.item.removed)]


def _web_link(view: View) -> str:
    item_id = compose(view.root.ids.default, view.entry.occurrence)
    return f"https://outlook.example/owa/?itemid={item_id}&exvsurl=1&path=/calendar/item"


PROPERTIES: dict[str, Callable[[View], Any]] = {
    "createdDateTime": lambda v: wire_instant(v.item.created_at),
    "lastModifiedDateTime": lambda v: wire_instant(v.root.modified_at),
    "changeKey": _change_key,
    "categories": lambda v: list(v.item.own.categories),
    "transactionId": lambda v: v.item.own.transaction_id,
    "originalStartTimeZone": lambda v: v.says.original_start_zone,
    "originalEndTimeZone": lambda v: v.says.original_end_zone,
    "iCalUId": lambda v: global_object_id(v.root.meeting, v.root.meeting_created_at, v.entry.occurrence),
    "reminderMinutesBeforeStart": lambda v: v.item.own.reminder_minutes,
    "isReminderOn": lambda v: v.item.own.is_reminder_on,
    "hasAttachments": lambda _: False,
    "subject": lambda v: v.says.subject,
    "bodyPreview": lambda v: plain_text(v.says.body.content, v.says.body.type)[:_PREVIEW_LENGTH],
    "importance": lambda v: v.says.importance.value,
    "sensitivity": lambda v: v.says.sensitivity.value,
    "isAllDay": lambda v: v.says.is_all_day,
    "isCancelled": lambda v: v.item.state is CopyState.CANCELLED,
    "isOrganizer": lambda v: v.item.is_organizer,
    "isDraft": lambda _: False,
    "responseRequested": lambda v: v.says.response_requested,
    "seriesMasterId": lambda v: v.id_of() if v.is_instance else None,
    "showAs": lambda v: v.item.show_as.value,
    "type": _type,
    "webLink": _web_link,
    "onlineMeetingUrl": lambda _: None,
    "isOnlineMeeting": lambda v: v.says.online_meeting is not None,
    "onlineMeetingProvider": lambda v: "teamsForBusiness" if v.says.online_meeting else "unknown",
    "allowNewTimeProposals": lambda v: v.says.allow_new_time_proposals,
    "occurrenceId": _occurrence_id,
    "hideAttendees": lambda v: v.says.hide_attendees,
    "originalStart": _original_start,
    "responseStatus": lambda v: _answer(v.item.answer),
    "body": _body,
    "start": _start,
    "end": _end,
    "location": _first_location,
    "locations": _locations,
    "recurrence": _recurrence,
    "attendees": lambda v: [_attendee(a, v.preferences) for a in v.says.attendees],
    "organizer": lambda v: {"emailAddress": render_person(v.says.organizer)},
    "onlineMeeting": _online_meeting,
    "cancelledOccurrences": _cancelled_occurrences,
}
"""Every property that can be asked for, by name."""

DEFAULT_PROPERTIES = tuple(name for name in PROPERTIES if name != "cancelledOccurrences")
"""What is shown unless the caller selects."""

SELECTABLE = frozenset(PROPERTIES) | {"id", "calendar", "attachments", "extensions", "instances"}
"""Names that ``$select`` takes."""


def _extended_properties(view: View, inner: str) -> list[dict[str, str]]:
    wanted = {normal_property_id(text) for text in re.findall(r"id\s+eq\s+'([^']*)'", inner)}
    return [{"id": name, "value": value} for name, value in view.item.own.extended_properties.items() if name in wanted]


def _extensions(view: View, inner: str) -> list[dict[str, Any]]:
    wanted = {text.rsplit("OpenTypeExtension.", 1)[-1] for text in re.findall(r"id\s+eq\s+'([^']*)'", inner)}
    return [
        {
            "@odata.type": "#microsoft.graph.openTypeExtension",
            "id": f"Microsoft.OutlookServices.OpenTypeExtension.{name}",
            "extensionName": name,
            **content,
        }
        for name, content in view.item.own.extensions.items()
        if not wanted or name in wanted
    ]


def _exceptions(view: View, _inner: str) -> list[dict[str, Any]]:
    found = [Target(view.item, day) for day in sorted(view.item.exceptions)]
    return [render_event(look_at(target, view.preferences, view.now)) for target in found]


RELATIONS: dict[str, Callable[[View, str], Any]] = {
    "singleValueExtendedProperties": _extended_properties,
    "extensions": _extensions,
    "exceptionOccurrences": _exceptions,
    "attachments": lambda _view, _inner: [],
}
"""What ``$expand`` adds, by name."""
