"""The only clock: every moment the product acts on comes from `now()`.

Tests move it with `use()`, the demo and the servers of journeys with `use_everywhere()`; nothing else in the product
asks the operating system what time it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

_Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


class MovedClock:
    """The machine's time and what was added to it: put forward, never back. Production has none."""

    def __init__(self, ahead: timedelta = timedelta()) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return _system() + self._ahead

    @property
    def ahead(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return self._ahead

    def advance(self, step: timedelta) -> None:
        """Put it forward. Raises ValueError when `step` is negative: what was written would come from the future."""
        if step < timedelta():
            raise ValueError("the clock only goes forward")
        self._ahead += step


_default: _Source = _system
_source: ContextVar[_Source | None] = ContextVar("clock", default=None)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return (_source.get() or _default)()


@contextmanager
def use(source: _Source) -> Iterator[None]:
    """Read the time from `source` in this context and the tasks started inside it."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


@contextmanager
def use_everywhere(source: _Source) -> Iterator[None]:
    """Read the time from `source` in the whole process, wherever `use()` says nothing else."""
    global _default
    former, _default = _default, source
    try:
        yield
    finally:
        _default = former
