"""What a lock that somebody else keeps costs whoever is just using SQLite, and that nothing half done is left."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app import clock
from app.database import engine
from app.database.unavailable import DatabaseUnavailable
from app.identity.models import Member, Organisation, Role
from tests.support.database import sqlite_file, sqlite_url
from tests.support.people import make_organisation


@contextmanager
def _lock_of_another_process(folder: Path) -> Iterator[None]:
    other = sqlite3.connect(sqlite_file(folder), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


def _seen_by_others(folder: Path) -> int:
    other = sqlite3.connect(sqlite_file(folder))
    try:
        [count] = other.execute("SELECT count(*) FROM organisation").fetchone()
        return int(count)
    finally:
        other.close()


async def test_a_lock_that_another_process_keeps_is_an_outage_and_over_when_it_lets_go(
    database: TortoiseContext, tmp_path: Path
) -> None:
    await database.db().execute_query("PRAGMA busy_timeout=50")

    with _lock_of_another_process(tmp_path):
        assert await Organisation.all().count() == 0
        with pytest.raises(DatabaseUnavailable):
            await make_organisation()
        with pytest.raises(DatabaseUnavailable):
            async with in_transaction():
                pytest.fail("another process holds the lock")

    await make_organisation()
    assert _seen_by_others(tmp_path) == 1


async def test_a_transaction_that_begins_after_everybody_has_left_is_undone_before_the_next_statement(
    database: TortoiseContext, tmp_path: Path
) -> None:
    await database.db().execute_query("PRAGMA busy_timeout=5000")

    with _lock_of_another_process(tmp_path), pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1), in_transaction():
            pytest.fail("another process holds the lock")
    await make_organisation()

    assert _seen_by_others(tmp_path) == 1
    with _lock_of_another_process(tmp_path):
        assert await Organisation.all().count() == 1


async def test_what_could_not_be_committed_becomes_no_part_of_the_next_transaction(
    database: TortoiseContext, tmp_path: Path
) -> None:
    async def write_what_cannot_be_committed() -> None:
        async with in_transaction() as transaction:
            await transaction.execute_query("PRAGMA defer_foreign_keys=ON")
            await make_organisation("Newbridge")
            await Member.create(
                id=uuid4(),
                organisation_id=uuid4(),
                name="Nora",
                address="nora@nowhere.example",
                role=Role.MEMBER,
                created_at=clock.now(),
            )

    with pytest.raises(sqlite3.IntegrityError):
        await write_what_cannot_be_committed()

    await make_organisation("Harbourside")

    assert [each.name for each in await Organisation.all()] == ["Harbourside"]
    assert _seen_by_others(tmp_path) == 1


async def test_a_file_that_is_no_database_is_told_to_everybody_who_asks_and_holds_nobody_up(tmp_path: Path) -> None:
    sqlite_file(tmp_path).write_text("a letter, " * 1000)

    async with asyncio.timeout(10), engine.database(sqlite_url(tmp_path)):
        for _ in range(2):
            with pytest.raises(DatabaseUnavailable, match="SQLITE_NOTADB"):
                await Organisation.all().count()
            with pytest.raises(DatabaseUnavailable, match="SQLITE_NOTADB"):
                async with in_transaction():
                    pytest.fail("there is no database")
