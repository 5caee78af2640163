"""The moment at which an approval was proved is kept for whoever waits for it, and told at once."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.models import CalendarConnection
from app.connections.standing import StandingKeeper
from app.events_bus.bus import MessageKind
from app.identity.principal import Principal
from app.integrations.approval import ApprovalOutcome
from app.integrations.confirmations import Confirmations
from app.integrations.disabling import CONSENT_RETENTION_PERIOD
from app.integrations.models import Integration
from app.integrations.retention import Retention
from app.integrations.starting import WantedIntegration
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Transitions
from app.keys import Keys
from app.suites.errors import AdminApprovalNeeded, SuiteUnavailable
from app.suites.protocol import Credentials, PermissionVariant, SuiteName
from tests.bookings.house import Ticker
from tests.integrations.doubles import World, make_world
from tests.integrations.test_disabling import disable
from tests.integrations.watching import RecordingBus
from tests.support.people import TENANT
from tests.support.suites import FakeSuite

MICROSOFT = SuiteName.MICROSOFT_365
S = IntegrationStatus
OURS = Confirmations(Keys(b"\x02" * 32)).approval_state()
LATER = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def ticker() -> Iterator[Ticker]:
    ticker = Ticker()
    with clock.use(ticker):
        yield ticker


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
async def world(database: TortoiseContext, bus: RecordingBus) -> World:
    return await make_world(bus=bus)


async def hint(world: World) -> ApprovalOutcome:
    """The suite's approval page comes back by our own link."""
    return await world.service.approval_hinted(MICROSOFT, TENANT, OURS)


async def present(world: World) -> Integration:
    return await Integration.of(world.organisation_id).get()


async def given_at(world: World) -> datetime | None:
    moment: datetime | None = (await present(world)).admin_approval_given_at
    return moment


async def recorded(world: World) -> int:
    return await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ADMIN_APPROVAL_GIVEN).count()


async def marked(world: World) -> None:
    await world.service.mark_awaiting_admin_approval(world.administrator)


async def approved(world: World) -> datetime:
    """Started, and approved by somebody else."""
    await world.start()
    world.approve()
    await hint(world)
    moment = await given_at(world)
    assert moment is not None
    return moment


@pytest.mark.parametrize("says_so", [False, True])
async def test_the_moment_is_kept_whether_or_not_anybody_said_that_they_wait(
    world: World, bus: RecordingBus, ticker: Ticker, says_so: bool
) -> None:
    await world.start()
    if says_so:
        await marked(world)
    ticker.advance(LATER)
    world.approve()
    told = bus.count(MessageKind.INTEGRATION_CHANGED)

    outcome = await hint(world)

    integration = await present(world)
    assert outcome is ApprovalOutcome.APPROVED
    assert (integration.status, integration.admin_approval_given_at) == (S.AWAITING_CONSENT, ticker.moment)
    assert bus.count(MessageKind.INTEGRATION_CHANGED) == told + 1
    assert await recorded(world) == 1


async def test_an_approval_that_the_test_notices_is_kept_too(world: World, ticker: Ticker) -> None:
    await world.start()
    await marked(world)
    world.approve()

    run = await world.service.run_test(world.administrator)

    assert run.integration.admin_approval_given_at == ticker.moment


async def test_what_nobody_approved_has_no_moment(world: World) -> None:
    await world.start()

    outcome = await hint(world)

    assert outcome is ApprovalOutcome.NOT_YET
    assert await given_at(world) is None


async def test_a_link_that_is_followed_again_changes_and_records_nothing(
    world: World, bus: RecordingBus, ticker: Ticker
) -> None:
    first = await approved(world)
    before = await present(world)
    ticker.advance(LATER)
    bus.published.clear()

    outcome = await hint(world)

    after = await present(world)
    assert outcome is ApprovalOutcome.APPROVED
    assert (after.admin_approval_given_at, after.version) == (first, before.version)
    assert (await recorded(world), bus.published) == (1, [])


