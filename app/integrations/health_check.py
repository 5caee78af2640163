"""The daily look at every enabled integration, which nobody asks for.

It runs the test flow on an administrator's connection: whoever enabled the integration, else the longest connected. A
consent that has died is that administrator's own affair, and the next one's is tried; with nobody left, what needs no
member is looked at. A suite that is down for the moment says nothing of the integration, and is asked again soon.

Checks leave no entry in the audit log, which holds what people did: what they find stands in the report, and
administrators are notified of a health that got worse.
"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog
from tortoise.expressions import Q

from app import clock
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.database.backlog import Backlog, backlog_of
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import EventsBus
from app.identity.models import Role
from app.integrations.health import HealthKeeper
from app.integrations.issues import APPROVAL_WITHDRAWN, IssueCode
from app.integrations.models import Integration
from app.integrations.ports import Suites
from app.integrations.report import CheckName
from app.integrations.reporting import Reporting, asked_by_nobody
from app.integrations.status import IntegrationStatus
from app.integrations.test_flow import TestFlow, TestRun
from app.integrations.transitions import Transitions
from app.rooms.carriers import is_uncarried

HEALTH_CHECK_INTERVAL = timedelta(days=1)
JITTER = 0.1
PAUSE_AFTER_OUTAGE = timedelta(minutes=15)
CLAIM = timedelta(minutes=5)
"""How long a process may be silent before another takes its check over; one takes a deadline per administrator."""
SIDE_BY_SIDE = 4
MOST_ADMINISTRATORS = 5
"""How many administrators' consents are tried before the integration is looked at without any."""

_log = structlog.get_logger(__name__)


class HealthCheck:
    """Looks at integrations that are due; any number of processes may run it."""

    name = "health-check"

    def __init__(
        self,
        registry: Suites,
        test_flow: TestFlow,
        bus: EventsBus,
        *,
        random: Callable[[], float],
    ) -> None:
        """`random` gives numbers from 0 to 1, so that checks spread out over the day."""
        self._registry = registry
        self._test_flow = test_flow
        self._reporting = Reporting(Transitions(bus), bus)
        self._health = HealthKeeper(bus)
        self._random = random

    async def run_due(self) -> datetime | None:
        """Look at every integration that is due and that nobody else has claimed; answers when the next one is.

        Integrations belong to organisations and this job to none, so this look-up goes across them.
        """
        now = clock.now()
        due = Q(next_check_at=None) | Q(next_check_at__lte=now)
        rows = await Integration.filter(due, status=IntegrationStatus.ENABLED).order_by("next_check_at", "id")
        places = asyncio.Semaphore(SIDE_BY_SIDE)
        async with asyncio.TaskGroup() as group:
            for integration in rows:
                group.create_task(self._take(integration, places))
        waiting = Integration.filter(status=IntegrationStatus.ENABLED, next_check_at__isnull=False)
        following = await waiting.order_by("next_check_at").first()
        return following.next_check_at if following else None

    async def backlog(self) -> Backlog:
        rows = Integration.filter(status=IntegrationStatus.ENABLED, next_check_at__lte=clock.now())
        return await backlog_of(rows, "next_check_at")

    async def _take(self, integration: Integration, places: asyncio.Semaphore) -> None:
        async with places:
            tested_until = (integration.enabled_at or integration.created_at) + HEALTH_CHECK_INTERVAL
            if clock.now() < tested_until and _is_stale(integration):
                # Enabling needed a passed test.
                await _set_next(integration, tested_until)
                return
            claimed = await _set_next(integration, clock.now() + CLAIM)
            if claimed is not None:
                await self._check(claimed)

    async def _check(self, claimed: Integration) -> None:
        wait = HEALTH_CHECK_INTERVAL
        try:
            if self._registry.is_configured(claimed.suite) and not await self._look(claimed):
                wait = PAUSE_AFTER_OUTAGE
        except IntegrationStatusConflict:
            return  # disabled meanwhile
        except Exception as error:
            # A fault of ours; its text may hold what a suite said. The other integrations are looked at all the same.
            _log.error("health_check_failed", integration=str(claimed.id), error=type(error).__name__)
        await _set_next(claimed, clock.now() + wait * (1 + JITTER * self._random()))

    async def _look(self, integration: Integration) -> bool:
        """Write what is found; False where the suite only has to be asked again."""
        run = await self._run(integration)
        if run.report.only_has_to_wait:
            return False
        settled = await self._reporting.settle(integration, run, asked_by_nobody, within={IntegrationStatus.ENABLED})
        if await is_uncarried(settled.integration, self._registry):
            await self._health.directory_uncarried(settled.integration)
        return True

    async def _run(self, integration: Integration) -> TestRun:
        """With the first administrator whose own account stands in the way of nothing, or who at least tells most."""
        second_best: TestRun | None = None
        for connection in await _administrators(integration):
            run = await self._test_flow.run(integration, connection)
            if not run.report.is_personal:
                return run
            if second_best is None and run.report.tells_of_organisation:
                second_best = run
        return second_best or await self._run_without_member(integration)

    async def _run_without_member(self, integration: Integration) -> TestRun:
        run = await self._test_flow.run_without_member(integration)
        not_approved = IssueCode.ROOM_DIRECTORY_NOT_APPROVED in {issue.code for issue in run.report.issues}
        if not_approved and await _administrators_withdrawn(integration):
            return TestRun(report=run.report.failing(CheckName.TOKEN, APPROVAL_WITHDRAWN))
        return run


def _is_stale(integration: Integration) -> bool:
    """Whether the time of the next check was set before the integration was enabled, if at all."""
    if integration.next_check_at is None or integration.enabled_at is None:
        return integration.next_check_at is None
    return integration.next_check_at <= integration.enabled_at


async def _administrators(integration: Integration) -> Sequence[CalendarConnection]:
    """Connected administrators' consents, loaded for the test flow: whoever enabled it first, then by age."""
    consents = CalendarConnection.of(integration.organisation_id).filter(
        integration_id=integration.id,
        status=ConnectionStatus.CONNECTED,
        member__role=Role.SUBSCRIPTION_ADMINISTRATOR,
        identity__tenant=integration.tenant,
    )
    found = await consents.order_by("connected_at", "id").select_related("integration", "identity")
    return sorted(found, key=lambda consent: consent.member_id != integration.enabled_by_id)[:MOST_ADMINISTRATORS]


async def _administrators_withdrawn(integration: Integration) -> bool:
    """Whether an administrator's consent was withdrawn; with the room directory's approval, that is the tenant's doing.

    Asked where no administrator's consent works. Members' own consents end when they are next used.
    """
    consents = CalendarConnection.of(integration.organisation_id).filter(integration_id=integration.id)
    return await consents.filter(
        member__role=Role.SUBSCRIPTION_ADMINISTRATOR, reason=ConnectionReason.CONSENT_WITHDRAWN
    ).exists()


async def _set_next(integration: Integration, moment: datetime) -> Integration | None:
    """Put the next check off to `moment` by compare-and-swap; None where somebody was faster or it is not enabled."""
    mine = Integration.of(integration.organisation_id).filter(id=integration.id)
    swapped = await mine.filter(status=IntegrationStatus.ENABLED, next_check_at=integration.next_check_at).update(
        next_check_at=moment
    )
    return await mine.get_or_none(next_check_at=moment) if swapped else None
