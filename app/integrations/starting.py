"""Starting: the first time, again, and in another integration's place.

The row and the visit to the suite's page are written together, or neither is. Whatever has to give way does so in the
same transaction, and only after its end was confirmed; a retained integration of the same tenant is taken up again
instead of a second one being made.
"""

from dataclasses import dataclass
from typing import Any

from app import clock
from app.audit.models import AuditAction
from app.connections.models import FlowPurpose
from app.errors import InvalidInput, SwitchConfirmationRequired
from app.identity.models import Identity
from app.identity.principal import Principal
from app.integrations.cancelling import Cancelling
from app.integrations.confirmations import Confirmations, Ending
from app.integrations.disabling import (
    CONSENT_RETENTION_PERIOD,
    Disabling,
    FiguresChanged,
    members_begin_anew,
    members_carry_on,
    switch_consequences,
)
from app.integrations.lookup import (
    active_integration,
    expected_tenant,
    figures_of,
    identity_at,
    retained_integrations,
)
from app.integrations.models import Integration
from app.integrations.ports import Flows, Suites
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Alongside, Transitions
from app.suites.protocol import PermissionVariant, SuiteName

_S = IntegrationStatus
_LONGEST_TENANT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedIntegration:
    """What an administrator asks to join."""

    suite: SuiteName
    variant: PermissionVariant = PermissionVariant.FULL
    tenant: str | None = None
    """The tenant of one of the administrator's own accounts; None leaves it as it is, or to whoever consents."""
    return_to: str | None = None
    confirmation: str | None = None
    """Of the switch that was shown, where another integration has to give way."""


@dataclass(frozen=True, slots=True)
class StartedIntegration:
    """A started integration and the address at which the administrator consents."""

    integration: Integration
    consent_url: str


class Starting:
    """Begins integrations."""

    def __init__(
        self,
        registry: Suites,
        flows: Flows,
        transitions: Transitions,
        confirmations: Confirmations,
        disabling: Disabling,
        cancelling: Cancelling,
    ) -> None:
        self._registry = registry
        self._flows = flows
        self._transitions = transitions
        self._confirmations = confirmations
        self._disabling = disabling
        self._cancelling = cancelling

    async def start(self, principal: Principal, wanted: WantedIntegration) -> StartedIntegration:
        """Begin, begin again, or switch, and give the address for consenting.

        An enabled or disabled integration keeps its status: there the consent renews the administrator's own
        connection, and on an enabled one may widen the permissions. Raises Forbidden, SuiteNotConfigured,
        SwitchConfirmationRequired, IntegrationStatusConflict, InvalidInput for a `return_to` that is not allowed or a
        tenant in which the administrator has no account.
        """
        principal.require_administrator()
        visit = _Visit(self._registry, self._flows, principal, wanted)
        await visit.prepare()
        present = await active_integration(principal.organisation_id)
        if present is None:
            return visit.answer(await self._begin_anew(visit))
        if _is_meant(present, wanted):
            return visit.answer(await self._begin_again(present, visit))
        ending = await _ending(present, wanted)
        if present.status is not _S.DISABLED and not self._is_confirmed(ending, wanted):
            raise await self._switch_problem(present, visit)
        try:
            async with self._transitions.together():
                await self._make_room(ending, principal)
                integration = await self._begin_anew(visit)
        except FiguresChanged:
            raise await self._switch_problem(present, visit) from None
        await self._disabling.announce()
        return visit.answer(integration)

    async def _begin_anew(self, visit: "_Visit") -> Integration:
        """A new row, or the retained one of the same tenant."""
        act = visit.act("started")
        retained = await visit.retained()
        if retained is not None:
            return await self._transitions.take_up(retained, act, visit.begin)
        wanted, organisation_id = visit.wanted, visit.principal.organisation_id
        return await self._transitions.open(organisation_id, wanted.suite, wanted.variant, act, visit.begin)

    async def _begin_again(self, present: Integration, visit: "_Visit") -> Integration:
        if present.status in (_S.ENABLED, _S.DISABLED):
            await visit.begin(present)
            return present
        changes: dict[str, Any] = {"variant": visit.wanted.variant, "started_by_id": visit.principal.member_id}
        act: Act = visit.act("started")
        begin: Alongside = visit.begin
        if not await visit.goes_on(present):
            changes["admin_approval_given_at"] = None
        if present.status is _S.AWAITING_CONSENT:
            return await self._transitions.amend(present, act, alongside=begin, **changes)
        return await self._transitions.move(present, _S.AWAITING_CONSENT, act, alongside=begin, **changes)

    async def _make_room(self, ending: Ending, principal: Principal) -> None:
        """What is the current integration gives its place up: retained, or cancelled where it was never enabled."""
        present = ending.integration
        if present.status is _S.ENABLED:
            ended = await self._disabling.carry_out(present, ending.figures, principal, revoke_at_suite=False)
            present = ended.integration
        if present.status is _S.DISABLED:
            act = Act(action=None, actor_id=principal.member_id, attempt="replaced")
            await self._transitions.give_way(present, act)
        else:
            await self._cancelling.cancel(present, principal)

    def _is_confirmed(self, ending: Ending, wanted: WantedIntegration) -> bool:
        return wanted.confirmation is not None and self._confirmations.confirms(wanted.confirmation, ending)

    async def _switch_problem(self, present: Integration, visit: "_Visit") -> SwitchConfirmationRequired:
        wanted = visit.wanted
        ending, retained = await _ending(present, wanted), await visit.retained()
        old, new = present.suite.display_name, wanted.suite.display_name
        if present.suite is wanted.suite:
            old, new = f"a tenant of {old}", "another tenant of it"
        until = clock.now() + CONSENT_RETENTION_PERIOD
        after = members_carry_on(retained) if retained else members_begin_anew(wanted.suite)
        return SwitchConfirmationRequired(
            f"Your organisation is joined to {old}. To join {new} instead ends that, and has to be confirmed.",
            consequences=switch_consequences(present, ending.figures, after, until),
            confirmation=self._confirmations.of(ending),
        )


