"""Admin approval: the link to give away, and the only proof that somebody followed it.

The moment of the proof is written down and told at once: whoever waits for somebody else's approval sees it given.

The suite's redirect after an approval is a hint that anybody can forge
(https://learn.microsoft.com/entra/identity-platform/v2-admin-consent). What counts is a credential of the application,
fetched just now from the tenant concerned, that bears the right to read the room directory.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any
from uuid import UUID

from app import clock
from app.audit.models import AuditAction
from app.connections.flows import callback_path
from app.errors import IntegrationStatusConflict
from app.integrations.confirmations import Confirmations
from app.integrations.lookup import active_integration, expected_tenant
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.integrations.reporting import ATTEMPTS
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.rooms.directory import is_approved
from app.suites.errors import SuiteError
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS


def approval_callback_path(suite: SuiteName) -> str | None:
    """Where the suite's approval page leads back to, below the public address; None where it has no such page."""
    return f"{callback_path(suite)}/admin" if DESCRIPTIONS[suite].capabilities.admin_approval_link else None


class ApprovalOutcome(StrEnum):
    """What came of a hint that an administrator approved."""

    APPROVED = "APPROVED"
    NOT_YET = "NOT_YET"
    """The tenant's credentials do not bear the right, or not yet: an approval takes up to a few minutes."""
    NOBODY_AWAITS = "NOBODY_AWAITS"
    """No integration has or expects this tenant; nothing was asked and nothing changed."""
    NOT_OUR_LINK = "NOT_OUR_LINK"
    """The redirect does not carry the state of a link of ours; nothing was looked up, asked or changed."""
    SUITE_UNAVAILABLE = "SUITE_UNAVAILABLE"
    """The suite could not be asked now."""


class Approvals:
    """Gives the approval link and believes nothing but a live credential."""

    def __init__(
        self, registry: Suites, transitions: Transitions, confirmations: Confirmations, public_url: str
    ) -> None:
        self._registry = registry
        self._transitions = transitions
        self._confirmations = confirmations
        self._public_url = public_url

    async def link(self, organisation_id: UUID | None, suite_name: SuiteName) -> str | None:
        """The direct admin approval link; None where the suite has none, is not configured or does not answer now.

        Without an organisation, or where it has joined nothing yet, whichever tenant the administrator signs in to.
        """
        path = approval_callback_path(suite_name)
        if path is None or not self._registry.is_configured(suite_name):
            return None
        integration = await active_integration(organisation_id) if organisation_id else None
        mine = integration is not None and integration.suite is suite_name
        tenant = await expected_tenant(integration) if integration is not None and mine else None
        suite = self._registry.get(suite_name)
        redirect_uri, state = self._public_url + path, self._confirmations.approval_state()
        try:
            return await suite.admin_approval_url(tenant, redirect_uri, state)
        except SuiteError:
            return None

    async def hinted(self, suite_name: SuiteName, tenant: str | None, state: str | None) -> ApprovalOutcome:
        """Look whether a hinted tenant has approved, note it, and move the integrations on that await it.

        A redirect without the `state` of a link of ours is forged, or of somebody else's link: it costs no call.
        """
        if state is None or not self._confirmations.is_approval_state(state):
            return ApprovalOutcome.NOT_OUR_LINK
        concerned = await _concerned(suite_name, tenant) if tenant else []
        if not concerned or tenant is None:
            return ApprovalOutcome.NOBODY_AWAITS
        try:
            approved = await is_approved(self._registry.get(suite_name), tenant)
        except SuiteError:
            return ApprovalOutcome.SUITE_UNAVAILABLE
        if not approved:
            return ApprovalOutcome.NOT_YET
        for integration in concerned:
            await self._note(integration, tenant, None)
        return ApprovalOutcome.APPROVED

    async def noticed(self, integration: Integration, actor_id: UUID) -> Integration:
        """An integration that awaits approval moves on if it was given meanwhile. Raises SuiteError."""
        if integration.status is not IntegrationStatus.AWAITING_ADMIN_APPROVAL:
            return integration
        tenant = await expected_tenant(integration)
        if tenant is None or not await is_approved(self._registry.get(integration.suite), tenant):
            return integration
        return await self._note(integration, tenant, actor_id)

    async def _note(self, integration: Integration, tenant: str, actor_id: UUID | None) -> Integration:
        """Write down that it is approved, onto whatever the integration has become meanwhile."""
        act = Act(action=AuditAction.ADMIN_APPROVAL_GIVEN, actor_id=actor_id, attempt="approved")
        for _ in range(ATTEMPTS):
            if integration.admin_approval_given_at is not None:
                break
            given: dict[str, Any] = {"admin_approval_given_at": clock.now()}
            try:
                if integration.status is IntegrationStatus.AWAITING_ADMIN_APPROVAL:
                    return await self._transitions.move(integration, IntegrationStatus.AWAITING_CONSENT, act, **given)
                return await self._transitions.amend(integration, act, **given)
            except IntegrationStatusConflict:
                # Somebody was faster: what they did stands, and the approval counts for whatever still awaits it.
                integration = await Integration.of(integration.organisation_id).get(id=integration.id)
                if integration not in await _concerned(integration.suite, tenant):
                    break
        return integration


async def _concerned(suite: SuiteName, tenant: str) -> Sequence[Integration]:
    """Active integrations that have this tenant, or expect it because whoever started them belongs to it.

    The one look-up across organisations: a redirect from the suite's page names no organisation.
    """
    active = Integration.filter(suite=suite, active_slot=1)
    having = await active.filter(tenant=tenant)
    expecting = await active.filter(
        tenant=None, started_by__identities__suite=suite, started_by__identities__tenant=tenant
    )
    return [*having, *{integration.id: integration for integration in expecting}.values()]
