"""`python -m tests.faults.randomised --minutes 10 --seed 7`: one run, what it did, and whether every promise was kept.

PostgreSQL's and Redis's own programs have to be installed: both are started, and killed, by the run itself. Exit code
1 where anything differs; the logs of all processes are then kept where the last line says.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.randomised import report
from tests.faults.randomised.invariants import differences
from tests.faults.randomised.plan import Plan
from tests.faults.randomised.run import prepared


def main() -> None:
    """Run once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, help="one is made up, and printed, where none is given")
    parser.add_argument("--members", type=int, default=5, help="of each of the four organisations")
    arguments = parser.parse_args()
    seed = random.SystemRandom().randrange(1_000_000) if arguments.seed is None else arguments.seed
    plan = Plan(seed=seed, seconds=arguments.minutes * 60, members=arguments.members)
    folder = Path(tempfile.mkdtemp(prefix=f"randomised-{seed}-"))
    print(f"seed {seed}: {arguments.minutes:g} minutes, {len(plan.troubles())} troubles", flush=True)
    sys.exit(asyncio.run(_run(plan, folder)))


async def _run(plan: Plan, folder: Path) -> int:
    began = time.monotonic()
    async with prepared(plan, folder) as run:
        print(f"everybody is there after {time.monotonic() - began:.0f} s", flush=True)
        async with run.listened():
            await run.act()
            print(f"everybody has acted after {time.monotonic() - began:.0f} s", flush=True)
            await run.grow_quiet()
            print(f"all is quiet after {time.monotonic() - began:.0f} s", flush=True)
            found = await differences(run)
        print(report.of(run))
    for name, lines in found.items():
        print(f"{name}: {'kept' if not lines else f'{len(lines)} DIFFERENCES'}")
        for line in lines:
            print(f"  {line}")
    if any(found.values()):
        print(f"logs: {folder}")
        return 1
    return 0


if __name__ == "__main__":
    main()
