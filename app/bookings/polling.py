"""When to look at a booking again: from our own clock and back-off only, never from the event's time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from app.bookings.status import BookingState

YOUNG = timedelta(minutes=10)
"""So long a pending booking is looked at every interval."""
LONGEST_INTERVAL = timedelta(minutes=5)
WATCH_OVER_INTERVAL = timedelta(days=1)
"""How often a booking that expects nothing is looked at, so that it closes after its event."""
LONGEST_BACK_OFF = timedelta(minutes=30)
JITTER = 0.1
READ_AT_EVERY_NOTICE = 10
"""So many bookings of a mailbox are all read at every notice that names no event."""
PAUSE_PER_BOOKING = timedelta(seconds=0.2)
"""With more, settled ones are read so much less often: five reads a second, half of what the strictest suite allows one
person (600 calls a minute, https://developers.google.com/workspace/calendar/api/guides/quota)."""
LONGEST_PAUSE = timedelta(minutes=1)

_MAX_DOUBLINGS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class PollingPolicy:
    """`interval` is PENDING_POLL_INTERVAL; `random` gives numbers from 0 to 1; without `enabled`, news drives alone."""

    interval: timedelta
    random: Callable[[], float]
    enabled: bool = True

    def is_polled(self, state: BookingState) -> bool:
        """Whether the room's answer is asked for without anybody's notice."""
        return self.enabled and state is BookingState.PENDING

    def next_look(self, state: BookingState, pending_for: timedelta, attempts: int) -> timedelta:
        """How long to wait after a look; `attempts` counts the looks since the booking stopped being young."""
        if not self.is_polled(state):
            return self._jittered(WATCH_OVER_INTERVAL)
        if pending_for < YOUNG:
            return self._jittered(self.interval)
        longest = max(LONGEST_INTERVAL, self.interval)
        return self._jittered(min(self.interval * 2 ** min(attempts + 1, _MAX_DOUBLINGS), longest))

    def after_failure(self, attempts: int, retry_after: timedelta | None = None) -> timedelta:
        """How long to wait after the suite gave no answer, `attempts` times before; never less than it asked."""
        back_off = min(self.interval * 2 ** min(attempts, _MAX_DOUBLINGS), max(LONGEST_BACK_OFF, self.interval))
        return self._jittered(max(back_off, retry_after or timedelta()))

    def _jittered(self, wait: timedelta) -> timedelta:
        """A little later than `wait`, never sooner: many bookings made at once spread out."""
        return wait * (1 + JITTER * self.random())


def pause_after_read(bookings: int) -> timedelta:
    """How long notices that name no event leave a settled booking alone after a read, by how many the mailbox has."""
    if bookings <= READ_AT_EVERY_NOTICE:
        return timedelta()
    return min(bookings * PAUSE_PER_BOOKING, LONGEST_PAUSE)
