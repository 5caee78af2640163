"""Of transactions that wait for each other PostgreSQL breaks one off, which may then begin anew."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")

ATTEMPTS = 5
_DEADLOCK = "40P01"
"""https://www.postgresql.org/docs/current/errcodes-appendix.html"""


async def unless_deadlocked(transaction: Callable[[], Awaitable[T]]) -> T:
    """What the transaction answers, begun anew where it was the one to be broken off; the last time that is raised."""
    for _ in range(ATTEMPTS - 1):
        try:
            return await transaction()
        except Exception as error:
            if getattr(error, "sqlstate", None) != _DEADLOCK:
                raise
    return await transaction()
