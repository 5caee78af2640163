"""The five days, and what is left after them: nothing that was kept for a member."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.identity.models import Member
from app.integrations.disabling import CONSENT_RETENTION_PERIOD
from app.integrations.models import Integration
from app.integrations.retention import PAUSE_AFTER_FAILURE, Retention
from app.integrations.starting import WantedIntegration
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.rooms.models import Room, RoomPairing
from tests.bookings.house import Ticker
from tests.integrations.belongings import Belongings, furnish, left
from tests.integrations.doubles import World, make_world
from tests.integrations.test_disabling import disable
from tests.support.people import TENANT

S = IntegrationStatus


@pytest.fixture
def ticker() -> Iterator[Ticker]:
    ticker = Ticker()
    with clock.use(ticker):
        yield ticker


@pytest.fixture
async def belongings(ticker: Ticker, world: World) -> Belongings:
    """Enabled, furnished and disabled."""
    await world.enabled()
    belongings = await furnish(world)
    await disable(world)
    return belongings


def job(world: World) -> Retention:
    return Retention(Transitions(world.bus))


async def test_nothing_is_erased_before_the_five_days_are_over(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    before = await left(world)
    ticker.advance(CONSENT_RETENTION_PERIOD - timedelta(microseconds=1))

    due = await job(world).run_due()

    assert await left(world) == before
    assert due == ticker.moment + timedelta(microseconds=1)


async def test_at_the_very_end_of_the_fifth_day_everything_kept_for_members_is_erased(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD)

    due = await job(world).run_due()

    assert await left(world) == {}
    assert due is None
    integration = await Integration.get()
    assert integration.status is S.NOT_CONFIGURED
    assert (integration.tenant, integration.claimed_tenant, integration.test_report) == (None, None, None)
    assert (integration.active_slot, integration.retained_until) == (None, None)
    assert await world.service.current(world.organisation_id) is None


async def test_members_rooms_and_the_audit_log_stay(world: World, ticker: Ticker, belongings: Belongings) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD)
    entries = await AuditEntry.all().count()

    await job(world).run_due()

    room = await Room.get(id=belongings.room.id)
    assert (room.name, room.address, room.pairing) == (
        belongings.room.name,
        belongings.room.address,
        RoomPairing.UNPAIRED,
    )
    assert not room.pairing_retained
    assert await Member.all().count() == 3
    assert await AuditEntry.all().count() == entries + 1
    entry = await AuditEntry.get(action=AuditAction.INTEGRATION_PURGED)
    assert (entry.actor_id, entry.target_id) == (None, belongings.integration.id)


async def test_another_organisations_are_not_touched(world: World, ticker: Ticker, belongings: Belongings) -> None:
    rival = await make_world("Newbridge", bus=world.bus, tenant="another-tenant")
    rival.approve("another-tenant")
    await rival.enabled()
    await furnish(rival)
    before = await left(rival)
    ticker.advance(CONSENT_RETENTION_PERIOD)

    await job(world).run_due()

    assert await left(rival) == before
    assert await left(world) == {}


async def test_a_purge_that_was_broken_off_is_finished_by_the_next_run(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD)
    await job(world).purge_lapsed(world.organisation_id)
    assert (await Integration.get()).status is S.NOT_CONFIGURED
    assert "CalendarConnection" in await left(world)

    await job(world).run_due()

    assert await left(world) == {}
    assert (await Integration.get()).retained_until is None


async def test_portions_make_no_difference(world: World, ticker: Ticker) -> None:
    await world.enabled()
    await furnish(world)
    await world.connect(world.colleague)
    await disable(world)
    ticker.advance(CONSENT_RETENTION_PERIOD)

    await Retention(Transitions(world.bus), connections_at_once=1).run_due()

    assert await left(world) == {}


async def test_the_tenant_is_free_for_another_organisation_afterwards(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    rival = await make_world("Newbridge", suite=world.suite, bus=world.bus)
    assert (await rival.tested()).status is S.TEST_FAILED
    ticker.advance(CONSENT_RETENTION_PERIOD)

    await job(world).run_due()

    assert (await rival.service.run_test(rival.administrator)).integration.claimed_tenant == TENANT


async def test_whoever_starts_again_after_the_five_days_begins_anew_even_before_the_job_ran(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    ticker.advance(CONSENT_RETENTION_PERIOD)

    started = await world.service.start(world.administrator, WantedIntegration(suite=world.suite.name))

    assert started.integration.id != belongings.integration.id
    assert started.integration.status is S.AWAITING_CONSENT
    assert await world.service.retained(world.administrator) == []


class TroubledTransitions(Transitions):
    """Fails for one organisation."""

    def __init__(self, world: World) -> None:
        super().__init__(world.bus)
        self._troubled = world.organisation_id

    async def move(
        self, integration: Integration, following: IntegrationStatus, act: Act, **changes: Any
    ) -> Integration:
        if integration.organisation_id == self._troubled:
            raise RuntimeError("a fault of ours")
        return await super().move(integration, following, act, **changes)


async def test_one_organisations_trouble_holds_nobody_elses_purge_up(
    world: World, ticker: Ticker, belongings: Belongings
) -> None:
    rival = await make_world("Newbridge", bus=world.bus, tenant="another-tenant")
    rival.approve("another-tenant")
    await rival.enabled()
    await furnish(rival)
    await disable(rival)
    ticker.advance(CONSENT_RETENTION_PERIOD)

    due = await Retention(TroubledTransitions(world)).run_due()

    assert due == ticker.moment + PAUSE_AFTER_FAILURE
    assert await left(rival) == {}
    assert "CalendarConnection" in await left(world)
