"""A database that would let nobody work is found, and how to mend it is said; looking changes nothing."""

import asyncio
import os
import sqlite3
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from app import clock
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keyring.proofs import KeyCheck
from app.keys import Vault
from app.suites.protocol import SuiteName
from tests.doctor.asking import ask, on_sqlite
from tests.keyring.filling import SECRET, A, make_workplace
from tests.support.database import migrate, open_database, sqlite_file, sqlite_url
from tests.support.people import make_organisation
from tests.support.server import free_port


def _on(url: str, **settings: str) -> Mapping[str, str]:
    return on_sqlite(Path("unused"), DATABASE_URL=url, **settings)


class TestSqlite:
    async def test_a_database_that_is_not_there_yet_is_a_warning_and_is_not_made(self, tmp_path: Path) -> None:
        answer = await ask(on_sqlite(sqlite_file(tmp_path)))

        assert [level for level, _ in answer.not_well("database")] == ["WARNING"]
        assert os.listdir(tmp_path) == []  # noqa: PTH208  # within async code

    async def test_a_database_of_an_older_version_is_a_failure_and_stays_as_it_is(self, tmp_path: Path) -> None:
        with closing(sqlite3.connect(sqlite_file(tmp_path))) as connection, connection:
            connection.execute("CREATE TABLE something (id INTEGER)")

        answer = await ask(on_sqlite(sqlite_file(tmp_path)))

        assert answer.not_well("database") == [("FAILURE", "it does not have this version's schema.")]
        assert "hybrid-meetings migrate" in answer.text
        with closing(sqlite3.connect(sqlite_file(tmp_path))) as connection:
            assert connection.execute("SELECT name FROM sqlite_schema").fetchall() == [("something",)]

    async def test_a_database_that_somebody_holds_locked_is_a_failure_in_bounded_time(self, tmp_path: Path) -> None:
        await migrate(sqlite_url(tmp_path))
        with closing(sqlite3.connect(sqlite_file(tmp_path), isolation_level=None)) as somebody:
            somebody.execute("BEGIN IMMEDIATE")

            answer = await ask(on_sqlite(sqlite_file(tmp_path)))

        [(level, says)] = answer.not_well("database")
        assert level == "FAILURE"
        assert says.startswith("it cannot be written to")

    async def test_looking_leaves_every_row_as_it_was(self, tmp_path: Path) -> None:
        async with open_database(sqlite_url(tmp_path)):
            await make_workplace(Vault((A,)))
        before = _dump(sqlite_file(tmp_path))

        await ask(_with_keys(tmp_path, A))

        assert _dump(sqlite_file(tmp_path)) == before


class TestKeys:
    async def test_a_key_that_values_need_and_that_is_missing_is_named_with_where_it_is_needed(
        self, tmp_path: Path
    ) -> None:
        async with open_database(sqlite_url(tmp_path)):
            await make_workplace(Vault((A,)))

        answer = await ask(_with_keys(tmp_path, ("k9", b"\x09" * 32)))

        [(level, says)] = answer.not_well("keys")
        assert level == "FAILURE"
        assert "k1 (in calendar_connection.credentials" in says
        assert "Bring charts" not in answer.text

    async def test_a_key_that_has_to_stay_is_named(self, tmp_path: Path) -> None:
        async with open_database(sqlite_url(tmp_path)):
            await make_workplace(Vault((A,)))

        answer = await ask(_with_keys(tmp_path, ("k9", b"\x09" * 32), A))

        assert answer.not_well("keys") == []
        assert "k1 must stay until `hybrid-meetings keys rotate` has run." in answer.text

    async def test_values_under_a_key_that_no_server_knows_of_are_found(self, tmp_path: Path) -> None:
        """A server that starts asks only for the keys that it remembers; the doctor looks at all values."""
        known = _with_keys(tmp_path, A)
        async with open_database(sqlite_url(tmp_path)):
            await KeyCheck(SECRET, (A,)).confirm()
            await make_workplace(Vault((("k7", b"\x07" * 32),)))

        answer = await ask(known)

        assert [level for level, says in answer.not_well("keys") if "k7" in says] == ["FAILURE"]


