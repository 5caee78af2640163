"""From a suite's post to a booking's state: taken at once, believed when it proves itself, and worked later."""

from dataclasses import dataclass

import orjson
import pytest

from app.bookings.models import RoomBooking
from app.bookings.status import BookingState
from app.connections.models import MailboxWatch, WatchStatus
from app.notifications.models import Notification
from app.rooms.models import Room
from app.suites.events import RoomAnswer
from app.suites.protocol import SuiteName
from app.suites.registry import SuiteRegistry
from app.webhooks.service import WebhookService
from app.webhooks.watches import WatchService
from tests.bookings.house import POLL_INTERVAL, House
from tests.webhooks.conftest import PUBLIC_URL, OpensOne, PostingSuite, WatchedMailbox


@dataclass
class Hearing:
    """A mailbox that is watched, with one booking that its room has not answered."""

    house: House
    suite: WatchedMailbox
    watches: WatchService
    webhooks: WebhookService
    room: Room
    booking: RoomBooking

    @property
    def calls(self) -> list[str]:
        """What the suite was asked since the booking was made."""
        return self.house.interruptions.calls

    async def state(self) -> BookingState:
        return (await self.house.booking(self.booking)).state

    async def receive(self, **changes: object) -> None:
        """A post of the suite's about the booking's event, genuine but for the changes."""
        [(watch, secret)] = self.suite.secrets.items()
        told = {"watch": watch, "secret": secret, "event": next(iter(self.house.calendar.events)), **changes}
        await self.webhooks.receive(SuiteName.MICROSOFT_365, orjson.dumps([told]), {})


async def _hearing(house: House, *, enabled: bool = True) -> Hearing:
    suite, stack = WatchedMailbox(), house.stack
    watches = WatchService(
        OpensOne(suite), house.checks, stack.vault, stack.keys, stack.bus, public_url=PUBLIC_URL, enabled=enabled
    )
    registry = SuiteRegistry({SuiteName.MICROSOFT_365: PostingSuite()})
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    await watches.ensure(house.connection)
    await watches.run_due()
    await house.checks.run_due()
    house.interruptions.calls.clear()
    webhooks = WebhookService(registry, watches, house.checks, stack.bus)
    return Hearing(house, suite, watches, webhooks, room, booking)


@pytest.fixture
async def hearing(house: House) -> Hearing:
    return await _hearing(house)


async def test_a_notification_is_taken_before_the_suite_is_asked_anything_and_worked_later(hearing: Hearing) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.ACCEPTED)

    await hearing.receive()
    taken = list(hearing.calls), await hearing.state()
    await hearing.house.checks.run_due()

    assert taken == ([], BookingState.PENDING)
    assert (hearing.calls, await hearing.state()) == (["event"], BookingState.ACCEPTED)


async def test_a_notification_that_is_replayed_leads_to_a_look_and_tells_nothing_again(hearing: Hearing) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.DECLINED)

    for _ in range(3):
        await hearing.receive()
        await hearing.house.checks.run_due()

    assert hearing.calls == ["event"] * 3
    assert await Notification.all().count() == 1
    assert (await hearing.house.booking(hearing.booking)).version == 2


async def test_a_notification_of_an_older_change_that_comes_last_changes_nothing_back(hearing: Hearing) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.ACCEPTED)
    hearing.house.answer(hearing.room, RoomAnswer.DECLINED)
    await hearing.receive()
    await hearing.house.checks.run_due()

    await hearing.receive()
    await hearing.house.checks.run_due()

    assert await hearing.state() is BookingState.REJECTED


@pytest.mark.parametrize("forgery", [{"secret": "guessed"}, {"watch": "nobodys"}, {"tenant": "another"}])
async def test_a_forged_notification_costs_no_call(hearing: Hearing, forgery: dict[str, object]) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.ACCEPTED)

    await hearing.receive(**forgery)
    await hearing.house.checks.run_due()

    assert hearing.calls == []


async def test_what_was_missed_is_found_when_the_suite_says_that_something_was(hearing: Hearing) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.ACCEPTED)

    await hearing.receive(kind="MISSED", event=None)
    await hearing.house.checks.run_due()

    assert await hearing.state() is BookingState.ACCEPTED


async def test_a_watch_that_the_suite_took_away_is_made_anew_and_what_happened_meanwhile_is_found(
    hearing: Hearing,
) -> None:
    hearing.house.answer(hearing.room, RoomAnswer.ACCEPTED)
    await hearing.receive(kind="WATCH_ENDED", event=None)
    hearing.suite.secrets.clear()
    await hearing.watches.run_due()

    await hearing.house.checks.run_due()

    assert (await MailboxWatch.get()).status is WatchStatus.RUNNING
    assert await hearing.state() is BookingState.ACCEPTED
    await hearing.receive()


async def test_with_notifications_switched_off_nothing_is_watched_and_the_answer_arrives_within_one_sweep(
    house: House,
) -> None:
    hearing = await _hearing(house, enabled=False)
    house.answer(hearing.room, RoomAnswer.ACCEPTED)
    house.ticker.advance(POLL_INTERVAL)

    await house.checks.run_due()

    assert await MailboxWatch.all().count() == 0
    assert await hearing.state() is BookingState.ACCEPTED
