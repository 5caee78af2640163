"""Linking: another account of somebody who is a member already, so that either leads to the same member.

Both are proved in one browser, the member by their session and the account by the suite; or an administrator's
invitation says whose account it is. Addresses are never looked at: the same one elsewhere may be another person's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.connections.flows import FlowService
from app.connections.models import (
    AuthorisationFlow,
    CalendarConnection,
    ConnectionReason,
    ConnectionStatus,
    FlowPurpose,
)
from app.errors import NotFound
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity import merging
from app.identity.identities import add_identity, known_identity
from app.identity.merging import CannotBeMerged, Merged
from app.identity.models import Member
from app.identity.principal import Principal
from app.identity.roles import member_of_own, one_at_a_time
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import notify
from app.rooms.carriers import tell_of_carrier
from app.suites.protocol import SuiteIdentity, SuiteName
from app.suites.registry import SuiteRegistry


class LinkOutcome(StrEnum):
    """What linking an account changed."""

    ADDED = "ADDED"
    """Nobody was known by it; it leads to the member from now on."""
    KNOWN = "KNOWN"
    """It led to the member already."""
    MERGED = "MERGED"
    """It led to another member of the organisation, and the two are one now."""


class LinkRefusal(StrEnum):
    """Why an account cannot be linked."""

    ANOTHER_ORGANISATION = "ANOTHER_ORGANISATION"
    """It leads to a member of another organisation."""
    BOTH_IN_USE = "BOTH_IN_USE"
    """It leads to another member, and both have what one member has once, such as a connected calendar."""


class LinkRefused(Exception):
    """The account stays what it is; nothing has changed."""

    def __init__(self, reason: LinkRefusal) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Linked:
    """Whose the account is now, and what has to be told."""

    member: Member
    outcome: LinkOutcome
    merged: Merged | None = None
    ended_consents: Sequence[CalendarConnection] = ()
    notifications: Sequence[Notification] = ()


class LinkingService:
    """Begins visits that link an account, and completes them."""

    def __init__(self, registry: SuiteRegistry, flows: FlowService, bus: EventsBus) -> None:
        self._registry = registry
        self._flows = flows
        self._bus = bus

    async def start(self, principal: Principal, suite: SuiteName, return_to: str | None = None) -> str:
        """The address to open in a browser that is signed in as this member.

        Raises SuiteNotConfigured, InvalidInput for a `return_to` that is not allowed.
        """
        return await self._flows.start(
            FlowPurpose.LINK_IDENTITY,
            suite=suite,
            scopes=self._registry.get(suite).sign_in_scopes,
            principal=principal,
            return_to=return_to,
        )

    async def link(self, flow: AuthorisationFlow, identity: SuiteIdentity) -> Linked:
        """The account that this visit proved is the member's who began it. Raises LinkRefused, NotFound."""
        try:
            linked = await _linked(flow, identity)
        except IntegrityError:
            # The account came in by another way at this moment: it is known now.
            linked = await _linked(flow, identity)
        await announce(self._bus, linked)
        return linked


async def bind(member: Member, identity: SuiteIdentity) -> Linked:
    """Have this identity lead to this member. Call in a transaction, with `roles.one_at_a_time` held.

    Raises LinkRefused, and then the caller's transaction goes too.
    """
    known = await known_identity(identity)
    if known is not None and known.organisation_id != member.organisation_id:
        raise LinkRefused(LinkRefusal.ANOTHER_ORGANISATION)
    if known is not None and known.member_id == member.id:
        return Linked(member=member, outcome=LinkOutcome.KNOWN)
    if known is None:
        known = await add_identity(member, identity)
        linked = Linked(member=member, outcome=LinkOutcome.ADDED)
    else:
        linked = Linked(member=member, outcome=LinkOutcome.MERGED, merged=await _merged(known.member, member))
    await audit.record(
        member.organisation_id,
        AuditAction.IDENTITY_LINKED,
        actor_id=member.id,
        target_id=member.id,
        identity=str(known.id),
        merged_member=str(linked.merged.emptied.id) if linked.merged else None,
    )
    return linked


async def bind_invited(member: Member, identity: SuiteIdentity) -> Linked:
    """As `bind`, on an administrator's word alone: the account that the member had is not proved.

    So their calendars, which were opened to that account, stay closed until they are connected again.
    """
    consents = CalendarConnection.of(member.organisation_id)
    before = [connection.id for connection in await consents.filter(member_id=member.id)]
    linked = await bind(member, identity)
    if linked.outcome is LinkOutcome.KNOWN:
        return linked
    unproved = await consents.filter(id__in=before).order_by("id").select_for_update()
    told = [await _consent_ended(connection) for connection in unproved]
    return replace(
        linked, ended_consents=unproved, notifications=[notification for notification in told if notification]
    )


async def announce(bus: EventsBus, linked: Linked) -> None:
    """Tell whoever it concerns; call after the transaction."""
    if linked.merged is not None:
        await merging.announce(bus, linked.merged)
    topic = member_topic(linked.member.id)
    for connection in linked.ended_consents:
        await bus.publish(topic, Message(MessageKind.CONNECTION_CHANGED, connection.id))
        await tell_of_carrier(bus, connection)
    for notification in linked.notifications:
        await bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, notification.id))


async def _linked(flow: AuthorisationFlow, identity: SuiteIdentity) -> Linked:
    organisation_id, member_id = _asking(flow)
    async with in_transaction():
        await one_at_a_time(organisation_id)
        return await bind(await member_of_own(organisation_id, member_id), identity)


def _asking(flow: AuthorisationFlow) -> tuple[UUID, UUID]:
    if flow.organisation_id is None or flow.member_id is None:
        raise NotFound("member")
    return flow.organisation_id, flow.member_id


async def _merged(emptied: Member, survivor: Member) -> Merged:
    try:
        return await merging.merge(emptied, survivor)
    except CannotBeMerged:
        raise LinkRefused(LinkRefusal.BOTH_IN_USE) from None


async def _consent_ended(connection: CalendarConnection) -> Notification | None:
    """What hangs on the connection stays; its credentials go, and a refresh under way swaps nothing."""
    generation = connection.generation + 1
    await (
        CalendarConnection.of(connection.organisation_id)
        .filter(id=connection.id)
        .update(
            status=ConnectionStatus.RECONNECT_REQUIRED,
            reason=ConnectionReason.CONSENT_NEEDED,
            status_since=clock.now(),
            credentials=None,
            access_expires_at=None,
            refresh_lock_until=None,
            refresh_lock_owner=None,
            generation=generation,
        )
    )
    return await notify(
        connection.organisation_id,
        connection.member_id,
        NotificationKind.RECONNECT_REQUIRED,
        subject_id=connection.id,
        occasion=f"reconnect-required/{connection.id}/{generation}",
    )
