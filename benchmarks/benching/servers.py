"""Servers under test, each a process pinned to one core, so that the load can have another."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.benching.rows import Wrong
from tests.support.server import free_port

ROOT = Path(__file__).parents[2]
START_SECONDS, STOP_SECONDS = 60, 10
_POLL_SECONDS = 0.05
_PORT = "{port}"


@dataclass(frozen=True, slots=True)
class Cores:
    """Which processors are used for what; None for both on a machine with but one."""

    server: int | None
    load: int | None

    @classmethod
    def of_machine(cls) -> "Cores":
        """The last two that this process may use."""
        usable = sorted(os.sched_getaffinity(0))
        return cls(usable[-1], usable[-2]) if len(usable) > 1 else cls(None, None)


@dataclass(frozen=True, slots=True)
class Server:
    """One that runs."""

    port: int
    pid: int


def uvicorn(app: str) -> list[str]:
    """The command that serves an ASGI application, `module:name`, as production would: no reloading, no access log."""
    options = ("--host", "127.0.0.1", "--port", _PORT, "--log-level", "warning", "--no-access-log")
    return [sys.executable, "-m", "uvicorn", app, *options]


@contextlib.asynccontextmanager
async def serving(command: Sequence[str], environment: Mapping[str, str], log: Path) -> AsyncIterator[Server]:
    """The server of this command on a free port (`PORT`, or where the command says so). Raises Wrong."""
    port, core = free_port(), Cores.of_machine().server
    with log.open("ab") as output:
        process = await asyncio.create_subprocess_exec(
            *(part.replace(_PORT, str(port)) for part in command),
            cwd=ROOT,
            env={**os.environ, **environment, "PORT": str(port), "NODE_ENV": "production"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=None if core is None else lambda: os.sched_setaffinity(0, {core}),
        )
    try:
        await _listening(process, port, log)
        yield Server(port, process.pid)
    finally:
        await _end(process)


async def _listening(process: asyncio.subprocess.Process, port: int, log: Path) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            while process.returncode is None:
                with contextlib.suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", port)
                    writer.close()
                    return
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        pass
    raise Wrong(f"the server does not listen: {_end_of(log)}")


def _end_of(log: Path) -> str:
    return log.read_text(errors="replace")[-2000:]


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
