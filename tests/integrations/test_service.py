"""The administrator's way to a working integration."""

import pytest

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.models import AuthorisationFlow, CalendarConnection
from app.errors import (
    Forbidden,
    IntegrationStatusConflict,
    InvalidInput,
    SuiteNotConfigured,
    TestNotPassed,
)
from app.events_bus.bus import JOBS, MessageKind, member_topic, organisation_topic
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.report import CheckName, CheckOutcome, TestReport
from app.integrations.starting import WantedIntegration
from app.integrations.status import IntegrationStatus
from app.rooms.models import RoomSync
from app.suites.errors import (
    AdminApprovalNeeded,
    ApplicationBlocked,
    ConsentDeclined,
    NotificationsRefused,
    ReconnectReason,
    ReconnectRequired,
    WrongAccount,
)
from app.suites.protocol import PermissionVariant, SuiteName
from tests.integrations.doubles import World, make_world
from tests.integrations.mailboxes import WhileAddressIsAsked
from tests.support.people import TENANT
from tests.support.suites import Account

S = IntegrationStatus
MICROSOFT = SuiteName.MICROSOFT_365
FULL = PermissionVariant.FULL


async def actions(world: World) -> list[AuditAction]:
    return [entry.action for entry in await AuditEntry.of(world.organisation_id).order_by("at")]


class TestStarting:
    async def test_nothing_is_configured_before_the_first_start(self, world: World) -> None:
        assert await world.service.current(world.organisation_id) is None

    async def test_the_first_start_awaits_consent_at_the_administrators_own_tenant(self, world: World) -> None:
        started = await world.service.start(world.administrator, WantedIntegration(suite=MICROSOFT, return_to="/done"))

        assert started.integration.status is S.AWAITING_CONSENT
        assert started.integration.started_by_id == world.administrator.member_id
        assert started.consent_url.startswith("https://meetings.example/auth/continue/")
        [flow] = world.flows.started
        assert (flow.tenant, flow.return_to) == (TENANT, "/done")
        assert flow.integration_id == started.integration.id
        assert world.flows.login_hints == [world.account.address]
        assert await actions(world) == [AuditAction.INTEGRATION_STARTED]

    async def test_only_administrators_may_start(self, world: World) -> None:
        with pytest.raises(Forbidden):
            await world.service.start(world.member, WantedIntegration(suite=MICROSOFT))

        assert await world.service.current(world.organisation_id) is None

    async def test_a_suite_that_the_operator_has_not_set_up_cannot_be_started(self, world: World) -> None:
        with pytest.raises(SuiteNotConfigured):
            await world.service.start(world.administrator, WantedIntegration(suite=SuiteName.GOOGLE_WORKSPACE))

    async def test_an_address_to_return_to_that_is_refused_leaves_nothing_half_done(self, world: World) -> None:
        world.flows.refuses = InvalidInput("returnTo", "Not allowed.")

        with pytest.raises(InvalidInput):
            await world.start()

        assert await world.service.current(world.organisation_id) is None
        assert await actions(world) == []

    @pytest.mark.parametrize("status", [S.AWAITING_ADMIN_APPROVAL, S.TEST_FAILED, S.TESTED])
    async def test_starting_again_leads_back_to_awaiting_consent_and_frees_the_tenant(
        self, world: World, status: IntegrationStatus
    ) -> None:
        await world.tested()
        await Integration.of(world.organisation_id).update(status=status)

        again = await world.service.start(
            world.colleague, WantedIntegration(suite=MICROSOFT, variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)
        )

        assert again.integration.status is S.AWAITING_CONSENT
        assert again.integration.variant is PermissionVariant.WITHOUT_ROOM_DIRECTORY
        assert again.integration.started_by_id == world.colleague.member_id
        assert again.integration.claimed_tenant is None

    async def test_starting_an_enabled_integration_only_gives_a_consent_url(self, world: World) -> None:
        enabled = await world.enabled()

        again = await world.service.start(world.administrator, WantedIntegration(suite=MICROSOFT))
        renewed = await world.consent()

        assert again.integration.version == enabled.version
        assert (renewed.status, renewed.version) == (S.ENABLED, enabled.version)
        assert await CalendarConnection.of(world.organisation_id).count() == 1


