"""What is made of Google's events, the odd ones too."""

import json
from datetime import UTC, date, datetime, timedelta

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
    Person,
    Response,
    RoomAnswer,
    Sensitivity,
    ShowAs,
)
from app.suites.google_workspace.mapping import (
    CONTENT_PROPERTY,
    MAX_PREVIEW,
    event,
    readable_events,
    told_apart,
)
from tests.suites.google_workspace.wire import (
    ADA,
    BEN,
    EVENT_ID,
    HARBOUR,
    LIGHTHOUSE,
    google_event,
    google_instance,
    google_time,
    guest,
    room,
)

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
SERIES = '"3541880023456000"'

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=6,
)


def read_from(*values: object) -> list[Event]:
    """What is read of a page with these items."""
    return readable_events([msgspec.Raw(json.dumps(value).encode()) for value in values])


def whole_days(first: date, days: int = 1, /, **changes: object) -> dict[str, object]:
    ends = first + timedelta(days=days)
    return google_event(START, start={"date": first.isoformat()}, end={"date": ends.isoformat()}, **changes)


def test_a_meeting_is_read_as_it_is_written() -> None:
    read = event(google_event(START))

    assert (read.mailbox_id, read.shared_key) == (EVENT_ID, f"{EVENT_ID}@google.com")
    assert (read.kind, read.status, read.subject) == (EventKind.SINGLE, EventStatus.CONFIRMED, "Design review")
    assert read.start == EventTime("Europe/Amsterdam", START)
    assert read.end == EventTime("Europe/Amsterdam", START + HOUR)
    assert (read.version, read.location) == ('"3541880023456000"', "HQ-2-Lighthouse (8)")
    assert (read.organiser, read.is_organiser, read.response) == (Person(ADA, ADA), True, Response.ORGANISER)
    assert [attendee.person.address for attendee in read.attendees] == [BEN]
    assert [invited.room for invited in read.rooms] == [Person(LIGHTHOUSE, "HQ-2-Lighthouse (8)")]
    assert (read.body_preview, read.online_meeting_url) == ("Agenda follows", None)
    assert (read.show_as, read.sensitivity) == (ShowAs.BUSY, Sensitivity.NORMAL)
    assert (read.series_mailbox_id, read.original_start, read.command_id) == (None, None, None)


def test_a_moment_is_the_same_whatever_its_offset() -> None:
    start = {"dateTime": "2026-11-12T14:00:00.000+01:00"}

    assert event(google_event(START, start=start)).start.date_time == START


@pytest.mark.parametrize(
    ("own", "calendars", "shown"),
    [
        ("America/New_York", "Europe/Amsterdam", "America/New_York"),
        ("W. Europe Standard Time", "Europe/Amsterdam", "Europe/Amsterdam"),
        ("tzone://Microsoft/Custom", None, "UTC"),
        (None, "Europe/Amsterdam", "Europe/Amsterdam"),
        (7, {"odd": 1}, "UTC"),
        ("../../etc/passwd", "Nowhere/Land", "UTC"),
    ],
)
def test_the_zone_is_the_events_own_else_the_calendars_else_utc(own: object, calendars: object, shown: str) -> None:
    start = {"dateTime": START.isoformat(), "timeZone": own}

    assert event(google_event(START, start=start), time_zone=calendars).start.time_zone == shown


def test_a_whole_day_is_a_day_and_not_a_moment() -> None:
    read = event(whole_days(date(2026, 11, 12), 2), time_zone="Europe/Amsterdam")

    assert read.is_all_day
    assert read.start == EventTime("Europe/Amsterdam", date=date(2026, 11, 12))
    assert read.end == EventTime("Europe/Amsterdam", date=date(2026, 11, 14))


