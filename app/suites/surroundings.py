"""What a suite is built into besides its own settings: ports to the rest of the process.

Nothing is behind them unless the composition root puts something there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from app.suites.observing import UNOBSERVED, CallObserver
from app.suites.protocol import SuiteName
from app.suites.sharing import SharedSlots, Unshared


def _nobody(_: SuiteName) -> CallObserver:
    return UNOBSERVED


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """The same for every suite of a process."""

    observer_of: Callable[[SuiteName], CallObserver] = _nobody
    """Who watches the calls to a suite."""
    slots: SharedSlots = field(default_factory=Unshared)
    """Where calls to one mailbox are counted besides in this process."""


ALONE = Surroundings()
"""A suite that nobody watches and that shares nothing with anybody."""
