"""PostgreSQL that may die or hang at any moment: nothing waits for it without end, and nothing is kept from the pool.

Tortoise waits for a connection as long as it takes, keeps one from the pool for good where `BEGIN` fails on it, and
lets the driver's errors pass as they are. Here each wait has an end, a connection always goes back, and whatever means
that the database is away is DatabaseUnavailable.
"""

import asyncio
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, suppress
from typing import Any

import asyncpg
import structlog
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    PoolConnectionWrapper,
    TransactionalDBClient,
    TransactionContext,
    TransactionContextPooled,
)
from tortoise.backends.base_postgres.client import translate_exceptions
from tortoise.connection import get_connections

from app.database.clearing import ClearedConnection, leaves_nothing
from app.database.unavailable import DatabaseUnavailable

_log = structlog.get_logger(__name__)

CONNECT_SECONDS = 5.0
FREE_CONNECTION_SECONDS = 10.0
"""How long somebody waits for one of the pool's connections."""
CLOSING_SECONDS = 2.0
"""How long a process that stops says good-bye."""
LETTING_GO_SECONDS = 1.0
"""How long a transaction that failed, or whoever gave up waiting, is held up by a database that does not answer."""

_AWAY = (
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresSystemError,
    # It does not let us in: not this user, or there is no such database.
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
    # A statement that was sent while the server's last word lay unread: the driver is at odds with itself.
    asyncpg.InternalClientError,
    OSError,
)
_CHANGING = {"INSERT", "UPDATE", "DELETE"}


@contextmanager
def _telling() -> Iterator[None]:
    """Has errors that mean "the database is away" be DatabaseUnavailable."""
    try:
        yield
    except (*_AWAY, asyncpg.InterfaceError) as error:
        # This very class is for a connection that is closed; what is derived from it means that we called it wrongly.
        if isinstance(error, asyncpg.InterfaceError) and type(error) is not asyncpg.InterfaceError:
            raise
        reason = type(error).__name__
        _log.warning("database_unavailable", reason=reason)
        raise DatabaseUnavailable(reason) from error


class _Client(AsyncpgDBClient):
    """How a statement runs, in a transaction and without."""

    connection_class = ClearedConnection

    @abstractmethod
    def _lent(self) -> AbstractAsyncContextManager[ClearedConnection]:
        """A connection for one statement."""

    async def execute_insert(self, query: str, values: list[Any]) -> asyncpg.Record | None:
        return await self._run("fetchrow", query, *values)

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        await self._run("executemany", query, values)  # all of them or none, the driver sees to that

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        """The rows, and how many there are or were changed."""
        if query.lstrip()[:6].upper() in _CHANGING:
            status = await self._run("execute", query, *(values or ()))
            return int(status.split()[1]), []
        rows = await self._run("fetch", query, *(values or ()))
        return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._run("fetch", query, *(values or ()))]

    @translate_exceptions
    async def _run(self, method: str, query: str, *arguments: Any) -> Any:
        async with self._lent() as connection:
            if not leaves_nothing(query):
                connection.touch()
            return await getattr(connection, method)(query, *arguments)

    async def _translate_exceptions(self, func: Any, *args: Any, **kwargs: Any) -> Any:
        with _telling():
            return await super()._translate_exceptions(func, *args, **kwargs)


class PatientPostgresqlClient(_Client):
    """Tortoise's client with an end to each wait."""

    async def create_pool(self, **settings: Any) -> asyncpg.Pool:
        """Of five connections at most, or as many as the address says (`?maxsize=`).

        A statement has one for a millisecond, and none is kept while a suite is asked: five are enough for thousands of
        statements a second. The one that was free last is lent first, so that there are as many as were wanted at once,
        and the first is open before a server is ready, which looks at the schema.
        """
        settings.setdefault("timeout", CONNECT_SECONDS)
        # None is kept open for its own sake: while the database is away that would only fill the log.
        return await super().create_pool(**{**settings, "min_size": 0, "reset": ClearedConnection.clear})

    async def create_connection(self, with_db: bool) -> None:
        with _telling():
            await super().create_connection(with_db)

    async def _close(self) -> None:
        """Whoever closes has nothing left to say: a database that does not hear it is left without a word."""
        pool, self._pool = self._pool, None
        if pool is not None:
            try:
                async with asyncio.timeout(CLOSING_SECONDS):
                    await pool.close()
            except TimeoutError:
                pool.terminate()

    def _lent(self) -> AbstractAsyncContextManager[ClearedConnection]:
        return _Borrowed(self, self._pool_init_lock)

    def acquire_connection(self) -> PoolConnectionWrapper[asyncpg.Connection]:
        return _BorrowedForAnything(self, self._pool_init_lock)

    def _in_transaction(self) -> TransactionContext:
        return _Transaction(_PatientWrapper(self), self._pool_init_lock)


