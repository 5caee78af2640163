"""What a request for rooms may contain."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.bookings.commands import BookRoom
from app.bookings.validation import check_not_past, validated
from app.errors import InvalidInput, ProblemCode
from app.suites.events import Frequency, NewEvent, Person, Recurrence, Weekday

START = datetime(2031, 5, 12, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def _command(rooms: int = 1, **values: Any) -> BookRoom:
    defaults: dict[str, Any] = {
        "subject": "Tide tables",
        "start": START,
        "end": START + HOUR,
        "time_zone": "Europe/Amsterdam",
    }
    room_ids = tuple(uuid4() for _ in range(rooms))
    return BookRoom(room_ids=room_ids, idempotency_key="one", event=NewEvent(**(defaults | values)))


def _people(count: int) -> tuple[Person, ...]:
    return tuple(Person(f"p{number}@example.org", f"P{number}") for number in range(count))


def _recurrence(**values: Any) -> Recurrence:
    return Recurrence(**{"frequency": Frequency.DAILY, "count": 5, **values})


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"subject": "x" * 256}, "event.subject", ProblemCode.SUBJECT_TOO_LONG),
        ({"subject": "   "}, "event.subject", ProblemCode.INVALID_VALUE),
        ({"subject": "two\r\nlines"}, "event.subject", ProblemCode.INVALID_VALUE),
        ({"body": "x" * 32_001}, "event.body", ProblemCode.BODY_TOO_LONG),
        ({"subject": "a\tb"}, "event.subject", ProblemCode.INVALID_VALUE),
        ({"body": "a\0b"}, "event.body", ProblemCode.INVALID_VALUE),
        ({"body": "a\x1bb"}, "event.body", ProblemCode.INVALID_VALUE),
        ({"attendees": _people(500)}, "event.attendees", ProblemCode.TOO_MANY_ATTENDEES),
        ({"attendees": _people(499)}, "event.attendees", ProblemCode.TOO_MANY_ATTENDEES),
        ({"attendees": (*_people(3), Person("nobody", ""))}, "event.attendees.3.email", ProblemCode.MALFORMED_EMAIL),
        ({"attendees": (Person("ben@example.org", "a\0b"),)}, "event.attendees.0.name", ProblemCode.INVALID_VALUE),
        ({"attendees": (Person("ben@example.org", "a\nb"),)}, "event.attendees.0.name", ProblemCode.INVALID_VALUE),
        ({"time_zone": "Europe/Atlantis"}, "event.timeZone", ProblemCode.UNKNOWN_TIME_ZONE),
        ({"time_zone": "../../etc/passwd"}, "event.timeZone", ProblemCode.UNKNOWN_TIME_ZONE),
        ({"time_zone": ""}, "event.timeZone", ProblemCode.UNKNOWN_TIME_ZONE),
        ({"end": START}, "event.end", ProblemCode.WINDOW_REVERSED),
        ({"end": START - HOUR}, "event.end", ProblemCode.WINDOW_REVERSED),
        ({"end": START + timedelta(days=63)}, "event.end", ProblemCode.WINDOW_TOO_LONG),
    ],
)
def test_each_wrong_value_is_refused_with_a_code_of_its_own(
    values: dict[str, Any], field: str, code: ProblemCode
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validated(_command(**values))

    assert (refusal.value.field, refusal.value.code) == (field, code)


def test_a_body_may_have_lines_and_tabs() -> None:
    assert validated(_command(body="one\r\n\ttwo")).event is not None


def test_the_longest_allowed_values_pass() -> None:
    command = _command(subject="x" * 255, body="x" * 32_000, attendees=_people(498))

    assert validated(command).event == command.event


@pytest.mark.parametrize("frequency", [Frequency.WEEKLY, Frequency.MONTHLY_BY_WEEKDAY])
def test_a_weekday_named_twice_is_meant_once(frequency: Frequency) -> None:
    week = 2 if frequency is Frequency.MONTHLY_BY_WEEKDAY else None
    twice = _recurrence(frequency=frequency, weekdays=(Weekday.MONDAY, Weekday.MONDAY), week_of_month=week)

    event = validated(_command(recurrence=twice)).event

    assert event is not None
    assert event.recurrence == replace(twice, weekdays=(Weekday.MONDAY,))


@pytest.mark.parametrize("rooms", [0, 21])
def test_one_to_twenty_rooms_can_be_booked_at_once(rooms: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validated(_command(rooms))

    assert refusal.value.field == "roomIds"


def test_a_room_cannot_be_named_twice() -> None:
    room = uuid4()

    with pytest.raises(InvalidInput):
        validated(BookRoom(room_ids=(room, room), idempotency_key="one", event_mailbox_id="id"))


@pytest.mark.parametrize("event_mailbox_id", [None, "id"])
def test_either_a_new_event_or_an_existing_one_is_given(event_mailbox_id: str | None) -> None:
    event = None if event_mailbox_id is None else _command().event
    command = BookRoom(room_ids=(uuid4(),), idempotency_key="one", event=event, event_mailbox_id=event_mailbox_id)

    with pytest.raises(InvalidInput):
        validated(command)


def test_people_are_invited_once_and_by_lower_case_addresses() -> None:
    people = (Person(" Ben@Example.org", "Ben"), Person("ben@example.org", "Benjamin"), Person("cy@example.org", " "))

    event = validated(_command(attendees=people)).event

    assert event is not None
    assert event.attendees == (Person("ben@example.org", "Ben"), Person("cy@example.org", "cy@example.org"))


@given(st.integers(-10_000, 10_000))
def test_an_event_that_has_begun_lies_in_the_past_give_or_take_five_minutes(seconds: int) -> None:
    event = _command().event
    assert event is not None
    now = START + timedelta(seconds=seconds)

    if seconds > 300:
        with pytest.raises(InvalidInput) as refusal:
            check_not_past(event, now)
        assert refusal.value.code is ProblemCode.EVENT_IN_THE_PAST
    else:
        check_not_past(event, now)


def test_the_same_instant_written_with_another_offset_is_the_same_content() -> None:
    first = _command()
    assert first.event is not None
    shifted = NewEvent(
        subject="Tide tables",
        start=datetime.fromisoformat("2031-05-12T11:00:00+02:00"),
        end=datetime.fromisoformat("2031-05-12T12:00:00+02:00"),
        time_zone="Europe/Amsterdam",
    )

    second = BookRoom(room_ids=first.room_ids, idempotency_key="two", event=shifted)

    assert first.content() == second.content()


@pytest.mark.parametrize(
    "values",
    [
        {"subject": "Other"},
        {"end": START + 2 * HOUR},
        {"time_zone": "UTC"},
        {"body": "text"},
        {"online_meeting": True},
        {"attendees": _people(1)},
        {"recurrence": _recurrence()},
    ],
)
def test_any_other_value_is_other_content(values: dict[str, Any]) -> None:
    plain, changed = _command(), _command(**values)

    same_rooms = BookRoom(room_ids=plain.room_ids, idempotency_key="one", event=changed.event)

    assert plain.content() != same_rooms.content()


@pytest.mark.parametrize(
    "recurrence",
    [
        _recurrence(),
        _recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY, Weekday.FRIDAY)),
        _recurrence(frequency=Frequency.MONTHLY_BY_DATE, interval=2),
        _recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.MONDAY,), week_of_month=2),
        _recurrence(count=None, until=date(2031, 5, 12)),
    ],
)
def test_a_recurrence_that_makes_sense_passes(recurrence: Recurrence) -> None:
    command = validated(_command(recurrence=recurrence))

    assert command.event is not None
    assert command.event.recurrence == recurrence


@pytest.mark.parametrize(
    ("recurrence", "field"),
    [
        (_recurrence(interval=0), "event.recurrence.interval"),
        (_recurrence(interval=100), "event.recurrence.interval"),
        (_recurrence(count=None), "event.recurrence"),
        (_recurrence(until=date(2032, 1, 1)), "event.recurrence"),
        (_recurrence(count=0), "event.recurrence.count"),
        (_recurrence(count=1_000), "event.recurrence.count"),
        (_recurrence(count=None, until=date(2031, 5, 11)), "event.recurrence.until"),
        (_recurrence(frequency=Frequency.WEEKLY), "event.recurrence.weekdays"),
        (_recurrence(weekdays=(Weekday.MONDAY,)), "event.recurrence.weekdays"),
        (_recurrence(week_of_month=1), "event.recurrence.weekOfMonth"),
        (_recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, week_of_month=1), "event.recurrence.weekdays"),
        (
            _recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.MONDAY,), week_of_month=5),
            "event.recurrence.weekOfMonth",
        ),
        (
            _recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.SATURDAY,), count=None, until=date(2031, 5, 13)),
            "event.recurrence",
        ),
        (_recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.TUESDAY,)), "event.recurrence.weekdays"),
        (
            _recurrence(frequency=Frequency.MONTHLY_BY_WEEKDAY, weekdays=(Weekday.MONDAY,), week_of_month=-1),
            "event.recurrence.weekdays",
        ),
    ],
)
def test_a_recurrence_that_makes_none_is_refused(recurrence: Recurrence, field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        validated(_command(recurrence=recurrence))

    assert refusal.value.field == field


def test_each_date_of_a_series_ends_before_the_next_begins() -> None:
    with pytest.raises(InvalidInput) as refusal:
        validated(_command(end=START + timedelta(hours=25), recurrence=_recurrence()))

    assert refusal.value.field == "event.recurrence"


@given(
    recurrence=st.builds(
        Recurrence,
        frequency=st.sampled_from(Frequency),
        interval=st.integers(-1, 120),
        weekdays=st.lists(st.sampled_from(Weekday), max_size=3).map(tuple),
        week_of_month=st.none() | st.integers(-2, 6),
        until=st.none() | st.dates(date(2031, 1, 1)),
        count=st.none() | st.integers(-1, 1_200),
    )
)
def test_every_recurrence_is_either_passed_or_refused_in_words(recurrence: Recurrence) -> None:
    field = "event.recurrence"
    try:
        validated(_command(recurrence=recurrence))
    except InvalidInput as refusal:
        field = refusal.field

    assert field.startswith("event.recurrence")
