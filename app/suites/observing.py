"""Who watches the calls to a suite from outside, to count and time them: a port, and nobody unless somebody is given.

A watcher learns the operation, how it ended and the status, and never an address, a body or a header.
"""

from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self


class CallOutcome(StrEnum):
    """How a call ended, or why it was sent again."""

    OK = "ok"
    REFUSED = "refused"
    """Answered with no: a status of 300 to 499, gone and not found among them."""
    THROTTLED = "throttled"
    UNAVAILABLE = "unavailable"
    """A status of 500 or above, or no answer that could be read."""
    TIMED_OUT = "timed_out"
    NOT_SENT = "not_sent"
    """The mailbox is busy, its lane is closed, or the address is none of the suite's."""


class ObservedCall(Protocol):
    """One call, from before its first attempt to its end; leaving it without a word means that it was cancelled."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def repeated(self, because: CallOutcome) -> None:
        """It is sent again."""
        ...

    def ended(self, outcome: CallOutcome, status: int | None) -> None:
        """It is over; None where no status came."""
        ...


class CallObserver(Protocol):
    """Watches the calls to one suite."""

    def call(self, operation: str) -> ObservedCall:
        """A call begins; `operation` is one of a small number of names of ours."""
        ...


class _Unobserved:
    """Watches nothing."""

    def call(self, operation: str) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nobody asks."""

    def repeated(self, because: CallOutcome) -> None:
        """Nobody asks."""

    def ended(self, outcome: CallOutcome, status: int | None) -> None:
        """Nobody asks."""


UNOBSERVED: CallObserver = _Unobserved()
