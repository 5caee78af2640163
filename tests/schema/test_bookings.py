"""Booking rooms, listing bookings, letting rooms go."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.bookings.checks import BookingChecks
from app.bookings.polling import PollingPolicy
from app.notifications.service import notify
from app.references.service import ReferenceService
from app.rooms.models import Room, RoomPairing
from app.suites.errors import SuiteUnavailable
from app.suites.events import Event, RoomAnswer
from schema.ids import NodeKind
from schema.scalars import serialise_date_time
from tests.bookings.house import START, invitation, make_room
from tests.schema.documents import BOOKINGS
from tests.schema.world import BOOK, House
from tests.support.suites import CAPABILITIES


async def test_booking_a_room_for_a_new_event_is_pending(house: House) -> None:
    booked = await house.book()

    [booking] = booked["bookings"]
    assert booking["state"] == "PENDING"
    assert booking["reason"] == "NOT_ANSWERED"
    assert booking["room"] == {"name": "Lighthouse"}
    assert booking["event"]["id"] == booked["event"]["id"]
    assert booked["event"]["rooms"][0]["bookingId"] == booking["id"]


async def test_repeating_a_booking_reads_its_answer_anew_and_other_content_is_refused(house: House) -> None:
    command = {"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "once"}
    first = (await house.ask(BOOK, input=command))["bookRoom"]

    again = (await house.ask(BOOK, input=command))["bookRoom"]
    other = (await house.ask(BOOK, input=command | {"event": house.new_event(subject="Other")}))["bookRoom"]

    assert again["bookings"][0]["id"] == first["bookings"][0]["id"]
    assert other["__typename"] == "IdempotencyKeyReused"
    assert len(house.calendar.events) == 1


async def test_bookings_of_one_event_read_it_once(house: House) -> None:
    other = await make_room(house.organisation, house.integration, "Anchor")
    other_id = house.ids.seal(NodeKind.ROOM, other.id)
    house.server.suite.calls.clear()

    booked = await house.book(roomIds=[house.room_id, other_id], event=house.new_event())

    assert [booking["event"]["subject"] for booking in booked["bookings"]] == ["Tide tables"] * 2
    assert house.server.suite.calls["event"] == 1


async def test_what_a_booking_refuses_names_the_value(house: House) -> None:
    async def refusal(**values: Any) -> tuple[str, str]:
        answer = await house.book(event=house.new_event(**values))
        return answer["field"], answer["code"]

    assert await refusal(subject="x" * 256) == ("event.subject", "SUBJECT_TOO_LONG")
    assert await refusal(start=(START - timedelta(hours=1)).isoformat()) == ("event.start", "EVENT_IN_THE_PAST")
    assert await refusal(attendees=[{"email": "nobody"}]) == ("event.attendees.0.email", "MALFORMED_EMAIL")
    many = [{"email": f"person-{number}@tidewater.example"} for number in range(500)]
    assert await refusal(attendees=many) == ("event.attendees", "TOO_MANY_ATTENDEES")


async def test_a_room_that_is_not_paired_is_named(house: House) -> None:
    await Room.of(house.organisation.id).update(pairing=RoomPairing.UNPAIRED)

    data = await house.ask(
        """mutation ($input: BookRoomInput!) { bookRoom(input: $input) {
            __typename ... on RoomNotPaired { roomName whoActs } } }""",
        input={"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "1"},
    )

    assert data["bookRoom"] == {
        "__typename": "RoomNotPaired",
        "roomName": "Lighthouse",
        "whoActs": "SUBSCRIPTION_ADMINISTRATOR",
    }


async def test_a_series_booking_shows_its_dates_and_their_states(house: House) -> None:
    master = house.series(dates=3)

    booked = await house.book(eventId=house.event_id(master))

    [booking] = booked["bookings"]
    assert booking["kind"] == "SERIES"
    assert [date["state"] for date in booking["occurrences"]["nodes"]] == ["PENDING"] * 3


async def test_a_series_booking_says_on_how_many_dates_its_room_accepted(house: House) -> None:
    master = house.series(dates=3)
    await house.book(eventId=house.event_id(master))

    data = await house.ask(
        """{ bookings(first: 1) { nodes { series { accepted rejected pending unknown summary problems { code }
            dates(states: [PENDING]) { totalCount nodes { start end state room { name } occurrence { state } } }
        } } } }"""
    )

    series = data["bookings"]["nodes"][0]["series"]
    first = series["dates"]["nodes"][0]
    assert [series[name] for name in ("accepted", "rejected", "pending", "unknown")] == [0, 0, 3, 0]
    assert series["summary"] == "Accepted for 0 of 3 dates, pending for 3."
    assert (series["dates"]["totalCount"], series["problems"]) == (3, [])
    assert first["start"] == serialise_date_time(START + timedelta(hours=2))
    assert (first["room"], first["occurrence"]) == ({"name": "Lighthouse"}, {"state": "PENDING"})


async def test_bookings_are_listed_by_state_the_newest_first(house: House) -> None:
    await house.book()
    house.server.ticker.advance(timedelta(minutes=1))
    newest = (await house.book())["bookings"][0]["id"]

    first = (await house.ask(BOOKINGS))["bookings"]
    second = (await house.ask(BOOKINGS, after=first["pageInfo"]["endCursor"]))["bookings"]
    accepted = (await house.ask(BOOKINGS, states=["ACCEPTED"]))["bookings"]

    assert first["nodes"][0]["id"] == newest
    assert first["nodes"][0]["event"] == {"subject": "Tide tables"}
    assert second["nodes"][0]["id"] != newest
    assert accepted["totalCount"] == 0


async def test_a_booking_whose_event_the_suite_does_not_show_has_a_null_event(house: House) -> None:
    await house.book()
    house.server.suite.fail_next("event", SuiteUnavailable())

    data = await house.ask(BOOKINGS)

    assert data["bookings"]["nodes"][0]["event"] is None
    assert data["bookings"]["nodes"][0]["state"] == "PENDING"


CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) {
    __typename ... on BookingCancelled { booking { id state closedAt room { name } } } ... on Problem { code }
} }"""


