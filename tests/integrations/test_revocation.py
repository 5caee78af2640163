"""Consents that end at the suite too, where an administrator asked for it and the suite takes our word."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.integrations.models import Integration
from app.integrations.revocation import PAUSE, ConsentRevocation
from app.notifications.models import Notification, NotificationKind
from app.suites.errors import SuiteUnavailable
from app.suites.protocol import Credentials
from app.suites.registry import SuiteRegistry
from tests.bookings.house import Ticker
from tests.integrations.belongings import Belongings, furnish
from tests.integrations.doubles import World
from tests.integrations.test_disabling import disable
from tests.support.suites import FakeSuite

CREDENTIALS = Credentials(access_token="access", expires_at=clock.now(), refresh_token="refresh", scopes=frozenset())


class Opened:
    """Every row's credentials are the same."""

    def opened(self, connection: CalendarConnection) -> Credentials:
        return CREDENTIALS


class SlowSuite(FakeSuite):
    """Something happens here while it takes note."""

    def __init__(self, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__()
        self._meanwhile = meanwhile

    async def revoke(self, credentials: Credentials) -> bool:
        await self._meanwhile()
        return True


@pytest.fixture
def ticker() -> Iterator[Ticker]:
    ticker = Ticker()
    with clock.use(ticker):
        yield ticker


@pytest.fixture
async def belongings(ticker: Ticker, world: World) -> Belongings:
    """Disabled, with the word that consents end at the suite."""
    await world.enabled()
    belongings = await furnish(world)
    await CalendarConnection.all().update(credentials=b"sealed")
    await disable(world)
    await Integration.all().update(revokes_consents=True)
    return belongings


def job(world: World) -> ConsentRevocation:
    return ConsentRevocation(world.registry, Opened(), world.bus)


async def test_each_consent_ends_at_the_suite_and_its_credentials_here(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await job(world).run_due()

    row = await CalendarConnection.get(id=belongings.connection.id)
    assert row.credentials is None
    assert (row.status, row.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_WITHDRAWN)
    assert row.generation == belongings.connection.generation + 1
    assert await CalendarConnection.filter(credentials__isnull=False).count() == 0


async def test_it_is_recorded_once_when_it_is_done(world: World, ticker: Ticker, belongings: Belongings) -> None:
    revocation = job(world)

    await revocation.run_due()
    ticker.advance(PAUSE)
    await revocation.run_due()

    assert await AuditEntry.filter(action=AuditAction.CONSENTS_REVOKED).count() == 1
    assert not (await Integration.get()).revokes_consents


async def test_a_suite_that_does_not_answer_is_asked_again_later(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    revocation = job(world)
    world.suite.fail_next("revoke", SuiteUnavailable(), times=1)

    due = await revocation.run_due()

    assert due == ticker.moment + PAUSE
    assert await CalendarConnection.filter(credentials__isnull=False).count() == 1
    ticker.advance(PAUSE)
    await revocation.run_due()
    assert await CalendarConnection.filter(credentials__isnull=False).count() == 0


async def test_an_administrator_who_consented_anew_since_keeps_that_consent(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    later = ticker.moment + timedelta(minutes=1)
    await CalendarConnection.filter(id=belongings.connection.id).update(connected_at=later)

    await job(world).run_due()

    assert (await CalendarConnection.get(id=belongings.connection.id)).credentials == b"sealed"


async def test_nobody_is_revoked_unless_it_was_asked_for(world: World, ticker: Ticker, belongings: Belongings) -> None:
    await Integration.all().update(revokes_consents=False)

    assert await job(world).run_due() is None

    assert await CalendarConnection.filter(credentials__isnull=False).count() == 2


async def test_a_member_whose_consent_ends_while_it_is_enabled_again_is_told_to_connect_again(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    async def enable_again() -> None:
        await world.service.run_test(world.administrator)
        await world.service.enable(world.administrator)

    registry = SuiteRegistry({world.suite.name: SlowSuite(enable_again)})
    await CalendarConnection.exclude(id=belongings.connection.id).update(credentials=None)

    await ConsentRevocation(registry, Opened(), world.bus).run_due()

    row = await CalendarConnection.get(id=belongings.connection.id)
    assert (row.status, row.credentials) == (ConnectionStatus.RECONNECT_REQUIRED, None)
    told = Notification.filter(kind=NotificationKind.RECONNECT_REQUIRED, subject_id=row.id)
    assert [notification.member_id for notification in await told] == [world.member.member_id]


async def test_while_it_is_disabled_nobody_is_told_of_a_consent_that_ended(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    await job(world).run_due()

    assert not await Notification.filter(kind=NotificationKind.RECONNECT_REQUIRED).exists()
