"""What a suite is built into besides its own settings: ports to the rest of the process.

Nothing is behind them unless the composition root puts something there.
"""

from collections.abc import Callable
from dataclasses import dataclass

from app.suites.observing import UNOBSERVED, CallObserver
from app.suites.protocol import SuiteName


def _nobody(_: SuiteName) -> CallObserver:
    return UNOBSERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The same for every suite of a process."""

    observer_of: Callable[[SuiteName], CallObserver] = _nobody
    """Who watches the calls to a suite."""


ALONE = Surroundings()
"""A suite that nobody watches and that shares nothing with anybody."""
