"""What was written when, told to whoever listens.

Every write gets a stamp of its own: entity tags are made of it, and it rises with each write even within a millisecond.
https://developers.google.com/workspace/calendar/api/guides/version-resources
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.sandbox.clock import SandboxClock

Listener = Callable[[str], None]


@dataclass(frozen=True, slots=True, order=True)
class Stamp:
    """One write: its number in this sandbox, and the moment shown as ``updated``."""

    number: int
    at: datetime

    @property
    def etag(self) -> str:
        """The entity tag, with the quotes that belong to it."""
        return f'"{int(self.at.timestamp() * 1000) * 2000 + self.number % 1000 * 2}"'


class ChangeFeed:
    """Stamps writes and passes on in which calendar they were."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock
        self._listeners: list[Listener] = []
        self._last = Stamp(0, clock.now())

    @property
    def last(self) -> Stamp:
        """The latest write."""
        return self._last

    def listen(self, listener: Listener) -> None:
        """Call ``listener`` with a calendar's id after every change in that calendar from now on."""
        self._listeners.append(listener)

    def stamp(self) -> Stamp:
        """A new stamp, later than all before."""
        now = self._clock.now()
        moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
        self._last = Stamp(self._last.number + 1, max(moment, self._last.at))
        return self._last

    def changed(self, calendar_id: str) -> None:
        """Something in this calendar was written."""
        for listener in self._listeners:
            listener(calendar_id)
