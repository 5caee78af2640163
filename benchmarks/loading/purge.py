"""The purge of 100,000 connections, and of a tenth of them before: how long, how much, who is kept waiting."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from app import clock
from app.database import engine
from app.events_bus.bus import JOBS, Message, MessageKind
from app.events_bus.redis import RedisBus
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.jobs.dispatch import DispatchingBus
from app.jobs.queue import QueueDispatch
from benchmarks.loading.asking import SMALL, Asker
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import A_REQUEST, Mark, Report, percentile
from benchmarks.loading.people import Person, make_organisation, make_people
from benchmarks.loading.processes import MEGABYTE, resident_bytes
from benchmarks.loading.purge_rows import ERASED, Furnishing

CONNECTIONS = 100_000
A_TENTH = 10
LINEAR = 1.2
LOOK_SECONDS = 0.05
ASK_SECONDS = 0.02
PATIENCE_SECONDS = 3_600
GROWTH_MEGABYTES = 50
"""So much more memory may the whole purge take than its tenth: it goes in portions."""
FEWEST_JUDGED = 10_000
"""Connections below which nothing is said about being linear."""


@dataclass(frozen=True, slots=True)
class _Purged:
    """One purge."""

    seconds: float
    peak_bytes: int
    answered: Sequence[float]
    """How long each small query took meanwhile."""
    refused: int
    left: int


async def measure(running: Deployment, scale: float) -> Report:
    """Purge a tenth and then the whole, with a server that answers meanwhile."""
    report = Report("purge")
    whole = max(A_TENTH, int(CONNECTIONS * scale))
    async with engine.database(running.database_url):
        [bystander] = await make_people(await make_organisation("Bystanders"), 1)
        tenth = await _purged(running, bystander, whole // A_TENTH)
        full = await _purged(running, bystander, whole)
    _tell(report, whole, tenth, full)
    return report


def _tell(report: Report, whole: int, tenth: _Purged, full: _Purged) -> None:
    each, each_of_tenth = full.seconds / whole, tenth.seconds / (whole // A_TENTH)
    report.add("connections purged", whole, "")
    report.add("time", full.seconds, "s")
    report.add("time per connection", each * 1000, "ms")
    report.add("time per connection of a tenth as many", each_of_tenth * 1000, "ms")
    growth = report.add(
        "time per connection against a tenth as many", each / each_of_tenth, "", Mark(value=LINEAR, source="linear")
    )
    memory = report.add(
        "worker's memory at most, beyond that of a tenth",
        max(0, full.peak_bytes - tenth.peak_bytes) / MEGABYTE,
        "MB",
        Mark(value=GROWTH_MEGABYTES, source="ours: portions"),
    )
    report.add("worker's memory at most", full.peak_bytes / MEGABYTE, "MB")
    answered = full.answered
    report.add("small queries meanwhile", len(answered), "")
    report.add("small query meanwhile, p50", percentile(answered, 50) * 1000, "ms")
    report.add("small query meanwhile, p99", percentile(answered, 99) * 1000, "ms", Mark(value=1000, source=A_REQUEST))
    nothing = Mark(value=0, source="all or nothing")
    report.demand(report.add("small queries refused", tenth.refused + full.refused, "", nothing))
    report.demand(report.add("rows left", tenth.left + full.left, "", nothing))
    if whole >= FEWEST_JUDGED:
        report.demand(memory)
    else:
        report.notes.append(f"too few to judge by: {growth.name}")


async def _purged(running: Deployment, bystander: Person, number: int) -> _Purged:
    integration = await Furnishing(running.vault).organisation(number)
    worker = running.workers[0].pid
    began, peak = time.monotonic(), resident_bytes(worker)
    async with Asker(running.addresses[0], bystander.token) as asker:
        asking = asyncio.create_task(asker.keep_asking(SMALL, ASK_SECONDS))
        await _lapse(running, integration)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while (await Integration.of(integration.organisation_id).get(id=integration.id)).retained_until:
                peak = max(peak, resident_bytes(worker))
                await asyncio.sleep(LOOK_SECONDS)
        seconds = time.monotonic() - began
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    left = [await model.of(integration.organisation_id).count() for model in ERASED]
    return _Purged(seconds, peak, asker.times, asker.refused, sum(left))


async def _lapse(running: Deployment, integration: Integration) -> None:
    """Its five days are over at this moment, and whoever runs jobs hears of it."""
    now = clock.now()
    await (
        Integration.of(integration.organisation_id)
        .filter(id=integration.id)
        .update(status=IntegrationStatus.DISABLED, disabled_at=now, status_since=now, retained_until=now)
    )
    bus = DispatchingBus(RedisBus(running.redis_url), QueueDispatch(running.redis_url))
    try:
        await bus.publish(JOBS, Message(MessageKind.JOBS_DUE))
    finally:
        await bus.close()