class TestOneAttempt:
    @pytest.mark.parametrize("who", ["administrator", "colleague"])
    async def test_going_on_at_the_suite_is_the_same_attempt_for_every_administrator(
        self, world: World, who: str
    ) -> None:
        first = await approved(world)
        going: Principal = getattr(world, who)

        await world.service.start(going, WantedIntegration(suite=MICROSOFT))

        assert await given_at(world) == first

    async def test_asking_for_other_permissions_is_another_one(self, world: World) -> None:
        await approved(world)

        await world.start(PermissionVariant.WITHOUT_ROOM_DIRECTORY)

        assert await given_at(world) is None

    async def test_beginning_again_after_a_test_is_another_one(self, world: World) -> None:
        await approved(world)
        await world.consent()

        await world.start()

        assert await given_at(world) is None

    async def test_meeting_need_admin_approval_after_all_is_another_one(self, world: World, ticker: Ticker) -> None:
        await approved(world)

        await marked(world)
        waiting = await given_at(world)
        ticker.advance(LATER)
        await hint(world)

        assert waiting is None
        assert await given_at(world) == ticker.moment
        assert (await present(world)).status is S.AWAITING_CONSENT

    async def test_nothing_of_it_is_left_once_it_is_given_up(self, world: World) -> None:
        await approved(world)

        cancelled = await world.service.cancel(world.administrator)

        assert cancelled.admin_approval_given_at is None

    async def test_the_moment_stays_through_consent_and_enabling_until_the_purge(
        self, world: World, ticker: Ticker
    ) -> None:
        first = await approved(world)
        await world.consent()
        enabled = await world.service.enable(world.administrator)
        await disable(world)
        ticker.advance(CONSENT_RETENTION_PERIOD)

        await Retention(Transitions(world.bus)).run_due()

        assert enabled.admin_approval_given_at == first
        assert await given_at(world) is None


class TestAnApprovalThatIsGone:
    async def test_what_a_test_misses_is_awaited_again_and_a_new_approval_is_news(
        self, world: World, ticker: Ticker
    ) -> None:
        await approved(world)
        world.suite.roles.clear()
        await world.consent()
        missed = await present(world)
        ticker.advance(LATER)
        world.approve()

        await hint(world)

        assert (missed.status, missed.admin_approval_given_at) == (S.TEST_FAILED, None)
        assert await given_at(world) == ticker.moment
        assert (await present(world)).status is S.TEST_FAILED

    async def test_a_test_that_the_suite_did_not_answer_says_nothing_of_the_approval(self, world: World) -> None:
        first = await approved(world)
        world.suite.fail_next("application_tokens", SuiteUnavailable())

        await world.consent()

        assert (await present(world)).status is S.TEST_FAILED
        assert await given_at(world) == first

    async def test_an_enabled_integration_whose_call_is_refused_for_it_awaits_it_again(
        self, world: World, ticker: Ticker
    ) -> None:
        await approved(world)
        await world.consent()
        await world.service.enable(world.administrator)
        connection = await CalendarConnection.of(world.organisation_id).get()
        await StandingKeeper(world.bus).record(connection, AdminApprovalNeeded("AADSTS90094"))
        missed = await given_at(world)
        ticker.advance(LATER)

        await hint(world)

        assert missed is None
        assert await given_at(world) == ticker.moment
        assert (await present(world)).status is S.ENABLED


class _Busy(FakeSuite):
    """While its token endpoint thinks, somebody does something."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], Awaitable[object]] | None = None

    async def application_tokens(self, tenant: str) -> Credentials:
        credentials = await super().application_tokens(tenant)
        if self.meanwhile is not None:
            await self.meanwhile()
        return credentials


class TestSomebodyElseIsFaster:
    @pytest.fixture
    def suite(self) -> _Busy:
        return _Busy()

    @pytest.fixture
    async def world(self, database: TortoiseContext, suite: _Busy) -> World:
        world = await make_world(suite=suite)
        world.approve()
        return world

    async def test_an_approval_counts_for_whoever_says_at_the_same_moment_that_they_wait(
        self, world: World, suite: _Busy, ticker: Ticker
    ) -> None:
        await world.start()
        suite.meanwhile = lambda: marked(world)

        await hint(world)

        integration = await present(world)
        assert (integration.status, integration.admin_approval_given_at) == (S.AWAITING_CONSENT, ticker.moment)

    async def test_an_approval_counts_for_nothing_that_is_given_up_at_the_same_moment(
        self, world: World, suite: _Busy
    ) -> None:
        await world.start()
        suite.meanwhile = lambda: world.service.cancel(world.administrator)

        await hint(world)

        integration = await present(world)
        assert (integration.status, integration.admin_approval_given_at) == (S.NOT_CONFIGURED, None)
        assert await recorded(world) == 0

    async def test_a_test_that_began_before_the_approval_was_given_does_not_take_it_back(
        self, world: World, suite: _Busy, ticker: Ticker
    ) -> None:
        suite.roles.clear()
        await world.start()

        async def approve() -> None:
            suite.meanwhile = None
            world.approve()
            await hint(world)

        suite.meanwhile = approve
        tested = await world.consent()

        assert (tested.status, tested.admin_approval_given_at) == (S.TEST_FAILED, ticker.moment)
