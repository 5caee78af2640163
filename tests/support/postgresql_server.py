"""A PostgreSQL of a test's own, which can be killed, started again where it was, and made to hang.

The server that other tests share must not die with one of them. `initdb` and the migrations run once in a process of
tests; every server starts from a copy of that folder. What it is asked to keep it keeps through `kill`, since only the
machine's own fall would need fsync, which is off.
"""

import asyncio
import atexit
import functools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.backends.base.executor import EXECUTOR_CACHE

from app.database import engine
from tests.support.server import free_port

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Of each version that Debian's packages installed, the newest last."""
DATABASE = "hybrid_meetings"
SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "100",
    "shared_buffers": "16MB",
    "max_wal_size": "64MB",
    "unix_socket_directories": "",
    "listen_addresses": "127.0.0.1",
}
START_SECONDS = 20
POLL_SECONDS = 0.05


class PostgresqlServer:
    """One cluster with one migrated and empty database."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{DATABASE}"

    async def start(self) -> None:
        """Returns once it answers; on the port that it had."""
        (self._folder / "postmaster.pid").unlink(missing_ok=True)  # the number may be another process's by now
        settings = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
        with (self._folder / "server.log").open("ab") as log_file:
            self._process = await asyncio.create_subprocess_exec(
                _binary("postgres"),
                *("-D", str(self._folder), "-p", str(self.port), *settings),
                stdout=log_file,
                stderr=log_file,
                **_owner(),
            )
        async with asyncio.timeout(START_SECONDS):
            while not await self.answers():
                assert self._process.returncode is None, self.log()
                await asyncio.sleep(POLL_SECONDS)

    async def stop(self) -> None:
        """As an operator would who does not wait for anybody: statements under way are broken off and rolled back."""
        await self._end(signal.SIGINT)

    async def kill(self) -> None:
        """Every process of it at once, as when the machine falls."""
        if self._process is None or self._process.returncode is not None:
            return
        os.kill(self._process.pid, signal.SIGSTOP)  # so that it starts no other meanwhile
        for pid in self._family():
            _send(pid, signal.SIGKILL)
        await self._process.wait()

    async def restart(self) -> None:
        await self.stop()
        await self.start()

    def pause(self) -> None:
        """It hangs: connections are taken by the kernel and stay, and nothing is answered."""
        for pid in self._family():
            _send(pid, signal.SIGSTOP)

    def resume(self) -> None:
        for pid in self._family():
            _send(pid, signal.SIGCONT)

    async def answers(self) -> bool:
        """Whether a statement is answered within a second."""
        try:
            await self.query("SELECT 1", timeout=1)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        return True

    async def query(self, statement: str, *values: Any, timeout: float = 10) -> list[asyncpg.Record]:
        """What the database answers to an onlooker with a connection of its own."""
        connection = await asyncpg.connect(self.url, timeout=timeout)
        try:
            rows: list[asyncpg.Record] = await connection.fetch(statement, *values, timeout=timeout)
            return rows
        finally:
            connection.terminate()

    def log(self) -> str:
        return (self._folder / "server.log").read_text()

    async def _end(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self.resume()
            self._process.send_signal(how)
            await asyncio.wait_for(self._process.wait(), START_SECONDS)

    def _family(self) -> list[int]:
        """The first process and all that it started."""
        assert self._process is not None
        return [self._process.pid, *_children(self._process.pid)]


def _children(parent: int) -> Iterator[int]:
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            words = status.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        if int(words[1]) == parent:
            yield int(status.parent.name)


def _send(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _binary(name: str) -> str:
    if not BINARIES:
        message = "PostgreSQL's own programs are not in /usr/lib/postgresql"
        pytest.fail(message) if "CI" in os.environ else pytest.skip(message)
    return str(BINARIES[-1] / name)


def _owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root; whoever else runs the tests owns the server too."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}


def _folder() -> tempfile.TemporaryDirectory[str]:
    folder = tempfile.TemporaryDirectory(prefix="postgresql-")
    _give_away(Path(folder.name))
    return folder


def _give_away(path: Path) -> None:
    if os.getuid() == 0:
        owner = pwd.getpwnam("postgres")
        for each in (path, *path.rglob("*")):
            os.chown(each, owner.pw_uid, owner.pw_gid)


@functools.cache
def _template_folder() -> Path:
    """Made by `initdb`, without a database of ours."""
    initdb = _binary("initdb")
    folder = _folder()
    atexit.register(folder.cleanup)
    cluster = Path(folder.name) / "cluster"
    arguments = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync", "--wal-segsize=1"]
    subprocess.run([initdb, "-D", str(cluster), *arguments], check=True, stdout=subprocess.DEVNULL, **_owner())
    return cluster


_migrated: list[Path] = []
"""The template once its database is there; nothing before."""


async def _migrated_template() -> Path:
    if not _migrated:
        folder = _template_folder()
        server = PostgresqlServer(folder, free_port())
        await _first_start(server)
        EXECUTOR_CACHE.clear()  # Tortoise keeps statements by table name, in whichever dialect came first
        try:
            await engine.migrate(server.url)
        finally:
            EXECUTOR_CACHE.clear()
            await server.stop()
        _migrated.append(folder)
    return _migrated[0]


async def _first_start(server: PostgresqlServer) -> None:
    """Start it and make its database, without which nobody can ask whether it answers."""
    starting = asyncio.ensure_future(server.start())
    administration = f"postgres://postgres@127.0.0.1:{server.port}/postgres"
    while True:
        try:
            connection = await asyncpg.connect(administration)
        except (OSError, asyncpg.PostgresError):
            assert not starting.done(), server.log()
            await asyncio.sleep(POLL_SECONDS)
            continue
        await connection.execute(f"CREATE DATABASE {DATABASE}")
        await connection.close()
        return await starting


@asynccontextmanager
async def postgresql_server() -> AsyncIterator[PostgresqlServer]:
    """A running server with a migrated database; its folder goes with it."""
    template = await _migrated_template()
    with _folder() as name:
        cluster = Path(name) / "cluster"
        shutil.copytree(template, cluster)
        cluster.chmod(0o700)
        _give_away(cluster)
        server = PostgresqlServer(cluster, free_port())
        await server.start()
        try:
            yield server
        finally:
            await server.kill()
