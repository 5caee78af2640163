"""How an agenda asks the database: plain SQL through Tortoise's connection, written once for both engines.

Lists of thousands of keys travel as one parameter (an array at PostgreSQL, a JSON text at SQLite, whose number of
parameters is limited, https://www.sqlite.org/limits.html#max_variable_number), and rows of several tables come back
together. Every statement takes the organisation first.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from tortoise.connection import get_connection

Row = Mapping[str, Any]
"""As the driver gives it, with its columns by name: making hundreds of dicts of them takes longer than reading them."""

_DOMAIN = re.compile("<domain of ([a-z.]+)>")
_PARAMETER = re.compile("<([0-9]+)>")


async def ask(
    statement: str, organisation_id: UUID, *lists: Collection[str], moments: Sequence[datetime] = ()
) -> Sequence[Row]:
    """Run a statement whose parameters are the organisation (<1>), lists of text (<2>, …), and after them moments.

    Its text is kept as each engine wants it, so it is always the same: values travel as parameters.

    `IN <2>` asks for an element of the list. `<domain of …>` is what follows the @ of an address in that column.
    """
    connection = get_connection("default")
    if connection.capabilities.dialect == "sqlite":
        keys: list[Any] = [str(organisation_id), *(orjson.dumps(list(items)).decode() for items in lists)]
        # As Tortoise stores them, so that they compare as texts.
        values, sql = [*keys, *(moment.isoformat(" ") for moment in moments)], _for_sqlite(statement, len(lists))
    else:
        values = [organisation_id, *(list(items) for items in lists), *moments]
        sql = _for_postgresql(statement, len(lists))
    rows: Sequence[Row]
    _, rows = await connection.execute_query(sql, values)
    return rows


def as_uuid(value: UUID | str) -> UUID:
    """An id as this engine gives it."""
    return value if isinstance(value, UUID) else UUID(value)


def as_moment(value: datetime | str) -> datetime:
    """An instant as this engine gives it, in UTC."""
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


@cache
def _for_sqlite(statement: str, lists: int) -> str:
    sql = _DOMAIN.sub(r"substr(\1, instr(\1, '@') + 1)", statement)
    for number in range(2, lists + 2):
        sql = sql.replace(f"IN <{number}>", f"IN (SELECT value FROM json_each(?{number}))")  # noqa: S608  # a number
    return _PARAMETER.sub(r"?\1", sql)


@cache
def _for_postgresql(statement: str, lists: int) -> str:
    sql = _DOMAIN.sub(r"split_part(\1, '@', 2)", statement)
    for number in range(2, lists + 2):
        sql = sql.replace(f"IN <{number}>", f"= ANY(${number}::text[])")
    return _PARAMETER.sub(r"$\1", sql)
