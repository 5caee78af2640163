"""What stands in the database, for tests in which nothing may change."""

from collections.abc import Collection, Mapping
from typing import Any

from tortoise.connection import get_connection

Standing = Mapping[str, list[tuple[Any, ...]]]
"""Every row of every table."""


async def standing(*, without: Collection[str] = ()) -> Standing:
    """Everything in the open SQLite database, in an order of its own; `without` names tables that are passed over."""
    connection = get_connection("default")
    _, tables = await connection.execute_query("SELECT name FROM sqlite_master WHERE type = 'table'")
    found: dict[str, list[tuple[Any, ...]]] = {}
    for (table,) in tables:
        if table not in without:
            _, rows = await connection.execute_query(f'SELECT * FROM "{table}"')  # noqa: S608
            found[table] = sorted((tuple(row) for row in rows), key=repr)
    return found
