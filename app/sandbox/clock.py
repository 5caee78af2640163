"""The sandbox's own time: the machine's clock plus whatever a test has added to it.

Everything here that expires (codes, tokens, subscriptions) reads this clock, so a test can make a refresh token
ninety days old in one call instead of waiting.
"""

import asyncio
from datetime import UTC, datetime, timedelta


class SandboxClock:
    """Time that can be put forward, never back."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._advanced = asyncio.Event()

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset(self) -> timedelta:
        """How far this clock is ahead of the machine's."""
        return self._offset

    def advance(self, step: timedelta) -> datetime:
        """Put the clock forward and wake whoever sleeps on it; answers the new present.

        Raises ValueError when ``step`` is negative: issued tokens would come from the future.
        """
        if step < timedelta():
            raise ValueError("the sandbox's clock only goes forward")
        self._offset += step
        self._wake()
        return self.now()

    def reset(self) -> None:
        """Back to the machine's own time."""
        self._offset = timedelta()
        self._wake()

    async def sleep(self, duration: timedelta) -> None:
        """Return once this clock shows ``duration`` more than now, at once if it is advanced past it."""
        due = self.now() + duration
        while (remaining := (due - self.now()).total_seconds()) > 0:
            try:
                await asyncio.wait_for(self._advanced.wait(), remaining)
            except TimeoutError:
                return

    def _wake(self) -> None:
        self._advanced.set()
        self._advanced = asyncio.Event()
