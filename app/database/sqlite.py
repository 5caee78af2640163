"""SQLite for one machine: immediate transactions, so that processes that write side by side wait instead of fail.

Tortoise begins transactions as deferred; two processes that read and then write then meet "database is locked" with no
wait at all (https://www.sqlite.org/lang_transaction.html). Here every transaction takes the write lock at its start.

All statements of a process go through one connection. Whatever a transaction leaves open there would become part of
the next one: so one that could not commit, or that nobody waited for, is rolled back before anybody else has the
connection.
A lock that somebody else keeps, a full disk or a file that cannot be read is DatabaseUnavailable.
"""

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from tortoise.backends.base.client import (
    ConnectionWrapper,
    NestedTransactionContext,
    TransactionalDBClient,
    TransactionContext,
)
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError

from app.database.unavailable import DatabaseUnavailable

_log = structlog.get_logger(__name__)

_AWAY = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
}
"""https://www.sqlite.org/rescode.html: what says nothing of the statement itself."""
_NO_ROOM = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL}
"""What a full disk looks like, or one that is worn out: it can be read and not written."""
_PRIMARY = 0xFF
"""The part of an extended result code that names its kind."""


@contextmanager
def _telling(client: SqliteClient) -> Iterator[None]:
    """Has errors that mean "the database cannot work now" be DatabaseUnavailable."""
    try:
        yield
    except (OperationalError, sqlite3.DatabaseError) as error:
        cause = error.args[0] if isinstance(error, OperationalError) and error.args else error
        code = getattr(cause, "sqlite_errorcode", None)
        if code is None or code & _PRIMARY not in _AWAY:
            raise
        if code & _PRIMARY in _NO_ROOM:
            _outermost(client).had_no_room = True
        reason = getattr(cause, "sqlite_errorname", "")
        _log.warning("database_unavailable", reason=reason)
        raise DatabaseUnavailable(reason) from error


def _outermost(client: Any) -> Any:
    """The client of the whole process, whichever transaction of it this is."""
    while not isinstance(client, ImmediateSqliteClient):
        client = client._parent
    return client


class _Held(ConnectionWrapper[Any]):
    """Tortoise's wrapper, which lets go of the connection's lock where there is no connection."""

    async def __aenter__(self) -> Any:
        await self._lock.acquire()
        try:
            await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise
        return self.connection


class _TellingClient(SqliteClient):
    async def create_connection(self, with_db: bool) -> None:
        with _telling(self):
            try:
                await super().create_connection(with_db)
            except BaseException:
                # Open, and not as we need it: a file that is no database is noticed here.
                await self.close()
                raise

    def acquire_connection(self) -> ConnectionWrapper[Any]:
        return _Held(self._lock, self)

    async def execute_insert(self, query: str, values: list[Any]) -> int:
        with _telling(self):
            key: int = await super().execute_insert(query, values)
            return key

    async def execute_many(self, query: str, values: list[list[Any]]) -> None:
        with _telling(self):
            await super().execute_many(query, values)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[dict[Any, Any]]]:
        with _telling(self):
            answer: tuple[int, Sequence[dict[Any, Any]]] = await super().execute_query(query, values)
            return answer

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[Any, Any]]:
        with _telling(self):
            rows: list[dict[Any, Any]] = await super().execute_query_dict(query, values)
            return rows

    async def execute_script(self, query: str) -> None:
        with _telling(self):
            await super().execute_script(query)


class ImmediateSqliteClient(_TellingClient):
    """Tortoise's client with immediate transactions."""

    had_no_room = False
    """Whether a write failed for want of room, or of a sound disk, and none was tried since by `is_writable`."""

    async def is_writable(self) -> bool:
        """Whether something can be written; it is tried only where the last attempt failed."""
        if not self.had_no_room:
            return True
        try:
            async with self._in_transaction() as transaction:
                [row] = await transaction.execute_query_dict("PRAGMA user_version")
                await transaction.execute_query(f"PRAGMA user_version = {row['user_version']}")
        except DatabaseUnavailable:
            return False
        self.had_no_room = False
        return True

    def _in_transaction(self) -> TransactionContext:
        return _ImmediateContext(_ImmediateWrapper(self), self._lock)


class _ImmediateContext(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            # A BEGIN that fails must not keep the connection locked for everybody else, and one that nobody waits for
            # any more may still happen.
            self._undo_and_unlock()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        transaction: TransactionalDBClient = self.connection
        return transaction

    async def __aexit__(self, exc_type: Any, exc_val: Any, exc_tb: Any) -> None:
        get_connections().reset(self.token)
        try:
            if exc_type is None and not self.connection._finalized:
                await self.connection.commit()
        finally:
            if self.connection._finalized:
                self._trxlock.release()
            else:
                await asyncio.shield(self._undo_and_unlock())

    def _undo_and_unlock(self) -> asyncio.Task[None]:
        """By a task of its own: whoever was in here may be gone before the connection is free again."""
        return asyncio.get_running_loop().create_task(self._undo())

    async def _undo(self) -> None:
        try:
            # Behind whatever the connection's thread is still busy with; without a transaction it does nothing.
            with suppress(sqlite3.Error, ValueError, AttributeError):
                await self.connection._connection.rollback()
        finally:
            self._trxlock.release()


class _ImmediateWrapper(_TellingClient, SqliteTransactionWrapper):
    async def begin(self) -> None:
        with _telling(self):
            try:
                await self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                raise OperationalError(error) from error

    async def commit(self) -> None:
        with _telling(self):
            await super().commit()

    async def execute_script(self, query: str) -> None:
        """One statement after the other: SQLite's own way commits first what the transaction did until then."""
        for statement in _statements(query):
            await self.execute_query(statement)

    def _in_transaction(self) -> TransactionContext:
        return NestedTransactionContext(_ImmediateWrapper(self))


def _statements(script: str) -> Iterator[str]:
    """What SQLite itself takes for one statement each."""
    statement = ""
    for part in script.split(";"):
        statement += part
        if sqlite3.complete_statement(f"{statement};"):
            if statement.strip():
                yield statement
            statement = ""
        else:
            statement += ";"
    if statement.strip("; \n"):
        yield statement


client_class: Any = ImmediateSqliteClient
"""The name under which Tortoise looks a backend module's client up."""
