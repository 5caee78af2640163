"""The real server, as a process of its own beside a sandbox process, for stories that go through HTTP."""

import asyncio
import base64
import contextlib
import itertools
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp

from app.demo.clock_control import PATH as CLOCK_PATH
from app.demo.clock_control import SANDBOX_VARIABLE
from app.sandbox.process import SandboxDescription
from tests.support import database, zygote

ROOT = Path(__file__).parents[2]
START_SECONDS = 20
POLL_SECONDS = 0.05
KEYS = {
    "HYBRID_MEETINGS_SECRET_KEY": base64.b64encode(b"\x05" * 32).decode(),
    "HYBRID_MEETINGS_ENCRYPTION_KEYS": f"t1:{base64.b64encode(bytes([6]) * 32).decode()}",
}


# Below what Linux and macOS give to outgoing connections, one of which could otherwise take the port meanwhile.
PORTS = range(15_000, 32_000)
MOST_WORKERS = 8
"""Test processes side by side that choose ports of their own, so that none takes what another is about to use."""


def _ports_of_this_process() -> Iterator[int]:
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % MOST_WORKERS
    share = PORTS[worker::MOST_WORKERS]
    # Tests that are started beside these, in a run of their own, begin elsewhere.
    start = random.SystemRandom().randrange(len(share))
    return itertools.cycle([*share[start:], *share[:start]])


_ports = _ports_of_this_process()


def free_port() -> int:
    """A port of loopback that nobody listens on, and that nobody else is given before long."""
    for port in _ports:
        with socket.socket() as listener, contextlib.suppress(OSError):
            listener.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a cycle of ports does not end")


class ServerNotReadyError(Exception):
    """The server did not become ready; the message has the end of its log."""


@dataclass
class ServerProcess:
    """One `hybrid-meetings serve`, which can be killed and started again on the same port and database."""

    port: int
    environment: Mapping[str, str]
    log_path: Path
    moves_clock: bool = False
    """Whether every command starts at the sandbox's time, and the server's clock can be put forward."""
    _process: zygote.Started | None = field(default=None, repr=False)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def socket_address(self) -> str:
        return f"ws://127.0.0.1:{self.port}/graphql"

    @property
    def pid(self) -> int:
        """Of the process that was started last."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """Returns once `/health/ready` answers 200. Raises ServerNotReadyError."""
        with self.log_path.open("ab") as log_file:
            self._process = await self._spawn("serve", stderr=log_file)
        try:
            async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
                while not await _is_ready(session, self.address):
                    if self._process.returncode is not None:
                        raise ServerNotReadyError(self.log())
                    await asyncio.sleep(POLL_SECONDS)
        except TimeoutError:
            raise ServerNotReadyError(self.log()) from None

    async def stop(self, seconds: float = START_SECONDS) -> int:
        """Ask it to stop, as an operator would; returns its exit code. Raises TimeoutError."""
        return await self._end(signal.SIGTERM, seconds)

    async def kill(self) -> None:
        """End it without warning, as a crash would."""
        await self._end(signal.SIGKILL)

    @contextlib.asynccontextmanager
    async def worker(self) -> AsyncIterator[zygote.Started]:
        """A `hybrid-meetings worker` with the same settings, stopped at the end as an operator would."""
        with self.log_path.with_name("worker.log").open("ab") as log_file:
            process = await self._spawn("worker", stderr=log_file)
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            await asyncio.wait_for(process.wait(), START_SECONDS)

    async def command(self, *arguments: str) -> str:
        """Run another command of the product with the same settings; returns what it printed."""
        process = await self._spawn(*arguments, stdout=asyncio.subprocess.PIPE)
        output, _ = await process.communicate()
        assert process.returncode == 0, output
        return output.decode().strip()

    async def advance(self, step: timedelta) -> datetime:
        """Put the server's clock and the sandbox's forward; the new present. Needs `moves_clock`."""
        body = {"seconds": step.total_seconds()}
        async with aiohttp.ClientSession() as session, session.post(f"{self.address}{CLOCK_PATH}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return datetime.fromisoformat((await answer.json())["now"])

    def log(self) -> str:
        return self.log_path.read_text()

    @property
    def module(self) -> str:
        """What runs the product's commands."""
        return "app.demo.server" if self.moves_clock else "app.cli"

    async def _spawn(self, *arguments: str, stderr: object = None, stdout: object = None) -> zygote.Started:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}
        return await zygote.start(
            sys.executable,
            "-m",
            self.module,
            *arguments,
            cwd=ROOT,
            env={**inherited, **self.environment},
            stdout=stdout,
            stderr=stderr,
        )

    async def _end(self, how: signal.Signals, seconds: float = START_SECONDS) -> int:
        if self._process is None:
            return 0
        if self._process.returncode is None:
            self._process.send_signal(how)
        return await asyncio.wait_for(self._process.wait(), seconds)


async def _is_ready(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/health/ready") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


def environment_of(sandbox: SandboxDescription, port: int, database_url: str, **settings: str) -> dict[str, str]:
    """The environment of a server beside this sandbox; `settings` lack the prefix, and count before the rest."""
    return {
        **KEYS,
        SANDBOX_VARIABLE: sandbox.http,
        "HYBRID_MEETINGS_PUBLIC_URL": f"http://127.0.0.1:{port}",
        "HYBRID_MEETINGS_PORT": str(port),
        "HYBRID_MEETINGS_DATABASE_URL": database_url,
        "HYBRID_MEETINGS_LOG_LEVEL": "DEBUG",
        "HYBRID_MEETINGS_INTROSPECTION": "true",
        # Nobody spreads requests over several servers, unless a test says so.
        "HYBRID_MEETINGS_DRAIN_DELAY": "0",
        # A test that waits asks as fast as it can.
        "HYBRID_MEETINGS_MEMBER_REQUESTS_PER_MINUTE": "60000",
        "HYBRID_MEETINGS_MICROSOFT_365_CLIENT_ID": sandbox.client_id,
        "HYBRID_MEETINGS_MICROSOFT_365_CLIENT_SECRET": sandbox.client_secret,
        "HYBRID_MEETINGS_MICROSOFT_365_AUTHORITY": sandbox.authority,
        "HYBRID_MEETINGS_MICROSOFT_365_GRAPH_URL": sandbox.graph_url,
        "HYBRID_MEETINGS_MICROSOFT_365_CA_BUNDLE": str(sandbox.ca_bundle),
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_CLIENT_ID": sandbox.google_client_id,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_CLIENT_SECRET": sandbox.google_client_secret,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_ACCOUNTS_URL": sandbox.google_accounts,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_OAUTH_URL": sandbox.google_apis,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_OPENID_URL": sandbox.google_apis,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_CALENDAR_URL": sandbox.google_apis,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_DIRECTORY_URL": sandbox.google_apis,
        "HYBRID_MEETINGS_GOOGLE_WORKSPACE_CA_BUNDLE": str(sandbox.ca_bundle),
        **{f"HYBRID_MEETINGS_{name}": value for name, value in settings.items()},
    }


@contextlib.asynccontextmanager
async def running_server(
    sandbox: SandboxDescription,
    port: int,
    database_url: str,
    folder: Path,
    *,
    moves_clock: bool = False,
    **settings: str,
) -> AsyncIterator[ServerProcess]:
    """A migrated, ready server that speaks with the sandbox; `settings` lack the prefix, such as `PENDING_POLLING`."""
    environment = environment_of(sandbox, port, database_url, **settings)
    await database.migrate(database_url)
    server = ServerProcess(port, environment, folder / "server.log", moves_clock)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
