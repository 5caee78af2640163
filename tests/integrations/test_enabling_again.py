"""Enabled again within the five days, everybody carries on as if nothing had been."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus, MailboxWatch, WatchStatus
from app.errors import IntegrationStatusConflict, TestNotPassed
from app.integrations.disabling import CONSENT_RETENTION_PERIOD
from app.integrations.models import Integration
from app.integrations.starting import WantedIntegration
from app.integrations.status import IntegrationStatus
from app.notifications.models import Notification, NotificationKind
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.suites.errors import ApplicationBlocked
from tests.bookings.house import Ticker
from tests.integrations.belongings import Belongings, add_room, furnish
from tests.integrations.doubles import World
from tests.integrations.test_disabling import disable

S = IntegrationStatus


@pytest.fixture
def ticker() -> Iterator[Ticker]:
    ticker = Ticker()
    with clock.use(ticker):
        yield ticker


@pytest.fixture
async def belongings(ticker: Ticker, world: World) -> Belongings:
    """Enabled, furnished, and disabled an hour later."""
    await world.enabled()
    belongings = await furnish(world)
    ticker.advance(timedelta(hours=1))
    await disable(world)
    return belongings


async def test_it_needs_a_test_that_passed_since_it_was_disabled(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    with pytest.raises(TestNotPassed):
        await world.service.enable(world.administrator)

    assert (await Integration.get()).status is S.DISABLED


async def test_a_test_of_a_disabled_integration_leaves_it_disabled(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    run = await world.service.run_test(world.administrator)

    assert run.report.passed
    assert (await Integration.get()).status is S.DISABLED


async def test_a_test_that_failed_does_not_enable(world: World, ticker: Ticker, belongings: Belongings) -> None:
    world.suite.fail_next("application_tokens", ApplicationBlocked("AADSTS700016"), times=10)
    await world.service.run_test(world.administrator)

    with pytest.raises(TestNotPassed):
        await world.service.enable(world.administrator)


async def test_members_carry_on_without_a_new_consent(world: World, ticker: Ticker, belongings: Belongings) -> None:
    await world.service.run_test(world.administrator)

    enabled = await world.service.enable(world.administrator)

    assert (enabled.status, enabled.retained_until, enabled.disabled_at) == (S.ENABLED, None, None)
    row = await CalendarConnection.get(id=belongings.connection.id)
    assert (row.status, row.credentials) == (ConnectionStatus.CONNECTED, b"sealed")
    assert (await world.service.figures(enabled)).connected_members == 2


async def test_rooms_are_paired_by_the_addresses_they_kept_and_no_others(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    loft = await add_room(belongings.integration, "Loft", RoomPairing.UNPAIRED)
    await world.service.run_test(world.administrator)

    await world.service.enable(world.administrator)

    quay = await Room.get(id=belongings.room.id)
    assert (quay.pairing, quay.pairing_retained) == (RoomPairing.PAIRED, False)
    assert (await Room.get(id=loft.id)).pairing is RoomPairing.UNPAIRED
    assert (await RoomSync.all().order_by("-created_at").first()).state is RoomSyncState.DUE  # type: ignore[union-attr]


async def test_every_open_booking_is_due_to_be_read_and_watched_before_anybody_is_told(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await MailboxWatch.all().delete()  # the job stopped it
    await RoomBooking.all().update(next_check_at=None)
    told = await Notification.all().count()
    await world.service.run_test(world.administrator)

    await world.service.enable(world.administrator)

    assert (await RoomBooking.get()).next_check_at == ticker.moment
    watch = await MailboxWatch.get()
    assert (watch.status, watch.connection_id) == (WatchStatus.REQUESTED, belongings.connection.id)
    assert await Notification.all().count() == told


async def test_whoevers_consent_was_revoked_meanwhile_is_told_to_connect_again(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await CalendarConnection.filter(id=belongings.connection.id).update(
        credentials=None, status=ConnectionStatus.RECONNECT_REQUIRED, reason=ConnectionReason.CONSENT_WITHDRAWN
    )
    await world.service.run_test(world.administrator)

    await world.service.enable(world.administrator)

    told = await Notification.get(kind=NotificationKind.RECONNECT_REQUIRED)
    assert (told.member_id, told.subject_id) == (world.member.member_id, belongings.connection.id)


async def test_it_works_until_the_last_moment(world: World, ticker: Ticker, belongings: Belongings) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD - timedelta(microseconds=1))
    await world.service.run_test(world.administrator)

    assert (await world.service.enable(world.administrator)).status is S.ENABLED


async def test_at_the_very_end_of_the_fifth_day_it_is_too_late(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD - timedelta(microseconds=1))
    await world.service.run_test(world.administrator)
    ticker.advance(timedelta(microseconds=1))

    with pytest.raises(IntegrationStatusConflict) as raised:
        await world.service.enable(world.administrator)

    assert raised.value.status == S.NOT_CONFIGURED
    assert (await Integration.get()).status is S.NOT_CONFIGURED


async def test_starting_it_again_renews_the_administrators_own_consent_and_stays_disabled(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await world.service.start(world.administrator, WantedIntegration(suite=world.suite.name))

    integration = await world.consent()

    assert integration.status is S.DISABLED
    assert (await world.service.enable(world.administrator)).status is S.ENABLED


async def test_of_two_who_enable_at_once_both_are_answered_with_the_enabled_integration(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await world.service.run_test(world.administrator)

    first, second = await asyncio.gather(
        world.service.enable(world.administrator), world.service.enable(world.colleague)
    )

    assert first.id == second.id
    assert (first.status, second.status) == (S.ENABLED, S.ENABLED)
    assert await AuditEntry.filter(action=AuditAction.INTEGRATION_ENABLED).count() == 2  # the first time, and again
