"""What Graph's events mean to us."""

import io
import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.events import (
    AttendeeKind,
    Event,
    EventKind,
    EventStatus,
    EventTime,
    Response,
    RoomAnswer,
    Sensitivity,
    ShowAs,
)
from app.suites.microsoft365.mapping import MAX_PREVIEW, Unreadable, event, readable_events
from app.suites.windows import Reading
from tests.suites.microsoft365.wire import NEVER, attendee, graph_event

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
AMSTERDAM = timezone(timedelta(hours=1))

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=10,
)


def read_from(*values: object) -> list[Event]:
    """What is read of a page with these items."""
    return readable_events([msgspec.Raw(json.dumps(value).encode()) for value in values])


def all_day(first: str, last: str) -> dict[str, Any]:
    return graph_event(
        START,
        isAllDay=True,
        start={"dateTime": f"{first}T00:00:00.0000000", "timeZone": "UTC"},
        end={"dateTime": f"{last}T00:00:00.0000000", "timeZone": "UTC"},
    )


def test_an_event_is_read_with_everything_the_agenda_shows() -> None:
    read = event(
        graph_event(
            START,
            onlineMeeting={"joinUrl": "https://teams.example/join"},
            sensitivity="private",
            showAs="oof",
            transactionId="b2d7",
        )
    )

    assert (read.mailbox_id, read.shared_key, read.version) == ("AAMk-1", "040000-1", 'W/"v1"')
    assert read.start == EventTime("Europe/Berlin", date_time=START)
    assert (read.kind, read.status) == (EventKind.SINGLE, EventStatus.CONFIRMED)
    assert (read.sensitivity, read.show_as) == (Sensitivity.PRIVATE, ShowAs.OUT_OF_OFFICE)
    assert read.organiser is not None
    assert read.organiser.address == "ada@tidewater.test"
    assert read.response is Response.ORGANISER
    assert [person.person.address for person in read.attendees] == ["ben@tidewater.test"]
    assert read.online_meeting_url == "https://teams.example/join"
    assert read.command_id == "b2d7"


@pytest.mark.parametrize(
    ("response", "answer"),
    [
        ("none", RoomAnswer.PENDING),
        ("notResponded", RoomAnswer.PENDING),
        ("tentativelyAccepted", RoomAnswer.AWAITING_APPROVAL),
        ("accepted", RoomAnswer.ACCEPTED),
        ("organizer", RoomAnswer.ACCEPTED),
        ("declined", RoomAnswer.DECLINED),
        ("novel", RoomAnswer.PENDING),
    ],
)
def test_the_organisers_copy_tells_what_the_room_answered(response: str, answer: RoomAnswer) -> None:
    read = event(graph_event(START, attendees=[attendee("LH214@tidewater.test", response, "resource")]))

    assert [(room.room.address, room.answer) for room in read.rooms] == [("lh214@tidewater.test", answer)]


def test_an_attendees_copy_never_tells_what_the_room_answered() -> None:
    read = event(
        graph_event(
            START,
            isOrganizer=False,
            responseStatus={"response": "accepted", "time": NEVER},
            attendees=[attendee("lh214@tidewater.test", "accepted", "resource")],
        )
    )

    assert [room.answer for room in read.rooms] == [RoomAnswer.UNKNOWN]
    assert read.response is Response.ACCEPTED


def test_the_organiser_among_the_attendees_is_shown_as_such() -> None:
    read = event(graph_event(START, attendees=[attendee("ADA@tidewater.test"), attendee("cy@x.test", kind="optional")]))

    assert [(one.kind, one.response) for one in read.attendees] == [
        (AttendeeKind.REQUIRED, Response.ORGANISER),
        (AttendeeKind.OPTIONAL, Response.NOT_RESPONDED),
    ]


def test_an_occurrence_knows_its_series_and_when_the_series_would_have_had_it() -> None:
    read = event(
        graph_event(START, type="exception", seriesMasterId="AAMk-0", originalStart="2026-11-12T12:00:00.1234567Z")
    )

    assert (read.kind, read.series_mailbox_id) == (EventKind.EXCEPTION, "AAMk-0")
    assert read.original_start == datetime(2026, 11, 12, 12, 0, 0, 123456, tzinfo=UTC)


def test_an_all_day_event_keeps_its_dates_whatever_its_zone() -> None:
    read = event(all_day("2026-11-12", "2026-11-14"))

    assert read.start == EventTime("Europe/Berlin", date=date(2026, 11, 12))
    assert read.end == EventTime("Europe/Berlin", date=date(2026, 11, 14))


@pytest.mark.parametrize("changes", [{"organizer": None}, {"attendees": None}, {"location": None, "subject": None}])
def test_what_is_null_is_absent(changes: dict[str, object]) -> None:
    read = event(graph_event(START, **changes))

    assert (read.organiser is None) == ("organizer" in changes)
    assert (read.attendees == ()) == ("attendees" in changes)


def test_a_link_that_is_no_web_address_is_not_passed_on() -> None:
    read = event(graph_event(START, onlineMeeting={"joinUrl": "javascript:alert(1)"}, webLink="file:///etc/passwd"))

    assert (read.online_meeting_url, read.web_url) == (None, None)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        [],
        {},
        graph_event(START, id=None),
        graph_event(START, start=None),
        graph_event(START, end={"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "UTC"}),
        graph_event(START, end={"dateTime": "9999-12-31T23:59:59.9999999", "timeZone": "UTC"}),
        graph_event(START, start={"dateTime": "2026-11-12T13:00:00", "timeZone": "Tokyo Standard Time"}),
        graph_event(START, isAllDay=True, start={"dateTime": "soon", "timeZone": "UTC"}),
        graph_event(START, type="occurrence", originalStart="never"),
    ],
)
def test_one_event_that_cannot_be_read_spoils_no_other(broken: object, written: io.StringIO) -> None:
    read = read_from(graph_event(START), broken, graph_event(START, id="AAMk-2"))

    assert [one.mailbox_id for one in read] == ["AAMk-1", "AAMk-2"]
    assert "cannot be read" in written.getvalue()
    assert "Design review" not in written.getvalue()


def test_a_body_of_a_megabyte_costs_no_more_than_its_preview() -> None:
    read = event(graph_event(START, bodyPreview="a" * 1_000_000))

    assert len(read.body_preview) == MAX_PREVIEW


@given(st.dictionaries(st.sampled_from(sorted(graph_event(START))), JSON, max_size=4))
def test_no_event_however_odd_does_worse_than_being_left_out(changes: dict[str, object]) -> None:
    wire = graph_event(START, **changes)

    try:
        read = event(wire)
    except Unreadable:
        return

    reading = Reading(START, START + timedelta(days=1))
    reading.take([read])
    assert reading.told(is_whole=True) in ([], [read])
