"""What is sent to Google so that events come, change and are answered."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.errors import InvalidRequest
from app.suites.events import Frequency, NewEvent, Person, Recurrence, Response, RoomsChange
from app.suites.google_workspace.mapping import CONTENT_PROPERTY, content_of
from app.suites.google_workspace.times import instant
from app.suites.google_workspace.writing import answer_patch, new_event, rooms_patch
from tests.suites.google_workspace.wire import ADA, BEN, HARBOUR, LIGHTHOUSE, google_event, guest, room

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
COMMAND = UUID("01234567-89ab-cdef-0123-456789abcdef")
ROOM = Person(LIGHTHOUSE, "HQ-2-Lighthouse (8)")
OTHER_ROOM = Person(HARBOUR, "HQ-3-Harbour (12)")


def name_property(address: str) -> str:
    """Where the event remembers how we named a room: well within the 44 characters that Google keeps of a name."""
    return "hybridMeetingsRoom" + sha256(address.encode()).hexdigest()[:16]


def meeting(start: datetime = START, time_zone: str = "Europe/Amsterdam") -> NewEvent:
    return NewEvent(
        subject="Design review",
        start=start,
        end=start + HOUR,
        time_zone=time_zone,
        attendees=(Person(BEN, "Ben Kok"),),
        rooms=(ROOM,),
        body="Agenda follows",
    )


class TestNewEvents:
    def test_the_command_is_the_events_id_and_rooms_are_resources(self) -> None:
        wire = new_event(meeting(), COMMAND)

        assert wire["id"] == "0123456789abcdef0123456789abcdef"
        assert wire["attendees"] == [
            {"email": BEN, "displayName": "Ben Kok"},
            {"email": LIGHTHOUSE, "displayName": "HQ-2-Lighthouse (8)", "resource": True},
        ]
        assert wire["location"] == "HQ-2-Lighthouse (8)"
        assert wire["start"] == {"dateTime": "2026-11-12T14:00:00+01:00", "timeZone": "Europe/Amsterdam"}
        assert "conferenceData" not in wire
        assert "recurrence" not in wire

    def test_the_fingerprint_tells_contents_apart_and_nothing_of_them(self) -> None:
        prints = [
            content_of(new_event(meeting(), COMMAND)),
            content_of(new_event(meeting(), COMMAND)),
            content_of(new_event(meeting(START + HOUR), COMMAND)),
            content_of(new_event(meeting(time_zone="UTC"), COMMAND)),
        ]

        assert prints[0] == prints[1]
        assert len(set(prints)) == 3
        assert all(len(told or "") == 64 for told in prints)
        assert len(CONTENT_PROPERTY) <= 44

    @pytest.mark.parametrize(
        "moment", [datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime(2027, 10, 31, 1, 30, tzinfo=UTC)]
    )
    def test_an_hour_that_comes_twice_is_told_from_its_double_by_its_offset(self, moment: datetime) -> None:
        start = new_event(meeting(moment), COMMAND)["start"]

        assert isinstance(start, dict)
        assert instant(start["dateTime"], "start") == moment

    @given(
        seconds=st.integers(0, 8 * 366 * 24 * 3600),
        zone=st.sampled_from(["Europe/Amsterdam", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
    )
    def test_a_moment_is_the_same_in_every_zone_it_is_written_in(self, seconds: int, zone: str) -> None:
        moment = START + timedelta(seconds=seconds)

        start = new_event(meeting(moment, zone), COMMAND)["start"]

        assert isinstance(start, dict)
        assert instant(start["dateTime"], "start") == moment
        assert start["timeZone"] == zone

    @pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../x", "W. Europe Standard Time"])
    def test_a_zone_that_is_none_is_refused(self, zone: str) -> None:
        with pytest.raises(InvalidRequest, match="TimeZone"):
            new_event(meeting(time_zone=zone), COMMAND)

    def test_a_meeting_online_asks_for_a_link_once_for_the_command(self) -> None:
        online = NewEvent(subject="Call", start=START, end=START + HOUR, time_zone="UTC", online_meeting=True)

        assert new_event(online, COMMAND)["conferenceData"] == {
            "createRequest": {"requestId": COMMAND.hex, "conferenceSolutionKey": {"type": "hangoutsMeet"}}
        }

    def test_a_series_repeats_by_one_line(self) -> None:
        series = NewEvent(
            subject="Weekly",
            start=datetime(2026, 11, 15, 23, 30, tzinfo=UTC),
            end=datetime(2026, 11, 16, 0, 30, tzinfo=UTC),
            time_zone="Europe/Amsterdam",
            recurrence=Recurrence(frequency=Frequency.WEEKLY, count=3),
        )

        assert new_event(series, uuid4())["recurrence"] == ["RRULE:FREQ=WEEKLY;WKST=MO;BYDAY=MO;INTERVAL=1;COUNT=3"]


class TestRooms:
    def test_one_room_replaces_another_and_everybody_else_keeps_their_answer(self) -> None:
        ben = guest(BEN, "accepted", optional=True, comment="See you", additionalGuests=2)
        wire = google_event(START, attendees=[guest(ADA, "accepted", organizer=True, self=True), room(), ben])

        patch = rooms_patch(wire, RoomsChange(add=(OTHER_ROOM,), remove=frozenset({LIGHTHOUSE})))

        assert patch == {
            "attendees": [
                guest(ADA, "accepted"),
                ben,
                {"email": HARBOUR, "displayName": "HQ-3-Harbour (12)", "resource": True},
            ],
            "location": "HQ-3-Harbour (12)",
            "extendedProperties": {"private": {name_property(HARBOUR): "HQ-3-Harbour (12)"}},
        }

    def test_a_room_leaves_the_location_under_the_name_that_we_gave_it_there(self) -> None:
        named = replace(meeting(), rooms=(Person(LIGHTHOUSE.upper(), "Leuchtturm"),))
        sent = new_event(named, COMMAND)
        kept = google_event(START, location=sent["location"], extendedProperties=sent["extendedProperties"])

        patch = rooms_patch(kept, RoomsChange(add=(OTHER_ROOM,), remove=frozenset({LIGHTHOUSE})))

        assert sent["location"] == "Leuchtturm"
        assert patch is not None
        assert patch["location"] == "HQ-3-Harbour (12)"
        assert patch["extendedProperties"] == {
            "private": {name_property(LIGHTHOUSE): None, name_property(HARBOUR): "HQ-3-Harbour (12)"}
        }

    def test_rooms_that_are_as_they_should_be_are_left_alone(self) -> None:
        wire = google_event(START)

        assert rooms_patch(wire, RoomsChange(add=(ROOM,))) is None
        assert rooms_patch(wire, RoomsChange(remove=frozenset({HARBOUR}))) is None
        assert rooms_patch(google_event(START, attendees=None), RoomsChange()) is None

    def test_a_person_is_not_sent_away_as_a_room(self) -> None:
        assert rooms_patch(google_event(START), RoomsChange(remove=frozenset({BEN}))) is None

    def test_a_room_that_google_takes_for_a_person_leaves_as_it_came(self) -> None:
        sent = new_event(replace(meeting(), rooms=(Person(ADA, "Ada's office"),)), COMMAND)
        kept = google_event(
            START,
            attendees=[guest(ADA), guest(BEN)],
            location=sent["location"],
            extendedProperties=sent["extendedProperties"],
        )

        patch = rooms_patch(kept, RoomsChange(remove=frozenset({ADA, BEN})))

        assert patch == {
            "attendees": [guest(BEN)],
            "location": "",
            "extendedProperties": {"private": {name_property(ADA): None}},
        }
        assert rooms_patch(kept, RoomsChange(add=(Person(ADA, "Ada's office"),))) is None

    def test_a_room_that_leaves_and_comes_is_asked_again(self) -> None:
        patch = rooms_patch(
            google_event(START, attendees=[room(response="declined")]),
            RoomsChange(add=(ROOM,), remove=frozenset({LIGHTHOUSE})),
        )

        assert patch is not None
        assert patch["attendees"] == [{"email": LIGHTHOUSE, "displayName": "HQ-2-Lighthouse (8)", "resource": True}]

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("HQ-2-Lighthouse (8)", "HQ-3-Harbour (12)"),
            ("By the river, HQ-2-Lighthouse (8)", "By the river, HQ-3-Harbour (12)"),
            ("HQ-2-Lighthouse (8), by the river", "by the river, HQ-3-Harbour (12)"),
            ("Near HQ-2-Lighthouse (8)", "Near HQ-2-Lighthouse (8), HQ-3-Harbour (12)"),
            ("A, HQ-2-Lighthouse (8), B", "A, B, HQ-3-Harbour (12)"),
            (None, "HQ-3-Harbour (12)"),
            (7, "HQ-3-Harbour (12)"),
        ],
    )
    def test_the_location_names_the_rooms_and_keeps_what_people_wrote(self, before: object, after: str) -> None:
        change = RoomsChange(add=(OTHER_ROOM,), remove=frozenset({LIGHTHOUSE}))

        patch = rooms_patch(google_event(START, location=before), change)

        assert patch is not None
        assert patch["location"] == after

    def test_the_last_room_leaves_an_empty_location_behind(self) -> None:
        patch = rooms_patch(google_event(START), RoomsChange(remove=frozenset({LIGHTHOUSE})))

        assert patch == {"attendees": [guest(BEN)], "location": "", "extendedProperties": {"private": {}}}

    def test_guests_that_google_did_not_name_are_not_sent_away(self) -> None:
        with pytest.raises(InvalidRequest, match="AttendeesOmitted"):
            rooms_patch(google_event(START, attendeesOmitted=True), RoomsChange(add=(OTHER_ROOM,)))


class TestAnswers:
    @pytest.mark.parametrize(
        ("response", "written"),
        [
            (Response.ACCEPTED, "accepted"),
            (Response.TENTATIVELY_ACCEPTED, "tentative"),
            (Response.DECLINED, "declined"),
        ],
    )
    def test_only_the_own_entry_changes(self, response: Response, written: str) -> None:
        wire = google_event(START, attendees=[room(response="accepted"), guest(BEN, self=True)])

        assert answer_patch(wire, response, "See you") == {
            "attendees": [room(response="accepted"), guest(BEN, written, comment="See you")]
        }

    def test_without_a_comment_an_earlier_one_stays(self) -> None:
        wire = google_event(START, attendees=[guest(BEN, self=True, comment="Perhaps")])

        assert answer_patch(wire, Response.ACCEPTED, None) == {"attendees": [guest(BEN, "accepted", comment="Perhaps")]}

    def test_where_google_did_not_name_all_guests_only_those_named_are_meant(self) -> None:
        wire = google_event(START, attendeesOmitted=True, attendees=[guest(BEN, self=True)])

        assert answer_patch(wire, Response.ACCEPTED, None)["attendeesOmitted"] is True

    @pytest.mark.parametrize("response", [Response.ORGANISER, Response.NOT_RESPONDED])
    def test_what_is_no_answer_is_refused(self, response: Response) -> None:
        with pytest.raises(InvalidRequest, match="NotAnAnswer"):
            answer_patch(google_event(START, attendees=[guest(BEN, self=True)]), response, None)

    def test_whoever_was_not_invited_has_nothing_to_answer(self) -> None:
        with pytest.raises(InvalidRequest, match="NotInvited"):
            answer_patch(google_event(START), Response.ACCEPTED, None)
