"""The machine: how many files a process may open, how much room there is for SQLite, GraphiQL's files."""

import asyncio
import os
import resource
import shutil
from collections.abc import Sequence
from pathlib import Path

from app.database.location import sqlite_path
from app.findings import Finding, doubtful, failing, well
from app.graphql.fetch_graphiql import integrity
from app.graphql.graphiql_files import PACKAGES
from app.serving.server import CONCURRENT_CONNECTIONS, RESERVED_FILES, files_wanted
from app.settings import GraphiQLSource, Settings

SCARCE_BYTES = 1 << 30
TOO_FEW_BYTES = 100 << 20
_MEGABYTE = 1 << 20


async def file_limit() -> Sequence[Finding]:
    """By this process's own limit: a server that is started otherwise may have another."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = files_wanted()
    if hard == resource.RLIM_INFINITY or hard >= wanted:
        return [well("open files", f"there may be enough for {CONCURRENT_CONNECTIONS} connections.")]
    remedy = (
        f"Allow {wanted}, by LimitNOFILE of the systemd unit, `ulimits` of the container or /etc/security/limits.conf. "
        "A limit of here need not be the server's own."
    )
    affordable = max(RESERVED_FILES, CONCURRENT_CONNECTIONS - (wanted - hard))
    return [doubtful("open files", f"{hard} at most, so a server takes {affordable} connections.", remedy)]


async def disk(settings: Settings, *, scarce: int = SCARCE_BYTES, too_few: int = TOO_FEW_BYTES) -> Sequence[Finding]:
    """How much room SQLite has; nothing to say of a database that is elsewhere."""
    path = sqlite_path(settings.database_url)
    if path is None:
        return []
    folder = path.absolute().parent
    if not await asyncio.to_thread(folder.is_dir):
        remedy = f"Make the folder {folder}, or name another in HYBRID_MEETINGS_DATABASE_URL."
        return [failing("disk", "the database's folder does not exist.", remedy)]
    if not os.access(folder, os.W_OK):
        remedy = f"SQLite makes files beside its own: let the user that runs the server write to {folder}."
        return [failing("disk", "the database's folder cannot be written to.", remedy)]
    free = (await asyncio.to_thread(shutil.disk_usage, folder)).free
    says = f"{free // _MEGABYTE} MB are free where the database is."
    remedy = f"Make room on the disk of {folder}: without it nothing can be written, and requests fail."
    if free < too_few:
        return [failing("disk", says, remedy)]
    return [doubtful("disk", says, remedy) if free < scarce else well("disk", says)]


async def graphiql(settings: Settings, folder: Path) -> Sequence[Finding]:
    """Whether GraphiQL's files are there and are the published ones, where they are to be served from our origin."""
    match settings.graphiql:
        case GraphiQLSource.OFF:
            return []
        case GraphiQLSource.CDN:
            says = "its page loads files from a public CDN, which thereby hears who opens it."
            return [
                doubtful("GraphiQL", says, "Set HYBRID_MEETINGS_GRAPHIQL to `own` or `off`: `cdn` is for the demo.")
            ]
        case GraphiQLSource.OWN:
            wrong = await asyncio.to_thread(_wrong_files, folder)
    if wrong:
        says = f"{len(wrong)} of its files are missing or not the published ones, so its page is off."
        remedy = f"Run `python -m app.graphql.fetch_graphiql {folder}` (it needs npm), then restart the servers."
        return [doubtful("GraphiQL", says, remedy)]
    return [well("GraphiQL", "its files are there, as they were published.")]


def _wrong_files(folder: Path) -> Sequence[str]:
    files = [file for package in PACKAGES for file in package.files]
    return [file.name for file in files if not _is_as_published(folder / file.name, file.integrity)]


def _is_as_published(path: Path, published: str) -> bool:
    return path.is_file() and integrity(path.read_bytes(), "sha384") == published
