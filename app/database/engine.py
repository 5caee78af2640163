"""Opening the database: which engine, which models, and migrations under a lock."""

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import IO, Any

from tortoise import connections
from tortoise.backends.base.config_generator import expand_db_url
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor

from app.database.migrating import NotingExecutor
from app.database.sqlite import ImmediateSqliteClient

APP = "hybrid_meetings"
MODELS = (
    "app.identity.models",
    "app.integrations.models",
    "app.connections.models",
    "app.references.models",
    "app.rooms.models",
    "app.buildings.models",
    "app.shifts.models",
    "app.bookings.models",
    "app.notifications.models",
    "app.audit.models",
    "app.keyring.models",
)
MIGRATIONS = "app.database.migrations"
BUSY_TIMEOUT_MILLISECONDS = 5_000
"""Half of a request's deadline: whoever waits for another process's lock is told so, instead of being given up."""
STATEMENT_SECONDS = 30.0
"""No statement of ours takes that long, migrations apart; what a request waits for ends with its own deadline."""
MIGRATION_LOCK = 0x6879_6272
"""PostgreSQL's advisory lock that keeps two migrations apart; the number only has to be ours."""
LOCK_LOOK_SECONDS = 0.05
"""How often a migration looks whether the one before it has let go of SQLite's file."""


def tortoise_config(database_url: str) -> dict[str, Any]:
    """Tortoise's configuration for one database address."""
    connection = expand_db_url(database_url)
    if database_url.startswith("sqlite:"):
        connection["engine"] = "app.database.sqlite"
        connection["credentials"]["busy_timeout"] = BUSY_TIMEOUT_MILLISECONDS
        connection["credentials"]["synchronous"] = "NORMAL"
        # What is deleted is overwritten, so that nothing erased can be read in the file's free pages.
        connection["credentials"]["secure_delete"] = "ON"
    else:
        connection["engine"] = "app.database.postgresql"
    return {
        "connections": {"default": connection},
        "apps": {APP: {"models": list(MODELS), "default_connection": "default", "migrations": MIGRATIONS}},
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def database(database_url: str) -> AsyncIterator[TortoiseContext]:
    """The open database for everything that runs inside, other tasks included."""
    _make_private(database_url)
    config = tortoise_config(database_url)
    if not database_url.startswith("sqlite:"):
        # Not where migrations run: building an index takes as long as it takes.
        config["connections"]["default"]["credentials"].setdefault("command_timeout", STATEMENT_SECONDS)
    async with TortoiseContext() as context:
        await context.init(config=config, _enable_global_fallback=True)
        yield context


async def migrate(
    database_url: str, tell: Callable[[str], None] = lambda _: None, waiting: Callable[[], None] = lambda: None
) -> Sequence[str]:
    """Bring the database to the newest schema; two that run side by side wait for each other.

    Each migration is noted where it happens, in its own transaction: one that dies half-way leaves nothing, and whoever
    migrates next begins with it. `tell` hears the name of each that begins; all that were applied are the answer.
    `waiting` is called where another process migrates now.
    """
    applied: list[str] = []

    def note(event: str, _: str, name: str) -> None:
        if event == "apply_start":
            tell(name)
        elif event == "apply_done":
            applied.append(name)

    _make_private(database_url)
    config = tortoise_config(database_url)
    async with TortoiseContext() as context:
        await context.init(config=config)
        async with _migration_lock(database_url, waiting):
            await NotingExecutor(connections.get("default"), config["apps"]).migrate(None, progress=note)
    return applied


async def scrub() -> None:
    """After an erasure: leave nothing of it in SQLite's log. PostgreSQL's own vacuum and checkpoints see to theirs."""
    client = connections.get("default")
    if client.capabilities.dialect == "sqlite":
        await client.execute_query("PRAGMA wal_checkpoint(TRUNCATE)")


TORTOISE_ORM = tortoise_config("sqlite://:memory:")
"""For Tortoise's own command line, which writes new migrations (`make migrations`)."""


async def is_migrated() -> bool:
    """Whether the open database has every migration that this version brings. Raises what the driver raises."""
    client = connections.get("default")
    # Tortoise takes a database that does not answer for an empty one.
    await client.execute_query("SELECT 1")
    executor = MigrationExecutor(client, TORTOISE_ORM["apps"])
    return not await executor.plan(None)


async def is_writable() -> bool:
    """Whether the open database takes what is written, as far as it is known: SQLite's disk may be full."""
    client = connections.get("default")
    return await client.is_writable() if isinstance(client, ImmediateSqliteClient) else True


def _make_private(database_url: str) -> None:
    """Make SQLite's file, where there is none yet, for its owner alone; the log and index beside it take its mode."""
    file_path = expand_db_url(database_url)["credentials"].get("file_path", ":memory:")
    if file_path != ":memory:":
        with suppress(FileExistsError):
            os.close(os.open(file_path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


@asynccontextmanager
async def _migration_lock(database_url: str, waiting: Callable[[], None]) -> AsyncIterator[None]:
    if database_url.startswith("sqlite:"):
        path = Path(expand_db_url(database_url)["credentials"]["file_path"] + ".migration-lock")
        lock_file = await asyncio.to_thread(path.open, "w")
        try:
            if not _is_held(lock_file):
                waiting()
                # Not in a thread that waits for it: nobody could break that off.
                while not _is_held(lock_file):  # noqa: ASYNC110  # another process lets go
                    await asyncio.sleep(LOCK_LOOK_SECONDS)
            yield
        finally:
            lock_file.close()
        return
    # The lock sits on a connection of its own, so that migrations commit one by one beside it.
    async with connections.get("default").acquire_connection() as connection:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", MIGRATION_LOCK):
            waiting()
            await connection.execute("SELECT pg_advisory_lock($1)", MIGRATION_LOCK)
        try:
            yield
        finally:
            with suppress(Exception):  # a connection that has ended holds no lock, and what ended it is told
                await connection.execute("SELECT pg_advisory_unlock($1)", MIGRATION_LOCK)


def _is_held(lock_file: IO[str]) -> bool:
    """Whether the lock is ours from now on."""
    with suppress(BlockingIOError):
        fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False
