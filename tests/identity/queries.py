"""Counting what the database is really asked."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tortoise import connections

from app.database.sqlite import ImmediateSqliteClient


@asynccontextmanager
async def counted_queries() -> AsyncIterator[list[str]]:
    """Every statement that SQLite runs inside, transaction brackets left out."""
    statements: list[str] = []

    def trace(statement: str) -> None:
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")):
            statements.append(statement)

    client = connections.get("default")
    assert isinstance(client, ImmediateSqliteClient)
    await client.create_connection(with_db=True)
    raw = client._connection
    assert raw is not None
    await raw.set_trace_callback(trace)
    try:
        yield statements
    finally:
        await raw.set_trace_callback(lambda _: None)
