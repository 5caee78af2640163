"""Room sync: reading the suite's room directory into our rooms, page by page.

A run is a row. Whoever runs jobs claims it by compare-and-swap and renews the claim with every page. A process that is
stopped gives the claim back, and when it dies the claim runs out; then another goes on at the page that was not read
yet, for as long as that is safe: what came in or left meanwhile moves the pages of a directory, so an older reading
begins anew, which is harmless because a page writes the same rooms again.
A room's address is what ties it to the suite. Rooms that the directory no longer lists are unpaired and keep their
details.
"""

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from tortoise.exceptions import IntegrityError
from tortoise.expressions import Q
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.database.backlog import Backlog, backlog_of
from app.errors import IntegrationUnavailable, ProblemError
from app.events_bus.bus import JOBS, EventsBus, Message, MessageKind, organisation_topic
from app.identity.principal import Principal
from app.integrations.issues import ROOM_DIRECTORY_NOT_APPROVED, ROOM_DIRECTORY_UNCARRIED, issue_of
from app.integrations.lookup import active_integration
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.integrations.status import IntegrationStatus
from app.rooms.directories import RoomDirectories
from app.rooms.directory import DirectoryUncarried, directory_not_granted
from app.rooms.models import RoomSync, RoomSyncState
from app.rooms.pairing import RoomBook
from app.suites.errors import MissingScope, SuiteError
from app.suites.protocol import PermissionVariant

CLAIM = timedelta(minutes=2)
"""How long a process may be silent before another takes its run over; a page takes seconds."""

RESUMABLE_FOR = timedelta(minutes=10)
"""How old a reading may be to be gone on with; ten thousand rooms take about a minute."""

BROKEN_OFF = "INTERNAL"
"""The failure code of a run that met a fault of our own."""

_log = structlog.get_logger(__name__)


class _ClaimLost(Exception):
    """Another process has the run by now, or the integration is not enabled any more."""


