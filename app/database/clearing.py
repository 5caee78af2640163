"""What a PostgreSQL connection is cleared of before somebody else has it.

The driver clears a connection after each loan, by a statement of its own and the round trip that this takes
(https://magicstack.github.io/asyncpg/current/api/index.html#asyncpg.connection.Connection.reset): locks of the session,
open cursors, listeners, changed settings. Next to no statement of ours leaves any of these, so it is sent where
something may have been left. An open transaction is ended by the driver in any case.
"""

import re
from functools import lru_cache
from typing import Any

import asyncpg

_HARMLESS = re.compile(r"\s*(SELECT|WITH|INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
"""The kinds of statement that leave nothing by themselves."""
_OF_THE_SESSION = re.compile(r";|advisory|set_config|setseed|dblink", re.IGNORECASE)
"""What would make one of these leave something after all: another statement behind it, or such a function."""
KNOWN_STATEMENTS = 1_000


class ClearedConnection(asyncpg.Connection):  # type: ignore[misc]  # the driver has no types
    """A connection that knows whether it has to be cleared."""

    __slots__ = ("is_touched",)

    def __init__(self, *settings: Any, **more: Any) -> None:
        super().__init__(*settings, **more)
        self.is_touched = False

    def touch(self) -> None:
        """Something may be left here from now on."""
        self.is_touched = True

    async def clear(self) -> None:
        """Leave nothing for whoever is next. Raises what the driver raises; the connection is of no use then."""
        if self.is_touched:
            await self.execute(self.get_reset_query())
            self.is_touched = False


@lru_cache(maxsize=KNOWN_STATEMENTS)
def leaves_nothing(statement: str) -> bool:
    """Whether a connection is after this statement as it was before, its transaction aside."""
    return _HARMLESS.match(statement) is not None and _OF_THE_SESSION.search(statement) is None
