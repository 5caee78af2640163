"""A mailbox with an open booking is watched, for as long as it has one."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app import clock
from app.bookings.models import BookingKind, RoomBooking
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection, ConnectionStatus, MailboxWatch, WatchStatus
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import token_hash
from app.references.models import EventReference, MailboxReference
from app.rooms.models import Room, RoomPairing
from app.suites.errors import NotFound, NotificationsRefused, ReconnectReason, ReconnectRequired, SuiteUnavailable
from app.webhooks.watches import LOOK_FOR_UNWATCHED_EVERY
from tests.webhooks.conftest import PUBLIC_URL, World


async def _only_watch() -> MailboxWatch:
    return await MailboxWatch.get()


async def test_a_watch_is_asked_for_once_however_many_bookings_need_it(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.ensure(world.connection)

    assert await MailboxWatch.all().count() == 1


async def test_the_suite_is_given_our_public_address(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()

    assert world.mailbox.urls == [f"{PUBLIC_URL}/webhooks/microsoft365"]
    assert (await _only_watch()).status is WatchStatus.RUNNING


async def test_what_was_answered_before_the_watch_ran_is_looked_at_once(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()

    assert world.checks.due == [(world.connection.id, None)]


async def test_neither_the_suites_id_nor_the_secret_is_stored_in_the_open(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()

    [(suite_id, secret)] = world.mailbox.secrets.items()
    stored = repr(await MailboxWatch.all().values())
    assert suite_id not in stored
    assert secret not in stored


async def test_a_watch_is_renewed_at_half_its_life(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    later = clock.now() + timedelta(days=3, minutes=1)
    await _keep_a_booking_open(world)

    with clock.use(lambda: later):
        await world.watches.run_due()

    assert world.mailbox.renewals == 1


async def test_a_watch_that_was_put_in_anothers_place_is_believed_by_its_own_secret_and_all_that_is_open_looked_at(
    world: World,
) -> None:
    world.mailbox.prolongs = False
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    [before] = world.mailbox.secrets.items()
    await _keep_a_booking_open(world)
    later = clock.now() + timedelta(days=3, minutes=1)

    with clock.use(lambda: later):
        await world.watches.run_due()

    [after] = world.mailbox.secrets.items()
    watch = await _only_watch()
    assert after != before
    assert (watch.suite_id_hash, watch.secret_hash) == (world.watches.hash_of(after[0]), token_hash(after[1]))
    assert watch.next_attempt_at > later + timedelta(days=2)
    assert world.checks.due.count((world.connection.id, None)) == 2


async def test_a_watch_that_the_suite_dropped_is_made_anew_and_everything_open_looked_at(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    await _keep_a_booking_open(world)
    world.mailbox.secrets.clear()
    later = clock.now() + timedelta(days=4)

    with clock.use(lambda: later):
        await world.watches.run_due()
        await world.watches.run_due()

    assert len(world.mailbox.secrets) == 1
    assert (await _only_watch()).status is WatchStatus.RUNNING
    assert world.checks.due.count((world.connection.id, None)) == 3


async def test_a_watch_whose_id_does_not_open_is_made_anew_and_no_other_is_touched(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    await _keep_a_booking_open(world)
    before = dict(world.mailbox.secrets)
    await MailboxWatch.all().update(suite_id=b"damaged")
    later = clock.now() + timedelta(days=4)

    with clock.use(lambda: later):
        await world.watches.run_due()
        await world.watches.run_due()

    assert (await _only_watch()).status is WatchStatus.RUNNING
    assert before.items() < world.mailbox.secrets.items()
    assert len(world.mailbox.secrets) == 2


async def test_a_suite_that_does_not_answer_is_asked_again_later_and_later(world: World) -> None:
    world.mailbox.failures = [SuiteUnavailable(), SuiteUnavailable()]
    await world.watches.ensure(world.connection)

    async def pause_after(now: datetime) -> timedelta:
        with clock.use(lambda: now):
            await world.watches.run_due()
        return (await _only_watch()).next_attempt_at - now

    first = clock.now()
    pauses = [await pause_after(first), await pause_after(first + timedelta(seconds=10))]

    assert pauses == [timedelta(seconds=10), timedelta(seconds=20)]


async def test_a_suite_that_refuses_notifications_is_not_pressed(world: World) -> None:
    world.mailbox.failures = [NotificationsRefused("InvalidRequest")]
    await world.watches.ensure(world.connection)

    await world.watches.run_due()

    assert (await _only_watch()).next_attempt_at - clock.now() > timedelta(minutes=59)


async def test_a_mailbox_that_the_suite_cannot_find_is_asked_about_later_and_later_and_not_in_a_loop(
    world: World,
) -> None:
    world.mailbox.failures = [NotFound("notFound") for _ in range(5)]
    await _keep_a_booking_open(world)
    await world.watches.ensure(world.connection)

    for _ in range(5):
        await world.watches.run_due()

    assert len(world.mailbox.failures) == 4
    assert (await _only_watch()).next_attempt_at > clock.now() + timedelta(seconds=5)
    assert world.checks.due == []


async def test_a_mailbox_without_open_bookings_is_not_watched_any_longer(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    later = clock.now() + timedelta(days=4)

    with clock.use(lambda: later):
        await world.watches.run_due()

    assert world.mailbox.secrets == {}
    assert await MailboxWatch.all().count() == 0


async def test_a_mailbox_whose_member_disconnected_is_not_watched(world: World) -> None:
    await world.watches.ensure(world.connection)
    await CalendarConnection.filter(id=world.connection.id).update(status=ConnectionStatus.RECONNECT_REQUIRED)

    await world.watches.run_due()

    assert world.mailbox.urls == []


async def test_two_processes_never_attend_to_the_same_watch(world: World) -> None:
    await world.watches.ensure(world.connection)
    await MailboxWatch.all().update(claimed_until=clock.now() + timedelta(seconds=30))

    await world.watches.run_due()

    assert world.mailbox.urls == []


async def _keep_a_booking_open(world: World, state: BookingState = BookingState.PENDING) -> None:
    ours: dict[str, Any] = {"organisation_id": world.connection.organisation_id, "created_at": clock.now()}
    reference = await EventReference.create(
        **ours, suite=world.connection.integration.suite, key_hash=uuid4().hex, sealed_key=b""
    )
    in_mailbox = await MailboxReference.create(
        **ours, connection=world.connection, event_reference=reference, id_hash=uuid4().hex, sealed_id=b""
    )
    room = await Room.create(
        **ours, address="room@tidewater.example", pairing=RoomPairing.PAIRED, name="Room", equipment=[]
    )
    await RoomBooking.create(
        **ours,
        member_id=world.connection.member_id,
        connection=world.connection,
        room=room,
        event_reference=reference,
        mailbox_reference=in_mailbox,
        kind=BookingKind.EVENT,
        state=state,
        state_since=clock.now(),
    )


async def test_the_watches_of_an_integration_that_was_disabled_are_stopped_at_the_suite(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    await _keep_a_booking_open(world)
    await Integration.all().update(status=IntegrationStatus.DISABLED)
    await MailboxWatch.all().update(next_attempt_at=clock.now())

    await world.watches.run_due()

    assert world.mailbox.secrets == {}
    assert await MailboxWatch.all().count() == 0


@pytest.mark.parametrize("state", [BookingState.PENDING, BookingState.ACCEPTED, BookingState.REJECTED])
async def test_a_mailbox_is_watched_for_as_long_as_a_booking_is_open_whatever_the_room_has_said(
    world: World, state: BookingState
) -> None:
    await _keep_a_booking_open(world, state)
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    later = clock.now() + timedelta(days=4)

    with clock.use(lambda: later):
        await world.watches.run_due()

    assert len(world.mailbox.secrets) == 1
    assert world.mailbox.renewals == 1


async def test_an_open_booking_whose_mailbox_nobody_watches_is_found(world: World) -> None:
    await _keep_a_booking_open(world, BookingState.ACCEPTED)

    await world.watches.run_due()

    assert len(world.mailbox.secrets) == 1
    assert world.checks.due == [(world.connection.id, None)]


async def test_a_connection_that_broke_is_watched_again_once_it_works(world: World) -> None:
    await _keep_a_booking_open(world)
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    connection = CalendarConnection.filter(id=world.connection.id)
    await connection.update(status=ConnectionStatus.RECONNECT_REQUIRED)
    await MailboxWatch.all().update(next_attempt_at=clock.now())
    await world.watches.run_due()
    broken = await MailboxWatch.all().count()
    await connection.update(status=ConnectionStatus.CONNECTED)
    later = clock.now() + LOOK_FOR_UNWATCHED_EVERY

    with clock.use(lambda: later):
        await world.watches.run_due()

    assert broken == 0
    assert (await _only_watch()).status is WatchStatus.RUNNING


async def test_a_member_who_has_to_reconnect_is_not_asked_about_until_then(world: World) -> None:
    await _keep_a_booking_open(world)
    await world.watches.ensure(world.connection)

    async def refused() -> None:
        await CalendarConnection.filter(id=world.connection.id).update(status=ConnectionStatus.RECONNECT_REQUIRED)

    world.mailbox.before = refused
    world.mailbox.failures = [ReconnectRequired(ReconnectReason.EXPIRED)]

    await world.watches.run_due()

    assert await MailboxWatch.all().count() == 0


async def test_a_booking_that_is_made_while_its_mailboxs_watch_is_let_go_is_watched(world: World) -> None:
    await world.watches.ensure(world.connection)
    await world.watches.run_due()
    later = clock.now() + timedelta(days=4)

    async def booked_just_now() -> None:
        await _keep_a_booking_open(world)
        await world.watches.ensure(world.connection)

    world.mailbox.before = booked_just_now
    with clock.use(lambda: later):
        await world.watches.run_due()
        await world.watches.run_due()

    assert len(world.mailbox.secrets) == 1
    assert (await _only_watch()).status is WatchStatus.RUNNING


async def test_a_watch_that_a_stopped_process_was_making_is_due_at_once(world: World) -> None:
    await world.watches.ensure(world.connection)
    reached = asyncio.Event()

    async def waits() -> None:
        reached.set()
        await asyncio.Event().wait()

    world.mailbox.before = waits
    working = asyncio.create_task(world.watches.run_due())
    await reached.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    given_back = await _only_watch()

    await world.watches.run_due()

    assert given_back.claimed_until is None
    assert (await _only_watch()).status is WatchStatus.RUNNING


async def test_a_watch_that_another_process_has_is_waited_for_until_its_claim_ends_and_not_in_a_loop(
    world: World,
) -> None:
    await world.watches.ensure(world.connection)
    claim = clock.now() + timedelta(seconds=30)
    await MailboxWatch.all().update(claimed_until=claim)

    assert await world.watches.run_due() == claim


async def test_a_watch_that_meets_a_fault_of_our_own_is_tried_again_soon_and_stops_no_other(world: World) -> None:
    await world.watches.ensure(world.connection)

    async def breaks() -> None:
        raise RuntimeError("ours")

    world.mailbox.before = breaks

    await world.watches.run_due()

    assert (await _only_watch()).claimed_until is None
    assert timedelta(seconds=5) < (await _only_watch()).next_attempt_at - clock.now() < timedelta(minutes=1)
