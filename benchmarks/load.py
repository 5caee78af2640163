"""`python -m benchmarks.load`: what a deployment on PostgreSQL and Redis bears, printed beside the mark it has to pass.

Each part starts servers, a worker and a sandbox of its own. `--scale` makes everything smaller: small runs prove that
the parts work, and say nothing about the figures. Exit code 1 where anything went wrong.
"""

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.loading import purge, sockets, traffic
from benchmarks.loading.deployment import NoServicesError
from benchmarks.loading.figures import Report, write

OUTPUT = Path(__file__).with_name("load.json")
PARTS: Mapping[str, Callable[[Path, float], Awaitable[Report]]] = {
    "traffic": traffic.measure,
    "sockets": sockets.measure,
    "purge": purge.measure,
}
EVERYTHING = "all"


def main() -> None:
    """Measure the parts that are asked for, one after another."""
    arguments = _arguments()
    parts = list(PARTS) if arguments.part == EVERYTHING else [arguments.part]
    try:
        went_well = asyncio.run(run(parts, arguments.scale, arguments.output))
    except NoServicesError as error:
        sys.exit(str(error))
    sys.exit(0 if went_well else 1)


async def run(parts: Sequence[str], scale: float, output: Path) -> bool:
    """Measure, print and write down; whether nothing went wrong."""
    went_well = True
    for part in parts:
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            report = await PARTS[part](Path(folder), scale)
        seconds = time.monotonic() - began
        print("\n".join(report.lines()), f"\n  taken in {seconds:.0f} s at scale {scale:g}\n", sep="", flush=True)
        taken = {"taken_at": datetime.now(UTC).isoformat(timespec="seconds"), "scale": scale, "seconds": seconds}
        machine = {"processors": os.cpu_count(), "python": sys.version.split()[0]}
        write(output, part, {**taken, **machine, **report.as_json()})
        went_well = went_well and not report.errors
    return went_well


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default=EVERYTHING, choices=[*PARTS, EVERYTHING])
    parser.add_argument("--scale", type=float, default=1, help="a part of everything, such as 0.05")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the figures go as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