async def test_bookings_that_nobody_looks_at_are_a_warning(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        organisation = await make_organisation()
        long_ago = clock.now() - timedelta(hours=1)
        await Integration(
            id=uuid4(),
            organisation_id=organisation.id,
            suite=SuiteName.GOOGLE_WORKSPACE,
            status=IntegrationStatus.DISABLED,
            retained_until=long_ago,
            created_at=long_ago,
            status_since=long_ago,
        ).save(force_create=True)

    answer = await ask(on_sqlite(sqlite_file(tmp_path)))

    assert answer.not_well("jobs") == [("WARNING", "1 organisations wait to be purged, since more than 5 minutes.")]
    assert "hybrid-meetings serve" in answer.text


@pytest.mark.postgresql
class TestPostgresql:
    async def test_one_that_does_not_answer_is_a_failure_without_its_password(self) -> None:
        answer = await ask(_on(f"postgres://rooms:hush-hush@127.0.0.1:{free_port()}/rooms"))

        assert [level for level, says in answer.not_well("database") if "cannot be reached" in says] == ["FAILURE"]
        assert "hush-hush" not in answer.text

    async def test_one_that_was_never_migrated_is_a_failure_and_stays_empty(self, empty_postgresql_url: str) -> None:
        answer = await ask(_on(empty_postgresql_url))

        assert answer.not_well("database") == [("FAILURE", "it does not have this version's schema.")]
        assert await _tables(empty_postgresql_url) == 0

    async def test_one_that_takes_no_writing_is_a_failure(self, postgresql_url: str) -> None:
        connection = await asyncpg.connect(postgresql_url)
        name = postgresql_url.rpartition("/")[2]
        await connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
        await connection.close()

        answer = await ask(_on(postgresql_url))

        assert answer.not_well("database") == [("FAILURE", "it takes no writing.")]

    async def test_a_user_who_may_not_write_every_table_is_a_failure(self, postgresql_url: str) -> None:
        user = f"reader_{uuid4().hex}"
        connection = await asyncpg.connect(postgresql_url)
        await connection.execute(f"CREATE ROLE {user} LOGIN")
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}")
        try:
            answer = await ask(_on(postgresql_url.replace("postgres@", f"{user}@")))
        finally:
            await connection.execute(f"DROP OWNED BY {user}")
            await connection.execute(f"DROP ROLE {user}")
            await connection.close()

        assert [level for level, says in answer.not_well("database") if "may not be" in says] == ["FAILURE"]

    async def test_pools_that_do_not_fit_into_its_connections_are_a_warning(self, postgresql_url: str) -> None:
        answer = await ask(_on(f"{postgresql_url}?maxsize=500"))

        [(level, says)] = answer.not_well("database")
        assert level == "WARNING"
        assert "each server and worker opens up to 500" in says


async def test_a_database_that_hangs_is_a_failure_in_bounded_time() -> None:
    """It takes the connection and says nothing, as one that is stopped does."""
    async with await asyncio.start_server(_say_nothing, "127.0.0.1", 0) as silent:
        port = silent.sockets[0].getsockname()[1]

        answer = await ask(_on(f"postgres://postgres@127.0.0.1:{port}/rooms"))

    assert "FAILURE" in answer.about("database")


async def _say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def _with_keys(folder: Path, *ring: tuple[str, bytes]) -> dict[str, str]:
    keys = ",".join(f"{key_id}:{b64encode(key).decode()}" for key_id, key in ring)
    return on_sqlite(sqlite_file(folder), SECRET_KEY=b64encode(SECRET).decode(), ENCRYPTION_KEYS=keys)


def _dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return list(connection.iterdump())


async def _tables(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        statement = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        count: int = await connection.fetchval(statement)
        return count
    finally:
        await connection.close()
