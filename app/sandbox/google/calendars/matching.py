"""What a list asks for, and whether an event is meant by it.

https://developers.google.com/workspace/calendar/api/v3/reference/events/list
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.sandbox.google.calendars.meetings import Copy
from app.sandbox.google.calendars.occasions import EVER, Occasion, Window


class Order(StrEnum):
    """How a list is sorted."""

    START_TIME = "startTime"
    UPDATED = "updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuery:
    """What somebody wants to see.

    ``about`` is the fingerprint of everything that must not change between pages; with ``may_sync`` the last page
    gives a sync token. ``series`` narrows to the instances of one copy, ``original_start`` (a key) to one of them.
    """

    about: str
    page_size: int
    window: Window = EVER
    single_events: bool = False
    order: Order | None = None
    show_deleted: bool = False
    event_types: frozenset[str] = frozenset()
    ical_uid: str | None = None
    words: tuple[str, ...] = ()
    private: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    updated_min: datetime | None = None
    page_token: str | None = None
    sync_token: str | None = None
    may_sync: bool = False
    series: Copy | None = None
    original_start: str | None = None

    @property
    def reads_content(self) -> bool:
        """Whether it can be answered only by someone who may read more than times."""
        return bool(self.words or self.private or self.shared)


def is_meant(one: Occasion, query: ListQuery) -> bool:
    """Whether an event has what the query asks for, time aside."""
    content, meeting = one.content, one.copy.meeting
    if query.event_types and content.details.get("eventType", "default") not in query.event_types:
        return False
    if query.ical_uid is not None and meeting.ical_uid != query.ical_uid:
        return False
    if query.updated_min is not None and one.copy.stamp_of(one.key).at < query.updated_min:
        return False
    if query.original_start is not None and one.key != query.original_start:
        return False
    if not _has(one.copy.own_of(one.key).private, query.private):
        return False
    if not _has(content.details.get("sharedProperties", {}), query.shared):
        return False
    return not query.words or _says(one, query.words)


def _has(properties: Mapping[str, str], wanted: tuple[str, ...]) -> bool:
    pairs = (one.partition("=") for one in wanted)
    return all(properties.get(name) == value for name, _, value in pairs)


def _says(one: Occasion, words: tuple[str, ...]) -> bool:
    details, people = one.content.details, one.content.attendees
    texts = [details.get(name, "") for name in ("summary", "description", "location")]
    texts += [part for person in people for part in (person.email, person.display_name or "")]
    texts.append(one.copy.meeting.organizer.email)
    everything = "\n".join(texts).lower()
    return all(word in everything for word in words)
