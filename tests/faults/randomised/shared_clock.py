"""One moved clock for many processes: how far it is ahead stands in a file that all of them have mapped."""

import mmap
import struct
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

LATELY_SECONDS = 120.0
_AHEAD = struct.Struct("<d")


class SharedClock:
    """The machine's time and what was added to it, for everybody who opened the same file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.exists():
            path.write_bytes(_AHEAD.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _AHEAD.size)
        self._steps: list[tuple[float, timedelta]] = []

    def now(self) -> datetime:
        """The present instant, aware, in UTC."""
        return datetime.now(UTC) + self.ahead

    @property
    def ahead(self) -> timedelta:
        """How far it is ahead of the machine's."""
        return timedelta(seconds=_AHEAD.unpack(self._map)[0])

    @property
    def lately(self) -> timedelta:
        """How far it was put forward, by us, within what something may take that was begun before."""
        since = time.monotonic() - LATELY_SECONDS
        return sum((step for at, step in self._steps if at > since), timedelta())

    def advance(self, step: timedelta) -> None:
        """Put it forward for all of them in the same moment."""
        self._steps.append((time.monotonic(), step))
        self._map[:] = _AHEAD.pack((self.ahead + step).total_seconds())
