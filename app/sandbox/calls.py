"""Counts the calls that reached Entra and Graph, by host, method and path template.

This is how a test proves that an agenda of a week costs one call to the suite.
"""

from collections import Counter, deque
from dataclasses import dataclass
from datetime import datetime

from app.sandbox.faults import Call

RECENT_CALLS_KEPT = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweredCall:
    """One call with what came of it; ``status`` is None when the connection was dropped."""

    at: datetime
    call: Call
    status: int | None
    fault_id: str | None


class CallBook:
    """Calls since the last clearing: every one counted, the latest thousand kept."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[str, str, str]] = Counter()
        self.recent: deque[AnsweredCall] = deque(maxlen=RECENT_CALLS_KEPT)

    def add(self, answered: AnsweredCall) -> None:
        """Count one call."""
        call = answered.call
        self.counts[(call.host.value, call.method, call.template)] += 1
        self.recent.append(answered)

    def clear(self) -> None:
        """Start counting at nought."""
        self.counts.clear()
        self.recent.clear()
