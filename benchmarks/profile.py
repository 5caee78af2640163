"""`python -m benchmarks.profile ROW`: where our path of one row spends its time, by cProfile.

cProfile makes calls dearer than what is between them: shares say where to look, and the bench says what was gained.
"""

import argparse
import asyncio
import sys
from pathlib import Path

from benchmarks.benching.catalogue import rows
from benchmarks.benching.profiles import NoPath, profile
from benchmarks.benching.rows import Missing


def main() -> None:
    """Profile the row's path and print the functions that took longest."""
    known = rows()
    arguments = _arguments([name for name, row in known.items() if row.path is not None])
    try:
        stats, units = asyncio.run(profile(known[arguments.row], seconds=arguments.seconds, quick=False))
    except (Missing, NoPath) as error:
        sys.exit(str(error))
    print(f"{arguments.row}: {units} units")
    stats.sort_stats(arguments.sort).print_stats(arguments.lines)
    if arguments.output is not None:
        stats.dump_stats(arguments.output)


def _arguments(known: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("row", choices=known)
    parser.add_argument("--seconds", type=float, default=5, help="how long the path is gone")
    parser.add_argument("--sort", choices=["tottime", "cumulative", "ncalls"], default="tottime")
    parser.add_argument("--lines", type=int, default=40, help="how many functions are printed")
    parser.add_argument("--output", type=Path, help="the whole profile, for snakeviz and the like")
    return parser.parse_args()


if __name__ == "__main__":
    main()
