"""A process that is stopped, or that waits for one slow mailbox, holds up nobody's bookings."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import cast
from uuid import UUID

import pytest

from app.bookings.checks import LONGEST_ROUND, SIDE_BY_SIDE, SIDE_BY_SIDE_OF_ONE, BookingChecks
from app.bookings.models import BookingIntent, IntentState, RoomBooking
from app.bookings.ports import Connections
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.notifications.service import notify
from app.suites.events import Event, RoomAnswer
from app.suites.protocol import Mailbox
from tests.bookings.house import House, Killed
from tests.connections.stack import account_of, make_connection, make_integration
from tests.support.people import make_member, make_organisation, principal_of


class _Pause:
    """A call that the suite does not answer before it is told to."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.may_go_on = asyncio.Event()

    async def __call__(self) -> None:
        self.reached.set()
        await self.may_go_on.wait()


async def _stopped_in_the_middle(pause: _Pause, work: Callable[[], Awaitable[object]]) -> None:
    working = asyncio.ensure_future(work())
    await pause.reached.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_booking_that_a_stopped_process_was_looking_at_is_due_at_once(house: House) -> None:
    room = await house.room()
    booking = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.ACCEPTED)
    await house.checks.mark_due(house.connection.id, None)
    house.interruptions.before["event"] = pause = _Pause()
    await _stopped_in_the_middle(pause, house.checks.run_due)
    given_back = await house.booking(booking)

    await house.checks.run_due()

    assert (given_back.claimed_until, given_back.next_check_at) == (None, house.ticker.moment)
    assert house.stack.bus.kinds.count("BOOKINGS_DUE") > 1
    assert (await house.booking(booking)).state is BookingState.ACCEPTED


async def test_an_intent_that_a_stopped_process_was_asking_about_is_due_at_once_and_the_try_does_not_count(
    house: House,
) -> None:
    house.interruptions.lose_answer("create")
    with pytest.raises(Killed):
        await house.book(await house.room())
    house.ticker.advance(timedelta(minutes=3))
    house.interruptions.before["find_created"] = pause = _Pause()
    await _stopped_in_the_middle(pause, house.sweep.run_due)
    given_back = await BookingIntent.get()

    await house.sweep.run_due()

    assert (given_back.claimed_until, given_back.check_attempts) == (None, 0)
    assert (await BookingIntent.get()).state is IntentState.DONE
    assert await RoomBooking.all().count() == 1


async def test_a_mailbox_that_does_not_answer_keeps_nobody_from_what_became_due_meanwhile(house: House) -> None:
    room = await house.room()
    slow = (await house.book(room)).bookings[0]
    await house.checks.mark_due(house.connection.id, None)
    house.interruptions.before["event"] = pause = _Pause()
    running = asyncio.create_task(house.checks.run_due())
    await pause.reached.wait()

    quick = (await house.book(room)).bookings[0]
    house.answer(room, RoomAnswer.ACCEPTED)
    await RoomBooking.filter(id=quick.id).update(next_check_at=house.ticker.moment)
    async with asyncio.timeout(10):
        while (await house.booking(quick)).state is BookingState.PENDING:
            continue

    assert (await house.booking(slow)).state is BookingState.PENDING
    pause.may_go_on.set()
    await running
    assert (await house.booking(slow)).state is BookingState.ACCEPTED


class _HangingSuite:
    """Connections of which those of one organisation lead to a suite that never answers."""

    def __init__(self, connections: Connections, organisation_id: UUID) -> None:
        self._connections = connections
        self._organisation_id = organisation_id
        self.use = connections.use
        self.waiting = 0
        self.is_crowded = asyncio.Event()

    def open(self, connection: CalendarConnection) -> Mailbox:
        mailbox = self._connections.open(connection)
        return cast("Mailbox", self) if connection.organisation_id == self._organisation_id else mailbox

    async def event(self, mailbox_id: str) -> Event:
        self.waiting += 1
        if self.waiting == SIDE_BY_SIDE_OF_ONE:
            self.is_crowded.set()
        await asyncio.Event().wait()
        raise AssertionError


async def test_an_organisation_whose_suite_hangs_leaves_places_for_the_bookings_of_others(house: House) -> None:
    other = await _somebody_elsewhere(house)
    hanging = _HangingSuite(house.connections, house.organisation.id)
    checks = BookingChecks(
        connections=cast("Connections", hanging),
        references=house.references,
        policy=house.policy,
        notify=notify,
        bus=house.stack.bus,
        capabilities_of=lambda _: house.stack.suite.capabilities,
    )
    room, others_room = await house.room(), await other.room()
    for _ in range(3 * SIDE_BY_SIDE):
        await house.book(room)
    await checks.mark_due(house.connection.id, None)
    running = asyncio.create_task(checks.run_due())
    async with asyncio.timeout(10):
        await hanging.is_crowded.wait()

    booking = (await other.book(others_room)).bookings[0]
    other.answer(others_room, RoomAnswer.ACCEPTED)
    await checks.mark_due(other.connection.id, None)
    async with asyncio.timeout(10):
        while (await other.booking(booking)).state is BookingState.PENDING:
            continue

    assert hanging.waiting == SIDE_BY_SIDE_OF_ONE
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def _somebody_elsewhere(house: House) -> House:
    """A member of another organisation at the same suite."""
    organisation = await make_organisation("Elsewhere")
    integration = await make_integration(organisation, tenant="elsewhere")
    member = await make_member(organisation, "Olga Petrova", tenant="elsewhere")
    account = await account_of(member)
    return House(
        stack=house.stack,
        organisation=organisation,
        integration=integration,
        member=member,
        connection=await make_connection(house.stack, member, integration),
        principal=principal_of(member),
        calendar=house.stack.suite.mailboxes[account.address],
        ticker=house.ticker,
    )


async def test_a_round_of_looks_ends_although_something_is_always_due(house: House) -> None:
    booking = (await house.book(await house.room())).bookings[0]
    await house.checks.mark_due(house.connection.id, None)
    looks = 0

    async def due_again_a_while_later() -> None:
        nonlocal looks
        looks += 1
        house.ticker.advance(LONGEST_ROUND)
        await house.checks.mark_due(house.connection.id, None)

    house.interruptions.before["event"] = due_again_a_while_later

    async with asyncio.timeout(10):
        next_due = await house.checks.run_due()

    assert looks == 1
    assert next_due == house.ticker.moment, "the next round begins at once"
    assert (await house.booking(booking)).next_check_at == next_due
