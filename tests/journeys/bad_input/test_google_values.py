"""Values that make no sense to Google, commands sent twice, and events that are not Finn's to change any more."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.journeys.bad_input.brookside import FINN, Brookside
from tests.journeys.bad_input.world import BOOK_OR_SAY_WHY, CANCEL, in_plain_words
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import Slot

pytestmark = pytest.mark.asyncio(loop_scope="package")

EVENT = """query ($id: ID!) { event(id: $id) { __typename
  ... on Event { subject } ... on Problem { code message remedy } } }"""
EVERYWHERE = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to, calendars: ALL_OWNED) {
  ... on Agenda { events(first: 100) { nodes { id subject } } } } }"""
DATES = """query ($id: ID!) { node(id: $id) { ... on RoomBooking { occurrences { nodes { id state } } } } }"""
CLOCKS_GO_FORWARD = datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
CLOCKS_GO_BACK = datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
DAILY = {"frequency": "DAILY", "count": 4}


def _event(subject: str = "Never held", days: int = 8, **changes: Any) -> dict[str, Any]:
    return Slot.in_days(days).as_event(subject) | changes


def _at(moment: datetime, minutes: int = 45) -> dict[str, str]:
    return {"start": moment.isoformat(), "end": (moment + timedelta(minutes=minutes)).isoformat()}


