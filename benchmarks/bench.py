"""`python -m benchmarks.bench [row ...]`: how fast each path is, as a ratio against its floor or its peers in this run.

Results go to `benchmarks/results.json` and, as a table of the goals, into `docs/performance.md`. `--quick` shows in a
minute or two that everything works, says nothing about speed, and writes nothing unless `--output` names a file.
"""

import argparse
import asyncio
import sys
from pathlib import Path
from random import SystemRandom

from benchmarks.benching import running
from benchmarks.benching.catalogue import rows

OUTPUT = Path(__file__).with_name("results.json")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"
ROUNDS, QUICK_ROUNDS = 7, 2


def main() -> None:
    """Measure the rows that are asked for. Exit code 1 where one of them went wrong; a missed goal is a figure."""
    known = rows()
    arguments = _arguments(list(known))
    rounds = arguments.rounds or (QUICK_ROUNDS if arguments.quick else ROUNDS)
    seed = arguments.seed if arguments.seed is not None else SystemRandom().randrange(1_000_000)
    chosen = [known[name] for name in arguments.row or known]
    plan = running.Plan(rounds=rounds, quick=arguments.quick, seed=seed)
    output = arguments.output or (None if arguments.quick else OUTPUT)
    page = None if arguments.quick or arguments.output else PAGE
    went_wrong = asyncio.run(running.run(chosen, plan, running.Papers(output, page, list(known))))
    sys.exit(1 if went_wrong else 0)


def _arguments(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", nargs="*", help=f"of {', '.join(known)}; all where none is named")
    parser.add_argument("--rounds", type=int, help=f"turns of each contender; {ROUNDS} unless said")
    parser.add_argument("--quick", action="store_true", help="small sizes, to see that it works")
    parser.add_argument("--seed", type=int, help="of the order of turns")
    parser.add_argument("--output", type=Path, help="where the results go as JSON; the page stays as it is then")
    arguments = parser.parse_args()
    if unknown := [name for name in arguments.row if name not in known]:
        parser.error(f"no such row: {', '.join(unknown)}")
    return arguments


if __name__ == "__main__":
    main()
