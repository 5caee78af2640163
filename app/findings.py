"""What an examination finds: one line on how something stands and, where it is not well, what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How something stands."""

    OK = "OK"
    WARNING = "WARNING"
    """It works, or may work, and somebody should look at it."""
    FAILURE = "FAILURE"
    """It does not work until somebody acts."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. Neither text holds a secret, or anything of a member."""

    level: Level
    about: str
    says: str
    remedy: str | None = None
    """What to do; there for everything that is not well."""


def well(about: str, says: str) -> Finding:
    return Finding(Level.OK, about, says)


def doubtful(about: str, says: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, about, says, remedy)


def failing(about: str, says: str, remedy: str) -> Finding:
    return Finding(Level.FAILURE, about, says, remedy)
