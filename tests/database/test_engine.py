"""How the database behaves, on both engines."""

import asyncio
import os
import sqlite3
import stat
import sys
from pathlib import Path
from uuid import uuid4

import pytest
from tortoise import fields
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app import clock
from app.database import engine
from app.database.tenancy import Row
from app.database.unavailable import DatabaseUnavailable
from app.identity.models import Member, Organisation, Role
from tests.support.database import open_database, sqlite_file, sqlite_url
from tests.support.people import make_organisation

WRITER = """
import asyncio, sys
from tortoise.transactions import in_transaction
from app import clock
from app.database import engine
from app.database.unavailable import DatabaseUnavailable
from app.identity.models import Organisation

async def write():
    async with engine.database(sys.argv[1]):
        for number in range(30):
            async with in_transaction():
                await Organisation.all().count()
                await Organisation.create(name=str(number), created_at=clock.now())

asyncio.run(write())
"""


async def _write_beside(url: str, processes: int) -> None:
    running = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", WRITER, url, cwd=Path(engine.__file__).parents[2])
        for _ in range(processes)
    ]
    codes = await asyncio.gather(*(process.wait() for process in running))
    assert codes == [0] * processes


async def test_processes_that_read_and_then_write_on_sqlite_wait_and_lose_nothing(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        await _write_beside(sqlite_url(tmp_path), 2)

        assert await Organisation.all().count() == 60


def _modes(folder: Path) -> list[int]:
    """The permissions of the database and of what SQLite keeps beside it."""
    files = [path for path in folder.glob("*.sqlite3*") if path.suffix != ".migration-lock"]
    return [stat.S_IMODE(path.stat().st_mode) for path in files]


async def test_nobody_else_on_the_machine_can_read_a_sqlite_database_that_we_create(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        async with open_database(sqlite_url(tmp_path)):
            await make_organisation()

            modes = _modes(tmp_path)
    finally:
        os.umask(before)

    assert len(modes) >= 2
    assert set(modes) == {0o600}


async def test_the_mode_of_a_sqlite_database_that_is_there_is_its_operators(tmp_path: Path) -> None:
    sqlite_file(tmp_path).touch()
    sqlite_file(tmp_path).chmod(0o660)

    await engine.migrate(sqlite_url(tmp_path))

    assert stat.S_IMODE(sqlite_file(tmp_path).stat().st_mode) == 0o660


@pytest.mark.postgresql
async def test_processes_that_read_and_then_write_on_postgresql_lose_nothing(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        await _write_beside(postgresql_url, 2)

        assert await Organisation.all().count() == 60


async def test_a_transaction_that_cannot_begin_locks_nobody_out(database: TortoiseContext, tmp_path: Path) -> None:
    await database.db().execute_query("PRAGMA busy_timeout=0")
    other = sqlite3.connect(tmp_path / "database.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(DatabaseUnavailable):
        async with in_transaction():
            pytest.fail("the other process holds the lock")
    other.execute("ROLLBACK")
    other.close()

    await make_organisation()
    assert await Organisation.all().count() == 1


async def test_migrations_that_start_together_wait_for_each_other_on_sqlite(tmp_path: Path) -> None:
    await _migrate_together(sqlite_url(tmp_path))


@pytest.mark.postgresql
async def test_migrations_that_start_together_wait_for_each_other_on_postgresql(empty_postgresql_url: str) -> None:
    await _migrate_together(empty_postgresql_url)


async def _migrate_together(url: str) -> None:
    code = "import asyncio, sys; from app.database import engine; asyncio.run(engine.migrate(sys.argv[1]))"
    running = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", code, url, cwd=Path(engine.__file__).parents[2])
        for _ in range(3)
    ]

    assert await asyncio.gather(*(process.wait() for process in running)) == [0, 0, 0]

    async with engine.database(url):
        assert await engine.is_migrated()


async def test_a_database_without_migrations_is_not_ready(tmp_path: Path) -> None:
    async with engine.database(sqlite_url(tmp_path)):
        assert not await engine.is_migrated()


async def test_rows_of_another_organisation_are_not_behind_the_door(database: TortoiseContext) -> None:
    ours, theirs = await make_organisation("Tidewater"), await make_organisation("Newbridge")
    await Member.create(
        id=uuid4(),
        organisation=theirs,
        name="Nora",
        address="nora@newbridge.example",
        role=Role.MEMBER,
        created_at=clock.now(),
    )

    assert await Member.of(ours.id).count() == 0
    assert await Member.of(theirs.id).count() == 1


def test_no_models_source_is_read_for_comments_when_a_server_starts() -> None:
    class Commented(Row):
        #: What would describe the column.
        name = fields.CharField(max_length=9)

        class Meta:
            abstract = True

    assert Commented._meta.fields_map["name"].description is None
