"""Disabling: the consequences in numbers first, then everything at once, in the transaction that writes the status.

What it does to connections is written nowhere: they are suspended because their integration is disabled, so enabling it
again restores each to what it was. Calls to the suite (watches to stop, consents to revoke) come after the commit, by
jobs, so that an unreachable suite holds nothing up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tortoise.expressions import Subquery

from app import clock
from app.audit.models import AuditAction
from app.connections.models import CalendarConnection, MailboxWatch
from app.errors import ConfirmationStale, IntegrationStatusConflict
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind
from app.identity.principal import Principal
from app.integrations.confirmations import Confirmations, Ending
from app.integrations.lookup import IntegrationFigures, active_integration, figures_of
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.integrations.transitions import Act, Transitions
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS

CONSENT_RETENTION_PERIOD = timedelta(days=5)
"""How long consents outlive the integration, for whoever disabled it by mistake or for a while."""

DISABLED_MEANWHILE = "INTEGRATION_DISABLED"
"""The failure code of a room sync that was under way."""


class Revocation(StrEnum):
    """Whether members' consents end at the suite too."""

    NOT_ASKED = "NOT_ASKED"
    UNDER_WAY = "UNDER_WAY"
    NOT_POSSIBLE = "NOT_POSSIBLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class DisablePreview:
    """What disabling would do now. `retained_until` is an instant in UTC."""

    integration: Integration
    figures: IntegrationFigures
    retained_until: datetime
    consequences: tuple[str, ...]
    confirmation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisabledIntegration:
    """The disabled integration, until when its consents are kept, and what becomes of them at the suite."""

    integration: Integration
    retained_until: datetime
    revocation: Revocation


class Disabling:
    """Previews and carries out."""

    def __init__(self, transitions: Transitions, confirmations: Confirmations, bus: EventsBus) -> None:
        self._transitions = transitions
        self._confirmations = confirmations
        self._bus = bus

    async def preview(self, principal: Principal) -> DisablePreview:
        """The consequences as they are now. Raises Forbidden, IntegrationStatusConflict unless it is enabled."""
        principal.require_administrator()
        return await self._preview(await _enabled(principal))

    async def _preview(self, integration: Integration) -> DisablePreview:
        figures, until = await figures_of(integration), clock.now() + CONSENT_RETENTION_PERIOD
        return DisablePreview(
            integration=integration,
            figures=figures,
            retained_until=until,
            consequences=consequences_of(integration, figures, until),
            confirmation=self._confirmations.of(Ending(integration, figures)),
        )

    async def disable(self, principal: Principal, confirmation: str, *, revoke_at_suite: bool) -> DisabledIntegration:
        """Disable what was shown, and nothing else.

        Raises Forbidden, IntegrationStatusConflict, ConfirmationStale with fresh figures.
        """
        principal.require_administrator()
        integration = await _enabled(principal)
        preview = await self._preview(integration)
        if not self._confirmations.confirms(confirmation, Ending(integration, preview.figures)):
            raise ConfirmationStale(consequences=preview.consequences, confirmation=preview.confirmation)
        try:
            disabled = await self.carry_out(integration, preview.figures, principal, revoke_at_suite=revoke_at_suite)
        except FiguresChanged:
            preview = await self._preview(integration)
            raise ConfirmationStale(consequences=preview.consequences, confirmation=preview.confirmation) from None
        await self.announce()
        return disabled

    async def carry_out(
        self, integration: Integration, figures: IntegrationFigures, principal: Principal, *, revoke_at_suite: bool
    ) -> DisabledIntegration:
        """The change itself, confirmed already; `announce` it after the commit.

        Raises FiguresChanged, IntegrationStatusConflict.
        """
        revokes = revoke_at_suite and DESCRIPTIONS[integration.suite].capabilities.revocable_by_us
        now = clock.now()
        until = now + CONSENT_RETENTION_PERIOD

        async def let_go(integration: Integration) -> None:
            # The integration's row is locked by now: nobody connects between this count and the commit.
            if await figures_of(integration) != figures:
                raise FiguresChanged
            await _unpair(integration, now)

        act = Act(
            action=AuditAction.INTEGRATION_DISABLED,
            actor_id=principal.member_id,
            attempt="disabled",
            details={
                "connected_members": figures.connected_members,
                "paired_rooms": figures.paired_rooms,
                "pending_bookings": figures.pending_bookings,
                "revokes_consents": revokes,
            },
        )
        disabled = await self._transitions.move(
            integration,
            IntegrationStatus.DISABLED,
            act,
            alongside=let_go,
            disabled_at=now,
            retained_until=until,
            revokes_consents=revokes,
            next_check_at=None,
        )
        revocation = Revocation.NOT_ASKED
        if revoke_at_suite:
            revocation = Revocation.UNDER_WAY if revokes else Revocation.NOT_POSSIBLE
        return DisabledIntegration(integration=disabled, retained_until=until, revocation=revocation)

    async def announce(self) -> None:
        """Wake whoever runs jobs: watches stop, consents are revoked, the purge is planned."""
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE))


