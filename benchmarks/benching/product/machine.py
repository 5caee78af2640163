"""Which processors the processes of a measurement run on, and which services are there."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from benchmarks.benching.rows import Missing
from benchmarks.benching.servers import ROOT, Cores
from tests.support.database import POSTGRESQL_URL

_ALL = frozenset(os.sched_getaffinity(0))
CORES = Cores.of_machine()
"""As of the whole machine, before anything of it is left to others."""
STOP_SECONDS = 10


def require_postgresql() -> None:
    """Raises Missing."""
    if POSTGRESQL_URL is None:
        raise Missing("HYBRID_MEETINGS_TEST_POSTGRESQL_URL names no PostgreSQL")


def require_redis() -> str:
    """The address of one at which nobody else's workers listen. Raises Missing."""
    address = os.environ.get("HYBRID_MEETINGS_TEST_REDIS_URL")
    if address is None:
        raise Missing("HYBRID_MEETINGS_TEST_REDIS_URL names no Redis")
    return address


def pin(pid: int, *, serves: bool) -> None:
    """Keep a process, all of its threads, on the measured server's processor or off it, where there is a choice."""
    if CORES.server is None:
        return
    for thread in Path(f"/proc/{pid}/task").iterdir():
        with suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread.name), {CORES.server} if serves else _ALL - {CORES.server})


@asynccontextmanager
async def kept_off() -> AsyncIterator[None]:
    """This process, and what it starts meanwhile, leaves the measured server's processor alone."""
    before = os.sched_getaffinity(0)
    pin(os.getpid(), serves=False)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def program(name: str, *arguments: str) -> list[str]:
    """The command of a module of this package, which then loads nothing but what it names itself."""
    return [sys.executable, "-P", str(Path(__file__).with_name(f"{name}.py")), *arguments]


@asynccontextmanager
async def started(
    command: Sequence[str], environment: Mapping[str, str] | None = None, *, says: bytes = b"ready"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that has said that it is ready, stopped at the end. Raises Missing where it ends before."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None  # noqa: S101 - a pipe
    try:
        while not (line := await process.stdout.readline()).startswith(says):
            if not line:
                raise Missing(f"{command[-1]} did not start")
        yield process
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