class TestConsent:
    async def test_a_consent_that_passes_the_test_proves_and_claims_the_tenant(self, world: World) -> None:
        integration = await world.tested()

        assert integration.status is S.TESTED
        assert integration.tenant == integration.claimed_tenant == TENANT

    async def test_a_consent_whose_test_fails_proves_the_tenant_and_claims_nothing(self, world: World) -> None:
        await world.start()

        integration = await world.consent()

        assert integration.status is S.TEST_FAILED
        assert (integration.tenant, integration.claimed_tenant) == (TENANT, None)
        report = TestReport.from_json(integration.test_report or {})
        assert [issue.code for issue in report.issues] == [IssueCode.ROOM_DIRECTORY_NOT_APPROVED]

    async def test_an_account_of_another_tenant_is_refused_and_nothing_changes(self, world: World) -> None:
        before = await world.tested()
        stranger = Account(tenant="other-tenant", address="ada@tidewater.example", name="Ada Vos")

        with pytest.raises(WrongAccount):
            await world.consent(stranger)

        after = await Integration.of(world.organisation_id).get()
        assert (after.status, after.version, after.tenant) == (S.TESTED, before.version, TENANT)

    async def test_a_tenant_that_another_organisation_has_fails_the_test_in_words(self, world: World) -> None:
        await world.tested()
        rival = await make_world("Newbridge", suite=world.suite, bus=world.bus)

        integration = await rival.tested()

        assert (integration.status, integration.claimed_tenant) == (S.TEST_FAILED, None)
        report = TestReport.from_json(integration.test_report or {})
        [issue] = report.issues
        assert issue.code is IssueCode.TENANT_IN_USE
        assert "Another organisation" in issue.message

    async def test_a_tenant_that_was_given_up_can_be_joined_by_another_organisation(self, world: World) -> None:
        await world.tested()
        await world.service.cancel(world.administrator)
        rival = await make_world("Newbridge", suite=world.suite, bus=world.bus)

        integration = await rival.tested()

        assert integration.status is S.TESTED

    async def test_consenting_to_an_integration_that_was_cancelled_meanwhile_keeps_nothing(self, world: World) -> None:
        await world.start()
        await world.service.cancel(world.colleague)

        with pytest.raises(IntegrationStatusConflict):
            await world.consent()

        assert await CalendarConnection.of(world.organisation_id).count() == 0

    async def test_cancelling_while_the_test_runs_keeps_nothing(self, world: World) -> None:
        await world.start()
        world.connections.on_open = lambda mailbox: WhileAddressIsAsked(
            mailbox, lambda: world.service.cancel(world.colleague)
        )

        with pytest.raises(IntegrationStatusConflict):
            await world.consent()

        assert await CalendarConnection.of(world.organisation_id).count() == 0
        assert await world.service.current(world.organisation_id) is None

    async def test_needing_admin_approval_is_a_status_and_no_failure(self, world: World) -> None:
        await world.start()

        integration = await world.service.consent_refused(world.flows.started[-1], AdminApprovalNeeded("AADSTS90094"))

        assert integration.status is S.AWAITING_ADMIN_APPROVAL
        assert (await actions(world))[-1] is AuditAction.ADMIN_APPROVAL_AWAITED

    async def test_a_declined_consent_changes_nothing(self, world: World) -> None:
        before = await world.start()

        after = await world.service.consent_refused(world.flows.started[-1], ConsentDeclined("access_denied"))

        assert (after.status, after.version) == (before.status, before.version)

    async def test_needing_admin_approval_leaves_an_enabled_integration_as_it_is(self, world: World) -> None:
        await world.enabled()
        await world.start()

        integration = await world.service.consent_refused(world.flows.started[-1], AdminApprovalNeeded())

        assert integration.status is S.ENABLED

    async def test_a_flow_without_integration_is_told_in_words(self, world: World) -> None:
        flow = AuthorisationFlow(organisation_id=world.organisation_id, integration_id=None)

        with pytest.raises(IntegrationStatusConflict):
            await world.service.consent_refused(flow, ConsentDeclined())


