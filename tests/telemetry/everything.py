"""One exposition in which every metric has at least one sample."""

from app.bookings.checks import BookingChecks
from app.bookings.intents import IntentSweep
from app.connections.observing import RefreshOutcome
from app.database.backlog import Backlog
from app.graphql.observing import Ended, Transport
from app.health import Readiness
from app.integrations.health_check import HealthCheck
from app.integrations.retention import Retention
from app.notifications.mailing import Mailing
from app.references.looking import EventLooks
from app.rooms.sync import RoomSyncService
from app.shifts.entry_job import ShiftEntries
from app.suites.observing import CallOutcome
from app.suites.protocol import SuiteName
from app.telemetry.exposition import Exposition
from app.telemetry.figures import Figures
from app.telemetry.metrics import Metrics
from app.telemetry.watching import Watching
from app.webhooks.watches import WatchService
from tests.telemetry.scraping import Scrape

JOBS = (
    BookingChecks,
    IntentSweep,
    WatchService,
    EventLooks,
    ShiftEntries,
    RoomSyncService,
    HealthCheck,
    Retention,
    Mailing,
)
"""Those whose work is rows."""


class Confirmed:
    is_confirmed = True


class Answering:
    async def is_reachable(self) -> bool:
        return True


async def _some() -> Figures:
    waiting = Backlog(1, None)
    return Figures(
        backlogs={job.name: waiting for job in JOBS},
        pending=waiting,
        mails=waiting,
        watches={"RUNNING": 1},
        lapsing=1,
        integrations={(SuiteName.MICROSOFT_365, "HEALTHY"): 1},
    )


def something_of_everything(watching: Watching) -> None:
    """One of each thing that is watched, well ended."""
    with watching.operation(Transport.HTTP) as operation:
        operation.ended(Ended.ANSWERED)
    with watching.calls_to(SuiteName.MICROSOFT_365).call("graph get") as call:
        call.repeated(CallOutcome.THROTTLED)
        call.ended(CallOutcome.OK, 200)
    with watching.refresh(SuiteName.MICROSOFT_365) as refresh:
        refresh.ended(RefreshOutcome.RENEWED)
    with watching.run(BookingChecks.name) as run:
        run.ended(well=True)
    watching.metrics.responses.labels("/graphql", "200").inc()
    watching.metrics.open_sockets.labels("websocket").set(1)
    watching.metrics.database_connections.labels("idle").set(1)


async def everything_told() -> Scrape:
    """What a process tells in which everything has happened once."""
    watching = Watching(Metrics())
    something_of_everything(watching)
    exposition = Exposition(watching.metrics, Readiness(Confirmed(), redis=Answering()), _some)
    return Scrape((await exposition.text()).decode())
