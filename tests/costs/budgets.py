"""What each hot path may cost: `budgets.json`, and how what was counted is judged by it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.costs.measuring import FUNCTION_CALLS, Costs

FILE = Path(__file__).with_name("budgets.json")
RENEW = "python -m tests.costs.renew"
ABOVE, BELOW = 0.0, 0.10
"""How far a count may be above its budget and below it, as parts of the budget."""
CALLS_ABOVE, CALLS_BELOW = 0.05, 0.15
"""The same of function calls: which of them there are is nobody's promise."""

Paths = Mapping[str, Costs]
"""By the name of the path."""


def read() -> Mapping[str, Paths]:
    """By suite."""
    budgets: Mapping[str, Paths] = json.loads(FILE.read_text())
    return budgets


def write(budgets: Mapping[str, Paths]) -> None:
    """Puts them in the place of those that were there."""
    FILE.write_text(json.dumps(budgets, indent=2) + "\n")


def too_dear(budgets: Paths, found: Paths) -> Iterator[str]:
    """Every count that is above its budget, in words; a count that nobody has set a budget for is too."""
    for path, name, count in _counts(found):
        budget = budgets.get(path, {}).get(name)
        above = CALLS_ABOVE if name == FUNCTION_CALLS else ABOVE
        if budget is None:
            yield f"{path}: {count:,} {name}, for which there is no budget; {RENEW} sets one"
        elif count > budget * (1 + above):
            yield (
                f"{path}: {count:,} {name} instead of {budget:,} ({_more(count, budget)}); "
                f"{RENEW} renews the budget where that is worth it"
            )


def too_generous(budgets: Paths, found: Paths) -> Iterator[str]:
    """Every budget that lies far above what is counted now, or that is no path's any more, in words."""
    for path, name, budget in _counts(budgets):
        count = found.get(path, {}).get(name)
        below = CALLS_BELOW if name == FUNCTION_CALLS else BELOW
        if count is None:
            yield f"{path}: nobody counts {name} any more; {RENEW} drops the budget"
        elif count < budget * (1 - below):
            yield f"{path}: {count:,} {name} where the budget is still {budget:,}; {RENEW} renews it"


def _counts(paths: Paths) -> Iterator[tuple[str, str, int]]:
    for path, costs in paths.items():
        for name, count in costs.items():
            yield path, name, count


def _more(count: int, budget: int) -> str:
    return f"{count - budget:,} more" + (f", {(count / budget - 1) * 100:.0f} %" if budget else "")
