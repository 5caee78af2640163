"""`python -m benchmarks.load`: what a deployment on PostgreSQL and Redis bears, printed beside the mark it has to pass.

Each part starts servers, a worker and a sandbox of its own. `--scale` makes everything smaller: small runs prove that
the parts work, and say nothing about the figures. Exit code 1 where anything went wrong.
"""

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path

from benchmarks.loading.deployment import Ground, NoServicesError
from benchmarks.loading.parts import parts, run
from benchmarks.loading.soak import MINUTES

OUTPUT = Path(__file__).with_name("load.json")
EVERYTHING = "all"


def main() -> None:
    """Measure the parts that are asked for, one after another."""
    arguments = _arguments()
    known = parts(arguments.minutes)
    chosen = list(known) if arguments.part == EVERYTHING else [arguments.part]
    with tempfile.TemporaryDirectory() as folder:
        try:
            ground = Ground.of_environment(Path(folder))
        except NoServicesError as error:
            sys.exit(str(error))
        each_alone = [[name] for name in chosen]
        reports = asyncio.run(run(known, each_alone, ground, arguments.scale, arguments.output))
    sys.exit(1 if any(report.errors for report in reports) else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", nargs="?", default=EVERYTHING, choices=[*parts(), EVERYTHING])
    parser.add_argument("--scale", type=float, default=1, help="a part of everything, such as 0.05")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long the soak takes, at scale 1")
    parser.add_argument("--output", type=Path, default=OUTPUT, help="where the figures go as JSON")
    return parser.parse_args()


if __name__ == "__main__":
    main()
