"""What a run showed: figures with their spread, how far each goal was reached, and how both are written down."""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.benching.rows import Figures, Goal, Row

_PACKAGES = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "orjson",
    "ariadne",
    "tortoise-orm",
    "aiohttp",
)


class Verdict(Enum):
    """What becomes of a goal."""

    OK = "ok"
    MISSED = "missed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of several values, and the outermost of them."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        return cls(statistics.median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Reached:
    """A goal and how far it was reached; `spread` is None where nothing can be said, and `why` says why."""

    goal: Goal
    spread: Spread | None
    why: str = ""

    @property
    def verdict(self) -> Verdict:
        """The median decides."""
        if self.spread is None:
            return Verdict.SKIPPED
        return Verdict.OK if self.goal.is_met(self.spread.median) else Verdict.MISSED


@dataclass(frozen=True, slots=True)
class Result:
    """One row's."""

    row: Row
    figures: Figures
    units: Mapping[str, str]
    skipped: Mapping[str, str]
    """Who could not take part, and why."""

    @property
    def goals(self) -> list[Reached]:
        return [reach(goal, self) for goal in self.row.goals]

    def as_json(self) -> dict[str, Any]:
        """Every value that was seen, so that whoever doubts a ratio can take it again."""
        return {
            "measures": self.row.measures,
            "figures": {
                name: {"unit": self.units[name], **asdict(Spread.of(values)), "values": list(values)}
                for name, values in self.figures.items()
            },
            "goals": [_goal_as_json(reached, self.units) for reached in self.goals],
            "skipped": dict(self.skipped),
        }


def reach(goal: Goal, result: Result) -> Reached:
    """How far the goal is reached.

    Ratios are taken within each round, so that a slow minute is everybody's; of medians where rounds are not shared.
    """
    own = result.figures.get(goal.contender)
    if not own:
        return Reached(goal, None, result.skipped.get(goal.contender, "not measured"))
    if goal.against is None:
        return Reached(goal, Spread.of(own))
    rivals = [result.figures[name] for name in goal.rivals if result.figures.get(name)]
    if not rivals:
        return Reached(goal, None, result.skipped.get(goal.rivals[0], "not measured"))
    best = max if result.row.more_is_better else min
    if len({len(own), *(len(values) for values in rivals)}) == 1:
        against = [best(values) for values in zip(*rivals, strict=True)]
    else:
        own, against = [statistics.median(own)], [best(statistics.median(values) for values in rivals)]
    ratios = [value / other for value, other in zip(own, against, strict=True) if other]
    return Reached(goal, Spread.of(ratios)) if ratios else Reached(goal, None, "compared with nought")


def machine() -> dict[str, Any]:
    """What the figures were seen on."""
    return {
        "processors": os.cpu_count(),
        "processor": _processor(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": sys.version.split()[0],
        "versions": {name: found for name in _PACKAGES if (found := _version(name))},
    }


def write(path: Path, taken: Mapping[str, Any], results: Sequence[Result]) -> dict[str, Any]:
    """Puts these rows beside those of earlier runs in the file; each keeps when, where and how it was taken."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"rows": {}}
    for result in results:
        found["rows"][result.row.name] = {**taken, **result.as_json()}
    path.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
    return found


def _goal_as_json(reached: Reached, units: Mapping[str, str]) -> dict[str, Any]:
    goal = {name: value for name, value in asdict(reached.goal).items() if value is not None}
    if reached.goal.against is None:
        goal["unit"] = units.get(reached.goal.contender, "")
    ratio = asdict(reached.spread) if reached.spread else {"why": reached.why}
    return {**goal, "reached": ratio, "verdict": reached.verdict.value}


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
