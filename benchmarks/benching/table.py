"""The table of goals: for the terminal, and between two marks of `docs/performance.md`."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from benchmarks.benching.results import Result, Spread

BEGIN, END = "<!-- bench -->", "<!-- /bench -->"


class NoMarks(Exception):
    """The file has no place for the table."""


def told(result: Result) -> list[str]:
    """One row for the terminal: every figure, then every goal."""
    width = max((len(name) for name in (*result.figures, *result.skipped)), default=0)
    lines = [f"== {result.row.name}: {result.row.measures}"]
    for name, values in result.figures.items():
        spread = Spread.of(values)
        extent = f"({number(spread.least)} to {number(spread.most)})" if len(values) > 1 else ""
        lines.append(f"  {name:<{width}}  {number(spread.median):>9} {result.units[name]:<6} {extent}".rstrip())
    lines += [f"  {name:<{width}}  skipped: {why}" for name, why in result.skipped.items()]
    for goal in result.as_json()["goals"]:
        lines.append(f"  {goal['verdict']:<7} {_reached(goal)}: {_goal(goal)}")
    return lines


def table(rows: Mapping[str, Mapping[str, Any]], order: Iterable[str]) -> str:
    """Markdown of the rows as they stand in the results file."""
    lines = ["| | goal | reached | |", "| --- | --- | --- | --- |"]
    for name in order:
        if name not in rows:
            continue
        for place, goal in enumerate(rows[name]["goals"]):
            lines.append(f"| {name if place == 0 else ''} | {_goal(goal)} | {_reached(goal)} | {goal['verdict']} |")
    return "\n".join([*lines, "", *_taken(rows)])


def put(path: Path, text: str) -> None:
    """Writes the text between the marks. Raises NoMarks."""
    before, begin, rest = path.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise NoMarks(f"{path} lacks {BEGIN} and {END}")
    path.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")


def number(value: float) -> str:
    """Three figures that count."""
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _goal(goal: Mapping[str, Any]) -> str:
    bound = f"at least {number(goal['at_least'])}" if "at_least" in goal else f"at most {number(goal['at_most'])}"
    against = goal.get("against")
    if against is None:
        return f"{goal['contender']}: {bound} {goal['unit']}".strip()
    rival = against if isinstance(against, str) else f"the best of {', '.join(against)}"
    return f"{goal['contender']}: {bound} of {rival}"


def _reached(goal: Mapping[str, Any]) -> str:
    reached = goal["reached"]
    if "why" in reached:
        return f"skipped: {reached['why']}"
    median, least, most = (number(reached[name]) for name in ("median", "least", "most"))
    return median if least == most else f"{median} ({least} to {most})"


def _taken(rows: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where and when, once for each run that rows are of."""
    runs: dict[str, list[str]] = {}
    for name, row in rows.items():
        where = row["machine"]
        at = row["taken_at"].partition("T")[0]
        run = f"{at}, {where['processors']} processors ({where['processor']}), Python {where['python']}"
        runs.setdefault(f"{run}, {row['rounds']} rounds", []).append(name)
    what = "Medians (least to most) of the ratios within each round"
    if len(runs) <= 1:
        return [f"{what}: {run}." for run in runs]
    return [f"{what}: {run} (*{', '.join(of)}*)." for run, of in runs.items()]
