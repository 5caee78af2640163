"""`python -m tests.costs.renew`: counts what each hot path costs now, and makes that its budget."""

import asyncio
import tempfile
from pathlib import Path

from tests.costs import budgets
from tests.costs.measuring import measured
from tests.journeys.companies import COMPANIES


async def _counted() -> dict[str, budgets.Paths]:
    found: dict[str, budgets.Paths] = {}
    for company in COMPANIES:
        with tempfile.TemporaryDirectory(prefix="costs-") as folder:
            found[company.suite] = await measured(company, Path(folder))
    return found


def main() -> None:
    """Count, say what changes, and write it down."""
    found, before = asyncio.run(_counted()), budgets.read() if budgets.FILE.exists() else {}
    for suite, paths in found.items():
        for path, costs in paths.items():
            for name, count in costs.items():
                was = before.get(suite, {}).get(path, {}).get(name)
                if count != was:
                    print(f"{suite}, {path}: {'new' if was is None else f'{was:,}'} -> {count:,} {name}")
    budgets.write(found)


if __name__ == "__main__":
    main()
