"""A clock that a test moves, for what counts by the minute."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app import clock


@dataclass
class Moving:
    """The present of a test."""

    now: datetime = datetime(2031, 5, 12, 9, 0, tzinfo=UTC)

    def advance(self, step: timedelta) -> None:
        self.now += step


@contextmanager
def moving() -> Iterator[Moving]:
    """The whole process goes by this clock."""
    present = Moving()
    with clock.use_everywhere(lambda: present.now):
        yield present
