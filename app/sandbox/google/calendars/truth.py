"""What rooms answered in truth: read from the meetings and from the rooms' own calendars."""

from collections.abc import Iterator
from datetime import UTC, date, timedelta
from itertools import islice

from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.meetings import Content, Copy, Meeting
from app.sandbox.google.calendars.moments import EARLIEST, Moment
from app.sandbox.google.calendars.resources import ResourceStore
from app.sandbox.google.calendars.series import Slot
from app.sandbox.truth import MOST_DATES, BookingTruth, DateTruth, RoomTruth

_AS_FAR_AS = timedelta(days=5 * 365)


def bookings(calendar: StoredCalendar, resources: ResourceStore) -> Iterator[BookingTruth]:
    """Every event that this calendar organises and that has a room on it, as a whole or on one of its dates."""
    for copy in calendar.shelf.all():
        rooms = _rooms_of(copy.meeting, resources) if copy.is_home else []
        if rooms:
            yield _booking(copy.meeting, rooms)


def _rooms_of(meeting: Meeting, resources: ResourceStore) -> list[str]:
    contents = (meeting.content, *meeting.exceptions.values())
    invited = dict.fromkeys(one.email for content in contents for one in content.attendees)
    return [email for email in invited if resources.get(email) is not None]


def _booking(meeting: Meeting, rooms: list[str]) -> BookingTruth:
    content = meeting.content
    return BookingTruth(
        organizer=meeting.home,
        event_id=meeting.id,
        other_id=None,
        subject=str(content.details.get("summary", "")),
        start=content.start.instant(UTC),
        end=content.end.instant(UTC),
        is_cancelled=content.cancelled,
        is_series=meeting.series is not None,
        rooms=tuple(_room(meeting, email) for email in rooms),
    )


def _room(meeting: Meeting, email: str) -> RoomTruth:
    copy, entry = meeting.copies.get(email), meeting.content.attendee(email)
    dates: dict[date, DateTruth] = {}
    for slot in _slots(meeting):
        content = meeting.at(slot.key)
        on_the_day = content.attendee(email) if content and not content.cancelled else None
        if content is not None and on_the_day is not None:
            dates[day_of(slot.start)] = DateTruth(answer=on_the_day.answer.value, holds=_holds(copy, slot.key, content))
    return RoomTruth(
        address=email,
        answer=entry.answer.value if entry else "needsAction",
        answered_at=None,
        holds=_holds(copy, None, meeting.content),
        dates=dates,
    )


def _slots(meeting: Meeting) -> Iterator[Slot]:
    first = meeting.series.first if meeting.series else None
    if meeting.series is None or first is None:
        return iter(())
    return islice(meeting.series.slots(EARLIEST, first.start.instant(UTC) + _AS_FAR_AS), MOST_DATES)


def day_of(start: Moment) -> date:
    """The date on the series' own wall clock by which an instance is known."""
    return start.day or (start.at or EARLIEST).date()


def _holds(copy: Copy | None, key: str | None, content: Content) -> bool:
    return copy is not None and copy.takes(key, content)