def remains_at(suite: SuiteName) -> str:
    """What stays at the suite, who can remove it, and where."""
    return DESCRIPTIONS[suite].consent_removal


class FiguresChanged(Exception):
    """Somebody connected, booked or synced between the look and the change: nothing was done."""


async def _enabled(principal: Principal) -> Integration:
    integration = await active_integration(principal.organisation_id)
    if integration is None or integration.status is not IntegrationStatus.ENABLED:
        status = integration.status if integration else IntegrationStatus.NOT_CONFIGURED
        raise IntegrationStatusConflict(status, "disabled")
    return integration


async def _unpair(integration: Integration, now: datetime) -> None:
    """Rooms keep their details; what reads the suite for this integration is made due to stop."""
    organisation_id = integration.organisation_id
    rooms = Room.of(organisation_id).filter(integration_id=integration.id, pairing=RoomPairing.PAIRED)
    await rooms.update(pairing=RoomPairing.UNPAIRED, pairing_retained=True)
    syncs = RoomSync.of(organisation_id).filter(integration_id=integration.id, open_slot=1)
    await syncs.update(
        state=RoomSyncState.FAILED,
        failure_code=DISABLED_MEANWHILE,
        open_slot=None,
        claimed_until=None,
        finished_at=now,
    )
    theirs = Subquery(CalendarConnection.of(organisation_id).filter(integration_id=integration.id).values("id"))
    await MailboxWatch.of(organisation_id).filter(connection_id__in=theirs).update(next_attempt_at=now)


def consequences_of(integration: Integration, figures: IntegrationFigures, until: datetime) -> tuple[str, ...]:
    """What disabling does, a sentence each."""
    suite = integration.suite.display_name
    return (
        f"Members who lose their connection to {suite}: {figures.connected_members}. Nobody can connect meanwhile.",
        f"Rooms that are no longer paired: {figures.paired_rooms}. Their details stay; when they are free is unknown.",
        f"Room bookings that are still pending: {figures.pending_bookings}. Nobody hears what the rooms answer.",
        f"Members' consents are kept until {_moment(until)}. Enabled again before that, everybody just carries on.",
        "After that consents, notes on events and bookings are erased. Rooms, shifts and the audit log stay.",
        f"The consent inside {suite} remains until it is removed there.",
    )


def _moment(instant: datetime) -> str:
    return f"{instant:%d %B %Y, %H:%M} UTC"


def switch_consequences(
    integration: Integration, figures: IntegrationFigures, after: str, until: datetime
) -> tuple[str, ...]:
    """What a switch does to the integration that gives way, a sentence each, and what members have to do `after`."""
    old = integration.suite.display_name
    if integration.status is not IntegrationStatus.ENABLED:
        ends: Sequence[str] = (
            f"The integration with {old} is cancelled; it was not enabled yet. Consents given to it are erased here.",
        )
    else:
        ends = (f"The integration with {old} is disabled.", *consequences_of(integration, figures, until))
    return (*ends, after)


def members_begin_anew(suite: SuiteName) -> str:
    """What a switch to an integration that nothing is kept of means for members."""
    return f"Members consent again, at {suite.display_name}."


def members_carry_on(retained: Integration) -> str:
    """What going back to a retained integration means for members."""
    return (
        f"The integration with {retained.suite.display_name} goes on where it was disabled: members whose consents are "
        "kept carry on once it is enabled again."
    )
