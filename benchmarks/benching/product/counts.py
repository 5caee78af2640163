"""What one agenda costs others, however many events it has: calls to the suite, and queries of the database.

Counted in this process: every statement that SQLite runs, and every call that the sandbox hears.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from app.sandbox.process import SandboxClient
from app.suites.microsoft365.mailbox import EVENTS_PAGE
from benchmarks.benching.product.agenda_world import ATTENDEES, DOCUMENT
from benchmarks.benching.product.connected import connected
from benchmarks.benching.product.in_process import Asker, composed
from benchmarks.benching.rows import Conditions, Counted, Figures, Goal
from tests.support.database import migrate, sqlite_url
from tests.support.queries import counted_queries

SIZES = (50, 500, 5_000)
NOTHING_BUT_ME = "{ viewer { role } }"
"""What is asked of the database for this is asked for every request: who asks."""
FIRST_DAY = timedelta(days=7)
WEEK = timedelta(days=7)


async def measure(conditions: Conditions) -> Figures:
    """For each size, one after another in the same calendar."""
    await migrate(sqlite_url(conditions.folder))
    found: dict[str, list[float]] = {}
    first = datetime.combine(datetime.now(UTC).date() + FIRST_DAY, time(), UTC)
    async with connected(sqlite_url(conditions.folder), conditions.folder) as member:
        await member.story.server.stop()
        async with composed(member.settings()) as application:
            asker = Asker(application, member.token)
            sandbox, present = member.story.sandbox, 0
            await asker.ask(NOTHING_BUT_ME, {})
            for size in SIZES[: conditions.pick(len(SIZES), 1)]:
                order = {"events": size - present, "attendees": ATTENDEES, "start": first.date().isoformat()}
                await sandbox.control("POST", f"graph/mailboxes/{member.address}/fill", order)
                present = size
                window = {"from": first.isoformat(), "to": (first + WEEK).isoformat()}
                calls, queries = await _cost_of(asker, sandbox, DOCUMENT, window)
                _, always = await _cost_of(asker, sandbox, NOTHING_BUT_ME, {})
                found[_calls(size)] = [calls]
                found[_queries(size)] = [queries - always]
                found[_AUTHENTICATION] = [always]
    return found


_AUTHENTICATION = "queries of authentication"


def _calls(size: int) -> str:
    return f"calls to the suite, {size:,} events"


def _queries(size: int) -> str:
    return f"queries beyond authentication, {size:,} events"


async def _cost_of(
    asker: Asker, sandbox: SandboxClient, document: str, variables: Mapping[str, Any]
) -> tuple[int, int]:
    """Calls to the suite, and queries."""
    await sandbox.control("DELETE", "calls")
    async with counted_queries() as queries:
        await asker.ask(document, variables)
    heard = (await sandbox.control("GET", "calls"))["counts"]
    return sum(entry["count"] for entry in heard), len(queries)


COUNTS = Counted(
    name="agenda-counts",
    measures="What one agenda asks of the suite and of the database, with 50, 500 and 5,000 events in its window.",
    goals=(
        *(Goal(contender=_queries(size), at_most=4) for size in SIZES),
        *(Goal(contender=_calls(size), at_most=size // EVENTS_PAGE + 1) for size in SIZES),
    ),
    measure=measure,
    units={_AUTHENTICATION: "queries"}
    | {_queries(size): "queries" for size in SIZES}
    | {_calls(size): "calls" for size in SIZES},
)
