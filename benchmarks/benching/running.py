"""A run of the bench: row after row, each told at once and written down, so that a broken run loses nothing."""

import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.benching import results, table
from benchmarks.benching.results import Result
from benchmarks.benching.rounds import take_turns
from benchmarks.benching.rows import Compared, Conditions, Missing, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How everything is measured."""

    rounds: int
    quick: bool
    seed: int


@dataclass(frozen=True, slots=True)
class Papers:
    """Where it is written: the results file and the page with the table, or nowhere; `order` is the table's."""

    output: Path | None
    page: Path | None
    order: Sequence[str]


async def run(rows: Sequence[Row], plan: Plan, papers: Papers) -> list[str]:
    """Measures the rows one after another; the names of those that went wrong."""
    went_wrong = []
    for row in rows:
        try:
            result = await measure(row, plan)
        except Exception:
            traceback.print_exc()
            went_wrong.append(row.name)
            continue
        print("\n".join(table.told(result)), "\n", flush=True)
        _write(result, plan, papers)
    if went_wrong:
        print(f"went wrong: {', '.join(went_wrong)}", file=sys.stderr)
    return went_wrong


async def measure(row: Row, plan: Plan) -> Result:
    """One row, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        conditions = Conditions(Path(folder), plan.quick, plan.rounds)
        if isinstance(row, Compared):
            turns = await take_turns(row, conditions, plan.rounds, plan.seed)
            return Result(row, turns.values, dict.fromkeys(turns.values, row.unit), turns.skipped)
        try:
            return Result(row, await row.measure(conditions), row.units, {})
        except Missing as missing:
            return Result(row, {}, row.units, {name: str(missing) for name in row.units})


def _write(result: Result, plan: Plan, papers: Papers) -> None:
    if papers.output is None:
        return
    taken = {
        "taken_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "rounds": plan.rounds,
        "quick": plan.quick,
        "seed": plan.seed,
        "machine": results.machine(),
    }
    written = results.write(papers.output, taken, [result])
    if papers.page is not None:
        table.put(papers.page, table.table(written["rows"], papers.order))
