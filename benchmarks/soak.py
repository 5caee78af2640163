"""`python -m benchmarks.soak`: 2,000 bookings by 200 members at both suites at once, while much goes wrong.

The real server is spoken to over HTTP and listened to over one socket for each member; the suites are the sandbox's. In
the calm phase nothing goes wrong, and decisions are timed. Then notifications are dropped, doubled and shuffled, forged
and replayed, watches end, and calls are refused, while rooms answer and change their minds and owners move and delete.
It ends with every booking's state compared with the suite's, and what each client was told with what happened.
Exit code 1 where anything differs.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks.soaking.plan import SoakPlan
from benchmarks.soaking.run import Figures, Soak
from tests.journeys.story import story_on
from tests.support.database import sqlite_url, temporary_postgresql


def main() -> None:
    """Run one soak and print what it measured."""
    arguments = _arguments()
    plan = SoakPlan(
        seed=arguments.seed, bookings=arguments.bookings, members=arguments.members, calm=arguments.decisions
    )
    print(f"seed {plan.seed}: {plan.bookings} bookings by {plan.members} members", flush=True)
    differences = asyncio.run(_soak(plan, arguments))
    for difference in differences:
        print(difference)
    print("everything agrees" if not differences else f"{len(differences)} differences")
    sys.exit(1 if differences else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=20_260_101)
    parser.add_argument("--bookings", type=int, default=2_000)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--decisions", type=int, default=200, help="how many decisions are timed in the calm phase")
    parser.add_argument("--poll-interval", default="15", help="PENDING_POLL_INTERVAL, in seconds")
    parser.add_argument("--patience", type=float, default=30, help="seconds without news before a day passes")
    parser.add_argument("--postgresql", action="store_true", help="on HYBRID_MEETINGS_TEST_POSTGRESQL_URL")
    parser.add_argument("--redis", help="the address of a Redis server: then a worker runs the jobs too")
    return parser.parse_args()


async def _soak(plan: SoakPlan, arguments: argparse.Namespace) -> list[str]:
    settings = {"PENDING_POLL_INTERVAL": arguments.poll_interval, "LOG_LEVEL": "WARNING"}
    if arguments.redis:
        settings["REDIS_URL"] = arguments.redis
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = await stack.enter_async_context(temporary_postgresql()) if arguments.postgresql else sqlite_url(folder)
        story = await stack.enter_async_context(story_on(url, folder, moves_clock=True, **settings))
        if arguments.redis:
            await stack.enter_async_context(story.server.worker())
        soak = Soak(plan, story.sandbox, story.server)
        async with soak.prepared():
            _say("everybody is connected", soak.figures.connecting)
            await soak.calm()
            _print_calm(soak.figures)
            await soak.first_answers()
            _say("everything was asked for", soak.figures.booking)
            _say("rooms' first answers agreed upon", soak.figures.first_answers)
            await soak.changes(arguments.patience)
            _say("changes agreed upon, or given up until the day's look", soak.figures.changes)
            differences = await soak.differences()
            _print_trouble(soak.figures)
            return differences


def _say(what: str, seconds: float) -> None:
    print(f"{what}: {seconds:.1f} s", flush=True)


def _print_calm(figures: Figures) -> None:
    timed = sorted(figures.latencies)
    ninety_ninth = timed[min(len(timed) - 1, len(timed) * 99 // 100)]
    print(
        f"from a room's decision to the client's frame: median {statistics.median(timed) * 1000:.0f} ms, "
        f"p99 {ninety_ninth * 1000:.0f} ms, longest {timed[-1] * 1000:.0f} ms, of {len(timed)}",
        flush=True,
    )


def _print_trouble(figures: Figures) -> None:
    for name, delivered in zip(("Microsoft 365", "Google Workspace"), figures.delivered, strict=True):
        print(f"{name}: {delivered.messages} notifications, {delivered.dropped} dropped, {delivered.doubled} doubled")
    print(f"watches that forgeries, replays and endings met: {figures.forged}")
    print(f"calls refused: {figures.throttled}; bookings asked for again: {figures.repeats}")
    print(f"rooms said no {figures.rejections} times; clients were sent {figures.frames} frames")
    print(f"bookings that waited for the day's look, their notification having been lost: {figures.late}")
    for phase, calls in figures.calls.items():
        settled = figures.settled[phase]
        print(f"{phase}: {calls} calls about calendars, {settled} bookings, {calls / max(settled, 1):.2f} each")


if __name__ == "__main__":
    main()
