"""A health that gets worse is announced to every administrator once, by whichever way it was found."""

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import CalendarConnection
from app.connections.standing import StandingKeeper
from app.events_bus.bus import MessageKind, organisation_topic
from app.integrations.enabling import Enabling
from app.integrations.health import HealthKeeper
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.report import TestReport
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Transitions
from app.notifications.models import Notification
from app.suites.errors import (
    ApplicationBlocked,
    BlockReason,
    MemberBlocked,
    MissingScope,
    NotificationsRefused,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
)
from app.suites.events import SuiteRoom
from app.suites.protocol import PermissionVariant
from tests.integrations.doubles import World, make_world
from tests.integrations.watching import RecordingBus, health_of, told
from tests.support.carried import CarriedSuite

H = IntegrationHealth
EVERYBODY = {"Ada Vos": 1, "Bo Lind": 1}
"""Both administrators; Cy, a member, is never told."""

SECRET_EXPIRED = OperatorMustAct("AADSTS7000222")
GONE = ApplicationBlocked("AADSTS700016")


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
async def world(database: TortoiseContext, bus: RecordingBus) -> World:
    """Enabled by Ada, with nothing published yet."""
    world = await make_world(bus=bus)
    await world.enabled()
    bus.published.clear()
    return world


async def met(world: World, error: SuiteError) -> None:
    """Somebody's call is refused in passing."""
    connection = await CalendarConnection.of(world.organisation_id).first()
    assert connection is not None
    await StandingKeeper(world.bus).record(connection, error)


class TestInPassing:
    async def test_every_administrator_is_told_and_their_clients_are_woken(
        self, world: World, bus: RecordingBus
    ) -> None:
        await met(world, SECRET_EXPIRED)

        notification = await Notification.of(world.organisation_id).first()
        assert notification is not None
        assert notification.subject_id == (await Integration.of(world.organisation_id).get()).id
        assert await told(world) == EVERYBODY
        assert bus.count(MessageKind.INTEGRATION_CHANGED) == 1
        assert {topic for topic, kind in bus.published if kind is MessageKind.NOTIFICATION_ADDED} == {
            f"member:{world.administrator.member_id}",
            f"member:{world.colleague.member_id}",
        }

    async def test_the_same_trouble_met_again_is_told_once(self, world: World, bus: RecordingBus) -> None:
        for _ in range(3):
            await met(world, SECRET_EXPIRED)

        assert await told(world) == EVERYBODY
        assert bus.count(MessageKind.INTEGRATION_CHANGED) == 1

    async def test_what_gets_worse_still_is_told_again(self, world: World) -> None:
        await met(world, SECRET_EXPIRED)
        await met(world, GONE)

        assert await told(world) == {"Ada Vos": 2, "Bo Lind": 2}
        assert await health_of(world) == (H.BROKEN, IssueCode.APPLICATION_BLOCKED)

    async def test_a_lesser_trouble_beside_a_greater_one_is_told_nobody(self, world: World) -> None:
        await met(world, GONE)
        await met(world, SECRET_EXPIRED)

        assert await told(world) == EVERYBODY

    async def test_after_it_was_healthy_in_between_the_same_trouble_is_told_again(self, world: World) -> None:
        await met(world, SECRET_EXPIRED)
        await world.service.run_test(world.administrator)
        await met(world, SECRET_EXPIRED)

        assert await told(world) == {"Ada Vos": 2, "Bo Lind": 2}

    async def test_an_integration_that_is_not_enabled_worries_nobody(self, world: World, bus: RecordingBus) -> None:
        await Integration.of(world.organisation_id).update(status=IntegrationStatus.DISABLED)

        await met(world, GONE)

        assert (await told(world), bus.published) == ({}, [])

    async def test_a_member_who_is_no_administrator_is_told_nothing(self, world: World) -> None:
        await met(world, GONE)

        assert not await Notification.of(world.organisation_id).filter(member_id=world.member.member_id).exists()


