"""What processes cost, read from /proc: memory now, and processor time between two moments.

https://man7.org/linux/man-pages/man5/proc.5.html
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MEGABYTE = 1024 * 1024
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_IDLE_FIELDS = (3, 4)
"""Of the machine's line: idle, and idle while a disk works."""


def resident_bytes(pid: int) -> int:
    """How much memory the process holds at this moment."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def processor_seconds(pid: int) -> float:
    """What the process has used so far, in user and kernel mode together."""
    # The name stands in parentheses and may hold spaces: fields are counted behind it.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def busy_seconds() -> float:
    """What all processors of the machine have worked so far, for whomever."""
    fields = [int(part) for part in Path("/proc/stat").read_text().partition("\n")[0].split()[1:9]]
    return sum(count for place, count in enumerate(fields) if place not in _IDLE_FIELDS) / _TICKS


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    busy: float
    of: Mapping[str, float]


class Effort:
    """Who used how much of the processors between its making and `shares`."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = processes
        self._began = self._read()

    def shares(self) -> dict[str, float]:
        """In percent of one processor, by name; what is left of the machine's work is everybody else's."""
        now, began = self._read(), self._began
        seconds = max(now.at - began.at, 0.001)
        shares = {name: (now.of[name] - began.of[name]) / seconds * 100 for name in self._processes}
        rest = (now.busy - began.busy) / seconds * 100 - sum(shares.values())
        return {**shares, "PostgreSQL, Redis and all else": max(rest, 0.0)}

    def _read(self) -> _Reading:
        used = {name: processor_seconds(pid) for name, pid in self._processes.items()}
        return _Reading(time.monotonic(), busy_seconds(), used)