class _Visit:
    """One administrator's way to the suite's page, from the request to the address to open."""

    def __init__(self, registry: Suites, flows: Flows, principal: Principal, wanted: WantedIntegration) -> None:
        self.principal = principal
        self.wanted = wanted
        self._adapter = registry.get(wanted.suite)
        self._flows = flows
        self._identity: Identity | None = None
        self._consent_urls: list[str] = []

    async def prepare(self) -> None:
        """Raises InvalidInput where the administrator has no account in the tenant that was named."""
        principal, wanted = self.principal, self.wanted
        if wanted.tenant is None or _can_be_tenant(wanted.tenant):
            self._identity = await identity_at(
                principal.organisation_id, principal.member_id, wanted.suite, wanted.tenant
            )
        if wanted.tenant is not None and self._identity is None:
            raise InvalidInput(
                "tenant",
                "You have no account of your own in this tenant.",
                remedy="Link your account in that tenant first: open /auth/link in the browser you are signed in with.",
            )

    async def retained(self) -> Integration | None:
        """The organisation's own retained integration that this leads back to."""
        tenant = self.wanted.tenant or (self._identity.tenant if self._identity else None)
        for integration in await retained_integrations(self.principal.organisation_id):
            if integration.suite is self.wanted.suite and tenant in (None, integration.tenant):
                return integration
        return None

    async def goes_on(self, present: Integration) -> bool:
        """Whether this is the attempt that is under way: the same permissions are asked for in the same tenant."""
        identity = await self._identity_for(present)
        tenant = present.tenant or (identity.tenant if identity else None)
        awaited = present.status is _S.AWAITING_CONSENT and present.variant is self.wanted.variant
        return awaited and tenant == await expected_tenant(present)

    async def begin(self, integration: Integration) -> None:
        """Write the visit, inside the transaction of what it is for."""
        principal, wanted = self.principal, self.wanted
        identity = await self._identity_for(integration)
        consent_url = await self._flows.start(
            FlowPurpose.START_INTEGRATION,
            suite=wanted.suite,
            scopes=self._adapter.scopes(wanted.variant, administrator=True),
            principal=principal,
            integration_id=integration.id,
            variant=wanted.variant,
            tenant=integration.tenant or (identity.tenant if identity else None),
            login_hint=identity.address if identity else None,
            return_to=wanted.return_to,
        )
        self._consent_urls.append(consent_url)

    async def _identity_for(self, integration: Integration) -> Identity | None:
        """The administrator's account in the tenant that is settled, or in the one that this leads to."""
        principal, tenant = self.principal, integration.tenant
        if tenant is None or (self._identity is not None and self._identity.tenant == tenant):
            return self._identity
        return await identity_at(principal.organisation_id, principal.member_id, self.wanted.suite, tenant)

    def act(self, attempt: str) -> Act:
        return Act(
            action=AuditAction.INTEGRATION_STARTED,
            actor_id=self.principal.member_id,
            attempt=attempt,
            details={"variant": self.wanted.variant.value},
        )

    def answer(self, integration: Integration) -> StartedIntegration:
        return StartedIntegration(integration, self._consent_urls[-1])


def _can_be_tenant(name: str) -> bool:
    """Whether the database can be asked for it at all."""
    return len(name) <= _LONGEST_TENANT and name.isascii() and name.isprintable()


def _is_meant(present: Integration, wanted: WantedIntegration) -> bool:
    """Whether the current integration is the one that was asked for."""
    return present.suite is wanted.suite and (
        wanted.tenant is None or present.tenant is None or present.tenant == wanted.tenant
    )


async def _ending(present: Integration, wanted: WantedIntegration) -> Ending:
    return Ending(present, await figures_of(present), (wanted.suite, wanted.tenant))
