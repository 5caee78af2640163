"""Notifications: read, marked, and heard once each."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.transactions import in_transaction

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.events_bus.bus import Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.suites.events import RoomAnswer
from schema.ids import NodeKind
from tests.bookings.house import invitation, make_room
from tests.schema.listener import Listener, listening
from tests.schema.world import House

LIST = """query ($unreadOnly: Boolean! = false, $first: Int! = 50, $after: String) {
  notifications(unreadOnly: $unreadOnly, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id kind message createdAt readAt booking { id state event { subject } } room { name } formerRoom { name } }
  }
}"""
MARK = """mutation ($input: MarkNotificationsReadInput) { markNotificationsRead(input: $input) {
  __typename
  ... on NotificationsMarkedRead { unreadCount notifications { id readAt } }
  ... on Problem { code message }
} }"""
ADDED = "subscription { notificationAdded { id kind message readAt } }"
UNREAD = "{ viewer { unreadNotificationCount } }"


async def _tell(
    house: House,
    kind: NotificationKind = NotificationKind.RECONNECT_REQUIRED,
    *,
    to: Principal | None = None,
    announced: bool = True,
    subject_id: UUID | None = None,
    **rooms: UUID,
) -> Notification:
    """Told as the services do it: in a transaction, and announced after it."""
    member = to or house.member
    async with in_transaction():
        told = await notify(
            member.organisation_id,
            member.member_id,
            kind,
            subject_id=subject_id or uuid4(),
            occasion=uuid4().hex,
            **rooms,
        )
    assert told is not None
    if announced:
        await _announce(house, told)
    return told


async def _announce(house: House, told: Notification) -> None:
    message = Message(MessageKind.NOTIFICATION_ADDED, told.id)
    await house.server.bus.publish(member_topic(told.member_id), message)


async def _listed(house: House, principal: Principal | None = None, **variables: Any) -> dict[str, Any]:
    data = await house.server.data(principal or house.member, LIST, **variables)
    answer: dict[str, Any] = data["notifications"]
    return answer


def _id(house: House, told: Notification) -> str:
    return house.ids.seal(NodeKind.NOTIFICATION, told.id)


class TestReading:
    async def test_a_room_that_declined_is_told_with_its_name_and_the_booking(self, house: House) -> None:
        booked = await house.book()
        for event in list(house.calendar.events.values()):
            house.hold(replace(event, rooms=(invitation(house.room, RoomAnswer.DECLINED),)))
        await house.server.checks.mark_due(house.connection.id, None)
        await house.server.checks.run_due()

        [told] = (await _listed(house))["nodes"]

        assert told["kind"] == "ROOM_REJECTED"
        assert told["message"] == "Lighthouse is not available for your event. Choose another room."
        assert (told["booking"]["id"], told["booking"]["state"]) == (booked["bookings"][0]["id"], "REJECTED")
        assert told["booking"]["event"] == {"subject": "Tide tables"}  # read live: nothing of it is kept
        assert told["room"] == {"name": "Lighthouse"}
        assert told["readAt"] is None

    async def test_the_room_is_named_as_it_was_then_even_when_the_booking_has_another_by_now(
        self, house: House
    ) -> None:
        await house.book()
        booking = await RoomBooking.get()
        pier = await make_room(house.organisation, house.integration, "Pier")
        await _tell(house, NotificationKind.ROOM_REJECTED, subject_id=booking.id, room_id=house.room.id)
        await RoomBooking.filter(id=booking.id).update(room_id=pier.id)

        [told] = (await _listed(house))["nodes"]

        assert told["message"].startswith("Lighthouse is not available")

    async def test_a_room_that_the_suite_replaced_is_told_with_both_rooms(self, house: House) -> None:
        await house.book()
        booking = await RoomBooking.get()
        pier = await make_room(house.organisation, house.integration, "Pier")
        await _tell(
            house,
            NotificationKind.ROOM_REPLACED,
            subject_id=booking.id,
            former_room_id=house.room.id,
            room_id=pier.id,
        )

        [told] = (await _listed(house))["nodes"]

        assert told["message"].startswith("Pier took the place of Lighthouse")
        assert (told["room"], told["formerRoom"]) == ({"name": "Pier"}, {"name": "Lighthouse"})

    @pytest.mark.parametrize("kind", list(NotificationKind))
    async def test_every_kind_has_words_even_where_everything_it_names_is_gone(
        self, house: House, kind: NotificationKind
    ) -> None:
        await _tell(house, kind, room_id=uuid4(), former_room_id=uuid4())

        [told] = (await _listed(house))["nodes"]

        assert told["message"][0].isupper()
        assert told["message"].endswith(".")
        assert "None" not in told["message"]
        assert (told["booking"], told["room"], told["formerRoom"]) == (None, None, None)

    async def test_the_newest_comes_first_and_pages_join(self, house: House) -> None:
        told = []
        for _ in range(3):
            told.append(_id(house, await _tell(house)))
            house.server.ticker.advance(timedelta(minutes=1))

        first = await _listed(house, first=2)
        second = await _listed(house, first=2, after=first["pageInfo"]["endCursor"])

        assert [node["id"] for node in (*first["nodes"], *second["nodes"])] == told[::-1]
        assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (3, True)
        assert second["pageInfo"]["hasNextPage"] is False

    async def test_a_colleagues_notifications_are_their_own(self, house: House) -> None:
        await _tell(house, to=house.administrator)

        assert (await _listed(house))["nodes"] == []
        assert len((await _listed(house, house.administrator))["nodes"]) == 1


class TestMarking:
    async def test_what_is_read_is_not_unread_any_more(self, house: House) -> None:
        first, second = await _tell(house), await _tell(house)

        marked = (await house.ask(MARK, input={"notificationIds": [_id(house, first)]}))["markNotificationsRead"]

        assert [node["id"] for node in marked["notifications"]] == [_id(house, first)]
        assert marked["unreadCount"] == 1
        assert [node["id"] for node in (await _listed(house, unreadOnly=True))["nodes"]] == [_id(house, second)]
        assert (await house.ask(UNREAD))["viewer"]["unreadNotificationCount"] == 1

    async def test_reading_again_keeps_the_first_moment(self, house: House) -> None:
        told = await _tell(house)
        command = {"notificationIds": [_id(house, told)]}
        first = (await house.ask(MARK, input=command))["markNotificationsRead"]
        house.server.ticker.advance(timedelta(hours=1))

        again = (await house.ask(MARK, input=command))["markNotificationsRead"]

        assert again["notifications"] == first["notifications"]

    async def test_without_ids_everything_of_the_viewers_is_marked_and_nothing_of_a_colleagues(
        self, house: House
    ) -> None:
        await _tell(house)
        await _tell(house)
        await _tell(house, to=house.administrator)

        marked = (await house.ask(MARK))["markNotificationsRead"]

        assert (marked["unreadCount"], marked["notifications"]) == (0, [])
        assert len((await _listed(house, house.administrator, unreadOnly=True))["nodes"]) == 1

    async def test_one_that_is_unknown_leaves_all_of_them_unread(self, house: House) -> None:
        own, foreign = await _tell(house), await _tell(house, to=house.administrator)

        answer = await house.ask(MARK, input={"notificationIds": [_id(house, own), _id(house, foreign)]})

        assert answer["markNotificationsRead"]["__typename"] == "NotFound"
        assert (await house.ask(UNREAD))["viewer"]["unreadNotificationCount"] == 1

    async def test_more_than_a_page_at_once_is_refused(self, house: House) -> None:
        ids = [house.ids.seal(NodeKind.NOTIFICATION, uuid4()) for _ in range(101)]

        answer = await house.ask(MARK, input={"notificationIds": ids})

        assert answer["markNotificationsRead"]["__typename"] == "InvalidInput"


class TestHearing:
    async def test_each_notification_is_heard_once_however_often_the_bus_repeats_it(self, house: House) -> None:
        async with _hearing(house) as heard:
            first = await _tell(house)
            await _announce(house, first)
            await _announce(house, first)
            second = await _tell(house)

            items = [await heard.get(), await heard.get()]

        assert [item["id"] for item in items] == [_id(house, first), _id(house, second)]
        assert items[0]["message"].startswith("Your calendar has to be connected again")

    async def test_a_lost_message_only_delays_the_notification(self, house: House) -> None:
        _look_again_soon(house)
        async with _hearing(house) as heard:
            lost = await _tell(house, announced=False)

            item = await heard.get()

        assert item["id"] == _id(house, lost)

    async def test_one_that_was_committed_late_is_found_by_the_next_look(self, house: House) -> None:
        _look_again_soon(house)
        async with _hearing(house) as heard:
            async with in_transaction():
                late = await _tell(house, announced=False)
                await Notification.filter(id=late.id).update(created_at=clock.now() - timedelta(seconds=30))

            item = await heard.get()

        assert item["id"] == _id(house, late)

    async def test_what_was_unread_before_is_not_told_as_new(self, house: House) -> None:
        _look_again_soon(house)
        await _tell(house)
        async with _hearing(house) as heard:
            new = await _tell(house, announced=False)

            item = await heard.get()

        assert item["id"] == _id(house, new)

    async def test_a_colleague_hears_nothing_of_it_even_from_a_message_that_names_it(self, house: House) -> None:
        async with _hearing(house) as heard:
            foreign = await _tell(house, to=house.administrator)
            message = Message(MessageKind.NOTIFICATION_ADDED, foreign.id)
            await house.server.bus.publish(member_topic(house.member.member_id), message)
            own = await _tell(house)

            item = await heard.get()

        assert item["id"] == _id(house, own)

    async def test_a_room_that_says_no_is_heard(self, house: House) -> None:
        await house.book()
        async with _hearing(house) as heard:
            for event in list(house.calendar.events.values()):
                house.hold(replace(event, rooms=(invitation(house.room, RoomAnswer.DECLINED),)))
            await house.server.checks.mark_due(house.connection.id, None)
            await house.server.checks.run_due()

            item = await heard.get()

        assert item["kind"] == "ROOM_REJECTED"
        assert (await RoomBooking.get()).state is BookingState.REJECTED

    async def test_closing_the_subscription_stops_listening(self, house: House) -> None:
        async with _hearing(house):
            during = house.server.bus.is_listened_to(member_topic(house.member.member_id))

        assert during
        assert not house.server.bus.is_listened_to(member_topic(house.member.member_id))


def _look_again_soon(house: House) -> None:
    house.server.services = replace(house.server.services, look_again_after=timedelta(milliseconds=10))


class _Heard:
    """What a subscription told so far, read beside the test."""

    def __init__(self) -> None:
        self._items: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    async def get(self) -> dict[str, Any]:
        return await asyncio.wait_for(self._items.get(), timeout=5)

    async def read(self, listener: Listener) -> None:
        while True:
            self._items.put_nowait(await listener.item())


@asynccontextmanager
async def _hearing(house: House) -> AsyncIterator[_Heard]:
    """The member listens, and the server is known to."""
    heard = _Heard()
    async with listening(house, house.member, ADDED) as listener:
        reading = asyncio.ensure_future(heard.read(listener))
        await house.server.bus.listened_to(member_topic(house.member.member_id))
        try:
            yield heard
        finally:
            reading.cancel()
            await asyncio.wait({reading})
