"""The administrator's way to a working integration: start, consent, test, enable, or give up.

Every change of status goes through `Transitions`; nothing here awaits the suite inside a transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID

from app import clock
from app.audit.models import AuditAction
from app.connections.models import AuthorisationFlow, CalendarConnection, ConnectionStatus, FlowPurpose
from app.errors import IntegrationStatusConflict, SwitchConfirmationRequired, TestNotPassed
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity.principal import Principal
from app.integrations import issues
from app.integrations.approval import ApprovalOutcome, Approvals
from app.integrations.condition import IntegrationCondition, condition_of
from app.integrations.confirmations import Confirmations
from app.integrations.lookup import IntegrationFigures, active_integration, figures_of, identity_at
from app.integrations.models import Integration
from app.integrations.ports import Connections, Flows, RoomSyncs, Suites
from app.integrations.report import Check, CheckName, CheckOutcome, TestReport
from app.integrations.status import CANCELLABLE, IntegrationStatus, may_follow
from app.integrations.test_flow import TestFlow, TestRun
from app.integrations.transitions import Act, Alongside, TenantInUse, Transitions
from app.keys import Keys
from app.rooms.models import RoomSync
from app.suites.errors import AdminApprovalNeeded, SuiteError, WrongAccount
from app.suites.events import Event
from app.suites.protocol import Grant, PermissionVariant, SuiteName

_S = IntegrationStatus

_SETTLE_ATTEMPTS = 5
_NOTHING_TESTED = "Not tried, because your own calendar is not connected."


@dataclass(frozen=True, slots=True)
class StartedIntegration:
    """A started integration and the address at which the administrator consents."""

    integration: Integration
    consent_url: str


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
        self._flows = flows
        self._connections = connections
        self._test_flow = test_flow
        self._rooms_sync = rooms_sync
        self._confirmations = Confirmations(keys)
        self._bus = bus
        self._transitions = Transitions(bus)
        self._approvals = Approvals(registry, self._transitions, self._confirmations, public_url)

    async def current(self, organisation_id: UUID) -> Integration | None:
        """The organisation's active integration; None stands for NOT_CONFIGURED, which is never written as active."""
        return await active_integration(organisation_id)

    async def figures(self, integration: Integration) -> IntegrationFigures:
        """What hangs on it, for administrators."""
        return await figures_of(integration)

    async def condition(self, integration: Integration) -> IntegrationCondition:
        """How it fares now and what somebody has to settle, for administrators."""
        return await condition_of(integration, self._registry)

    async def admin_approval_link(self, organisation_id: UUID, suite: SuiteName) -> str | None:
        """The direct admin approval link; None where the suite has none, is not configured or does not answer now."""
        return await self._approvals.link(organisation_id, suite)

    async def start(
        self, principal: Principal, suite: SuiteName, variant: PermissionVariant, return_to: str | None
    ) -> StartedIntegration:
        """Begin, or begin again, and give the address for consenting.

        An enabled integration stays as it is: there the consent only renews the administrator's own connection.
        Raises Forbidden, SuiteNotConfigured, SwitchConfirmationRequired, IntegrationStatusConflict, InvalidInput for a
        `return_to` that is not allowed.
        """
        principal.require_administrator()
        adapter = self._registry.get(suite)
        present = await active_integration(principal.organisation_id)
        if present is not None and present.suite is not suite:
            raise await self._switch_problem(present, suite)
        identity = await identity_at(
            principal.organisation_id, principal.member_id, suite, present.tenant if present else None
        )
        consent_urls: list[str] = []

        async def begin_flow(integration: Integration) -> None:
            consent_url = await self._flows.start(
                FlowPurpose.START_INTEGRATION,
                suite=suite,
                scopes=adapter.scopes(variant, administrator=True),
                principal=principal,
                integration_id=integration.id,
                tenant=integration.tenant or (identity.tenant if identity else None),
                login_hint=identity.address if identity else None,
                return_to=return_to,
            )
            consent_urls.append(consent_url)

        integration = await self._begin(principal, present, suite, variant, begin_flow)
        return StartedIntegration(integration, consent_urls[-1])

    async def _begin(
        self,
        principal: Principal,
        present: Integration | None,
        suite: SuiteName,
        variant: PermissionVariant,
        begin_flow: Alongside,
    ) -> Integration:
        """The row and the visit to the suite's page are written together, or neither is."""
        act = Act(
            action=AuditAction.INTEGRATION_STARTED,
            actor_id=principal.member_id,
            attempt="started",
            details={"variant": variant.value},
        )
        if present is None:
            return await self._transitions.open(principal.organisation_id, suite, variant, act, begin_flow)
        if present.status is _S.ENABLED:
            await begin_flow(present)
            return present
        changes: dict[str, Any] = {"variant": variant, "started_by_id": principal.member_id}
        if present.status is _S.AWAITING_CONSENT:
            return await self._transitions.amend(present, act, alongside=begin_flow, **changes)
        return await self._transitions.move(present, _S.AWAITING_CONSENT, act, alongside=begin_flow, **changes)

    async def _switch_problem(self, present: Integration, suite: SuiteName) -> SwitchConfirmationRequired:
        figures = await figures_of(present)
        old, new = present.suite.display_name, suite.display_name
        way_out = "disable" if present.status is _S.ENABLED else "cancel"
        return SwitchConfirmationRequired(
            f"Your organisation is joined to {old}; {new} can only take its place.",
            consequences=(
                f"The integration with {old} ends before the one with {new} begins.",
                f"Members who lose their calendar connection: {figures.connected_members}.",
                f"Rooms that are no longer paired: {figures.paired_rooms}. Their details stay.",
                f"Room bookings that are still pending: {figures.pending_bookings}.",
                f"Members consent again, at {new}.",
            ),
            confirmation=self._confirmations.of_switch(present, suite),
            remedy=f"This server does not switch in one step yet: {way_out} the integration with {old} first, "
            f"then start the one with {new}.",
        )

    async def cancel(self, principal: Principal) -> Integration:
        """Give up an integration that is not enabled yet; consents given to it are erased here.

        Raises Forbidden, IntegrationStatusConflict.
        """
        principal.require_administrator()
        integration = await self._required(principal, "cancelled")
        if integration.status not in CANCELLABLE:
            raise IntegrationStatusConflict(integration.status, "cancelled")
        act = Act(action=AuditAction.INTEGRATION_CANCELLED, actor_id=principal.member_id, attempt="cancelled")
        erased: list[CalendarConnection] = []

        async def forget(integration: Integration) -> None:
            erased.extend(await _forget_connections(integration))

        cancelled = await self._transitions.move(
            integration, _S.NOT_CONFIGURED, act, alongside=forget, tenant=None, test_report=None
        )
        for connection in erased:
            message = Message(MessageKind.CONNECTION_CHANGED, connection.id)
            await self._bus.publish(member_topic(connection.member_id), message)
        return cancelled

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
        run = await self._test_flow.run(with_approval, connection)
        return await self._settle(with_approval, run, principal.member_id)

    async def _notice_approval(self, integration: Integration, principal: Principal) -> Integration:
        try:
            return await self._approvals.noticed(integration, principal.member_id)
        except SuiteError:
            return integration  # the test itself will say that the suite does not answer

    async def enable(self, principal: Principal) -> Integration:
        """Enable for all users and ask for the room sync; an enabled integration is returned as it is.

        Raises Forbidden, TestNotPassed, IntegrationStatusConflict.
        """
        principal.require_administrator()
        integration = await self._required(principal, "enabled")
        if integration.status is _S.ENABLED:
            return integration
        if integration.status is not _S.TESTED:
            raise TestNotPassed
        requested: list[RoomSync] = []

        async def request_sync(integration: Integration) -> None:
            if integration.variant is PermissionVariant.FULL:
                requested.append(await self._rooms_sync.enlist(integration, principal.member_id))

        act = Act(action=AuditAction.INTEGRATION_ENABLED, actor_id=principal.member_id, attempt="enabled")
        enabled = await self._transitions.move(
            integration,
            _S.ENABLED,
            act,
            alongside=request_sync,
            enabled_by_id=principal.member_id,
            enabled_at=clock.now(),
            health=_last_report(integration).lasting.health,
            trouble=None,
        )
        for run in requested:
            await self._rooms_sync.announce(run)
        return enabled

    async def consent_completed(self, flow: AuthorisationFlow, grant: Grant) -> Integration:
        """Somebody consented: the tenant is proved, the connection stored, the test run.

        Raises IntegrationStatusConflict where the integration was given up meanwhile, WrongAccount where it already
        has another tenant.
        """
        integration = await _of_flow(flow)
        if integration.suite is not grant.identity.suite or integration.status in (_S.NOT_CONFIGURED, _S.DISABLED):
            raise IntegrationStatusConflict(integration.status, "joined")
        integration = await self._prove_tenant(integration, grant.identity.tenant)
        connection = await self._connections.connect(flow, grant, integration)
        if integration.status is _S.ENABLED:
            return integration
        loaded = await _loaded(connection)
        run = await self._test_flow.run(integration, loaded)
        try:
            settled = await self._settle(integration, run, flow.member_id)
        except IntegrationStatusConflict as conflict:
            if conflict.status == _S.NOT_CONFIGURED:
                await _forget_connections(integration)
            raise
        return settled.integration

    async def _prove_tenant(self, integration: Integration, tenant: str) -> Integration:
        act = Act(action=None, actor_id=None, attempt="joined")
        for _ in range(_SETTLE_ATTEMPTS):
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
        """Write what the test found, onto whatever the status has become meanwhile."""
        for _ in range(_SETTLE_ATTEMPTS):
            present = await Integration.of(tested.organisation_id).get(id=tested.id)
            if present.status is _S.NOT_CONFIGURED:
                break
            try:
                settled = await self._write_report(present, run.report, actor_id)
            except IntegrationStatusConflict:
                continue  # somebody was faster: decide again on what is there now
            except TenantInUse:
                run = TestRun(report=run.report.failing(CheckName.RIGHT_TENANT, issues.TENANT_IN_USE))
                continue
            return TestFlowRun(
                integration=settled, report=run.report, preview=run.preview, preview_says=run.preview_says
            )
        raise IntegrationStatusConflict(present.status, "tested")

    async def _write_report(self, present: Integration, report: TestReport, actor_id: UUID | None) -> Integration:
        act = Act(
            action=AuditAction.TEST_FLOW_RUN,
            actor_id=actor_id,
            attempt="tested",
            details={"passed": report.passed, "issues": [issue.code.value for issue in report.issues]},
        )
        written: dict[str, Any] = {"test_report": report.to_json()}
        if present.status in (_S.ENABLED, _S.DISABLED):
            return await self._transitions.amend(present, act, health=report.lasting.health, trouble=None, **written)
        following = _S.TESTED if report.passed else _S.TEST_FAILED
        if following is present.status:
            return await self._transitions.amend(present, act, **written)
        return await self._transitions.move(present, following, act, **written)


def _last_report(integration: Integration) -> TestReport:
    if integration.test_report is None:
        raise TestNotPassed
    return TestReport.from_json(integration.test_report)


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


async def _forget_connections(integration: Integration) -> Sequence[CalendarConnection]:
    """Erase every consent given to the integration; returns what was erased."""
    given = CalendarConnection.of(integration.organisation_id).filter(integration_id=integration.id)
    erased = await given
    await given.delete()
    return erased