class TestAwaitingApproval:
    async def test_the_administrator_can_say_that_approval_is_needed(self, world: World) -> None:
        await world.start()

        integration = await world.service.mark_awaiting_admin_approval(world.administrator)
        again = await world.service.mark_awaiting_admin_approval(world.colleague)

        assert integration.status is S.AWAITING_ADMIN_APPROVAL
        assert again.version == integration.version

    async def test_an_enabled_integration_awaits_nothing(self, world: World) -> None:
        await world.enabled()

        with pytest.raises(IntegrationStatusConflict) as raised:
            await world.service.mark_awaiting_admin_approval(world.administrator)

        assert raised.value.status == S.ENABLED

    async def test_consent_after_approval_needs_no_detour(self, world: World) -> None:
        await world.start()
        await world.service.mark_awaiting_admin_approval(world.administrator)
        world.approve()

        integration = await world.consent()

        assert integration.status is S.TESTED


class TestTesting:
    async def test_a_test_can_be_repeated_until_it_passes(self, world: World) -> None:
        await world.start()
        await world.consent()

        first = await world.service.run_test(world.administrator)
        world.approve()
        second = await world.service.run_test(world.administrator)

        assert (first.report.passed, first.integration.status) == (False, S.TEST_FAILED)
        assert (second.report.passed, second.integration.status) == (True, S.TESTED)
        assert second.integration.claimed_tenant == TENANT

    async def test_a_failed_test_frees_the_tenant(self, world: World) -> None:
        await world.tested()
        world.suite.roles.clear()

        run = await world.service.run_test(world.administrator)

        assert (run.integration.status, run.integration.claimed_tenant) == (S.TEST_FAILED, None)

    async def test_a_repeated_test_that_ends_as_before_keeps_the_status_and_its_moment(self, world: World) -> None:
        before = await world.tested()

        run = await world.service.run_test(world.administrator)

        assert run.integration.status_since == before.status_since
        assert run.integration.version == before.version + 1
        assert (await actions(world))[-1] is AuditAction.TEST_FLOW_RUN

    async def test_a_failed_test_of_an_enabled_integration_changes_only_its_health(self, world: World) -> None:
        await world.enabled()
        world.suite.fail_next("application_tokens", ApplicationBlocked("AADSTS700016"))

        broken = await world.service.run_test(world.administrator)
        mended = await world.service.run_test(world.administrator)

        assert (broken.integration.status, broken.integration.health) == (S.ENABLED, IntegrationHealth.BROKEN)
        assert (mended.integration.status, mended.integration.health) == (S.ENABLED, IntegrationHealth.HEALTHY)

    async def test_without_a_connection_of_ones_own_nothing_is_tested_and_nothing_changes(self, world: World) -> None:
        before = await world.tested()

        run = await world.service.run_test(world.colleague)

        assert run.integration.version == before.version
        assert [issue.code for issue in run.report.issues] == [IssueCode.CONSENT_NEEDED]
        assert {check.outcome for check in run.report.checks[1:]} == {CheckOutcome.SKIPPED}
        assert run.preview is None

    async def test_a_test_before_anything_was_started_is_a_conflict(self, world: World) -> None:
        with pytest.raises(IntegrationStatusConflict):
            await world.service.run_test(world.administrator)

    async def test_a_dead_consent_is_named_and_the_other_checks_are_skipped(self, world: World) -> None:
        await world.tested()
        world.connections.token_error = ReconnectRequired(ReconnectReason.MFA, "AADSTS50076")

        run = await world.service.run_test(world.administrator)

        assert [issue.code for issue in run.report.issues] == [IssueCode.MFA_REQUIRED]
        assert run.report.issues[0].provider_code == "AADSTS50076"
        assert run.integration.status is S.TEST_FAILED


