"""Counting what reaches the database: every statement that SQLite itself runs, whoever sent it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tortoise.connection import get_connection

_FRAMING = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")


class CountedQueries:
    """The statements that ran, in order, without the frames of transactions."""

    def __init__(self) -> None:
        self.statements: list[str] = []

    def saw(self, statement: str) -> None:
        if not statement.lstrip().upper().startswith(_FRAMING):
            self.statements.append(statement)

    def __len__(self) -> int:
        return len(self.statements)


@asynccontextmanager
async def counted_queries() -> AsyncIterator[CountedQueries]:
    """Counts inside the block, on the open SQLite database."""
    counted = CountedQueries()
    client: Any = get_connection("default")
    await client.create_connection(with_db=True)  # opens what may not be open yet, and else does nothing
    await client._connection.set_trace_callback(counted.saw)
    try:
        yield counted
    finally:
        await client._connection.set_trace_callback(None)
