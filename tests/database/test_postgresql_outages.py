"""What PostgreSQL's death or silence costs whoever is just using it."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from tortoise.connection import get_connection
from tortoise.transactions import in_transaction

from app import clock
from app.database import engine
from app.database.unavailable import DatabaseUnavailable
from app.identity.models import Organisation
from tests.support.people import make_organisation
from tests.support.postgresql_server import PostgresqlServer, postgresql_server

pytestmark = pytest.mark.postgresql

MORE_THAN_THE_POOL_HAS = 8


@pytest.fixture
async def server() -> AsyncIterator[PostgresqlServer]:
    async with postgresql_server() as server, engine.database(server.url):
        yield server


async def test_transactions_given_up_while_the_database_hangs_keep_no_connection_from_the_pool(
    server: PostgresqlServer,
) -> None:
    await make_organisation()
    server.pause()
    for _ in range(MORE_THAN_THE_POOL_HAS):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1), in_transaction():
                pytest.fail("a database that hangs begins nothing")

    server.resume()

    assert await asyncio.gather(*(Organisation.all().count() for _ in range(10))) == [1] * 10


async def test_whoever_gives_up_inside_a_transaction_is_not_held_up_by_a_database_that_hangs(
    server: PostgresqlServer,
) -> None:
    async def give_up_in_the_middle() -> None:
        async with asyncio.timeout(0.5), in_transaction():
            await make_organisation()
            server.pause()
            await make_organisation("Newbridge")

    began = time.monotonic()

    with pytest.raises(TimeoutError):
        await give_up_in_the_middle()
    waited = time.monotonic() - began
    server.resume()

    assert waited < 0.5 + 3
    assert await Organisation.all().count() == 0


async def test_a_database_killed_in_a_transaction_leaves_nothing_of_it_and_is_used_again_once_it_is_back(
    server: PostgresqlServer,
) -> None:
    async def write_until_killed() -> None:
        async with in_transaction():
            await make_organisation("Newbridge")
            await server.kill()
            await make_organisation("Harbourside")

    await make_organisation()

    with pytest.raises(DatabaseUnavailable):
        await write_until_killed()
    with pytest.raises(DatabaseUnavailable):
        await Organisation.all().count()
    with pytest.raises(DatabaseUnavailable):
        async with in_transaction():
            pytest.fail("there is no database")
    await server.start()

    assert [each.name for each in await Organisation.all()] == ["Tidewater"]
    async with in_transaction():
        await Organisation.create(name="Newbridge", created_at=clock.now())
    assert await Organisation.all().count() == 2


async def test_a_commit_without_an_answer_is_an_outage_and_no_success(server: PostgresqlServer) -> None:
    async def write_and_die_before_the_commit() -> None:
        async with in_transaction():
            await make_organisation()
            await server.kill()

    with pytest.raises(DatabaseUnavailable):
        await write_and_die_before_the_commit()
    await server.start()

    assert await Organisation.all().count() == 0


async def test_a_statement_that_meets_the_servers_last_word_is_told_that_the_database_is_away(
    server: PostgresqlServer,
) -> None:
    told: set[str] = set()
    async with asyncio.timeout(60):
        # Between what the server says last and the end of its connection lies a moment that is met every few times.
        while "InternalClientError" not in told:
            [row] = await get_connection("default").execute_query_dict("SELECT pg_backend_pid() AS pid")
            await server.query("SELECT pg_terminate_backend($1)", row["pid"])

            try:
                await Organisation.all().count()
            except DatabaseUnavailable as error:
                told.add(str(error))

    assert await Organisation.all().count() == 0


async def test_a_server_that_does_not_let_us_in_or_has_no_such_database_is_away(postgresql_url: str) -> None:
    base, _, _ = postgresql_url.rpartition("/")
    server = base.rpartition("@")[2]

    for address in (f"{base}/no_such_database", f"postgres://nobody_we_know:hush@{server}/postgres"):
        with pytest.raises(DatabaseUnavailable):
            await engine.migrate(address)
        async with engine.database(address):
            with pytest.raises(DatabaseUnavailable):
                await Organisation.all().count()
