"""Nothing is left hanging: no claim, no process that fell for no reason, no defect in the logs."""

import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from tests.faults.randomised import quiet
from tests.faults.randomised.facts import Facts

BAD = frozenset({"error", "critical"})
COMES_AGAIN = frozenset({"notification_not_taken"})
"""Nothing is lost by it: a slow machine has to be told again."""
TRIES = 20


async def none(facts: Facts) -> Sequence[str]:
    """Looked at several times, since pending rooms are asked after now and then."""
    left: dict[str, int] = {}
    for _ in range(TRIES):
        left = await quiet.unrest(facts.run.stage)
        if not left:
            return []
    return [f"{count} {name}" for name, count in left.items()]


async def logs(facts: Facts) -> Sequence[str]:
    """Lines of that level, and what is no line of ours at all."""
    counted: Counter[str] = Counter()
    for machine in (*facts.run.stage.servers, *facts.run.stage.workers):
        for line in machine.log_path.read_text(errors="replace").splitlines():
            for what in _defects(facts, line):
                counted[f"{machine.name}: {what}"] += 1
    return [f"{what} ({count} times)" for what, count in counted.items()]


def _defects(facts: Facts, line: str) -> Iterator[str]:
    try:
        entry = json.loads(line)
    except ValueError:
        if line.strip():
            yield f"no line of ours: {line.strip()[:200]}"
        return
    if entry.get("level") not in BAD or entry["event"] in COMES_AGAIN:
        return
    since = datetime.now(UTC) - datetime.fromisoformat(entry["timestamp"])
    at = time.monotonic() - since.total_seconds()
    is_explained = facts.run.stage.database_was_troubled(at)
    if entry.get("logger", "").startswith(("taskiq", "asyncio")):  # which say so themselves before we do
        is_explained = facts.run.stage.was_troubled(at)
    if not is_explained:
        known = {name: value for name, value in entry.items() if name not in {"timestamp", "correlation_id", "level"}}
        yield json.dumps(known, sort_keys=True)[:600]


async def processes(facts: Facts) -> Sequence[str]:
    """A process may not start without its database; nothing else ends one."""
    lines = []
    for machine in (*facts.run.stage.servers, *facts.run.stage.workers):
        for at, code in machine.fell:
            if not facts.run.stage.database_was_troubled(at):
                lines.append(f"{machine.name} ended with {code}")
        if machine.slow_stops:
            lines.append(f"{machine.name} did not end when told to, {machine.slow_stops} times")
    return lines
