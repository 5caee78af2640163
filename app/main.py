"""The composition root: settings become a database, suites, a bus, services, jobs and routes. Nothing else composes."""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from starlette.types import ASGIApp

from app.composing.foundation import Foundation, foundation
from app.composing.jobs import jobs_of
from app.composing.services import services_of
from app.composing.surroundings import surroundings_of
from app.composing.telemetry import exposition_of, monitoring_of, telemetry_routes, watching_of
from app.composing.web import application_of, view_of
from app.database import engine
from app.events_bus.bus import CREDENTIALS, EventsBus
from app.events_bus.choosing import bus_of
from app.graphql.view import GraphQLView
from app.health import Reachable, Readiness
from app.jobs.dispatch import DispatchingBus, JobDispatch, dispatch_of
from app.jobs.runner import JobRunner
from app.keyring.guard import KeyGuard
from app.keyring.proofs import KeyCheck
from app.places.choosing import places_of
from app.places.places import Places
from app.serving import collector
from app.serving.monitoring import monitoring
from app.serving.server import web_server
from app.settings import Settings
from app.suites.registry import SuiteRegistry
from app.telemetry.watching import Watching

_log = structlog.get_logger(__name__)

GIVING_BACK_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """A composed product: what serves, and what runs by itself."""

    settings: Settings
    app: ASGIApp
    monitoring: ASGIApp
    """What is answered to probes and scrapers, on a port of its own."""
    readiness: Readiness
    jobs: JobRunner
    begin_closing: Callable[[], None]
    """Has open sockets and streams end, for the start of a stop."""
    keys: KeyGuard

    async def run_jobs(self) -> None:
        """Runs until cancelled, from the moment that the keys are known to fit the database."""
        await self.keys.until_confirmed()
        await self.jobs.run()


@asynccontextmanager
async def deployment(settings: Settings, *, runs_jobs: bool = True) -> AsyncIterator[Deployment]:
    """Everything open and, where this process runs them, the jobs going; closed in the opposite order.

    Raises KeysRefused where the settings' keys are not the database's.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(engine.database(settings.database_url))
        guard = KeyGuard(KeyCheck(settings.secret_key_bytes, settings.encryption_keyring))
        await guard.at_start()
        watching = watching_of(settings)
        if watching.tracing is not None:
            stack.push_async_callback(asyncio.to_thread, watching.tracing.close)
        dispatch, news = dispatch_of(settings), bus_of(settings)
        bus = DispatchingBus(news, dispatch)
        stack.push_async_callback(bus.close)
        places = places_of(settings)
        if places is not None:
            stack.push_async_callback(places.close)
        surroundings = surroundings_of(settings, places, watching.calls_to)
        registry = SuiteRegistry.configured_by(settings.suites, settings.suite_timeout, surroundings)
        stack.push_async_callback(registry.close)
        base = foundation(settings, registry, bus, guard, watching)
        stack.push_async_callback(base.rates.close)
        # A refresh under way is the only copy of its answer: it ends before the suites are let go.
        stack.push_async_callback(base.tokens.drain)
        composed, view = _compose(base, dispatch, places, watching, news if isinstance(news, Reachable) else None)
        stack.push_async_callback(view.close_all)
        background = [_close_sockets_of_ended_credentials(view, bus)]
        if runs_jobs:
            background.append(composed.run_jobs())
        elif not guard.is_confirmed:
            background.append(guard.until_confirmed())
        for work in background:
            stack.push_async_callback(_end, asyncio.create_task(work))
        if settings.monitoring_port is not None:
            await stack.enter_async_context(
                monitoring(composed.monitoring, settings.monitoring_host, settings.monitoring_port)
            )
        yield composed


def _compose(
    base: Foundation, dispatch: JobDispatch, places: Places | None, watching: Watching, redis: Reachable | None
) -> tuple[Deployment, GraphQLView]:
    """Services become routes and jobs."""
    services = services_of(base)
    view = view_of(base.settings, services, base.rates, places, watching)
    jobs = JobRunner(jobs_of(base, services), dispatch, watching)
    readiness = Readiness(base.guard, redis=redis, jobs=jobs)
    exposition = exposition_of(base.settings, watching, readiness, jobs, view)
    beside = telemetry_routes(base.settings, readiness, exposition)
    composed = Deployment(
        settings=base.settings,
        app=application_of(base, services, view, watching, beside),
        monitoring=monitoring_of(readiness, exposition),
        readiness=readiness,
        jobs=jobs,
        keys=base.guard,
        begin_closing=view.begin_closing,
    )
    return composed, view


async def _close_sockets_of_ended_credentials(view: GraphQLView, bus: EventsBus) -> None:
    async with bus.subscribe(CREDENTIALS) as messages:
        async for message in messages:
            view.recheck(message.row_id)


async def _end(task: asyncio.Task[None]) -> None:
    """Break it off, and wait for a moment while it gives back what it had claimed: a claim runs out by itself too."""
    task.cancel()
    ended, _ = await asyncio.wait({task}, timeout=GIVING_BACK_SECONDS)
    if not ended:
        _log.warning("stopped_before_all_was_given_back")
    elif not task.cancelled():
        task.result()


async def serve(settings: Settings) -> None:
    """Serve until told to stop; on SQLite the schema is brought up to date first, since nobody else can."""
    if settings.is_sqlite:
        await engine.migrate(settings.database_url)
    async with deployment(settings, runs_jobs=settings.runs_jobs_in_server) as running:

        def stop() -> None:
            # Thousands of sockets that close leave garbage which the collector would look through again and again.
            gc.freeze()
            running.begin_closing()

        server = web_server(running.app, settings, stop, leaving=running.readiness.leave)
        collector.set_apart()
        await server.serve()


async def work(settings: Settings) -> None:
    """Run the jobs until told to stop; then they take no more, and give back what they had claimed."""
    async with deployment(settings, runs_jobs=False) as running:
        told = asyncio.Event()
        for signal_number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signal_number, told.set)
        collector.set_apart()
        jobs = asyncio.create_task(running.run_jobs())
        _log.info("worker_started")
        await asyncio.wait({jobs, asyncio.ensure_future(told.wait())}, return_when=asyncio.FIRST_COMPLETED)
        running.readiness.leave()
        await _end(jobs)
