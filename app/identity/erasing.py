"""Erasing a member: everything that is kept of them goes, in one transaction, and cannot be brought back.

Also the shells of members who were merged into them. The audit log keeps its entries without saying whose they were.
What they made at the suite stays in the calendars there: it is the suite's and belongs to others too. That the consent
is over is told to the suite afterwards, where it can be told; nothing here depends on its answer.

Whoever signs in with the same account later is a new member.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol
from uuid import UUID

import structlog
from tortoise.transactions import in_transaction

from app.audit import persons as audit_log
from app.audit import service as audit
from app.audit.models import AuditAction
from app.connections.models import CalendarConnection
from app.database.deadlocks import unless_deadlocked
from app.database.engine import scrub
from app.errors import SuiteNotConfigured
from app.events_bus.bus import EventsBus
from app.identity import credentials, roles
from app.identity.belongings import BOOKINGS, OWN, SHIFTS, Person, person, rows_of, untaken
from app.identity.models import Member, Role
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.references.erasing import erase_connections
from app.rooms.carriers import tell_of_directory
from app.suites.errors import SuiteError
from app.suites.protocol import Credentials, SuiteName

REVOCATION_TIMEOUT = timedelta(seconds=10)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Holding:
    """How much of one kind is kept of a member."""

    noun: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Erased:
    """What is gone, and where the consent ended besides."""

    holdings: Sequence[Holding]
    told: Sequence[SuiteName]
    """The suites that took note."""
    untold: Sequence[SuiteName]
    """Those that cannot be told, or did not answer: the consent stays there until it is removed there."""


@dataclass(frozen=True, slots=True)
class _Gone:
    """What the transaction erased, as far as it has to be told."""

    member: Member
    holdings: Sequence[Holding]
    credentials: Sequence[UUID]
    connections: Sequence[CalendarConnection]


class _Sealed(Protocol):
    def opened(self, connection: CalendarConnection) -> Credentials: ...


class MemberErasing:
    """Counts what is kept of a member, and erases it."""

    def __init__(self, registry: Suites, sealed: _Sealed, bus: EventsBus) -> None:
        self._registry = registry
        self._sealed = sealed
        self._bus = bus

    async def holdings(self, member: Member) -> Sequence[Holding]:
        """What would be erased, of which there is any, and the entries of the audit log that would lose their name."""
        who = await person(member)
        open_invitations = await untaken(who).count()
        acted = await audit_log.count(who.organisation_id, who.member_ids)
        counted = [
            *[Holding(noun, await rows_of(who, model, path).count()) for model, path, noun in OWN],
            Holding("invitations that they sent and nobody took", open_invitations),
            Holding("entries of the audit log, which stay and lose their name", acted),
        ]
        return [holding for holding in counted if holding.number]

    async def erase(self, member: Member, *, even_last_administrator: bool = False) -> Erased:
        """Erase them, or change nothing.

        Raises LastAdministrator unless that is meant too, NotFound where they are gone or were merged meanwhile.
        """
        gone = await unless_deadlocked(lambda: self._gone(member, even_last_administrator=even_last_administrator))
        for credential_id in gone.credentials:
            await credentials.announce_revoked(self._bus, gone.member.id, credential_id)
        if gone.member.role is Role.SUBSCRIPTION_ADMINISTRATOR:
            for connection in gone.connections:
                await tell_of_directory(self._bus, connection)
        await scrub()
        return await self._told(gone)

    async def _gone(self, member: Member, *, even_last_administrator: bool) -> "_Gone":
        async with in_transaction():
            await roles.one_at_a_time(member.organisation_id)
            present = await _locked(member)
            if present.role is Role.SUBSCRIPTION_ADMINISTRATOR and not even_last_administrator:
                await roles.require_another_administrator(present)
            holdings = await self.holdings(present)
            live = await credentials.live_of(present.organisation_id, present.id)
            return _Gone(present, holdings, live, await _erase(present, holdings))

    async def _told(self, gone: "_Gone") -> Erased:
        told: list[SuiteName] = []
        untold: list[SuiteName] = []
        for connection in gone.connections:
            if connection.credentials is None:
                continue
            integration = await Integration.of(connection.organisation_id).get(id=connection.integration_id)
            (told if await self._revoked(connection, integration.suite) else untold).append(integration.suite)
        return Erased(holdings=gone.holdings, told=told, untold=untold)

    async def _revoked(self, connection: CalendarConnection, suite: SuiteName) -> bool:
        try:
            async with asyncio.timeout(REVOCATION_TIMEOUT.total_seconds()):
                return await self._registry.get(suite).revoke(self._sealed.opened(connection))
        except (SuiteError, SuiteNotConfigured, TimeoutError) as error:
            _log.info("revocation_failed", suite=suite.value, error=type(error).__name__)
            return False


async def _locked(member: Member) -> Member:
    """The member as they are now. Whoever is writing for them has committed, or comes too late. Raises NotFound.

    Integrations first, as whoever stores a consent. Then the member's own row, against those too who only refer to it:
    whoever begins with an idempotency key waits here, before they hold anything that this needs.
    """
    organisation_id = member.organisation_id
    await Integration.of(organisation_id).order_by("id").select_for_update()
    who = await person(member)
    await Member.of(organisation_id).filter(id__in=list(who.member_ids)).order_by("id").select_for_update()
    return await roles.member_of_own(organisation_id, member.id)


async def _erase(member: Member, holdings: Sequence[Holding]) -> Sequence[CalendarConnection]:
    """Everything, in the caller's transaction; the connections that there were."""
    who = await person(member)
    organisation_id, member_ids = who.organisation_id, list(who.member_ids)
    forgotten = await audit_log.forget(organisation_id, member_ids, await _ids(who))
    connections = await erase_connections(CalendarConnection.of(organisation_id).filter(member_id__in=member_ids))
    await untaken(who).delete()
    for model, path, _ in OWN:
        # What hangs on a connection or a booking has gone with it.
        if "__" not in path:
            await rows_of(who, model, path).delete()
    await Member.of(organisation_id).filter(id__in=member_ids).delete()
    numbers = {holding.noun: holding.number for holding in holdings}
    await audit.record(
        organisation_id,
        AuditAction.MEMBER_ERASED,
        actor_id=None,
        bookings=numbers.get(BOOKINGS, 0),
        shifts=numbers.get(SHIFTS, 0),
        entries_without_a_name=forgotten,
    )
    return connections


async def _ids(who: Person) -> set[UUID]:
    """The ids of all that goes with them."""
    found = {UUID(str(row_id)) for row_id in await untaken(who).values_list("id", flat=True)}
    for model, path, _ in OWN:
        found |= {UUID(str(row_id)) for row_id in await rows_of(who, model, path).values_list("id", flat=True)}
    return found
