"""Who watches the jobs from outside, to count and time their runs: a port, and nobody unless somebody is given."""

from types import TracebackType
from typing import Protocol, Self


class ObservedRun(Protocol):
    """One run of a job; leaving it without a word means that it was cancelled."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def ended(self, *, well: bool) -> None:
        """It came to its end, or failed."""
        ...


class JobObserver(Protocol):
    """Watches every job of a process."""

    def run(self, job: str) -> ObservedRun:
        """A run begins."""
        ...


class _Unobserved:
    """Watches nothing."""

    def run(self, job: str) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        """Nobody asks."""

    def ended(self, *, well: bool) -> None:
        """Nobody asks."""


UNOBSERVED: JobObserver = _Unobserved()
