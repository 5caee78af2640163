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
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.loading import purge, rooms, sockets, traffic, webhooks
from benchmarks.loading.deployment import NoServicesError
from benchmarks.loading.figures import Report, write
from benchmarks.loading.soak import MINUTES, Soak

OUTPUT = Path(__file__).with_name("load.json")
Part = Callable[[Path, float], Awaitable[Report]]
PARTS: Mapping[str, Part] = {
    "traffic": traffic.measure,
    "sockets": sockets.measure,
    "webhooks": webhooks.measure,
    "purge": purge.measure,
    "rooms": rooms.measure,
    "soak": Soak(),
}
EVERYTHING = "all"


def main() -> None:
    """Measure the parts that are asked for, one after another."""
    arguments = _arguments()
    chosen = list(PARTS) if arguments.part == EVERYTHING else [arguments.part]
    parts = {name: Soak(arguments.minutes) if name == "soak" else PARTS[name] for name in chosen}
    try:
        went_well = asyncio.run(run(parts, arguments.scale, arguments.output))
    except NoServicesError as error:
        sys.exit(str(error))
    sys.exit(0 if went_well else 1)


async def run(parts: Mapping[str, Part], scale: float, output: Path) -> bool:
    """Measure, print and write down; whether nothing went wrong."""
    went_well = True
    for name, part in parts.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            report = await part(Path(folder), scale)
        seconds = time.monotonic() - began
        print("\n".join(report.lines()), f"\n  taken in {seconds:.0f} s at scale {scale:g}\n", sep="", flush=True)
        taken = {"taken_at": datetime.now(UTC).isoformat(timespec="seconds"), "scale": scale, "seconds": seconds}
        machine = {"processors": os.cpu_count(), "python": sys.version.split()[0]}
        write(output, name, {**taken, **machine, **report.as_json()})
        went_well = went_well and not report.errors
    return went_well


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default=EVERYTHING, choices=[*PARTS, EVERYTHING])
    parser.add_argument("--scale", type=float, default=1, help="a part of everything, such as 0.05")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long the soak takes, at scale 1")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the figures go as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
