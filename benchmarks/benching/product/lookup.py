"""Two hundred rows by their keys, as we ask for them and as asyncpg does, on PostgreSQL.

By its pool, as a server would use it, asyncpg clears a connection with a statement more whenever it comes back; on a
connection of its own it has nothing to clear.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import asyncpg

from app import clock
from app.agenda.asking import ask
from app.database import engine
from app.rooms.models import Room, RoomPairing
from benchmarks.benching.product.machine import require_postgresql
from benchmarks.benching.product.shared import Shared
from benchmarks.benching.rows import Compared, Conditions, Contender, Goal, Unit, Wrong
from benchmarks.loading.people import make_organisation
from tests.support.database import temporary_postgresql

ROWS, ASKED = 5_000, 200
STATEMENT = "SELECT id, address, name, building, floor, capacity FROM room WHERE organisation_id = {} AND address {}"
OURS, MODELS = "statement through our connection", "models of the ORM"
POOL, RAW = "asyncpg's pool", "asyncpg on one connection"


@dataclass(frozen=True, slots=True)
class _Rows:
    """What is asked for."""

    organisation_id: UUID
    addresses: list[str]
    connection: asyncpg.Connection
    pool: asyncpg.Pool


def contenders(conditions: Conditions) -> Mapping[str, Contender]:
    """All ask the same table of the same database for the same rows."""
    shared = Shared(_rows)

    @asynccontextmanager
    async def ours() -> AsyncIterator[Unit]:
        async with shared.use() as rows:
            statement = STATEMENT.format("<1>", "IN <2>")

            async def once() -> None:
                _check(len(await ask(statement, rows.organisation_id, rows.addresses)))

            yield once

    @asynccontextmanager
    async def models() -> AsyncIterator[Unit]:
        async with shared.use() as rows:

            async def once() -> None:
                _check(len(await Room.of(rows.organisation_id).filter(address__in=rows.addresses)))

            yield once

    def raw(of: Callable[[_Rows], asyncpg.Pool | asyncpg.Connection]) -> Contender:
        @asynccontextmanager
        async def contender() -> AsyncIterator[Unit]:
            async with shared.use() as rows:
                statement, asked = STATEMENT.format("$1", "= ANY($2::text[])"), of(rows)

                async def once() -> None:
                    _check(len(await asked.fetch(statement, rows.organisation_id, rows.addresses)))

                yield once

        return contender

    return {OURS: ours, MODELS: models, POOL: raw(lambda rows: rows.pool), RAW: raw(lambda rows: rows.connection)}


def _check(found: int) -> None:
    if found != ASKED:
        raise Wrong(f"{found} rows")


@asynccontextmanager
async def _rows() -> AsyncIterator[_Rows]:
    require_postgresql()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(temporary_postgresql())
        await stack.enter_async_context(engine.database(url))
        integration = await make_organisation("Many rooms")
        addresses = [f"room.{number}@many.example" for number in range(ROWS)]
        now = clock.now()
        await Room.bulk_create(
            [
                Room(
                    id=uuid4(),
                    organisation_id=integration.organisation_id,
                    integration_id=integration.id,
                    address=address,
                    pairing=RoomPairing.PAIRED,
                    name=address.partition("@")[0],
                    building="Harbour House",
                    floor="1",
                    capacity=8,
                    equipment=["screen"],
                    created_at=now,
                )
                for address in addresses
            ]
        )
        connection = await asyncpg.connect(url)
        stack.push_async_callback(connection.close)
        await connection.execute("ANALYZE room")
        pool = await stack.enter_async_context(asyncpg.create_pool(url, min_size=1, max_size=5))
        yield _Rows(integration.organisation_id, addresses[:: ROWS // ASKED], connection, pool)


LOOKUP = Compared(
    name="look-up",
    measures="200 of 5,000 rows by their keys, in one statement on PostgreSQL; seconds for each look-up.",
    goals=(Goal(contender=OURS, against=POOL, at_most=1.3), Goal(contender=OURS, against=RAW, at_most=1.3)),
    contenders=contenders,
    repeats=100,
    warm_ups=5,
)