class TestEnabling:
    async def test_enabling_needs_a_passed_test(self, world: World) -> None:
        await world.start()

        with pytest.raises(TestNotPassed):
            await world.service.enable(world.administrator)

    async def test_enabling_asks_for_the_room_sync_and_wakes_the_jobs(self, world: World) -> None:
        await world.tested()

        async with world.bus.subscribe(JOBS, organisation_topic(world.organisation_id)) as messages:
            enabled = await world.service.enable(world.administrator)
            kinds = [(await anext(messages)).kind for _ in range(3)]

        assert (enabled.status, enabled.enabled_by_id) == (S.ENABLED, world.administrator.member_id)
        assert enabled.claimed_tenant == TENANT
        run = await RoomSync.of(world.organisation_id).get(open_slot=1)
        assert run.requested_by_id == world.administrator.member_id  # type: ignore[attr-defined]  # a foreign key's id
        assert kinds == [
            MessageKind.INTEGRATION_CHANGED,
            MessageKind.JOBS_DUE,
            MessageKind.ROOM_SYNC_PROGRESSED,
        ]

    async def test_enabling_twice_answers_as_before(self, world: World) -> None:
        enabled = await world.enabled()

        again = await world.service.enable(world.colleague)

        assert again.version == enabled.version
        assert (await actions(world)).count(AuditAction.INTEGRATION_ENABLED) == 1

    async def test_without_the_room_directory_no_sync_is_asked_for(self, world: World) -> None:
        await world.start(PermissionVariant.WITHOUT_ROOM_DIRECTORY)
        tested = await world.consent()

        enabled = await world.service.enable(world.administrator)

        assert (tested.status, enabled.status) == (S.TESTED, S.ENABLED)
        assert await RoomSync.of(world.organisation_id).count() == 0

    async def test_a_warning_of_the_test_shows_in_the_health(self, world: World) -> None:
        world.suite.fail_next("watch", NotificationsRefused("ValidationError"))
        tested = await world.tested()

        enabled = await world.service.enable(world.administrator)

        assert tested.status is S.TESTED
        assert enabled.health is IntegrationHealth.DEGRADED


class TestCancelling:
    async def test_cancelling_frees_the_slot_and_erases_the_consents(self, world: World) -> None:
        await world.tested()

        cancelled = await world.service.cancel(world.colleague)

        assert (cancelled.status, cancelled.active_slot, cancelled.claimed_tenant) == (S.NOT_CONFIGURED, None, None)
        assert await world.service.current(world.organisation_id) is None
        assert await CalendarConnection.of(world.organisation_id).count() == 0
        assert (await world.start()).id != cancelled.id

    async def test_whoever_loses_a_connection_by_it_is_told(self, world: World) -> None:
        await world.tested()

        async with world.bus.subscribe(member_topic(world.administrator.member_id)) as messages:
            await world.service.cancel(world.colleague)
            message = await anext(messages)

        assert message.kind is MessageKind.CONNECTION_CHANGED

    async def test_an_enabled_integration_is_not_cancelled(self, world: World) -> None:
        await world.enabled()

        with pytest.raises(IntegrationStatusConflict):
            await world.service.cancel(world.administrator)

    async def test_members_may_neither_cancel_nor_mark_nor_test_nor_enable(self, world: World) -> None:
        await world.tested()

        for attempt in (
            world.service.cancel,
            world.service.mark_awaiting_admin_approval,
            world.service.run_test,
            world.service.enable,
        ):
            with pytest.raises(Forbidden):
                await attempt(world.member)


class TestPrivacy:
    async def test_the_kept_report_holds_no_calendar_data(self, world: World) -> None:
        world.add_event("Canary tango", hours=5)
        await world.tested()

        run = await world.service.run_test(world.administrator)

        assert run.preview is not None
        assert run.preview.subject == "Canary tango"
        kept = await Integration.of(world.organisation_id).get()
        assert "Canary" not in str(kept.test_report)
        assert all("Canary" not in str(entry.details) for entry in await AuditEntry.of(world.organisation_id))

    async def test_an_empty_calendar_passes_and_says_so(self, world: World) -> None:
        await world.tested()

        run = await world.service.run_test(world.administrator)

        assert run.report.passed
        assert run.preview is None
        assert run.preview_says is not None


async def test_every_report_names_all_checks_in_their_order(world: World) -> None:
    integration = await world.tested()

    report = TestReport.from_json(integration.test_report or {})

    assert [check.name for check in report.checks] == list(CheckName)
    assert report.at <= clock.now()