class RoomSyncService:
    """Asks for runs, performs those that are due, and tells how the latest went."""

    name = "room-sync"

    def __init__(self, registry: Suites, directories: RoomDirectories, bus: EventsBus) -> None:
        self._registry = registry
        self._directories = directories
        self._bus = bus

    async def request(self, integration: Integration, actor: Principal) -> RoomSync:
        """Ask for a run; one that is open already is returned instead. Raises IntegrationUnavailable."""
        if integration.status is not IntegrationStatus.ENABLED:
            raise IntegrationUnavailable(integration.status)
        try:
            async with in_transaction():
                run = await self.enlist(integration, actor.member_id)
        except IntegrityError:
            # Two asked at once: the database let one in.
            latest = await self.latest(integration.organisation_id)
            if latest is None:
                raise
            run = latest
        await self.announce(run)
        return run

    async def request_for(self, principal: Principal) -> RoomSync:
        """Ask for a run of the administrator's own organisation.

        Raises Forbidden, IntegrationUnavailable, PermissionMissing where the directory was not asked for.
        """
        principal.require_administrator()
        integration = await active_integration(principal.organisation_id)
        if integration is None:
            raise IntegrationUnavailable(IntegrationStatus.NOT_CONFIGURED)
        if integration.variant is PermissionVariant.WITHOUT_ROOM_DIRECTORY:
            raise directory_not_granted(self._registry.get(integration.suite))
        return await self.request(integration, principal)

    async def enlist(self, integration: Integration, actor_id: UUID | None) -> RoomSync:
        """Write the run inside the caller's transaction; `announce` it after the commit."""
        open_run = await RoomSync.of(integration.organisation_id).get_or_none(open_slot=1)
        if open_run is not None:
            return open_run
        run = await RoomSync.create(
            organisation_id=integration.organisation_id,
            integration_id=integration.id,
            requested_by_id=actor_id,
            state=RoomSyncState.DUE,
            open_slot=1,
            created_at=clock.now(),
        )
        await audit.record(
            integration.organisation_id, AuditAction.ROOM_SYNC_REQUESTED, actor_id=actor_id, target_id=run.id
        )
        return run

    async def announce(self, run: RoomSync) -> None:
        """Wake whoever runs jobs."""
        await self._bus.publish(JOBS, Message(MessageKind.JOBS_DUE, run.id))
        await self._tell(run)

    async def latest(self, organisation_id: UUID) -> RoomSync | None:
        """The run that was asked for last."""
        return await RoomSync.of(organisation_id).order_by("-created_at", "-id").first()

    async def get(self, organisation_id: UUID, run_id: UUID) -> RoomSync | None:
        """One run; None once it is gone."""
        return await RoomSync.of(organisation_id).get_or_none(id=run_id)

    async def run_due(self) -> datetime | None:
        """Perform every run that nobody else has; returns when the next claim runs out, None where none is open.

        Runs belong to organisations and this job to none, so this look-up goes across them.
        """
        for run in await RoomSync.filter(_claimable(clock.now()), open_slot=1).order_by("created_at"):
            claimed = await self._claim(run)
            if claimed is not None:
                await self._perform(claimed)
        waiting = await RoomSync.filter(open_slot=1).order_by("claimed_until").first()
        if waiting is None:
            return None
        return waiting.claimed_until or clock.now()

    async def backlog(self) -> Backlog:
        return await backlog_of(RoomSync.filter(_claimable(clock.now()), open_slot=1), "created_at")

    async def _claim(self, run: RoomSync) -> RoomSync | None:
        """The run, claimed, and begun anew where it cannot go on; None where another process was faster."""
        now = clock.now()
        until = now + CLAIM
        # Rooms that came in before it was broken off are read again and counted as added once.
        anew = {"begun_at": now, "resume_token": None, "rooms_total": None, "rooms_read": 0}
        mine = RoomSync.of(run.organisation_id).filter(id=run.id, open_slot=1)
        claimed = await mine.filter(claimed_until=run.claimed_until).update(
            state=RoomSyncState.RUNNING, claimed_until=until, **({} if _goes_on(run, now) else anew)
        )
        return await mine.get_or_none(claimed_until=until) if claimed else None

    async def _perform(self, run: RoomSync) -> None:
        try:
            await self._read_directory(run)
        except _ClaimLost:
            return
        except asyncio.CancelledError:
            # The process stops: whoever comes next goes on at once.
            await self._give_back(run)
            raise
        except DirectoryUncarried:
            await self._fail(run, ROOM_DIRECTORY_UNCARRIED.code)
        except MissingScope:
            await self._fail(run, ROOM_DIRECTORY_NOT_APPROVED.code)
        except SuiteError as error:
            await self._fail(run, issue_of(error).code)
        except ProblemError as problem:
            await self._fail(run, problem.code)
        except Exception:
            # A fault of ours: recorded, so that the run is not taken up again and again.
            _log.exception("room_sync_broken_off", room_sync=str(run.id))
            await self._fail(run, BROKEN_OFF)

    async def _read_directory(self, run: RoomSync) -> None:
        integration = await Integration.of(run.organisation_id).get(id=run.integration_id)
        if integration.status is not IntegrationStatus.ENABLED or integration.claimed_tenant is None:
            raise IntegrationUnavailable(integration.status)
        directory = await self._directories.open(integration)
        book = await RoomBook.load(integration, synced_at=run.begun_at or clock.now())
        async for page in directory.pages(run.resume_token):
            async with in_transaction():
                written = await book.write(page.rooms)
                run.rooms_read += written.read
                run.rooms_added += written.added
                run.resume_token = page.resume
                run.rooms_total = page.total if page.total is not None else run.rooms_total
                renewed = await self._renew(run)
            run.claimed_until = renewed
            await self._tell(run)
        await self._succeed(run, book)

    async def _renew(self, run: RoomSync) -> datetime:
        """Keep the claim and note the progress; until when, once it has committed. Raises _ClaimLost."""
        until = clock.now() + CLAIM
        renewed = (
            await RoomSync.of(run.organisation_id)
            .filter(id=run.id, claimed_until=run.claimed_until, integration__status=IntegrationStatus.ENABLED)
            .update(
                claimed_until=until,
                rooms_read=run.rooms_read,
                rooms_added=run.rooms_added,
                rooms_total=run.rooms_total,
                resume_token=run.resume_token,
            )
        )
        if not renewed:
            raise _ClaimLost  # which takes the page back
        return until

    async def _give_back(self, run: RoomSync) -> None:
        """The run is due again, unless the claim has run out and may be another's by now.

        While the claim that we know of lasts, nobody else can have one: the row's is ours, renewed a moment ago or not.
        """
        if run.claimed_until is None or run.claimed_until <= clock.now():
            return
        mine = RoomSync.of(run.organisation_id).filter(id=run.id, open_slot=1, state=RoomSyncState.RUNNING)
        if await mine.update(state=RoomSyncState.DUE, claimed_until=None):
            await self.announce(run)

    async def _succeed(self, run: RoomSync, book: RoomBook) -> None:
        """Unpair what the directory no longer lists and close the run, both or neither. Raises _ClaimLost."""
        async with in_transaction():
            run.rooms_unpaired = await book.unpair_vanished()
            if not await self._close(run, RoomSyncState.SUCCEEDED, None):
                raise _ClaimLost
        await self._tell(run)

    async def _fail(self, run: RoomSync, code: str) -> None:
        if await self._close(run, RoomSyncState.FAILED, code):
            await self._tell(run)

    async def _close(self, run: RoomSync, state: RoomSyncState, failure: str | None) -> bool:
        mine = RoomSync.of(run.organisation_id).filter(id=run.id, claimed_until=run.claimed_until)
        closed = await mine.update(
            state=state,
            failure_code=failure,
            rooms_unpaired=run.rooms_unpaired,
            resume_token=None,
            open_slot=None,
            claimed_until=None,
            finished_at=clock.now(),
        )
        return bool(closed)

    async def _tell(self, run: RoomSync) -> None:
        message = Message(MessageKind.ROOM_SYNC_PROGRESSED, run.id)
        await self._bus.publish(organisation_topic(run.organisation_id), message)


def _goes_on(run: RoomSync, now: datetime) -> bool:
    """Whether the reading that was broken off can be gone on with."""
    return run.resume_token is not None and run.begun_at is not None and now - run.begun_at < RESUMABLE_FOR


def _claimable(now: datetime) -> Q:
    return Q(claimed_until=None) | Q(claimed_until__lte=now)
