"""A migration that dies half-way leaves no lock and nothing half done: the next one finishes."""

import asyncio
import sys
from pathlib import Path

import pytest
from tortoise import connections

from app.database import engine
from app.identity.models import Organisation
from tests.support.database import open_database
from tests.support.people import make_organisation

MORTAL = """
import asyncio, os, signal, sys
import aiosqlite, asyncpg.pool
from app.database import engine

words, last = sys.argv[2], int(sys.argv[3])
met = 0

def mortal(connection, name):
    whole = getattr(connection, name)

    def wrapped(self, query, *args, **kwargs):
        global met
        met += words in query
        if met == last:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(self, query, *args, **kwargs)

    setattr(connection, name, wrapped)

for name in ("execute", "executescript", "execute_insert", "execute_fetchall"):
    mortal(aiosqlite.Connection, name)
for name in ("execute", "fetch", "fetchrow"):
    mortal(asyncpg.pool.PoolConnectionProxy, name)
asyncio.run(engine.migrate(sys.argv[1]))
"""
TABLES, NOTES = "CREATE TABLE", 'INSERT INTO "tortoise_migrations"'


async def _migrate_until(url: str, words: str, last: int) -> int | None:
    """Migrates, and dies before the last of these statements."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MORTAL, url, words, str(last), cwd=Path(engine.__file__).parents[2]
    )
    return await process.wait()


async def _dies_half_way_and_is_finished(url: str) -> None:
    killed = [await _migrate_until(url, words, last) for words, last in ((TABLES, 9), (NOTES, 1))]
    async with engine.database(url):
        half_way = await engine.is_migrated()

    async with asyncio.timeout(60):
        await engine.migrate(url)

    assert killed == [-9] * 2
    assert not half_way
    async with engine.database(url):
        assert await engine.is_migrated()
        await make_organisation()
        assert await Organisation.all().count() == 1


async def test_a_migration_that_is_killed_is_finished_by_the_next_on_sqlite(tmp_path: Path) -> None:
    await _dies_half_way_and_is_finished(f"sqlite://{tmp_path}/killed.sqlite3")


@pytest.mark.postgresql
async def test_a_migration_that_is_killed_is_finished_by_the_next_on_postgresql(empty_postgresql_url: str) -> None:
    await _dies_half_way_and_is_finished(empty_postgresql_url)


async def test_the_version_before_stays_ready_on_a_database_that_the_next_one_has_migrated(database_url: str) -> None:
    async with open_database(database_url):
        await connections.get("default").execute_query(
            "INSERT INTO tortoise_migrations (app, name, applied_at) "
            "VALUES ('hybrid_meetings', '9999_of_the_next_version', '2031-05-12 09:00:00+00:00')"
        )

        assert await engine.is_migrated()