class _Borrowed(PoolConnectionWrapper[ClearedConnection]):
    async def __aenter__(self) -> ClearedConnection:
        if not self.client._pool:
            await self.ensure_connection()
        self.connection = await _taken(self.client._pool)
        return self.connection

    async def __aexit__(self, exc_type: type[BaseException] | None, *_: object) -> None:
        if exc_type is None and self.connection is not None and not self.connection.is_touched:
            await _give_back_at_rest(self.client._pool, self.connection)
        else:
            await _give_back(self.client._pool, self.connection)


class _BorrowedForAnything(_Borrowed):
    """Nobody knows what was done with it."""

    async def __aenter__(self) -> ClearedConnection:
        with _telling():
            connection = await super().__aenter__()
        connection.touch()
        return connection


class _Transaction(TransactionContextPooled):
    async def __aenter__(self) -> TransactionalDBClient:
        pool = None
        with _telling():
            await self.ensure_connection()
            pool = self.client._parent._pool
            self.client._connection = await _taken(pool)
        try:
            await self.client.begin()
        except BaseException:
            await _give_back(pool, self.client._connection)
            raise
        self.token = get_connections().set(self.connection_name, self.client)
        return self.client

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        connection = self.client._connection
        try:
            if not self.client._finalized:
                if exc_type is None:
                    await self.client.commit()
                else:
                    await _roll_back(self.client)
        finally:
            get_connections().reset(self.token)
            await _give_back(self.client._parent._pool, connection)


class _PatientWrapper(_Client, TransactionWrapper):
    """A transaction's own client."""

    def _lent(self) -> AbstractAsyncContextManager[ClearedConnection]:
        return ConnectionWrapper(self._lock, self)

    def acquire_connection(self) -> ConnectionWrapper[asyncpg.Connection]:
        self._connection.touch()
        return ConnectionWrapper(self._lock, self)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_PatientWrapper(self))

    async def commit(self) -> None:
        with _telling():
            await super().commit()

    async def rollback(self) -> None:
        with _telling():
            await super().rollback()


async def _roll_back(transaction: TransactionalDBClient) -> None:
    """Undo it; where the database does not let us soon, end the connection, which undoes it too."""
    try:
        async with asyncio.timeout(LETTING_GO_SECONDS):
            await transaction.rollback()
    except (Exception, asyncio.CancelledError) as error:
        with suppress(asyncpg.InterfaceError):  # it has ended by itself
            transaction._connection.terminate()
        if isinstance(error, asyncio.CancelledError):
            raise


async def _taken(pool: asyncpg.Pool) -> Any:
    """A connection of the pool's. One that is free is there at once; for any other the wait has an end.

    Raises TimeoutError. The end is not the driver's own: that would come back when the connection is let go of.
    """
    if pool.get_idle_size():
        return await pool.acquire()
    async with asyncio.timeout(FREE_CONNECTION_SECONDS):
        return await pool.acquire()


async def _give_back(pool: asyncpg.Pool | None, connection: Any) -> None:
    """Let go of a connection. One that does not come to rest in time is ended, which concerns nobody any more."""
    if pool is not None:
        with suppress(Exception):
            await pool.release(connection, timeout=LETTING_GO_SECONDS)


async def _give_back_at_rest(pool: asyncpg.Pool | None, connection: Any) -> None:
    """Let go of a connection on which a statement has just ended and left nothing: there is nothing to wait for, and
    an end to the wait would cost more processor time than all the rest."""
    if pool is not None:
        with suppress(Exception):
            await pool.release(connection)


client_class: Any = PatientPostgresqlClient
"""The name under which Tortoise looks a backend module's client up."""
