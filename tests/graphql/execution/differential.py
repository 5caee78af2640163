"""Compares plans with graphql-core for as long as is asked: `python -m tests.graphql.execution.differential`."""

import argparse
import asyncio
import logging
import secrets
import sys
import time
import warnings
from collections import Counter

from tests.graphql.execution.cases import Differs, compare

_STRANGE = (0, 2, 4, 8, 15, 40, 100)
_SAID_EVERY = 60.0


def main() -> int:
    """Prints what was compared, and the seed of every case that differed. 1 where one did."""
    parser = argparse.ArgumentParser(description="Compares the answers of plans with those of graphql-core.")
    parser.add_argument("--minutes", type=float, default=1.0, help="how long")
    parser.add_argument(
        "--cases", type=int, default=0, help="how many schemas at most; 0 for as many as there is time for"
    )
    parser.add_argument("--seed", type=int, default=None, help="the first case's; each next one's is one more")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else secrets.randbelow(10**9)
    print(f"seed {seed}", flush=True)
    warnings.simplefilter("ignore", RuntimeWarning)  # coroutines that an error leaves behind
    sys.unraisablehook = lambda _: None  # the same, where nothing can be imported
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    return _compare(seed, arguments.cases, arguments.minutes * 60)


def _compare(first: int, most: int, seconds: float) -> int:
    counts: Counter[str] = Counter()
    seed, differing, began, said = first, 0, time.monotonic(), 0.0
    while (passed := time.monotonic() - began) < seconds and (not most or seed - first < most):
        if passed - said > _SAID_EVERY:
            said = passed
            print(f"{passed / 60:.0f} minutes: {_told(counts)}", flush=True)
        strange, plain = _STRANGE[seed % len(_STRANGE)], seed % 5 == 0
        try:
            asyncio.run(compare(seed, counts, strange=strange, documents=3, plain=plain))
        except Differs as difference:
            differing += 1
            print(f"\n--seed {seed} --cases 1: {difference}", flush=True)
        except asyncio.CancelledError:
            differing += 1
            print(f"\n--seed {seed} --cases 1: broken off in place of an answer", flush=True)
        seed += 1
    print(f"seeds {first} to {seed - 1}: {_told(counts)}, {differing} differed")
    return 1 if differing else 0


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
