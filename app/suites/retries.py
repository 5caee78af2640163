"""When a failed call to a suite may be sent again, and how long to wait before it.

`Retry-After` may be seconds or a date (RFC 9110 §10.2.3: https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3);
some proxies send fractions or nonsense. Whatever cannot be obeyed counts as absent, and then waits double.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

RETRIED_STATUSES = frozenset({429, 503, 504})
MAX_ATTEMPTS = 5
MAX_PAUSE = timedelta(seconds=32)

_SECONDS = re.compile(r"\d{1,9}(\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Timing:
    """Where time comes from and how it is waited for; tests put their own in its place.

    `monotonic` counts seconds; `sleep` waits that many; `jitter` answers a number from 0 to 1.
    """

    monotonic: Callable[[], float]
    sleep: Callable[[float], Awaitable[None]]
    jitter: Callable[[], float]


class Deadline:
    """The moment by which one operation, with all its calls and waits, has to be over."""

    def __init__(self, allowance: timedelta, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._ends = monotonic() + allowance.total_seconds()

    def remaining(self) -> float:
        """Seconds left; never below zero."""
        return max(0.0, self._ends - self._monotonic())

    def allows(self, pause: timedelta) -> bool:
        """Whether something could still be done after that pause."""
        return pause.total_seconds() < self.remaining()


def retry_after(header: str | None, at: datetime) -> timedelta | None:
    """What a `Retry-After` header asks for at the instant `at`; None where it asks for nothing that makes sense."""
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        pause = timedelta(seconds=float(text))
    else:
        try:
            moment = parsedate_to_datetime(text)
            pause = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
    return pause if pause > timedelta() else None


def back_off(attempt: int, jitter: float) -> timedelta:
    """The pause after failed attempt number `attempt` (from 0) where the suite names none."""
    return min(timedelta(seconds=2.0 ** min(attempt, 10) + jitter), MAX_PAUSE)
