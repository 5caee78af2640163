"""What we send for a new event, and for other rooms on an old one."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from app.suites.errors import InvalidRequest
from app.suites.events import Frequency, NewEvent, Person, Recurrence, RoomsChange, Weekday
from app.suites.microsoft365.recurrence import patterned_recurrence
from app.suites.microsoft365.writing import COMMAND_PROPERTY, new_event, rooms_patch
from tests.suites.microsoft365.wire import attendee, graph_event

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
COMMAND = UUID("b2d7c1ee-5b0e-4a2f-9a3e-2f0f8f5f1c11")
ROOM = Person("lh214@tidewater.test", "Lighthouse 2.14")
OTHER_ROOM = Person("lh301@tidewater.test", "Lighthouse 3.01")
FIRST = date(2026, 11, 12)


def test_a_room_is_booked_by_being_invited_as_a_resource() -> None:
    wire = new_event(
        NewEvent(
            subject="Design review",
            start=START,
            end=START.replace(hour=14),
            time_zone="Europe/Amsterdam",
            attendees=(Person("ben@tidewater.test", "Ben"),),
            rooms=(ROOM,),
            body="Agenda follows",
            online_meeting=True,
        ),
        COMMAND,
    )

    assert wire["start"] == {"dateTime": "2026-11-12T14:00:00", "timeZone": "W. Europe Standard Time"}
    assert wire["end"] == {"dateTime": "2026-11-12T15:00:00", "timeZone": "W. Europe Standard Time"}
    assert wire["attendees"] == [
        {"type": "required", "emailAddress": {"address": "ben@tidewater.test", "name": "Ben"}},
        {"type": "resource", "emailAddress": {"address": "lh214@tidewater.test", "name": "Lighthouse 2.14"}},
    ]
    assert wire["body"] == {"contentType": "text", "content": "Agenda follows"}
    assert wire["isOnlineMeeting"] is True
    assert wire["transactionId"] == str(COMMAND)
    assert wire["singleValueExtendedProperties"] == [{"id": COMMAND_PROPERTY, "value": str(COMMAND)}]


@pytest.mark.parametrize(
    ("recurrence", "pattern"),
    [
        (Recurrence(frequency=Frequency.DAILY, interval=2, count=3), {"type": "daily", "interval": 2}),
        (
            Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY, Weekday.THURSDAY), count=3),
            {"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "thursday"], "firstDayOfWeek": "monday"},
        ),
        (
            Recurrence(frequency=Frequency.WEEKLY, count=3),
            {"type": "weekly", "interval": 1, "daysOfWeek": ["thursday"], "firstDayOfWeek": "monday"},
        ),
        (
            Recurrence(frequency=Frequency.MONTHLY_BY_DATE, count=3),
            {"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 12},
        ),
        (
            Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.FRIDAY,), week_of_month=-1, count=3),
            {"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["friday"], "index": "last"},
        ),
    ],
)
def test_each_way_to_repeat_has_its_pattern(recurrence: Recurrence, pattern: dict[str, object]) -> None:
    assert patterned_recurrence(recurrence, FIRST, "UTC")["pattern"] == pattern


def test_a_series_ends_on_a_day_or_after_a_count() -> None:
    until = patterned_recurrence(Recurrence(frequency=Frequency.DAILY, until=date(2026, 12, 1)), FIRST, "UTC")
    counted = patterned_recurrence(Recurrence(frequency=Frequency.DAILY, count=5), FIRST, "UTC")

    common = {"startDate": "2026-11-12", "recurrenceTimeZone": "UTC"}
    assert until["range"] == {**common, "type": "endDate", "endDate": "2026-12-01"}
    assert counted["range"] == {**common, "type": "numbered", "numberOfOccurrences": 5}


@pytest.mark.parametrize(
    "recurrence",
    [
        Recurrence(frequency=Frequency.DAILY),
        Recurrence(frequency=Frequency.DAILY, until=date(2026, 12, 1), count=5),
        Recurrence(frequency=Frequency.DAILY, until=date(2026, 11, 1)),
        Recurrence(frequency=Frequency.DAILY, count=0),
        Recurrence(frequency=Frequency.DAILY, interval=0, count=1),
        Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.FRIDAY,), week_of_month=5, count=1),
        Recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, week_of_month=1, count=1),
    ],
)
def test_a_recurrence_that_contradicts_itself_is_not_sent(recurrence: Recurrence) -> None:
    with pytest.raises(InvalidRequest):
        patterned_recurrence(recurrence, FIRST, "UTC")


def test_one_room_replaces_another_and_everybody_else_stays() -> None:
    place = {"displayName": "Lighthouse 2.14", "locationEmailAddress": "LH214@tidewater.test"}
    wire = graph_event(START, locations=[{"displayName": "Lobby"}, place])

    patch = rooms_patch(wire, RoomsChange(add=(OTHER_ROOM,), remove=frozenset({ROOM.address})))

    assert patch is not None
    assert patch["attendees"] == [
        {"type": "required", "emailAddress": {"name": "ben", "address": "ben@tidewater.test"}},
        {"type": "resource", "emailAddress": {"address": OTHER_ROOM.address, "name": OTHER_ROOM.name}},
    ]
    assert patch["locations"] == [
        {"displayName": "Lobby"},
        {
            "displayName": OTHER_ROOM.name,
            "locationType": "conferenceRoom",
            "locationEmailAddress": OTHER_ROOM.address,
        },
    ]


def test_rooms_that_are_as_they_should_be_are_not_written_again() -> None:
    wire = graph_event(START, attendees=[attendee(ROOM.address, kind="resource")])

    assert rooms_patch(wire, RoomsChange(add=(ROOM,), remove=frozenset({OTHER_ROOM.address}))) is None
