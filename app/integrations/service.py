"""The administrator's way to a working integration and away from it; each step of some length has a room of its own.

Every change of status goes through `Transitions`; nothing here awaits the suite inside a transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from app import clock
from app.audit.models import AuditAction
from app.connections.models import AuthorisationFlow, CalendarConnection, ConnectionStatus
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import EventsBus
from app.identity.principal import Principal
from app.integrations import issues
from app.integrations.approval import ApprovalOutcome, Approvals
from app.integrations.cancelling import Cancelling, forget_connections
from app.integrations.condition import IntegrationCondition, condition_of
from app.integrations.confirmations import Confirmations
from app.integrations.disabling import DisabledIntegration, DisablePreview, Disabling
from app.integrations.enabling import Enabling
from app.integrations.lookup import IntegrationFigures, active_integration, figures_of, retained_integrations
from app.integrations.models import Integration
from app.integrations.ports import Connections, Flows, RoomSyncs, Suites
from app.integrations.progress import telling
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.integrations.reporting import ATTEMPTS, Reporting, asked_by
from app.integrations.retention import Retention
from app.integrations.starting import StartedIntegration, Starting, WantedIntegration
from app.integrations.status import IntegrationStatus, may_follow
from app.integrations.test_flow import TestFlow, TestRun
from app.integrations.transitions import Act, Transitions
from app.keys import Keys
from app.looking_together import LookingTogether
from app.suites.errors import AdminApprovalNeeded, SuiteError, WrongAccount
from app.suites.events import Event
from app.suites.protocol import Grant, SuiteName

_S = IntegrationStatus

_NOTHING_TESTED = "Not tried, because your own calendar is not connected."


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFlowRun:
    """A test that was run: the integration afterwards, the report, and the preview or the words for having none."""

    __test__: ClassVar[bool] = False  # the name is the product's, not a test's

    integration: Integration
    report: TestReport
    preview: Event | None = None
    preview_says: str | None = None


class IntegrationService:
    """Everything an administrator does with the integration, and what the callbacks report to it."""

    def __init__(
        self,
        registry: Suites,
        flows: Flows,
        connections: Connections,
        test_flow: TestFlow,
        rooms_sync: RoomSyncs,
        keys: Keys,
        bus: EventsBus,
        *,
        public_url: str,
    ) -> None:
        self._registry = registry
        self._connections = connections
        self._test_flow = test_flow
        self._bus = bus
        self._confirmations = Confirmations(keys)
        self._transitions = Transitions(bus)
        self._approvals = Approvals(registry, self._transitions, self._confirmations, public_url)
        self._reporting = Reporting(self._transitions, bus)
        self._retention = Retention(self._transitions)
        self._disabling = Disabling(self._transitions, self._confirmations, bus)
        self._enabling = Enabling(self._transitions, rooms_sync, bus)
        self._cancelling = Cancelling(self._transitions)
        self._listeners = LookingTogether(active_integration)
        self._starting = Starting(
            registry, flows, self._transitions, self._confirmations, self._disabling, self._cancelling
        )

    async def current(self, organisation_id: UUID) -> Integration | None:
        """The current integration, whatever its status; None stands for NOT_CONFIGURED, which is never current."""
        return await active_integration(organisation_id)

    async def current_for_many(self, organisation_id: UUID) -> Integration | None:
        """The same as it is now or a moment later, read once for all who listen and ask at the same time."""
        return await self._listeners.at(organisation_id)

    async def figures(self, integration: Integration) -> IntegrationFigures:
        """What hangs on it, for administrators."""
        return await figures_of(integration)

    async def condition(self, integration: Integration) -> IntegrationCondition:
        """How it fares now and what somebody has to settle, for administrators."""
        return await condition_of(integration, self._registry)

    async def admin_approval_link(self, organisation_id: UUID | None, suite: SuiteName) -> str | None:
        """The direct admin approval link; None where the suite has none, is not configured or does not answer now."""
        return await self._approvals.link(organisation_id, suite)

    async def retained(self, principal: Principal) -> Sequence[Integration]:
        """The disabled ones whose consents are still kept. Raises Forbidden."""
        principal.require_administrator()
        return await retained_integrations(principal.organisation_id)

    async def start(self, principal: Principal, wanted: WantedIntegration) -> StartedIntegration:
        """Begin, begin again or switch; see `Starting.start`."""
        principal.require_administrator()
        await self._retention.purge_lapsed(principal.organisation_id)
        return await self._starting.start(principal, wanted)

    async def disable_preview(self, principal: Principal) -> DisablePreview:
        """What disabling would do now. Raises Forbidden, IntegrationStatusConflict unless it is enabled."""
        return await self._disabling.preview(principal)

    async def disable(self, principal: Principal, confirmation: str, *, revoke_at_suite: bool) -> DisabledIntegration:
        """Disable what was shown. Raises Forbidden, IntegrationStatusConflict, ConfirmationStale."""
        return await self._disabling.disable(principal, confirmation, revoke_at_suite=revoke_at_suite)

    async def cancel(self, principal: Principal) -> Integration:
        """Give up an integration that is not enabled yet; consents given to it are erased here.

        Raises Forbidden, IntegrationStatusConflict.
        """
        principal.require_administrator()
        return await self._cancelling.cancel(await self._required(principal, "cancelled"), principal)

    async def mark_awaiting_admin_approval(self, principal: Principal) -> Integration:
        """The administrator met "need admin approval"; the suite's page for it usually never comes back.

        Raises Forbidden, IntegrationStatusConflict.
        """
        principal.require_administrator()
        integration = await self._required(principal, "marked as awaiting admin approval")
        return await self._await_approval(integration, principal.member_id)

    async def _await_approval(self, integration: Integration, actor_id: UUID | None) -> Integration:
        if integration.status is _S.AWAITING_ADMIN_APPROVAL:
            return integration
        act = Act(
            action=AuditAction.ADMIN_APPROVAL_AWAITED,
            actor_id=actor_id,
            attempt="marked as awaiting admin approval",
        )
        return await self._transitions.move(integration, _S.AWAITING_ADMIN_APPROVAL, act)

    async def run_test(self, principal: Principal) -> TestFlowRun:
        """Every check again, with the asking administrator's own connection.

        Without such a connection nothing is tested and the report says what is missing; an approval given meanwhile is
        noticed all the same. Raises Forbidden, SuiteNotConfigured, IntegrationStatusConflict.
        """
        principal.require_administrator()
        integration = await self._required(principal, "tested")
        with_approval = await self._notice_approval(integration, principal)
        connection = await _connection_of(principal, with_approval)
        if connection is None:
            return TestFlowRun(integration=with_approval, report=_untested(with_approval))
        hear = telling(self._bus, integration.id, principal.member_id)
        run = await self._test_flow.run(with_approval, connection, hear)
        return await self._settle(with_approval, run, principal.member_id)

    async def _notice_approval(self, integration: Integration, principal: Principal) -> Integration:
        try:
            return await self._approvals.noticed(integration, principal.member_id)
        except SuiteError:
            return integration  # the test itself will say that the suite does not answer

    async def enable(self, principal: Principal) -> Integration:
        """Enable for all users, for the first time or again within the five days; see `Enabling.enable`.

        Raises Forbidden, TestNotPassed, IntegrationStatusConflict.
        """
        principal.require_administrator()
        await self._retention.purge_lapsed(principal.organisation_id)
        return await self._enabling.enable(await self._required(principal, "enabled"), principal)

    async def consent_completed(self, flow: AuthorisationFlow, grant: Grant) -> Integration:
        """Somebody consented: the tenant is proved, the connection stored, the test run.

        Raises IntegrationStatusConflict where the integration was given up or gave way meanwhile, WrongAccount where it
        already has another tenant.
        """
        integration = await _of_flow(flow)
        if integration.suite is not grant.identity.suite or integration.active_slot is None:
            raise IntegrationStatusConflict(integration.status, "joined")
        integration = await self._prove_tenant(integration, grant.identity.tenant)
        connection = await self._connections.connect(flow, grant, integration)
        loaded = await _loaded(connection)
        if integration.status is _S.ENABLED:
            return await self._widened(integration, flow, loaded)
        run = await self._test_flow.run(integration, loaded)
        try:
            settled = await self._settle(integration, run, flow.member_id)
        except IntegrationStatusConflict as conflict:
            if conflict.status == _S.NOT_CONFIGURED:
                await forget_connections(integration)
            raise
        return settled.integration

    async def _widened(
        self, integration: Integration, flow: AuthorisationFlow, connection: CalendarConnection
    ) -> Integration:
        """Permissions that an enabled integration was asked for later are taken on once a test has proved them.

        Where it does not, nothing is written, and the integration comes back with what the test found.
        """
        if flow.variant is None or flow.variant is integration.variant:
            return integration
        candidate = await Integration.of(integration.organisation_id).get(id=integration.id)
        candidate.variant = flow.variant
        run = await self._test_flow.run(candidate, connection)
        if not run.report.passed:
            return candidate.update_from_dict({"test_report": run.report.to_json()})
        return await self._enabling.change_variant(integration, flow.variant, run.report, flow.member_id)

    async def _prove_tenant(self, integration: Integration, tenant: str) -> Integration:
        act = Act(action=None, actor_id=None, attempt="joined")
        for _ in range(ATTEMPTS):
            if integration.tenant is not None and integration.tenant != tenant:
                raise WrongAccount
            if integration.tenant == tenant:
                return integration
            try:
                return await self._transitions.amend(integration, act, tenant=tenant)
            except IntegrationStatusConflict as conflict:
                if conflict.status == _S.NOT_CONFIGURED:
                    raise
                integration = await Integration.of(integration.organisation_id).get(id=integration.id)
        raise IntegrationStatusConflict(integration.status, act.attempt)

    async def consent_refused(self, flow: AuthorisationFlow, error: SuiteError) -> Integration:
        """The suite came back without consent; only "need admin approval" changes anything.

        Raises IntegrationStatusConflict where the integration is gone.
        """
        integration = await _of_flow(flow)
        awaits = isinstance(error, AdminApprovalNeeded) and may_follow(integration.status, _S.AWAITING_ADMIN_APPROVAL)
        if not awaits:
            return integration
        try:
            return await self._await_approval(integration, flow.member_id)
        except IntegrationStatusConflict:
            return await _of_flow(flow)

    async def approval_hinted(self, suite: SuiteName, tenant: str | None, state: str | None) -> ApprovalOutcome:
        """The suite's approval page came back; `tenant` is what it claims and proves nothing.

        `state` only tells that the redirect began with a link of ours. Raises SuiteNotConfigured.
        """
        return await self._approvals.hinted(suite, tenant, state)

    async def _required(self, principal: Principal, attempt: str) -> Integration:
        integration = await active_integration(principal.organisation_id)
        if integration is None:
            raise IntegrationStatusConflict(_S.NOT_CONFIGURED, attempt)
        return integration

    async def _settle(self, tested: Integration, run: TestRun, actor_id: UUID | None) -> TestFlowRun:
        settled = await self._reporting.settle(tested, run, asked_by(actor_id))
        written = settled.run
        return TestFlowRun(
            integration=settled.integration,
            report=written.report,
            preview=written.preview,
            preview_says=written.preview_says,
        )


def _untested(integration: Integration) -> TestReport:
    """The report for an administrator who has no connection of their own."""
    awaiting = integration.status is _S.AWAITING_ADMIN_APPROVAL
    issue = issues.ADMIN_APPROVAL_NEEDED if awaiting else issues.CONSENT_NEEDED
    skipped = [Check.skipped(name, _NOTHING_TESTED) for name in CheckName if name is not CheckName.TOKEN]
    token = Check(name=CheckName.TOKEN, outcome=CheckOutcome.FAILED, required=True, issue=issue)
    return TestReport(checks=(token, *skipped), at=clock.now())


async def _of_flow(flow: AuthorisationFlow) -> Integration:
    integration = None
    if flow.organisation_id is not None and flow.integration_id is not None:
        integration = await Integration.of(flow.organisation_id).get_or_none(id=flow.integration_id)
    if integration is None:
        raise IntegrationStatusConflict(_S.NOT_CONFIGURED, "joined")
    return integration


async def _connection_of(principal: Principal, integration: Integration) -> CalendarConnection | None:
    """The administrator's own connection that has something to test; loaded for the test flow."""
    return (
        await CalendarConnection.of(principal.organisation_id)
        .filter(integration_id=integration.id, member_id=principal.member_id)
        .exclude(status=ConnectionStatus.NOT_CONNECTED)
        .select_related("identity", "integration")
        .first()
    )


async def _loaded(connection: CalendarConnection) -> CalendarConnection:
    connections = CalendarConnection.of(connection.organisation_id)
    return await connections.select_related("identity", "integration").get(id=connection.id)
