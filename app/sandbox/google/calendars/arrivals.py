"""Events that nobody here wrote by the rules: invitations from outside, oddities laid down as they are, and crowds.

https://developers.google.com/workspace/calendar/api/concepts/sharing#inviting_attendees_to_events
"""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Copy, Meeting, Own, Person
from app.sandbox.google.calendars.moments import Moment, read_moment
from app.sandbox.google.calendars.reading import read_event
from app.sandbox.google.calendars.rendering import VERBATIM
from app.sandbox.google.calendars.store import CalendarStore

_ALPHABET = "abcdefghijklmnopqrstuv0123456789"
_SLOT = timedelta(minutes=10)
_LENGTH = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Many events of half an hour, spread over the seven days from ``monday``."""

    events: int
    attendees: tuple[Attendee, ...]
    monday: datetime


def receive(store: CalendarStore, body: Mapping[str, Any], organizer: Person, *, time_zone: str = "UTC") -> Meeting:
    """An invitation by somebody who has no calendar here: every guest who has one gets a copy. Raises GoogleError."""
    draft = read_event(body, time_zone)
    event_id = str(body.get("id") or _new_id())
    meeting = Meeting(
        id=event_id,
        ical_uid=f"{event_id}@{organizer.email.rpartition('@')[2]}",
        home=organizer.email.lower(),
        organizer=organizer,
        creator=organizer,
        inviter_sub="",
        created=store.clock.now(),
        content=draft.content,
    )
    store.post.publish(meeting)
    return meeting


def lay_down(store: CalendarStore, calendar: StoredCalendar, body: Mapping[str, Any]) -> str:
    """Put an event into one calendar as it is written, whatever it lacks; answers its id."""
    event_id = str(body.get("id") or _new_id())
    start, end = _span(body, calendar, store.clock.now())
    shown = {**body, "id": event_id}
    content = Content(start=start, end=end, details={VERBATIM: shown}, cancelled=body.get("status") == "cancelled")
    own = Own(transparent=body.get("transparency") == "transparent")
    _put(store, calendar, _home_meeting(store, calendar, event_id, content), own)
    store.feed.changed(calendar.id)
    return event_id


def fill(store: CalendarStore, calendar: StoredCalendar, crowd: Crowd) -> None:
    """Add many events that only this calendar has a copy of."""
    for number in range(crowd.events):
        day, slot = number % 7, number // 7
        minutes = (7 * 60 + slot * int(_SLOT.total_seconds()) // 60) % (24 * 60)
        at = crowd.monday + timedelta(days=day, minutes=minutes)
        content = Content(
            start=Moment(at=at, zone="UTC"),
            end=Moment(at=at + _LENGTH, zone="UTC"),
            attendees=crowd.attendees,
            details={"summary": f"Filler {number + 1}"},
        )
        _put(store, calendar, _home_meeting(store, calendar, _new_id(), content), Own())
    store.feed.changed(calendar.id)


def crowd_of(people: Iterable[tuple[str, str]], size: int) -> tuple[Attendee, ...]:
    """So many guests: half of them of these addresses and names, the rest from outside; every second has accepted."""
    colleagues = [Attendee(email=email.lower(), display_name=name) for email, name in people][: size // 2]
    outside = [
        Attendee(email=f"guest-{number}@partner.example", display_name=f"Guest {number}")
        for number in range(size - len(colleagues))
    ]
    everybody = (*colleagues, *outside)
    return tuple(replace(one, answer=Answer.ACCEPTED) if n % 2 else one for n, one in enumerate(everybody))


def _home_meeting(store: CalendarStore, calendar: StoredCalendar, event_id: str, content: Content) -> Meeting:
    return Meeting(
        id=event_id,
        ical_uid=f"{event_id}@google.com",
        home=calendar.id,
        organizer=Person(calendar.id),
        creator=Person(calendar.id),
        inviter_sub=calendar.owner_sub or "",
        created=store.clock.now(),
        content=content,
    )


def _put(store: CalendarStore, calendar: StoredCalendar, meeting: Meeting, own: Own) -> None:
    copy = Copy(meeting=meeting, calendar_id=calendar.id, is_room=calendar.is_room, stamp=store.feed.stamp(), own=own)
    meeting.copies[calendar.id] = copy
    calendar.shelf.put(copy)


def _span(body: Mapping[str, Any], calendar: StoredCalendar, now: datetime) -> tuple[Moment, Moment]:
    """When it is, as far as that is said: else when it should have been, else now."""
    fallback = Moment(at=now.astimezone(UTC).replace(microsecond=0), zone="UTC")
    moments = []
    for names in (("start", "originalStartTime"), ("end", "start", "originalStartTime")):
        found = fallback
        for said in (form for name in names for form in _forms(body.get(name))):
            try:
                found = read_moment(said, "start", calendar.time_zone)
            except GoogleError:
                continue
            break
        moments.append(found)
    return moments[0], moments[1]


def _forms(said: Any) -> list[Any]:
    """A time as it was said, and without its zone: the offset tells when it is where nobody knows the zone."""
    return [said, {**said, "timeZone": None}] if isinstance(said, dict) else [said]


def _new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(26))
