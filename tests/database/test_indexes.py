"""What is erased by the thousand, or looked up with every request, is found by an index on both engines."""

import pytest
from tortoise.connection import get_connection
from tortoise.context import TortoiseContext

ERASED_BY_THE_THOUSAND = ("calendar_connection", "event_reference", "mailbox_reference", "room_booking")
"""With each such row the database itself looks for all that refers to it, in every table that may."""


async def _column(statement: str, place: int) -> list[str]:
    _, rows = await get_connection("default").execute_query(statement)
    return [tuple(row)[place] for row in rows]


async def _first_columns_of_indexes(table: str) -> set[str]:
    indexes = await _column(f"PRAGMA index_list('{table}')", 1)
    return {(await _column(f"PRAGMA index_info('{index}')", 2))[0] for index in indexes}


async def _references_to(table: str) -> list[tuple[str, str]]:
    """Every table and column that refers to this table."""
    tables = await _column("SELECT name FROM sqlite_master WHERE type = 'table'", 0)
    found = []
    for name in tables:
        _, rows = await get_connection("default").execute_query(f"PRAGMA foreign_key_list('{name}')")
        found += [(name, row["from"]) for row in rows if row["table"] == table]
    return found


@pytest.mark.parametrize("table", ERASED_BY_THE_THOUSAND)
async def test_whatever_refers_to_what_is_erased_by_the_thousand_has_an_index_for_it(
    table: str, database: TortoiseContext
) -> None:
    references = await _references_to(table)

    assert references
    assert [(name, column) for name, column in references if column not in await _first_columns_of_indexes(name)] == []


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("calendar_connection", "member_id"),
        ("room_booking", "member_id"),
        ("notification", "member_id"),
        ("notification", "subject_id"),
        ("identity", "member_id"),
        ("member", "organisation_id"),
        ("audit_entry", "organisation_id"),
    ],
)
async def test_what_every_request_or_purge_asks_for_has_an_index(
    table: str, column: str, database: TortoiseContext
) -> None:
    first_columns = await _first_columns_of_indexes(table)

    assert column in first_columns
