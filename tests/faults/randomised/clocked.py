"""`python -m tests.faults.randomised.clocked serve`: the product's own command line on a clock that others move.

Any number of servers, workers and commands share it. The product itself knows nothing of it.
"""

import os
import sys
from pathlib import Path

from app import clock
from app.cli import cli
from tests.faults.randomised.shared_clock import SharedClock

MODULE = "tests.faults.randomised.clocked"
VARIABLE = "RANDOMISED_CLOCK"
"""Names the clock's file."""


def main(arguments: list[str], file: Path) -> None:
    """Run one command of the product."""
    with clock.use_everywhere(SharedClock(file).now):
        cli(arguments)


if __name__ == "__main__":
    main(sys.argv[1:], Path(os.environ[VARIABLE]))