class TestByAnAdministratorsOwnTest:
    async def test_what_got_worse_is_told_to_every_administrator(self, world: World, bus: RecordingBus) -> None:
        world.suite.fail_next("watch", NotificationsRefused("ValidationError"))

        await world.service.run_test(world.administrator)

        assert await told(world) == EVERYBODY
        assert bus.count(MessageKind.NOTIFICATION_ADDED) == 2

    async def test_what_stayed_bad_is_not_told_again(self, world: World) -> None:
        world.suite.fail_next("watch", NotificationsRefused("ValidationError"), times=2)

        await world.service.run_test(world.administrator)
        await world.service.run_test(world.administrator)

        assert await told(world) == EVERYBODY

    async def test_what_a_test_and_a_call_meet_is_told_once(self, world: World) -> None:
        await met(world, GONE)
        world.suite.fail_next("application_tokens", GONE)

        await world.service.run_test(world.administrator)

        assert await told(world) == EVERYBODY

    async def test_getting_better_wakes_followers_and_notifies_nobody(self, world: World, bus: RecordingBus) -> None:
        await met(world, GONE)
        bus.published.clear()

        await world.service.run_test(world.administrator)

        assert await health_of(world) == (H.HEALTHY, None)
        assert await told(world) == EVERYBODY
        of_organisation = organisation_topic(world.organisation_id)
        assert [kind for topic, kind in bus.published if topic == of_organisation] == [MessageKind.INTEGRATION_CHANGED]

    @pytest.mark.parametrize(
        "error",
        [
            ReconnectRequired(ReconnectReason.MFA, "AADSTS50076"),
            ReconnectRequired(ReconnectReason.EXPIRED, "AADSTS700082"),
            MemberBlocked(BlockReason.ACCOUNT_DISABLED, "AADSTS50057"),
        ],
        ids=["their second factor", "their expired consent", "their disabled account"],
    )
    async def test_what_is_the_asking_administrators_own_leaves_the_health_alone(
        self, world: World, error: SuiteError
    ) -> None:
        world.connections.token_error = error

        run = await world.service.run_test(world.administrator)

        assert not run.report.passed
        assert (await health_of(world), await told(world)) == ((H.HEALTHY, None), {})

    async def test_a_worse_health_keeps_its_reason_while_a_test_tells_nothing_of_it(self, world: World) -> None:
        world.suite.roles.clear()
        await world.service.run_test(world.administrator)
        world.connections.token_error = ReconnectRequired(ReconnectReason.EXPIRED, "AADSTS700082")

        await world.service.run_test(world.administrator)

        condition = await world.service.condition(await Integration.of(world.organisation_id).get())
        assert condition.health is H.DEGRADED
        assert [issue.code for issue in condition.issues] == [IssueCode.ROOM_DIRECTORY_NOT_APPROVED]

    async def test_a_mailbox_that_only_this_administrator_lacks_is_no_issue_of_the_integration(
        self, world: World
    ) -> None:
        world.suite.fail_next("events", MemberBlocked(BlockReason.NO_MAILBOX, "MailboxNotEnabledForRESTAPI"))

        run = await world.service.run_test(world.administrator)

        assert [issue.code for issue in run.report.issues] == [IssueCode.NO_MAILBOX]
        assert (await health_of(world), await told(world)) == ((H.HEALTHY, None), {})


async def test_permissions_that_come_with_a_warning_are_told_to_every_administrator(world: World) -> None:
    world.suite.fail_next("watch", NotificationsRefused("ValidationError"))
    run = await world.service.run_test(world.administrator)
    await Integration.of(world.organisation_id).update(health=H.HEALTHY)
    before = await told(world)

    await Enabling(Transitions(world.bus), world.rooms_sync, world.bus).change_variant(
        await Integration.of(world.organisation_id).get(),
        PermissionVariant.WITHOUT_ROOM_DIRECTORY,
        run.report,
        world.administrator.member_id,
    )

    assert (before, await told(world)) == (EVERYBODY, {"Ada Vos": 2, "Bo Lind": 2})


