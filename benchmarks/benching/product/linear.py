"""Whether time grows with size and no faster: room sync and purge against a tenth of each.

What is done and how it is timed stands in `benchmarks.loading`; here only the ratios count.
"""

from collections.abc import Awaitable, Callable

from benchmarks.benching.product.machine import require_postgresql, require_redis
from benchmarks.benching.rows import Conditions, Counted, Figures, Goal, Wrong
from benchmarks.loading import purge, rooms
from benchmarks.loading.deployment import Deployment, Ground, deployed
from benchmarks.loading.figures import Report

LINEAR = 1.2
QUICK = 0.02
ROOMS, CONNECTIONS = 10_000, 100_000
MICROSOFT, GOOGLE = "MICROSOFT_365: each against a tenth as many", "GOOGLE_WORKSPACE: each against a tenth as many"
PURGED = "time per connection against a tenth as many"

Measure = Callable[[Deployment, float], Awaitable[Report]]


def _measuring(measure: Measure) -> Callable[[Conditions], Awaitable[Figures]]:
    async def measured(conditions: Conditions) -> Figures:
        require_postgresql()
        ground = Ground(conditions.folder, require_redis())
        async with deployed(ground, servers=1, workers=1) as running:
            report = await measure(running, conditions.pick(1.0, QUICK))
            report.errors += running.complaints()
        if report.errors:
            raise Wrong("; ".join(report.errors))
        return {figure.name: [figure.value] for figure in report.figures if figure.name in _UNITS}

    return measured


_UNITS = {
    MICROSOFT: "x",
    GOOGLE: "x",
    PURGED: "x",
    "MICROSOFT_365: each room": "ms",
    "GOOGLE_WORKSPACE: each room": "ms",
    "time per connection": "ms",
}


def _units(*wanted: str) -> dict[str, str]:
    return {name: _UNITS[name] for name in wanted}


ROOM_SYNC = Counted(
    name="room-sync",
    measures=f"First sync of {ROOMS:,} rooms at each suite: time for each, against a tenth as many.",
    goals=(Goal(contender=MICROSOFT, at_most=LINEAR), Goal(contender=GOOGLE, at_most=LINEAR)),
    measure=_measuring(rooms.measure),
    units=_units(MICROSOFT, GOOGLE, "MICROSOFT_365: each room", "GOOGLE_WORKSPACE: each room"),
)
PURGE = Counted(
    name="purge",
    measures=f"Purge of {CONNECTIONS:,} connections with all their rows: time for each, against a tenth as many.",
    goals=(Goal(contender=PURGED, at_most=LINEAR),),
    measure=_measuring(purge.measure),
    units=_units(PURGED, "time per connection"),
)
