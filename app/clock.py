"""The only clock: every moment the product acts on comes from `now()`.

Tests move it with `use()`; nothing else in the product asks the operating system what time it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_Source = Callable[[], datetime]


def _system() -> datetime:
    return datetime.now(UTC)


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