async def test_a_cancelled_booking_is_closed_and_cannot_be_cancelled_again(house: House) -> None:
    booking = (await house.book())["bookings"][0]

    cancelled = (await house.ask(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]
    again = (await house.ask(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]

    assert cancelled["booking"]["state"] == "CANCELLED"
    assert cancelled["booking"]["room"] == {"name": "Lighthouse"}
    assert again == {"__typename": "BookingClosed", "code": "BOOKING_CLOSED"}


REPLACED = """{ bookings { nodes {
    state reason room { name } requestedRoom { name }
    occurrences { nodes { state reason replacement { name } } }
} } }"""


async def _swapped(house: House, *events: Event) -> None:
    """The suite put the room Anchor in the booked one's place on these events, and the notice of it was followed."""
    anchor = await make_room(house.organisation, house.integration, "Anchor")
    for event in events:
        house.hold(replace(event, rooms=(invitation(anchor, RoomAnswer.ACCEPTED),)))
    stack = house.server.stack
    checks = BookingChecks(
        connections=stack.connections,
        references=ReferenceService(stack.vault, stack.keys),
        policy=PollingPolicy(interval=timedelta(seconds=15), random=lambda: 0.0),
        notify=notify,
        bus=stack.bus,
        capabilities_of=lambda _: replace(CAPABILITIES, replaces_rooms=True),
    )
    await checks.mark_due(house.connection.id, None)
    await checks.run_due()


async def test_a_booking_whose_room_the_suite_swapped_names_both_rooms(house: House) -> None:
    await house.book()
    before = (await house.ask(REPLACED))["bookings"]["nodes"]

    await _swapped(house, *house.calendar.events.values())

    [booking] = (await house.ask(REPLACED))["bookings"]["nodes"]
    assert (booking["state"], booking["reason"]) == ("ACCEPTED", "REPLACED")
    assert (booking["room"], booking["requestedRoom"]) == ({"name": "Anchor"}, {"name": "Lighthouse"})
    assert before[0]["requestedRoom"] is None
    viewer = await house.ask("{ viewer { unreadNotificationCount } }")
    assert viewer["viewer"]["unreadNotificationCount"] == 1


async def test_a_date_whose_room_the_suite_swapped_names_the_one_that_stands_there(house: House) -> None:
    master = house.series(dates=2)
    await house.book(eventId=house.event_id(master))
    house.rooms_appear()
    [date, _] = [event for event in house.calendar.events.values() if event.series_mailbox_id == master.mailbox_id]

    await _swapped(house, date)

    [booking] = (await house.ask(REPLACED))["bookings"]["nodes"]
    replacements = [entry["replacement"] for entry in booking["occurrences"]["nodes"]]
    assert (booking["room"], booking["requestedRoom"]) == ({"name": "Lighthouse"}, None)
    assert sorted(replacements, key=str) == [None, {"name": "Anchor"}]


async def test_free_rooms_are_suggested_in_the_place_of_a_booking(house: House) -> None:
    await make_room(house.organisation, house.integration, "Pier", address="pier@tidewater.example")
    booking = (await house.book())["bookings"][0]

    data = await house.ask(
        """query ($id: ID!) { roomSuggestions(bookingId: $id) { ... on RoomSuggestions {
            dates reminder rooms { nodes { freeDates room { name } } } problems { code }
        } } }""",
        id=booking["id"],
    )

    found = data["roomSuggestions"]
    assert found["rooms"]["nodes"] == [{"freeDates": 1, "room": {"name": "Pier"}}]
    assert (found["dates"], found["problems"]) == (1, [])
    assert "may still decline" in found["reminder"]


async def test_a_room_is_replaced_and_the_booking_is_pending_with_the_other(house: House) -> None:
    pier = await make_room(house.organisation, house.integration, "Pier", address="pier@tidewater.example")
    booking = (await house.book())["bookings"][0]

    data = await house.ask(
        """mutation ($input: ReplaceRoomInput!) { replaceRoom(input: $input) { __typename
            ... on RoomReplaced { booking { id state reason room { name } requestedRoom { name } } }
            ... on Problem { code }
        } }""",
        input={"bookingId": booking["id"], "roomId": house.ids.seal(NodeKind.ROOM, pier.id)},
    )

    assert data["replaceRoom"]["booking"] == {
        "id": booking["id"],
        "state": "PENDING",
        "reason": "NOT_ANSWERED",
        "room": {"name": "Pier"},
        "requestedRoom": None,
    }


async def test_a_booking_is_moved_to_another_time(house: House) -> None:
    booking = (await house.book())["bookings"][0]
    start = START + timedelta(hours=6)

    data = await house.ask(
        """mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input) { __typename
            ... on BookingRescheduled { booking { state event { start { dateTime } } } }
            ... on Problem { code }
        } }""",
        input={
            "bookingId": booking["id"],
            "start": start.isoformat(),
            "end": (start + timedelta(hours=1)).isoformat(),
            "timeZone": "Europe/Amsterdam",
        },
    )

    moved = data["rescheduleBooking"]["booking"]
    assert moved["state"] == "PENDING"
    assert moved["event"]["start"]["dateTime"].startswith(start.strftime("%Y-%m-%dT"))
