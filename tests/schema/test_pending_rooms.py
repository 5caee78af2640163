"""The subscription to room bookings: a snapshot, then every change once, then an end that says why."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.transactions import in_transaction

from app import clock
from app.bookings.derivation import Standing
from app.bookings.models import RoomBooking
from app.bookings.status import BookingReason, BookingState
from app.bookings.transitions import change
from app.connections.models import CalendarConnection, ConnectionStatus
from app.events_bus.bus import Message, MessageKind, member_topic, organisation_topic
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.suites.errors import SuiteUnavailable
from app.suites.events import RoomAnswer
from schema.ids import NodeKind
from tests.bookings.house import invitation, make_room
from tests.schema.world import House

PENDING = """
subscription Pending($since: DateTime) {
  pendingRooms(since: $since) {
    __typename
    ... on RoomBookingUpdate {
      snapshot previousState at
      booking { id state reason room { name } event { subject } occurrences { nodes { state } } }
    }
    ... on SubscriptionEnded { reason }
  }
}
"""


class Listener:
    """A client that reads one item after the other."""

    def __init__(self, answers: AsyncGenerator[Mapping[str, Any], None]) -> None:
        self._answers = answers

    async def item(self) -> dict[str, Any]:
        answer = await asyncio.wait_for(anext(self._answers), timeout=5)
        assert "errors" not in answer, answer
        item: dict[str, Any] = answer["data"]["pendingRooms"]
        return item

    async def ends(self) -> bool:
        try:
            await asyncio.wait_for(anext(self._answers), timeout=5)
        except StopAsyncIteration:
            return True
        return False


@pytest.fixture
async def listener(house: House) -> Any:
    await house.book()
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        yield Listener(answers)


async def _room_answers(house: House, answer: RoomAnswer) -> None:
    for event in list(house.calendar.events.values()):
        house.hold(replace(event, rooms=(invitation(house.room, answer),)))
    await house.server.checks.mark_due(house.connection.id, None)
    await house.server.checks.run_due()


def _row_id(house: House, booking: Mapping[str, Any]) -> UUID:
    return house.ids.open(NodeKind.ROOM_BOOKING, booking["id"])


async def _tell(house: House, kind: MessageKind, row_id: UUID | None = None) -> None:
    for topic in (member_topic(house.member.member_id), organisation_topic(house.organisation.id)):
        await house.server.bus.publish(topic, Message(kind, row_id))


async def test_what_is_pending_comes_first_and_then_the_rooms_answer(house: House, listener: Listener) -> None:
    first = await listener.item()
    await _room_answers(house, RoomAnswer.ACCEPTED)
    second = await listener.item()

    assert (first["snapshot"], first["booking"]["state"], first["previousState"]) == (True, "PENDING", None)
    assert (second["snapshot"], second["booking"]["state"], second["previousState"]) == (False, "ACCEPTED", "PENDING")
    assert second["booking"]["id"] == first["booking"]["id"]
    assert second["booking"]["event"] == {"subject": "Tide tables"}


async def test_a_room_that_the_suite_swapped_is_told_with_both_rooms(house: House) -> None:
    await house.book()
    await _room_answers(house, RoomAnswer.ACCEPTED)
    booking = await RoomBooking.get()
    pier = await make_room(house.organisation, house.integration, "Pier")
    query = PENDING.replace("room { name }", "room { name } requestedRoom { name }")
    async with aclosing(house.server.listen(house.member, query)) as answers:
        reading = asyncio.ensure_future(Listener(answers).item())
        await house.server.bus.listened_to(member_topic(house.member.member_id))
        async with in_transaction():
            swapped = Standing(BookingState.ACCEPTED, BookingReason.REPLACED)
            await change(booking, swapped, clock.now(), room_id=pier.id)
        await _tell(house, MessageKind.BOOKING_CHANGED, booking.id)
        told = await reading

    assert (told["previousState"], told["booking"]["state"]) == ("ACCEPTED", "ACCEPTED")
    assert told["booking"]["room"] == {"name": "Pier"}
    assert told["booking"]["requestedRoom"] == {"name": "Lighthouse"}


async def test_a_new_booking_is_told_too(house: House, listener: Listener) -> None:
    await listener.item()
    booked = await house.book()

    told = await listener.item()

    assert told["booking"]["id"] == booked["bookings"][0]["id"]
    assert told["snapshot"] is False


async def test_a_change_is_told_once_however_often_the_bus_repeats_it(house: House, listener: Listener) -> None:
    booking = await RoomBooking.get(id=_row_id(house, (await listener.item())["booking"]))
    for _ in range(3):
        await _tell(house, MessageKind.BOOKING_CHANGED, booking.id)
    await _room_answers(house, RoomAnswer.DECLINED)
    await _tell(house, MessageKind.BOOKING_CHANGED, booking.id)
    rejected = await listener.item()
    other = await house.book()

    assert rejected["booking"]["state"] == "REJECTED"
    assert (await listener.item())["booking"]["id"] == other["bookings"][0]["id"]


async def test_changes_since_a_moment_are_repeated_at_the_beginning(house: House) -> None:
    await house.book()
    await _room_answers(house, RoomAnswer.ACCEPTED)
    house.server.ticker.advance(timedelta(hours=1))
    later = clock.now()

    async with aclosing(house.server.listen(house.member, PENDING, since="2031-05-12T09:00:00Z")) as answers:
        repeated = await Listener(answers).item()
    async with aclosing(house.server.listen(house.member, PENDING, since=later.isoformat())) as answers:
        listener = Listener(answers)
        reading = asyncio.ensure_future(listener.item())
        await house.server.bus.listened_to(member_topic(house.member.member_id))
        new = await house.book()
        first = await reading

    assert (repeated["snapshot"], repeated["booking"]["state"]) == (True, "ACCEPTED")
    assert first["booking"]["id"] == new["bookings"][0]["id"]


async def test_a_change_that_another_machine_stamped_earlier_is_repeated_to_whoever_saw_a_later_one(
    house: House,
) -> None:
    booked = await house.book()
    await _room_answers(house, RoomAnswer.ACCEPTED)
    seen_at = clock.now() + timedelta(seconds=20)

    async with aclosing(house.server.listen(house.member, PENDING, since=seen_at.isoformat())) as answers:
        repeated = await Listener(answers).item()

    assert repeated["snapshot"]
    assert repeated["booking"]["id"] == booked["bookings"][0]["id"]


async def test_a_change_between_the_opening_and_the_snapshot_is_not_lost(house: House) -> None:
    booked = await house.book()
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        listener = Listener(answers)
        first = await listener.item()
        # The room answers while the client has not asked for more: the change waits in the queue.
        await _room_answers(house, RoomAnswer.ACCEPTED)
        second = await listener.item()

    assert first["booking"]["id"] == second["booking"]["id"] == booked["bookings"][0]["id"]
    assert second["booking"]["state"] == "ACCEPTED"


async def test_disconnecting_ends_the_subscription_and_says_so(house: House, listener: Listener) -> None:
    await listener.item()
    await house.ask("mutation { disconnectCalendar { __typename } }")

    last = await listener.item()

    assert last == {"__typename": "SubscriptionEnded", "reason": "CALENDAR_DISCONNECTED"}
    assert await listener.ends()


async def test_a_disabled_integration_ends_the_subscription_and_says_so(house: House, listener: Listener) -> None:
    await listener.item()
    await Integration.of(house.organisation.id).update(status=IntegrationStatus.DISABLED)
    await _tell(house, MessageKind.INTEGRATION_CHANGED, house.integration.id)

    last = await listener.item()

    assert last == {"__typename": "SubscriptionEnded", "reason": "INTEGRATION_DISABLED"}
    assert await listener.ends()


async def test_a_calendar_that_has_to_be_reconnected_leaves_the_subscription_open(
    house: House, listener: Listener
) -> None:
    await listener.item()
    connections = CalendarConnection.of(house.organisation.id)
    await connections.update(status=ConnectionStatus.RECONNECT_REQUIRED)
    await _tell(house, MessageKind.CONNECTION_CHANGED, house.connection.id)
    await connections.update(status=ConnectionStatus.CONNECTED)
    booked = await house.book()

    assert (await listener.item())["booking"]["id"] == booked["bookings"][0]["id"]


async def test_a_member_without_a_calendar_may_wait_for_their_first_booking(house: House) -> None:
    await CalendarConnection.of(house.organisation.id).delete()
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        reading = asyncio.ensure_future(Listener(answers).item())
        await house.server.bus.listened_to(member_topic(house.member.member_id))
        await house.connect()
        booked = await house.book()
        first = await reading

    assert first["booking"]["id"] == booked["bookings"][0]["id"]


async def test_a_lost_message_only_delays_what_it_told(house: House) -> None:
    server = house.server
    server.services = replace(server.services, look_again_after=timedelta(milliseconds=10))
    booked = await house.book()
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        listener = Listener(answers)
        await listener.item()
        booking_id = _row_id(house, booked["bookings"][0])
        await RoomBooking.filter(id=booking_id).update(
            state=BookingState.REJECTED, previous_state=BookingState.PENDING, version=2, state_since=clock.now()
        )

        told = await listener.item()

    assert told["booking"]["state"] == "REJECTED"


async def test_a_lost_message_is_made_up_for_however_much_else_is_told(house: House) -> None:
    server = house.server
    server.services = replace(server.services, look_again_after=timedelta(milliseconds=10))
    booked = await house.book()

    async def tell_without_end() -> None:
        while await RoomBooking.exists():  # no faster than it is read
            await _tell(house, MessageKind.BOOKING_CHANGED, uuid4())

    async with aclosing(house.server.listen(house.member, PENDING)) as answers, asyncio.TaskGroup() as group:
        listener = Listener(answers)
        await listener.item()
        telling = group.create_task(tell_without_end())
        booking_id = _row_id(house, booked["bookings"][0])
        await RoomBooking.filter(id=booking_id).update(
            state=BookingState.REJECTED, previous_state=BookingState.PENDING, version=2, state_since=clock.now()
        )

        told = await listener.item()
        telling.cancel()

    assert told["booking"]["state"] == "REJECTED"


async def test_a_change_that_was_committed_late_is_found_by_the_next_look(house: House) -> None:
    server = house.server
    server.services = replace(server.services, look_again_after=timedelta(milliseconds=10))
    booked = await house.book()
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        listener = Listener(answers)
        await listener.item()
        booking_id = _row_id(house, booked["bookings"][0])
        stamped = clock.now() - timedelta(seconds=30)
        await RoomBooking.filter(id=booking_id).update(
            state=BookingState.REJECTED, previous_state=BookingState.PENDING, version=2, state_since=stamped
        )

        told = await listener.item()

    assert told["booking"]["state"] == "REJECTED"


async def test_what_had_changed_just_before_is_not_told_as_new(house: House) -> None:
    server = house.server
    server.services = replace(server.services, look_again_after=timedelta(milliseconds=10))
    await house.book()
    await _room_answers(house, RoomAnswer.ACCEPTED)
    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        reading = asyncio.ensure_future(Listener(answers).item())
        await house.server.bus.listened_to(member_topic(house.member.member_id))
        new = await house.book()

        first = await reading

    assert first["booking"]["id"] == new["bookings"][0]["id"]


async def test_a_colleague_hears_nothing_of_a_members_bookings(house: House) -> None:
    async with aclosing(house.server.listen(house.administrator, PENDING)) as answers:
        reading = asyncio.ensure_future(Listener(answers).item())
        await house.server.bus.listened_to(member_topic(house.administrator.member_id))
        booked = await house.book()
        # Even a message that names somebody else's booking tells nothing of it.
        await house.server.bus.publish(
            member_topic(house.administrator.member_id),
            Message(MessageKind.BOOKING_CHANGED, _row_id(house, booked["bookings"][0])),
        )
        await house.server.bus.publish(
            member_topic(house.administrator.member_id), Message(MessageKind.BOOKING_CHANGED, uuid4())
        )
        own = await house.book(house.administrator)
        first = await reading

    assert first["booking"]["id"] == own["bookings"][0]["id"]


async def test_an_event_that_cannot_be_read_leaves_the_update_whole(house: House) -> None:
    await house.book()
    house.server.suite.fail_next("event", SuiteUnavailable())

    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        first = await Listener(answers).item()

    assert first["booking"]["state"] == "PENDING"
    assert first["booking"]["event"] is None


async def test_closing_the_subscription_stops_listening(house: House) -> None:
    await house.book()
    topic = member_topic(house.member.member_id)

    async with aclosing(house.server.listen(house.member, PENDING)) as answers:
        await Listener(answers).item()
        during = house.server.bus.is_listened_to(topic)

    assert during
    assert not house.server.bus.is_listened_to(topic)
