"""SQLite for one machine: immediate transactions, so that processes that write side by side wait instead of fail.

Tortoise begins transactions as deferred; two processes that read and then write then meet "database is locked" with no
wait at all (https://www.sqlite.org/lang_transaction.html). Here every transaction takes the write lock at its start.
"""

import sqlite3
from typing import Any

from tortoise.backends.base.client import TransactionalDBClient, TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.connection import get_connections
from tortoise.exceptions import OperationalError


class ImmediateSqliteClient(SqliteClient):
    """Tortoise's client with immediate transactions."""

    def _in_transaction(self) -> TransactionContext:
        return _ImmediateContext(_ImmediateWrapper(self), self._lock)


class _ImmediateContext(SqliteTransactionContext):
    async def __aenter__(self) -> TransactionalDBClient:
        await self._trxlock.acquire()
        try:
            await self.ensure_connection()
            await self.connection.begin()
        except BaseException:
            # A BEGIN that fails must not keep the connection locked for everybody else.
            self._trxlock.release()
            raise
        self.token = get_connections().set(self.connection_name, self.connection)
        transaction: TransactionalDBClient = self.connection
        return transaction


class _ImmediateWrapper(SqliteTransactionWrapper):
    async def begin(self) -> None:
        try:
            await self._connection.commit()
            await self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error


client_class: Any = ImmediateSqliteClient
"""The name under which Tortoise looks a backend module's client up."""