class TestWhatReadingTheDirectoryMeets:
    async def test_a_directory_that_the_tenant_refuses_degrades_the_integration(self, world: World) -> None:
        world.suite.roles.clear()

        await world.rooms_sync.run_due()

        assert await health_of(world) == (H.DEGRADED, IssueCode.ROOM_DIRECTORY_NOT_APPROVED)
        assert await told(world) == EVERYBODY

    async def test_it_is_named_with_its_remedy(self, world: World) -> None:
        world.suite.roles.clear()
        await world.rooms_sync.run_due()

        condition = await world.service.condition(await Integration.of(world.organisation_id).get())

        [issue] = condition.issues
        assert (condition.health, issue.code) == (H.DEGRADED, IssueCode.ROOM_DIRECTORY_NOT_APPROVED)
        assert "admin approval link" in issue.remedy

    @pytest.mark.parametrize(
        ("error", "health", "trouble"),
        [
            (SECRET_EXPIRED, H.DEGRADED, IssueCode.OPERATOR_SETUP),
            (GONE, H.BROKEN, IssueCode.APPLICATION_BLOCKED),
        ],
        ids=["our own expired secret", "an application that is gone"],
    )
    async def test_what_the_applications_own_credential_meets_shows_in_the_health(
        self, world: World, error: SuiteError, health: H, trouble: IssueCode
    ) -> None:
        world.suite.fail_next("application_tokens", error)

        await world.rooms_sync.run_due()

        assert await health_of(world) == (health, trouble)
        assert await told(world) == EVERYBODY

    async def test_an_integration_without_the_directory_is_not_degraded_by_it(self, world: World) -> None:
        integration = await Integration.of(world.organisation_id).get()
        await Integration.of(world.organisation_id).update(variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)

        await HealthKeeper(world.bus).directory_refused(integration)

        assert await health_of(world) == (H.HEALTHY, None)

    async def test_a_directory_that_nobody_carries_any_more_is_told_once(self, database: TortoiseContext) -> None:
        suite = CarriedSuite()
        suite.pages = [[SuiteRoom(suite_id="r1", address="harbour@tidewater.example", name="Harbour")]]
        world = await make_world(suite=suite)
        await world.enabled()
        suite.pages = [MissingScope("forbidden")]
        integration = await Integration.of(world.organisation_id).get()

        await world.rooms_sync.run_due()
        await world.rooms_sync.request(integration, world.administrator)
        await world.rooms_sync.run_due()

        condition = await world.service.condition(integration)
        assert [issue.code for issue in condition.issues] == [IssueCode.ROOM_DIRECTORY_UNCARRIED]
        assert await told(world) == EVERYBODY

    async def test_a_directory_that_was_carried_in_between_and_is_lost_again_is_told_again(
        self, database: TortoiseContext
    ) -> None:
        suite = CarriedSuite()
        world = await make_world(suite=suite)
        await world.enabled()
        suite.pages = [MissingScope("forbidden")]
        integration = await Integration.of(world.organisation_id).get()
        await world.rooms_sync.run_due()

        await world.connect(world.colleague)
        await world.rooms_sync.request(integration, world.administrator)
        await world.rooms_sync.run_due()

        assert await told(world) == {"Ada Vos": 2, "Bo Lind": 2}


async def test_a_report_in_which_nothing_was_tried_has_not_passed(world: World) -> None:
    integration = await Integration.of(world.organisation_id).get()
    assert integration.test_report is not None
    report = TestReport.from_json(integration.test_report)

    untried = TestReport(
        checks=tuple(type(check).skipped(check.name, "Not tried.") for check in report.checks), at=report.at
    )

    assert (report.passed, untried.passed, untried.tells_of_organisation) == (True, False, False)
