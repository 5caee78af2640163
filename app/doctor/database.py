"""The database: reachable, of a version we know, migrated, writable, with connections to spare, on our time.

Nothing is written: that it could be is read from what PostgreSQL says of this user, and on SQLite from a transaction
that takes the lock to write and ends without having written.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from tortoise import connections

from app import clock
from app.database.engine import is_migrated
from app.database.location import pool_size, sqlite_path
from app.findings import Finding, doubtful, failing, well
from app.settings import Settings

ABOUT = "database"
OLDEST_POSTGRESQL = 14
"""Older ones get no corrections any more (https://www.postgresql.org/support/versioning/)."""
DOUBTFUL_DIFFERENCE = timedelta(seconds=10)
MOST_DIFFERENCE = timedelta(minutes=2)
"""Claims are that long: beyond, one process takes for abandoned what another has just begun."""
LOCK_PATIENCE_SECONDS = 2.0
"""No transaction of ours holds SQLite's lock for so long."""

_VERSION = "SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS name"
_WRITABLE = """SELECT pg_is_in_recovery() AS standby,
  current_setting('default_transaction_read_only') = 'on' AS read_only,
  count(*) FILTER (WHERE NOT (has_table_privilege(oid, 'SELECT') AND has_table_privilege(oid, 'INSERT')
    AND has_table_privilege(oid, 'UPDATE') AND has_table_privilege(oid, 'DELETE'))) AS refused
  FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace"""
_CONNECTIONS = """SELECT
  current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS total,
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS taken"""
_READ_ONLY = (
    "Give the database's user the right to write (it should own the tables), and name the primary server, not a "
    "standby, in HYBRID_MEETINGS_DATABASE_URL."
)


async def database(settings: Settings) -> Sequence[Finding]:
    """How the database stands; it is open already, which says nothing yet."""
    path = sqlite_path(settings.database_url)
    if path is not None and not await asyncio.to_thread(path.is_file):
        remedy = (
            "Nothing, where the server was never started: `hybrid-meetings serve` makes it. Else look for the file."
        )
        return [doubtful(ABOUT, f"there is no {path} yet.", remedy)]
    try:
        version = await _sqlite_version() if settings.is_sqlite else await _postgresql_version()
    except Exception as error:
        # The driver's words repeat the address, which may have a password in it.
        remedy = (
            "See whether the database runs, whether HYBRID_MEETINGS_DATABASE_URL has its address, user, password and "
            "name, and whether a firewall lies between."
        )
        return [failing(ABOUT, f"it cannot be reached ({type(error).__name__}).", remedy)]
    findings = [version]
    if await is_migrated():
        findings.append(well(ABOUT, "it has this version's schema."))
    else:
        remedy = "Run `hybrid-meetings migrate` (on SQLite `serve` does it at its start)."
        findings.append(failing(ABOUT, "it does not have this version's schema.", remedy))
    if path is not None:
        return [*findings, await asyncio.to_thread(_sqlite_writable, path)]
    return [*findings, await _postgresql_writable(), await _room(settings), await _clock()]


async def _sqlite_version() -> Finding:
    [row] = await connections.get("default").execute_query_dict("SELECT sqlite_version() AS name")
    return well(ABOUT, f"SQLite {row['name']}, for one machine.")


async def _postgresql_version() -> Finding:
    [row] = await connections.get("default").execute_query_dict(_VERSION)
    if row["number"] < OLDEST_POSTGRESQL * 10_000:
        remedy = f"Upgrade it: what is older than PostgreSQL {OLDEST_POSTGRESQL} gets no corrections any more."
        return doubtful(ABOUT, f"PostgreSQL {row['name']} is out of support.", remedy)
    return well(ABOUT, f"PostgreSQL {row['name']}.")


def _sqlite_writable(path: Path) -> Finding:
    """On a connection of its own, so that no other look is part of the transaction."""
    try:
        with closing(sqlite3.connect(path, timeout=LOCK_PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
    except sqlite3.Error as error:
        remedy = "Let the user that runs this write to the file and its folder; if it is locked, see what holds it."
        return failing(ABOUT, f"it cannot be written to ({error.sqlite_errorname}).", remedy)
    return well(ABOUT, "it can be written to.")


async def _postgresql_writable() -> Finding:
    [row] = await connections.get("default").execute_query_dict(_WRITABLE)
    if row["standby"] or row["read_only"]:
        return failing(ABOUT, "it takes no writing.", _READ_ONLY)
    if row["refused"]:
        return failing(ABOUT, f"{row['refused']} tables may not be read and written by this user.", _READ_ONLY)
    return well(ABOUT, "it can be written to.")


async def _room(settings: Settings) -> Finding:
    """Each process opens a pool of its own, and takes connections as it needs them."""
    [row] = await connections.get("default").execute_query_dict(_CONNECTIONS)
    each, left = pool_size(settings.database_url), row["total"] - row["taken"]
    says = f"{row['taken']} of {row['total']} connections are taken; each server and worker opens up to {each}."
    if left < each:
        remedy = (
            "Raise max_connections of PostgreSQL, or lower what each process opens (`?maxsize=…` at the end of "
            "HYBRID_MEETINGS_DATABASE_URL), so that all processes together fit."
        )
        return doubtful(ABOUT, says, remedy)
    return well(ABOUT, says)


async def _clock() -> Finding:
    [row] = await connections.get("default").execute_query_dict("SELECT clock_timestamp() AS now")
    now: datetime = row["now"]
    difference = abs(clock.now() - now)
    says = f"its clock and ours are {difference.total_seconds():.1f} seconds apart."
    remedy = "Let both machines keep their time by NTP (`timedatectl`)."
    if difference > MOST_DIFFERENCE:
        return failing(ABOUT, says, remedy)
    return doubtful(ABOUT, says, remedy) if difference > DOUBTFUL_DIFFERENCE else well(ABOUT, says)