async def _booked(brookside: Brookside, key: str, **event: Any) -> dict[str, Any]:
    """A room for a new event of Finn's."""
    room = (await brookside.rooms())[0]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        wanted = {"roomIds": [room["id"]], "event": _event(**{"subject": key} | event), "idempotencyKey": key}
        booked: dict[str, Any] = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
    assert booked["__typename"] == "RoomsBooked", booked
    return booked


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        (_at(CLOCKS_GO_FORWARD, 0), "WINDOW_REVERSED", "event.end"),
        (_at(CLOCKS_GO_FORWARD, -60), "WINDOW_REVERSED", "event.end"),
        (_at(CLOCKS_GO_FORWARD, 63 * 24 * 60), "WINDOW_TOO_LONG", "event.end"),
        ({"subject": "s" * 65_536}, "SUBJECT_TOO_LONG", "event.subject"),
        ({"subject": "\N{GRINNING FACE}" * 256}, "SUBJECT_TOO_LONG", "event.subject"),
        ({"subject": "a\1b"}, "INVALID_VALUE", "event.subject"),
        ({"body": "<p>\0</p>"}, "INVALID_VALUE", "event.body"),
        ({"attendees": [{"email": f"g{n}@x.example"} for n in range(499)]}, "TOO_MANY_ATTENDEES", "event.attendees"),
        ({"attendees": [{"email": "Kit <kit@x.example>"}]}, "MALFORMED_EMAIL", "event.attendees.0.email"),
        ({"attendees": [{"email": "kit@münchen.example"}]}, "MALFORMED_EMAIL", "event.attendees.0.email"),
        ({"attendees": [{"email": "primary"}]}, "MALFORMED_EMAIL", "event.attendees.0.email"),
        ({"attendees": [{"email": "kit@x.example", "name": "a\0b"}]}, "INVALID_VALUE", "event.attendees.0.name"),
        ({"recurrence": {"frequency": "DAILY", "until": "2000-01-01"}}, "INVALID_VALUE", "event.recurrence.until"),
        ({"recurrence": {"frequency": "DAILY", "count": 0}}, "INVALID_VALUE", "event.recurrence.count"),
        ({"recurrence": DAILY | {"interval": -1}}, "INVALID_VALUE", "event.recurrence.interval"),
        (_at(CLOCKS_GO_FORWARD, 3 * 24 * 60) | {"recurrence": DAILY}, "INVALID_VALUE", "event.recurrence"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_what_makes_no_sense_never_reaches_google(
    brookside: Brookside, changes: dict[str, Any], code: str, field: str
) -> None:
    room = (await brookside.rooms())[0]

    async with brookside.nothing_done() as finn:
        wanted = {"roomIds": [room["id"]], "event": _event(**changes), "idempotencyKey": "never"}
        problem = await finn.field(BOOK_OR_SAY_WHY, input=wanted)

    assert (problem["code"], problem["field"]) == (code, field), problem
    assert in_plain_words(problem), problem


@pytest.mark.parametrize("zone", ["localtime", "Factory", "europe/dublin", "GMT Standard Time", "../UTC", ""])
async def test_a_zone_that_google_does_not_know_is_a_bad_request(brookside: Brookside, zone: str) -> None:
    room = (await brookside.rooms())[0]

    async with brookside.nothing_done() as finn:
        wanted = {"roomIds": [room["id"]], "event": _event(timeZone=zone), "idempotencyKey": "never"}
        answer = await finn.send(BOOK_OR_SAY_WHY, input=wanted)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "changes",
    [
        _at(CLOCKS_GO_FORWARD),
        _at(CLOCKS_GO_BACK),
        _at(CLOCKS_GO_BACK + timedelta(hours=1)),
        {"timeZone": "Australia/Lord_Howe"},
        {"subject": "\N{GRINNING FACE}" * 255},
        {"subject": "<b>Tides & <i>times</i></b>"},
        {"body": "<script>alert(1)</script>\r\n\t&amp;"},
        {"body": "b" * 32_000},
        {"attendees": [{"email": f"guest.{number}@partner.example"} for number in range(190)]},
        {"onlineMeeting": True},
    ],
    ids=lambda changes: "+".join(changes),
)
async def test_what_is_odd_but_allowed_lies_in_the_calendar_as_it_was_given(
    brookside: Brookside, changes: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    key = request.node.callspec.id

    await _booked(brookside, key, **changes)

    [item] = await brookside.items(changes.get("subject", key))
    assert item.get("description") == changes.get("body")
    assert len(item["attendees"]) == 1 + len(changes.get("attendees", []))
    for end in ("start", "end"):
        if end in changes:
            assert datetime.fromisoformat(item[end]["dateTime"]) == datetime.fromisoformat(changes[end])


async def test_a_weekday_named_twice_is_one_date_each_week(brookside: Brookside) -> None:
    twice = {"frequency": "MONTHLY_BY_WEEKDAY", "weekdays": ["MONDAY", "MONDAY"], "weekOfMonth": 1, "count": 3}
    days = (Slot.in_days(number).start for number in range(8, 50))
    first_monday = next(day for day in days if day.weekday() == 0 and day.day <= 7)

    await _booked(brookside, "Mondays", recurrence=twice, **_at(first_monday))

    [item] = await brookside.items("Mondays")
    assert "BYDAY=1MO" in item["recurrence"][0]


async def test_everybody_is_invited_once_however_often_they_are_named(brookside: Brookside) -> None:
    room = (await brookside.rooms())[0]["email"]
    named = ["kit@x.example", " KIT@x.example ", FINN.upper(), room.upper()]

    await _booked(brookside, "Crowded", attendees=[{"email": address} for address in named])

    [item] = await brookside.items("Crowded")
    assert Counter(guest["email"] for guest in item["attendees"]) == {"kit@x.example": 1, FINN: 1, room: 1}


async def test_a_key_books_one_event_even_after_that_was_cancelled(brookside: Brookside) -> None:
    booked = await _booked(brookside, "Once")
    room = (await brookside.rooms())[0]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        other = {"roomIds": [room["id"]], "event": _event("Twice"), "idempotencyKey": "Once"}

        refused = await finn.field(BOOK_OR_SAY_WHY, input=other)
        await finn.field(CANCEL, input={"bookingId": booked["bookings"][0]["id"], "cancelEvent": True})
        again = await _booked(brookside, "Once")

    assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert in_plain_words(refused)
    assert [(row["id"], row["state"]) for row in again["bookings"]] == [(booked["bookings"][0]["id"], "CANCELLED")]
    assert (await brookside.items("Once"), await brookside.items("Twice")) == ([], [])


async def test_what_is_cancelled_is_cancelled_once(brookside: Brookside) -> None:
    single, series = await _booked(brookside, "Single"), await _booked(brookside, "Series", days=10, recurrence=DAILY)
    booking, whole = {"bookingId": single["bookings"][0]["id"]}, {"bookingId": series["bookings"][0]["id"]}
    async with brookside.story.speaking_for(brookside.finn) as finn:
        date = (await finn.field(DATES, id=whole["bookingId"]))["occurrences"]["nodes"][1]
        one = whole | {"scope": "OCCURRENCE", "occurrenceId": date["id"], "cancelEvent": True}

        at_once = await asyncio.gather(*(finn.field(CANCEL, input=booking) for _ in range(4)))
        afterwards = await finn.field(CANCEL, input=booking)
        dates = [await finn.field(CANCEL, input=one) for _ in range(2)]
        all_dates = [await finn.field(CANCEL, input=whole | {"scope": "SERIES"}) for _ in range(2)]

    assert {answer.get("code", "done") for answer in at_once} <= {"done", "BOOKING_CLOSED", "EVENT_CHANGED"}
    assert "done" in {answer.get("code", "done") for answer in at_once}
    assert afterwards["code"] == "BOOKING_CLOSED"
    assert [answer.get("code") for answer in (*dates, *all_dates)] == [None, "BOOKING_CLOSED"] * 2


async def test_an_event_that_was_deleted_at_google_is_gone_here_too(brookside: Brookside) -> None:
    booked = await _booked(brookside, "Deleted")
    [item] = await brookside.items("Deleted")
    other = (await brookside.rooms())[1]
    async with brookside.story.speaking_for(brookside.finn) as finn:
        await brookside.story.sandbox.control("DELETE", f"google/mailboxes/{FINN}/events/{item['id']}")
        await brookside.until(finn, booked["bookings"][0]["id"], "CANCELLED", "EVENT_GONE")

        again = {"roomIds": [other["id"]], "eventId": booked["event"]["id"], "idempotencyKey": "on a deleted one"}
        answers = [
            await finn.field(EVENT, id=booked["event"]["id"]),
            await finn.field(BOOK_OR_SAY_WHY, input=again),
            await finn.field(CANCEL, input={"bookingId": booked["bookings"][0]["id"]}),
        ]

    assert [answer["code"] for answer in answers] == ["NOT_FOUND", "NOT_FOUND", "BOOKING_CLOSED"]
    assert all(in_plain_words(answer) for answer in answers)


async def test_a_date_that_was_deleted_at_google_is_no_event_and_takes_no_room(brookside: Brookside) -> None:
    slot, other = Slot.in_days(12), (await brookside.rooms())[1]
    await _booked(brookside, "Shrinking", days=11, recurrence=DAILY)
    [item] = await brookside.items("Shrinking")
    async with brookside.story.speaking_for(brookside.finn) as finn:
        shown = (await finn.field(EVERYWHERE, **slot.as_window()))["events"]["nodes"]
        [date] = [event["id"] for event in shown if event["subject"] == "Shrinking"]
        gone = f"google/mailboxes/{FINN}/events/{item['id']}?occurrence={slot.start.date()}"
        await brookside.story.sandbox.control("DELETE", gone)

        wanted = {"roomIds": [other["id"]], "eventId": date, "idempotencyKey": "on a deleted date"}
        answers = [await finn.field(EVENT, id=date), await finn.field(BOOK_OR_SAY_WHY, input=wanted)]

    assert [answer["code"] for answer in answers] == ["NOT_FOUND", "NOT_FOUND"]


async def test_a_room_for_an_event_of_a_further_calendar_goes_with_that_calendar(brookside: Brookside) -> None:
    sandbox, slot, room = brookside.story.sandbox, Slot.in_days(14), (await brookside.rooms())[0]
    further = (await sandbox.control("POST", f"google/mailboxes/{FINN}/secondary", {"summary": "Team"}))["id"]
    times = {name: {"dateTime": value.isoformat()} for name, value in (("start", slot.start), ("end", slot.end))}
    where = f"google/mailboxes/{FINN}/events?calendar={further}"
    await sandbox.control("POST", where, {"summary": "Further away", **times})
    async with brookside.story.speaking_for(brookside.finn) as finn:
        shown = (await finn.field(EVERYWHERE, **slot.as_window()))["events"]["nodes"]
        [event] = [event["id"] for event in shown if event["subject"] == "Further away"]
        wanted = {"roomIds": [room["id"]], "eventId": event, "idempotencyKey": "further away"}

        booked = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
        await sandbox.control("DELETE", f"google/mailboxes/{FINN}/secondary")
        answers = [
            await finn.field(EVENT, id=event),
            await finn.field(BOOK_OR_SAY_WHY, input=wanted | {"idempotencyKey": "gone with it"}),
        ]
        # A notice may have told it already: then there is nothing left to let go.
        await finn.field(CANCEL, input={"bookingId": booked["bookings"][0]["id"]})
        state = await brookside.state(finn, booked["bookings"][0]["id"])

    assert [answer["code"] for answer in answers] == ["NOT_FOUND", "NOT_FOUND"]
    assert state == ("CANCELLED", "EVENT_GONE")


async def test_whoever_only_attends_books_no_room(brookside: Brookside) -> None:
    sandbox, slot, room = brookside.story.sandbox, Slot.in_days(15), (await brookside.rooms())[0]
    times = {name: {"dateTime": value.isoformat()} for name, value in (("start", slot.start), ("end", slot.end))}
    theirs = {"summary": "Theirs", **times, "attendees": [{"email": FINN}]}
    await sandbox.control("POST", f"google/mailboxes/{BROOKSIDE.administrator}/events", theirs)

    async with brookside.nothing_done() as finn:
        shown = (await finn.field(EVERYWHERE, **slot.as_window()))["events"]["nodes"]
        [event] = [event["id"] for event in shown if event["subject"] == "Theirs"]
        wanted = {"roomIds": [room["id"]], "eventId": event, "idempotencyKey": "not mine"}
        problem = await finn.field(BOOK_OR_SAY_WHY, input=wanted)

    assert problem["code"] == "NOT_ORGANISER"
    assert in_plain_words(problem)
