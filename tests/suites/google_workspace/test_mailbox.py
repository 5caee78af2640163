"""A person's calendar at Google: what is asked for, what is written, and what is made of the answers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    InvalidRequest,
    MissingScope,
    NotFound,
    NotOrganiser,
    SuiteUnavailable,
)
from app.suites.events import Calendar, EventKind, NewEvent, Person, Response, RoomsChange
from app.suites.google_workspace import wire
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.google_workspace.writing import new_event
from tests.suites.doubles import Provider
from tests.suites.google_workspace.wire import (
    ADA,
    BEN,
    EVENT_ID,
    HARBOUR,
    LIGHTHOUSE,
    error,
    google_event,
    google_instance,
    guest,
    room,
)

START = datetime(2026, 11, 12, 13, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
EVENTS = "/calendar/v3/calendars/primary/events"
EVENT = f"{EVENTS}/{EVENT_ID}"
CALENDARS = "/calendar/v3/users/me/calendarList"
FURTHER = "c_1@group.calendar.google.com"
COMMAND = UUID("01234567-89ab-cdef-0123-456789abcdef")
OTHER_ROOM = RoomsChange(add=(Person(HARBOUR, "HQ-3-Harbour (12)"),))
NEW = NewEvent(
    subject="Design review",
    start=START,
    end=START + HOUR,
    time_zone="Europe/Amsterdam",
    attendees=(Person(BEN, "Ben Kok"),),
    rooms=(Person(LIGHTHOUSE, "HQ-2-Lighthouse (8)"),),
)


def made(event: NewEvent = NEW) -> dict[str, object]:
    """What Google keeps of an event that we made."""
    sent = new_event(event, COMMAND)
    return google_event(event.start, id=COMMAND.hex, extendedProperties=sent["extendedProperties"])


class TestReading:
    async def test_a_window_is_asked_for_with_a_day_around_it_and_only_what_is_needed(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENTS, {"timeZone": "Europe/Amsterdam"})

        assert await mailbox.events(START, START + WEEK) == []

        [seen] = server.seen
        assert seen.query | {"eventTypes": "…"} == {
            "singleEvents": "true",
            "orderBy": "startTime",
            "eventTypes": "…",
            "timeMin": "2026-11-11T13:00:00Z",
            "timeMax": "2026-11-20T13:00:00Z",
            "maxResults": "2500",
            "fields": wire.LIST_FIELDS,
        }

    async def test_what_lies_beside_the_window_is_left_out_and_the_rest_is_in_order(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        day = {"start": {"date": "2026-11-13"}, "end": {"date": "2026-11-14"}}
        items = [
            google_event(START - HOUR, id="before"),
            google_event(START + DAY, id="within"),
            google_event(START, id="day", **day),
            google_event(START + 2 * DAY, id="after"),
            {"id": "gone", "status": "cancelled", "recurringEventId": "x"},
        ]
        server.answer(EVENTS, {"items": items, "timeZone": "Europe/Amsterdam"})

        events = await mailbox.events(START, START + 2 * DAY)

        assert [event.mailbox_id for event in events] == ["day", "within"]
        assert events[0].start.time_zone == "Europe/Amsterdam"
        assert events[0].start.date == date(2026, 11, 13)

    async def test_an_event_of_a_further_calendar_leads_back_to_it(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        further = f"/calendar/v3/calendars/{FURTHER}/events"
        server.answer(further, {"items": [google_instance(START)]})
        server.answer(f"{further}/{EVENT_ID}", google_event(START))
        [listed] = await mailbox.events(START, START + HOUR, calendar_id=FURTHER)

        assert listed.series_mailbox_id is not None
        series = await mailbox.event(listed.series_mailbox_id)

        assert series.mailbox_id == f"{EVENT_ID}#{FURTHER}"

    @pytest.mark.parametrize("status", [404, 410])
    async def test_what_is_gone_is_not_found(self, server: Provider, mailbox: GoogleMailbox, status: int) -> None:
        server.answer(EVENT, error(status, "notFound"), status=status)

        with pytest.raises(NotFound):
            await mailbox.event(EVENT_ID)

    async def test_what_is_cancelled_is_not_found_though_google_still_has_it(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, {"id": EVENT_ID, "status": "cancelled"})

        with pytest.raises(NotFound):
            await mailbox.event(EVENT_ID)

    async def test_one_event_that_cannot_be_read_alone_is_the_suites_trouble(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, google_event(START, start=None))

        with pytest.raises(SuiteUnavailable, match="UnreadableEvent"):
            await mailbox.event(EVENT_ID)

    async def test_the_only_date_left_of_a_series_is_compared_with_the_series(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, {"etag": '"9"'})
        server.answer(f"{EVENT}/instances", {"items": [google_instance(START)]})

        [changed] = await mailbox.occurrences(EVENT_ID, START, START + DAY)

        assert changed.kind is EventKind.EXCEPTION

    async def test_the_dates_of_a_series_that_is_gone_are_not_found(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, error(404, "notFound"), status=404)
        server.answer(f"{EVENT}/instances", error(404, "notFound"), status=404)

        with pytest.raises(NotFound):
            await mailbox.occurrences(EVENT_ID, START, START + DAY)


class TestCalendars:
    async def test_calendars_are_named_as_people_named_them_and_the_primary_one_is_the_default(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        own = {"id": ADA, "summary": ADA, "primary": True, "accessRole": "owner"}
        further = {"id": FURTHER, "summary": "Team", "summaryOverride": "My team", "accessRole": "owner"}
        server.answer(CALENDARS, {"items": [own, further], "nextPageToken": "2"})
        server.answer(CALENDARS, {"items": [{"id": BEN, "accessRole": "reader"}, {"summary": "odd"}, None]})

        assert await mailbox.calendars() == [
            Calendar("primary", ADA, is_default=True, is_owned=True, tracks_responses=True),
            Calendar(FURTHER, "My team", is_default=False, is_owned=True, tracks_responses=False),
            Calendar(BEN, "", is_default=False, is_owned=False, tracks_responses=False),
        ]

    @pytest.mark.parametrize(
        ("entry", "is_owned"),
        [
            ({"id": FURTHER, "accessRole": "owner", "dataOwner": ADA.upper()}, True),
            ({"id": FURTHER, "accessRole": "owner", "dataOwner": BEN}, False),
            ({"id": FURTHER, "accessRole": "owner"}, True),
            ({"id": FURTHER, "accessRole": "writer"}, False),
            ({"id": BEN, "accessRole": "owner"}, False),
        ],
    )
    async def test_a_calendar_that_is_managed_for_a_colleague_is_not_ones_own(
        self, server: Provider, mailbox: GoogleMailbox, entry: dict[str, object], is_owned: bool
    ) -> None:
        own = {"id": ADA, "primary": True, "accessRole": "owner"}
        server.answer(CALENDARS, {"items": [entry, own]})

        other, default = await mailbox.calendars()

        assert (other.is_owned, other.is_default) == (is_owned, False)
        assert (default.is_owned, default.is_default) == (True, True)

    async def test_without_the_permission_to_list_them_that_is_said(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(CALENDARS, error(403, "insufficientPermissions"), status=403)

        with pytest.raises(MissingScope):
            await mailbox.calendars()


class TestCreating:
    async def test_everybody_is_told_and_a_link_is_made_only_where_it_is_wanted(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENTS, made(), method="POST")

        await mailbox.create(NEW, COMMAND)
        await mailbox.create(replace(NEW, online_meeting=True), COMMAND)

        plain, online = server.seen
        assert plain.query == {"sendUpdates": "all", "fields": wire.EVENT_FIELDS}
        assert online.query == {**plain.query, "conferenceDataVersion": "1"}
        assert plain.json() == new_event(NEW, COMMAND)

    async def test_a_create_whose_answer_was_lost_finds_its_event(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENTS, error(503, "backendError"), method="POST", status=503)
        server.answer(EVENTS, error(409, "duplicate"), method="POST", status=409)
        server.answer(f"{EVENTS}/{COMMAND.hex}", made())

        event = await mailbox.create(NEW, COMMAND)

        assert (event.mailbox_id, event.command_id) == (COMMAND.hex, str(COMMAND))
        assert [seen.method for seen in server.seen] == ["POST", "POST", "GET"]

    @pytest.mark.parametrize(
        "present",
        [
            made(replace(NEW, subject="Another")),
            google_event(START, id=COMMAND.hex),
        ],
        ids=["other content", "nobody's"],
    )
    async def test_a_command_that_made_another_event_is_refused(
        self, server: Provider, mailbox: GoogleMailbox, present: dict[str, object]
    ) -> None:
        server.answer(EVENTS, error(409, "duplicate"), method="POST", status=409)
        server.answer(f"{EVENTS}/{COMMAND.hex}", present)

        with pytest.raises(DuplicateCommand):
            await mailbox.create(NEW, COMMAND)

    async def test_a_command_whose_event_was_deleted_since_is_not_found_however_often_it_is_sent(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENTS, error(409, "duplicate"), method="POST", status=409)
        server.answer(f"{EVENTS}/{COMMAND.hex}", {"id": COMMAND.hex, "status": "cancelled"})

        with pytest.raises(NotFound):
            await mailbox.create(NEW, COMMAND)

    async def test_an_event_is_found_by_the_command_that_made_it(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(f"{EVENTS}/{COMMAND.hex}", made())

        found = await mailbox.find_created(COMMAND)

        assert found is not None
        assert found.command_id == str(COMMAND)

    @pytest.mark.parametrize(
        ("status", "body"), [(404, error(404, "notFound")), (200, {"id": COMMAND.hex, "status": "cancelled"})]
    )
    async def test_what_was_not_created_or_is_cancelled_is_not_found_by_its_command(
        self, server: Provider, mailbox: GoogleMailbox, status: int, body: dict[str, object]
    ) -> None:
        server.answer(f"{EVENTS}/{COMMAND.hex}", body, status=status)

        assert await mailbox.find_created(COMMAND) is None


class TestChanging:
    async def test_a_change_is_guarded_by_the_version_just_read(self, server: Provider, mailbox: GoogleMailbox) -> None:
        server.answer(EVENT, google_event(START))
        server.answer(EVENT, google_event(START, attendees=[room(), room(HARBOUR)]), method="PATCH")

        changed = await mailbox.change_rooms(EVENT_ID, OTHER_ROOM)

        read, written = server.seen
        assert read.query == {"fields": wire.WHOLE_FIELDS}
        assert written.headers["If-Match"] == '"3541880023456000"'
        assert written.query["sendUpdates"] == "all"
        assert [invited.room.address for invited in changed.rooms] == [LIGHTHOUSE, HARBOUR]

    async def test_an_event_that_changed_meanwhile_is_read_once_more(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, google_event(START))
        server.answer(EVENT, google_event(START, etag='"2"'))
        server.answer(EVENT, error(412, "conditionNotMet"), method="PATCH", status=412)
        server.answer(EVENT, google_event(START), method="PATCH")

        await mailbox.change_rooms(EVENT_ID, OTHER_ROOM)

        assert [seen.headers.get("If-Match") for seen in server.seen if seen.method == "PATCH"] == [
            '"3541880023456000"',
            '"2"',
        ]

    @pytest.mark.parametrize(("status", "reason"), [(412, "conditionNotMet"), (409, "conflict")])
    async def test_an_event_that_keeps_changing_is_given_up(
        self, server: Provider, mailbox: GoogleMailbox, status: int, reason: str
    ) -> None:
        server.answer(EVENT, google_event(START))
        server.answer(EVENT, error(status, reason), method="PATCH", status=status)

        with pytest.raises(ChangedMeanwhile):
            await mailbox.change_rooms(EVENT_ID, OTHER_ROOM)

        assert len(server.seen) == 4

    async def test_only_the_organiser_changes_rooms_and_cancels(self, server: Provider, mailbox: GoogleMailbox) -> None:
        server.answer(EVENT, google_event(START, organizer={"email": BEN}))

        with pytest.raises(NotOrganiser):
            await mailbox.change_rooms(EVENT_ID, OTHER_ROOM)
        with pytest.raises(NotOrganiser):
            await mailbox.cancel(EVENT_ID)

        assert {seen.method for seen in server.seen} == {"GET"}

    async def test_a_single_date_is_cancelled_by_its_own_id_and_everybody_is_told(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        date = google_instance(START)
        server.answer(f"{EVENTS}/{date['id']}", date)
        server.answer(f"{EVENTS}/{date['id']}", method="DELETE", status=204)

        await mailbox.cancel(str(date["id"]), "Not needed")

        assert server.seen[1].query == {"sendUpdates": "all"}
        assert server.seen[1].body == b""

    @pytest.mark.parametrize(("status", "reason"), [(404, "notFound"), (410, "deleted")])
    async def test_what_is_cancelled_meanwhile_is_cancelled(
        self, server: Provider, mailbox: GoogleMailbox, status: int, reason: str
    ) -> None:
        server.answer(EVENT, google_event(START))
        server.answer(EVENT, error(status, reason), method="DELETE", status=status)

        await mailbox.cancel(EVENT_ID)

        assert [seen.method for seen in server.seen] == ["GET", "DELETE"]

    async def test_what_was_cancelled_before_is_not_cancelled_again(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        server.answer(EVENT, {"id": EVENT_ID, "status": "cancelled"})

        await mailbox.cancel(EVENT_ID)

        assert [seen.method for seen in server.seen] == ["GET"]


class TestAnswering:
    async def test_an_answer_is_written_into_the_own_copy_and_sent_to_the_organiser(
        self, server: Provider, mailbox: GoogleMailbox
    ) -> None:
        copy = google_event(START, organizer={"email": BEN}, attendees=[guest(ADA, self=True), guest(BEN)])
        server.answer(EVENT, copy)
        server.answer(EVENT, copy, method="PATCH")

        await mailbox.respond(EVENT_ID, Response.ACCEPTED, "See you")

        written = server.seen[1]
        assert written.query["sendUpdates"] == "all"
        assert written.json() == {"attendees": [guest(ADA, "accepted", comment="See you"), guest(BEN)]}

    async def test_the_organiser_has_nothing_to_answer(self, server: Provider, mailbox: GoogleMailbox) -> None:
        server.answer(EVENT, google_event(START))

        with pytest.raises(InvalidRequest):
            await mailbox.respond(EVENT_ID, Response.ACCEPTED)

        assert len(server.seen) == 1