class TestSeries:
    def test_a_series_has_a_recurrence_and_no_series_of_its_own(self) -> None:
        read = event(google_event(START, recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"]))

        assert (read.kind, read.series_mailbox_id, read.original_start) == (EventKind.SERIES, None, None)

    def test_the_dates_of_a_series_have_keys_of_their_own_that_every_copy_shares(self) -> None:
        first, second = event(google_instance(START)), event(google_instance(START + WEEK))
        elsewhere = google_instance(START, originalStartTime={"dateTime": "2026-11-12T08:00:00-05:00"})

        assert first.shared_key != second.shared_key
        assert event(elsewhere).shared_key == first.shared_key
        assert first.series_mailbox_id == second.series_mailbox_id == EVENT_ID

    def test_a_date_that_was_moved_is_an_exception_that_keeps_its_key(self) -> None:
        moved = google_instance(START, start=google_time(START + HOUR), end=google_time(START + 2 * HOUR))

        assert event(moved).kind is EventKind.EXCEPTION
        assert event(moved).original_start == START
        assert event(moved).shared_key == event(google_instance(START)).shared_key

    def test_a_date_that_was_moved_across_the_change_of_clocks_is_told_by_instants(self) -> None:
        before = datetime(2027, 3, 27, 9, tzinfo=UTC)
        moved = google_instance(before, start={"dateTime": "2027-03-28T10:00:00+02:00"})
        same = google_instance(before, start={"dateTime": "2027-03-27T11:00:00+02:00"})

        assert event(moved).kind is EventKind.EXCEPTION
        assert event(same).kind is EventKind.OCCURRENCE

    def test_a_date_with_a_version_of_its_own_is_an_exception(self) -> None:
        dates = [google_instance(START + number * WEEK) for number in range(3)]
        dates[1]["etag"] = '"9"'

        read = told_apart(read_from(*dates))

        assert [date.kind for date in read] == [EventKind.OCCURRENCE, EventKind.EXCEPTION, EventKind.OCCURRENCE]

    def test_the_version_of_the_series_tells_even_of_a_single_date(self) -> None:
        date = google_instance(START)

        [same] = told_apart(read_from(date), SERIES)
        [other] = told_apart(read_from(date), '"9"')

        assert (same.kind, other.kind) == (EventKind.OCCURRENCE, EventKind.EXCEPTION)

    def test_dates_of_different_series_say_nothing_of_each_other(self) -> None:
        other = google_instance(START, id="b_1", recurringEventId="b", etag='"9"')

        read = told_apart(read_from(google_instance(START), google_instance(START + WEEK), other))

        assert [date.kind for date in read] == [EventKind.OCCURRENCE] * 3

    def test_whole_days_of_a_series_are_told_apart_by_their_day(self) -> None:
        day = {"date": "2026-11-12"}
        read = event(google_instance(START, start=day, end={"date": "2026-11-13"}, originalStartTime=day))

        assert read.shared_key == f"{EVENT_ID}@google.com 2026-11-12"
        assert (read.kind, read.original_start) == (EventKind.OCCURRENCE, datetime(2026, 11, 12, tzinfo=UTC))

    def test_a_date_has_a_lasting_key_of_its_day_in_the_zone_of_its_series_whoever_looks(self) -> None:
        late = datetime(2026, 11, 12, 23, 30, tzinfo=UTC)
        abroad = {"dateTime": "2026-11-12T18:30:00-05:00", "timeZone": "Europe/Amsterdam"}
        silent = {"dateTime": "2026-11-12T18:30:00-05:00"}

        keys = {event(google_instance(late, originalStartTime=time)).lasting_key for time in (abroad, silent)}

        assert keys == {f"{EVENT_ID}@google.com 2026-11-13"}

    def test_what_stands_alone_a_series_and_a_whole_day_keep_the_key_that_they_have(self) -> None:
        day = {"date": "2026-11-12"}
        whole = google_instance(START, start=day, end={"date": "2026-11-13"}, originalStartTime=day)

        for wire in (google_event(START), google_event(START, recurrence=["RRULE:FREQ=WEEKLY;COUNT=8"]), whole):
            assert event(wire).lasting_key == event(wire).shared_key

    def test_without_a_uid_or_a_first_time_a_date_has_a_key_all_the_same(self) -> None:
        without_uid = event(google_instance(START, iCalUID=None))
        without_time = event(google_instance(START, originalStartTime=None))

        assert without_uid.shared_key == without_uid.mailbox_id
        assert without_time.shared_key == f"{EVENT_ID}@google.com {without_time.mailbox_id}"


class TestGuests:
    @pytest.mark.parametrize(
        ("written", "answer"),
        [
            ("accepted", RoomAnswer.ACCEPTED),
            ("declined", RoomAnswer.DECLINED),
            ("needsAction", RoomAnswer.PENDING),
            ("tentative", RoomAnswer.PENDING),
            ("perhaps", RoomAnswer.PENDING),
            (None, RoomAnswer.PENDING),
            (7, RoomAnswer.PENDING),
        ],
    )
    @pytest.mark.parametrize("organiser", [{"email": ADA, "self": True}, {"email": ADA}])
    def test_every_copy_tells_what_a_room_answered(
        self, written: object, answer: RoomAnswer, organiser: dict[str, object]
    ) -> None:
        invited = guest(LIGHTHOUSE, resource=True) | {"responseStatus": written}

        read = event(google_event(START, organizer=organiser, attendees=[invited]))

        assert [told.answer for told in read.rooms] == [answer]

    def test_a_room_in_whose_calendar_the_event_was_made_has_accepted(self) -> None:
        read = event(google_event(START, attendees=[room() | {"organizer": True}]))

        assert [told.answer for told in read.rooms] == [RoomAnswer.ACCEPTED]

    def test_a_room_is_known_by_its_address_where_nobody_says_that_it_is_one(self) -> None:
        read = event(google_event(START, attendees=[guest(HARBOUR.upper())]))

        assert [told.room.address for told in read.rooms] == [HARBOUR]
        assert read.attendees == ()

    @pytest.mark.parametrize(
        ("written", "response"),
        [
            ("accepted", Response.ACCEPTED),
            ("tentative", Response.TENTATIVELY_ACCEPTED),
            ("declined", Response.DECLINED),
            ("needsAction", Response.NOT_RESPONDED),
            ("later", Response.NOT_RESPONDED),
            ([], Response.NOT_RESPONDED),
        ],
    )
    def test_a_guests_own_copy_tells_their_answer(self, written: object, response: Response) -> None:
        own = guest(BEN, self=True) | {"responseStatus": written}

        read = event(google_event(START, organizer={"email": ADA}, attendees=[own]))

        assert (read.is_organiser, read.response) == (False, response)
        assert [attendee.response for attendee in read.attendees] == [response]

    def test_somebody_who_is_not_among_the_guests_has_not_answered(self) -> None:
        read = event(google_event(START, organizer={"email": ADA}, attendees=None))

        assert (read.response, read.attendees) == (Response.NOT_RESPONDED, ())

    def test_the_organiser_among_the_guests_is_shown_as_such(self) -> None:
        read = event(google_event(START, attendees=[guest(ADA, organizer=True), guest(BEN, optional=True)]))

        assert [(told.response, told.kind) for told in read.attendees] == [
            (Response.ORGANISER, AttendeeKind.REQUIRED),
            (Response.NOT_RESPONDED, AttendeeKind.OPTIONAL),
        ]

    def test_an_imported_event_may_have_no_organiser(self) -> None:
        read = event(google_event(START, organizer=None))

        assert (read.organiser, read.is_organiser) == (None, False)

    def test_a_group_calendar_may_organise(self) -> None:
        group = {"email": "c_1@group.calendar.google.com", "displayName": "Facilities", "self": True}

        read = event(google_event(START, organizer=group), "c_1@group.calendar.google.com")

        assert read.organiser == Person("c_1@group.calendar.google.com", "Facilities")
        assert read.is_organiser

    def test_a_thousand_guests_are_a_thousand_and_odd_ones_are_none(self) -> None:
        guests = [guest(f"guest{number}@fernhill.test") for number in range(1000)]

        read = event(google_event(START, attendees=[*guests, None, 7, {}, {"email": ""}, {"displayName": "Nobody"}]))

        assert len(read.attendees) == 1000


@pytest.mark.parametrize(
    ("members", "shown"),
    [
        ({"transparency": "transparent"}, ShowAs.FREE),
        ({"transparency": "opaque"}, ShowAs.BUSY),
        ({"eventType": "outOfOffice"}, ShowAs.OUT_OF_OFFICE),
        ({"eventType": "focusTime"}, ShowAs.BUSY),
        ({"status": "tentative"}, ShowAs.TENTATIVE),
        ({"transparency": "fog", "status": "maybe", "eventType": "party"}, ShowAs.BUSY),
    ],
)
def test_time_is_shown_as_google_shows_it(members: dict[str, object], shown: ShowAs) -> None:
    assert event(google_event(START, **members)).show_as is shown


@pytest.mark.parametrize(
    ("visibility", "sensitivity"),
    [
        ("private", Sensitivity.PRIVATE),
        ("confidential", Sensitivity.CONFIDENTIAL),
        ("public", Sensitivity.NORMAL),
        ("secret", Sensitivity.NORMAL),
        (None, Sensitivity.NORMAL),
    ],
)
def test_who_may_see_an_event_is_said(visibility: str | None, sensitivity: Sensitivity) -> None:
    assert event(google_event(START, visibility=visibility)).sensitivity is sensitivity


@pytest.mark.parametrize(
    ("members", "url"),
    [
        ({"hangoutLink": "https://meet.example/abc"}, "https://meet.example/abc"),
        ({"conferenceData": {"entryPoints": [None, {"entryPointType": "phone", "uri": "tel:+31"}]}}, None),
        (
            {"conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "https://zoom.example/1"}]}},
            "https://zoom.example/1",
        ),
        ({"conferenceData": {"entryPoints": [{"entryPointType": "video", "uri": "javascript:alert(1)"}]}}, None),
        ({"conferenceData": {"createRequest": {"status": {"statusCode": "pending"}}}}, None),
        ({"hangoutLink": 7, "conferenceData": "soon"}, None),
    ],
)
def test_a_meeting_online_has_the_link_that_a_browser_may_open(members: dict[str, object], url: str | None) -> None:
    assert event(google_event(START, **members)).online_meeting_url == url


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("<p>Agenda:</p><ul><li>One &amp; two</li><li><b>Three</b></li></ul>", "Agenda:\nOne & two\nThree"),
        ("Tell <ben@fernhill.test> that 1 < 2", "Tell <ben@fernhill.test> that 1 < 2"),
        ('<a href="https://x.example/?a=1">Notes</a><br/>Later', "Notes\nLater"),
        ("x" * 9000, "x" * MAX_PREVIEW),
        ("", ""),
        (None, ""),
    ],
)
def test_the_preview_is_the_beginning_of_the_text_without_its_markup(written: str | None, shown: str) -> None:
    assert event(google_event(START, description=written)).body_preview == shown


def test_only_an_event_that_we_made_tells_its_command() -> None:
    ours = {"id": "0123456789abcdef0123456789abcdef"}
    made = {"extendedProperties": {"private": {CONTENT_PROPERTY: "0" * 64}}}

    assert event(google_event(START, **ours, **made)).command_id == "01234567-89ab-cdef-0123-456789abcdef"
    assert event(google_event(START, **ours)).command_id is None
    assert event(google_event(START, **made)).command_id is None


def test_an_event_of_a_further_calendar_says_so_in_its_id() -> None:
    read = event(google_instance(START), "c_1@group.calendar.google.com")

    assert read.mailbox_id.endswith("#c_1@group.calendar.google.com")
    assert read.series_mailbox_id == f"{EVENT_ID}#c_1@group.calendar.google.com"
    assert read.shared_key == event(google_instance(START)).shared_key


@pytest.mark.parametrize(
    "left_out",
    [
        {"id": "x", "status": "cancelled"},
        {"id": "x_1", "status": "cancelled", "recurringEventId": "x", "originalStartTime": google_time(START)},
        google_event(START, eventType="workingLocation"),
        google_event(START, eventType="birthday"),
        google_event(START, start=None),
        google_event(START, end={}),
        google_event(START, id=None),
        google_event(START, start={"dateTime": "2026-11-12T14:00:00"}),
        google_event(START, start={"dateTime": "0001-01-01T00:00:00+14:00"}),
        google_event(START, start={"date": "9999-12-31"}),
        google_event(START, start={"date": 20261112}),
        google_instance(START, originalStartTime={"dateTime": "soon"}),
        None,
        [],
    ],
    ids=str,
)
def test_what_is_no_meeting_or_cannot_be_read_spoils_no_other(left_out: object) -> None:
    assert [read.mailbox_id for read in read_from(left_out, google_event(START))] == [EVENT_ID]


def test_without_a_subject_an_event_has_an_empty_one() -> None:
    assert event(google_event(START, summary=None)).subject == ""


@given(
    member=st.sampled_from(sorted(google_instance(START) | {"recurrence": 0, "conferenceData": 0, "visibility": 0})),
    value=JSON,
)
def test_whatever_stands_in_a_member_the_others_are_read(member: str, value: object) -> None:
    others = [google_instance(START + number * WEEK) for number in (1, 2)]

    read = read_from(google_instance(START, **{member: value}), *others)

    assert [event.start.date_time for event in read[-2:]] == [START + WEEK, START + 2 * WEEK]


@given(st.lists(JSON, max_size=4))
def test_a_list_of_anything_is_read_without_an_exception(values: list[object]) -> None:
    assert isinstance(told_apart(read_from(*values)), list)
