"""The one door through which an integration's row changes.

It asks the transition table, compares and swaps on `version`, writes the audit entry in the same transaction and tells
the organisation once that has committed. Columns that follow from the status (`active_slot`, `claimed_tenant`,
`status_since`) are set here and nowhere else; an approval that was given ends here with the statuses that end it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction, AuditOutcome
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import EventsBus, Message, MessageKind, organisation_topic
from app.integrations.lookup import active_integration
from app.integrations.models import Integration
from app.integrations.status import CLAIMS_TENANT, IntegrationStatus, may_follow
from app.suites.protocol import PermissionVariant, SuiteName


class TenantInUse(Exception):
    """Another organisation's integration has this tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does what: the audit entry, and the words for whoever comes too late."""

    action: AuditAction | None
    """None where nobody decided anything, so that there is nothing to record."""
    actor_id: UUID | None
    attempt: str
    """A participle for the conflict's message, such as `cancelled`."""
    outcome: AuditOutcome = AuditOutcome.SUCCEEDED
    details: Mapping[str, str | int | list[str] | None] = field(default_factory=dict)


_untold: ContextVar[list[tuple[str, Message]] | None] = ContextVar("untold", default=None)
"""What is told of a transaction that has not committed yet."""

Alongside = Callable[[Integration], Awaitable[object]]
"""What is written in the same transaction as the change: both happen or neither does."""


class Transitions:
    """Opens, moves and amends integrations."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        """Several changes in one transaction: all or none, and told once they have committed."""
        untold: list[tuple[str, Message]] = []
        token = _untold.set(untold)
        try:
            async with in_transaction():
                yield
        finally:
            _untold.reset(token)
        for topic, message in untold:
            await self._bus.publish(topic, message)

    async def tell(self, topic: str, message: Message) -> None:
        """Publish now or, of what is done `together`, once that has committed."""
        untold = _untold.get()
        if untold is None:
            await self._bus.publish(topic, message)
        else:
            untold.append((topic, message))

    async def open(
        self,
        organisation_id: UUID,
        suite: SuiteName,
        variant: PermissionVariant,
        act: Act,
        alongside: Alongside | None = None,
    ) -> Integration:
        """From NOT_CONFIGURED, which is never written, to AWAITING_CONSENT.

        Raises IntegrationStatusConflict where another administrator was faster.
        """
        now = clock.now()
        try:
            async with in_transaction():
                integration = await Integration.create(
                    organisation_id=organisation_id,
                    suite=suite,
                    variant=variant,
                    status=IntegrationStatus.AWAITING_CONSENT,
                    active_slot=1,
                    started_by_id=act.actor_id,
                    created_at=now,
                    status_since=now,
                )
                await _audit(integration, act, IntegrationStatus.NOT_CONFIGURED)
                if alongside is not None:
                    await alongside(integration)
        except IntegrityError:
            present = await active_integration(organisation_id)
            if present is None:
                raise
            raise IntegrationStatusConflict(present.status, act.attempt) from None
        await self._tell(integration)
        return integration

    async def move(
        self,
        integration: Integration,
        following: IntegrationStatus,
        act: Act,
        *,
        alongside: Alongside | None = None,
        **changes: Any,
    ) -> Integration:
        """Change the status.

        Raises IntegrationStatusConflict where the table forbids it or somebody was faster, TenantInUse.
        """
        if not may_follow(integration.status, following):
            raise IntegrationStatusConflict(integration.status, act.attempt)
        tenant = changes.get("tenant", integration.tenant)
        columns = {
            "status": following,
            "status_since": clock.now(),
            "active_slot": _slot_after(integration, following),
            "claimed_tenant": tenant if following in CLAIMS_TENANT else None,
            **_unproved_by(following),
            **changes,
        }
        return await self._swap(integration, columns, act, alongside)

    async def give_way(self, integration: Integration, act: Act) -> Integration:
        """A disabled integration is not the current one any more, and stays retained.

        Raises IntegrationStatusConflict where somebody was faster.
        """
        return await self._swap(integration, {"active_slot": None}, act, None)

    async def take_up(self, integration: Integration, act: Act, alongside: Alongside | None = None) -> Integration:
        """A retained integration becomes the current one again, still disabled.

        Raises IntegrationStatusConflict where somebody was faster, or another integration is the current one.
        """
        try:
            return await self._swap(integration, {"active_slot": 1}, act, alongside)
        except IntegrityError:
            present = await active_integration(integration.organisation_id)
            if present is None:
                raise
            raise IntegrationStatusConflict(present.status, act.attempt) from None

    async def amend(
        self, integration: Integration, act: Act, *, alongside: Alongside | None = None, **changes: Any
    ) -> Integration:
        """Change columns and keep the status. Raises IntegrationStatusConflict where somebody was faster."""
        return await self._swap(integration, changes, act, alongside)

    async def _swap(
        self,
        integration: Integration,
        columns: Mapping[str, Any],
        act: Act,
        alongside: Alongside | None,
    ) -> Integration:
        mine = Integration.of(integration.organisation_id).filter(id=integration.id)
        try:
            async with in_transaction():
                swapped = await mine.filter(version=integration.version).update(
                    version=integration.version + 1, **columns
                )
                if swapped:
                    await _audit(integration, act, integration.status)
                    if alongside is not None:
                        await alongside(integration)
        except IntegrityError:
            if columns.get("claimed_tenant") is None:
                raise
            raise TenantInUse from None
        present = await mine.get()
        if not swapped:
            raise IntegrationStatusConflict(present.status, act.attempt)
        await self._tell(present)
        return present

    async def _tell(self, integration: Integration) -> None:
        message = Message(MessageKind.INTEGRATION_CHANGED, integration.id, integration.version)
        await self.tell(organisation_topic(integration.organisation_id), message)


def _slot_after(integration: Integration, following: IntegrationStatus) -> int | None:
    """A disabled integration stays the current one, if it was; what is not configured is nobody's."""
    match following:
        case IntegrationStatus.NOT_CONFIGURED:
            return None
        case IntegrationStatus.DISABLED:
            present: int | None = integration.active_slot
            return present
        case _:
            return 1


def _unproved_by(following: IntegrationStatus) -> Mapping[str, Any]:
    """No approval counts for what is given up or erased, nor once the suite asks for one anew."""
    ends = following in (IntegrationStatus.NOT_CONFIGURED, IntegrationStatus.AWAITING_ADMIN_APPROVAL)
    return {"admin_approval_given_at": None} if ends else {}


async def _audit(integration: Integration, act: Act, before: IntegrationStatus) -> None:
    if act.action is None:
        return
    await audit.record(
        integration.organisation_id,
        act.action,
        actor_id=act.actor_id,
        target_id=integration.id,
        outcome=act.outcome,
        suite=integration.suite.value,
        status_before=before.value,
        **act.details,
    )
