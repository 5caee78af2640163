"""Who watches operations from outside, to count and time them: a port, and nobody unless somebody is given.

A watcher learns of an operation what the schema names, and never what a client named or sent.
"""

from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from app.graphql.documents import Operation


class Transport(StrEnum):
    """How an operation came in; a subscription by HTTP is an event stream."""

    HTTP = "http"
    WEBSOCKET = "websocket"


class Ended(StrEnum):
    """How an operation ended."""

    ANSWERED = "answered"
    PARTLY = "partly"
    """With errors beside the data that are none of ours: a field that needs a sign-in, for one."""
    REFUSED = "refused"
    """The request was wrong, or the credential."""
    LIMITED = "limited"
    """The caller asked for too much or too often, and was told when to come back."""
    GIVEN_UP = "given_up"
    """It took longer than the deadline."""
    UNAVAILABLE = "unavailable"
    """What we need ourselves was away: the database."""
    BROKEN = "broken"
    """A defect of ours."""


class ObservedOperation(Protocol):
    """One operation, from its arrival to its end; leaving it without a word means that its client went away."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def prepared(self, operation: Operation) -> None:
        """It may be run; a subscription goes on from here for as long as its client likes."""
        ...

    def ended(self, how: Ended) -> None:
        """How it ended; the last word counts."""
        ...


class OperationObserver(Protocol):
    """Watches every operation of a process."""

    def operation(self, transport: Transport) -> ObservedOperation:
        """Something came in; whether it is an operation shows when it has been read."""
        ...


class _Unobserved:
    """Watches nothing."""

    def operation(self, transport: Transport) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nobody asks."""

    def prepared(self, operation: Operation) -> None:
        """Nobody asks."""

    def ended(self, how: Ended) -> None:
        """Nobody asks."""


UNOBSERVED: OperationObserver = _Unobserved()
