"""From the command to the first request that could be served, and what an idle server holds."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import aiohttp

from benchmarks.benching.rows import Conditions, Counted, Figures, Goal, Wrong
from benchmarks.benching.servers import ROOT
from benchmarks.loading.processes import MEGABYTE, resident_bytes
from tests.support.database import migrate, sqlite_url
from tests.support.server import KEYS, free_port

STARTS = 5
LOOK_SECONDS, IDLE_SECONDS, PATIENCE_SECONDS = 0.005, 3.0, 30.0
READY, RESIDENT, LOADED = "command to ready", "idle memory", "loading all modules"
EVERYTHING = "import app.cli, app.main"


async def measure(conditions: Conditions) -> Figures:
    """A server that knows both suites, on a migrated SQLite database, started again and again."""
    url = sqlite_url(conditions.folder)
    await migrate(url)
    found: dict[str, list[float]] = {READY: [], RESIDENT: [], LOADED: []}
    await _loading()  # compiles what was not compiled yet, as installing does
    for _ in range(conditions.pick(STARTS, 1)):
        found[LOADED].append(await _loading())
        async with _server(url) as (seconds, pid):
            await asyncio.sleep(conditions.pick(IDLE_SECONDS, 0.1))
            found[READY].append(seconds)
            found[RESIDENT].append(resident_bytes(pid) / MEGABYTE)
    return found


async def _loading() -> float:
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", EVERYTHING, cwd=ROOT, env=_inherited())
    if await process.wait():
        raise Wrong("the modules cannot be loaded")
    return time.perf_counter() - began


@asynccontextmanager
async def _server(database_url: str) -> AsyncIterator[tuple[float, int]]:
    """How many seconds it took to become ready, and its process."""
    port = free_port()
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        "serve",
        cwd=ROOT,
        env=_environment(port, database_url),
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with asyncio.timeout(PATIENCE_SECONDS), aiohttp.ClientSession() as session:
            while not await _is_ready(session, port):
                if process.returncode is not None:
                    raise Wrong(f"the server ended with {process.returncode}")
                await asyncio.sleep(LOOK_SECONDS)
        yield time.perf_counter() - began, process.pid
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _is_ready(session: aiohttp.ClientSession, port: int) -> bool:
    try:
        async with session.get(f"http://127.0.0.1:{port}/health/ready") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def _inherited() -> dict[str, str]:
    """Our own surroundings, but for what would have modules compiled at every start, as no installation has them."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}
    others.pop("PYTHONDONTWRITEBYTECODE", None)
    return others


def _environment(port: int, database_url: str) -> Mapping[str, str]:
    suites = {
        f"HYBRID_MEETINGS_{suite}_{name}": "unused"
        for suite in ("MICROSOFT_365", "GOOGLE_WORKSPACE")
        for name in ("CLIENT_ID", "CLIENT_SECRET")
    }
    return {
        **_inherited(),
        **KEYS,
        **suites,
        "HYBRID_MEETINGS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HYBRID_MEETINGS_PORT": str(port),
        "HYBRID_MEETINGS_DATABASE_URL": database_url,
    }


START = Counted(
    name="start",
    measures="A server on a migrated SQLite database: from the command until it is ready, and its memory when idle.",
    goals=(Goal(contender=READY, at_most=1.5), Goal(contender=RESIDENT, at_most=110)),
    measure=measure,
    units={READY: "s", RESIDENT: "MB", LOADED: "s"},
)
