"""Copies of a database, for lives that must not see each other: a file of SQLite's, or a database of PostgreSQL's."""

import asyncio
import shutil
from pathlib import Path
from uuid import uuid4

import asyncpg

from tests.support.database import POSTGRESQL_URL


def make(original: str, folder: Path, name: str) -> str:
    """A copy of the database at this address, which nobody has open; its own address."""
    if original.startswith("sqlite:"):
        copy = folder / f"{name}.sqlite3"
        # Whoever was killed left the newest of it in the log.
        for ending in ("", "-wal"):
            source = Path(original.removeprefix("sqlite://") + ending)
            if source.exists():
                shutil.copyfile(source, f"{copy}{ending}")
        return f"sqlite://{copy}"
    base, _, template = original.rpartition("/")
    copy_name = f"killed_{uuid4().hex}"
    asyncio.run(_on_postgresql(f'CREATE DATABASE "{copy_name}" TEMPLATE "{template}"'))
    return f"{base}/{copy_name}"


def remove(address: str) -> None:
    """Take a copy away."""
    if address.startswith("sqlite:"):
        for ending in ("", "-wal", "-shm"):
            Path(address.removeprefix("sqlite://") + ending).unlink(missing_ok=True)
    else:
        asyncio.run(_on_postgresql(f'DROP DATABASE "{address.rpartition("/")[2]}" WITH (FORCE)'))


async def _on_postgresql(statement: str) -> None:
    connection = await asyncpg.connect(POSTGRESQL_URL)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
