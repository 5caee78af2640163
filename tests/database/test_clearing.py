"""What a PostgreSQL connection that was lent once leaves for whoever has it next, and what the clearing costs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from app.database import engine
from app.database.clearing import leaves_nothing
from app.identity.models import Organisation
from tests.support.people import make_organisation

pytestmark = pytest.mark.postgresql

LOCK = 4711


@pytest.fixture
async def only_one_connection(postgresql_url: str) -> AsyncIterator[str]:
    async with engine.database(f"{postgresql_url}?maxsize=1"):
        yield postgresql_url


async def _rows(statement: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = await get_connection("default").execute_query_dict(statement)
    return rows


async def _lock_by_statement() -> None:
    await _rows(f"SELECT pg_advisory_lock({LOCK})")


async def _lock_in_a_transaction() -> None:
    async with in_transaction() as transaction:
        await transaction.execute_query_dict(f"SELECT pg_advisory_lock({LOCK})")


async def _lock_in_a_transaction_that_fails() -> None:
    with suppress(ZeroDivisionError):
        async with in_transaction() as transaction:
            await transaction.execute_query_dict(f"SELECT pg_try_advisory_lock({LOCK})")
            raise ZeroDivisionError


async def _lock_by_hand() -> None:
    async with get_connection("default").acquire_connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)


async def _lock_by_hand_in_a_transaction() -> None:
    async with in_transaction(), get_connection("default").acquire_connection() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)


async def _lock_behind_another_statement() -> None:
    statement = f"DELETE FROM organisation WHERE false; SELECT pg_advisory_lock({LOCK})"  # noqa: S608  # a number
    await get_connection("default").execute_query(statement)


@pytest.mark.parametrize(
    "leave",
    [
        _lock_by_statement,
        _lock_in_a_transaction,
        _lock_in_a_transaction_that_fails,
        _lock_by_hand,
        _lock_by_hand_in_a_transaction,
        _lock_behind_another_statement,
    ],
)
async def test_a_lock_of_the_session_ends_with_the_loan(
    only_one_connection: str, leave: Callable[[], Awaitable[None]]
) -> None:
    await leave()

    assert await _rows("SELECT objid FROM pg_locks WHERE locktype = 'advisory'") == []


@pytest.mark.parametrize(
    "change", ["SET search_path TO nowhere", "SELECT set_config('search_path', 'nowhere', false)", "Set search_path=x"]
)
async def test_a_setting_ends_with_the_loan(only_one_connection: str, change: str) -> None:
    [before] = await _rows("SHOW search_path")

    await _rows(change)

    assert await _rows("SHOW search_path") == [before]


async def test_a_listener_ends_with_the_loan(only_one_connection: str) -> None:
    await get_connection("default").execute_script("LISTEN anything")

    assert await _rows("SELECT pg_listening_channels() AS channel") == []


async def test_a_transaction_that_was_begun_by_hand_ends_with_the_loan(only_one_connection: str) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)  # the driver tells it, as somebody's mistake
    organisation = await make_organisation("Tidewater")
    async with get_connection("default").acquire_connection() as connection:
        await connection.execute("BEGIN")
        await connection.execute("UPDATE organisation SET name = 'Newbridge'")

    assert (await Organisation.get(id=organisation.id)).name == "Tidewater"


async def test_the_same_connection_serves_one_statement_after_the_other(only_one_connection: str) -> None:
    processes = [(await _rows("SELECT pg_backend_pid() AS pid"))[0]["pid"] for _ in range(3)]

    assert len(set(processes)) == 1


async def test_nothing_is_sent_after_a_look_up_or_a_change(only_one_connection: str) -> None:
    organisation = await make_organisation()
    async with in_transaction():
        await Organisation.filter(id=organisation.id).update(name="Newbridge")
    await Organisation.get(id=organisation.id)
    [row] = await _rows("SELECT pg_backend_pid() AS pid")

    other = await asyncpg.connect(only_one_connection)
    try:
        last = await other.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", row["pid"])
    finally:
        await other.close()

    assert last == "SELECT pg_backend_pid() AS pid"


@pytest.mark.parametrize(
    "statement",
    [
        "LISTEN news",
        "SET jit TO off",
        "DECLARE found CURSOR WITH HOLD FOR SELECT 1",
        "select PG_TRY_ADVISORY_LOCK(1)",
        "WITH a AS (SELECT set_config('jit', 'off', false)) SELECT * FROM a",
        "SELECT 1; LISTEN news",
        "",
    ],
)
async def test_what_may_leave_something_is_not_taken_for_harmless(statement: str) -> None:
    assert not leaves_nothing(statement)
