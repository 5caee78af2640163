"""The processes of the product, each as a service manager keeps it: whatever ends by itself is started again."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp

from tests.faults.randomised.clocked import MODULE
from tests.support import zygote
from tests.support.server import ServerProcess

BEFORE_IT_STARTS_AGAIN = 0.3
LONGEST_STOP = 25.0
POLL_SECONDS = 0.05
READY_SECONDS = 60


class Entrance(ServerProcess):
    """What stories and commands take for the server: the balancer, before which nothing tells how many there are."""

    @property
    def module(self) -> str:
        return MODULE


@dataclass
class Machine:
    """One `serve` or `worker`."""

    name: str
    command: str
    environment: Mapping[str, str]
    log_path: Path
    port: int | None = None
    fell: list[tuple[float, int]] = field(default_factory=list)
    """When it ended without having been told to, by the monotonic clock, and its exit code."""
    slow_stops: int = 0
    """How often it had to be killed because it did not end when it was told to."""
    _is_wanted: bool = False
    _process: zygote.Started | None = None
    _keeper: asyncio.Task[None] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Returns at once; from now on it is kept running."""
        self._is_wanted = True
        await self._spawn()
        self._keeper = asyncio.ensure_future(self._keep())

    async def kill(self) -> None:
        """End it without warning, and leave it so."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> None:
        """Ask it to stop, as an operator would, and leave it so."""
        try:
            async with asyncio.timeout(LONGEST_STOP):
                await self._end(signal.SIGTERM)
        except TimeoutError:
            self.slow_stops += 1
            await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        """Whichever process it is by now: one may just be starting in the place of one that fell."""
        self._is_wanted = False
        told: zygote.Started | None = None
        while self._keeper is not None and not self._keeper.done():
            if self._process is not None and self._process is not told:
                told = self._process
                told.send_signal(how)
            await asyncio.wait([self._keeper], timeout=POLL_SECONDS)

    async def _keep(self) -> None:
        while self._process is not None:
            code = await self._process.wait()
            if not self._is_wanted:
                return
            self.fell.append((time.monotonic(), code))
            await asyncio.sleep(BEFORE_IT_STARTS_AGAIN)
            if self._is_wanted:
                await self._spawn()

    async def _spawn(self) -> None:
        with self.log_path.open("ab") as log_file:
            self._process = await zygote.start(
                sys.executable, "-m", MODULE, self.command, env=self.environment, stderr=log_file, stdout=log_file
            )


@asynccontextmanager
async def running(machines: Sequence[Machine]) -> AsyncIterator[None]:
    """All of them; servers are ready."""
    async with AsyncExitStack() as stack:
        for machine in machines:
            await machine.start()
            stack.push_async_callback(machine.kill)
        await until_ready(machines)
        yield


async def until_ready(machines: Sequence[Machine]) -> None:
    """Every server says so."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(READY_SECONDS):
        for machine in machines:
            while machine.port is not None:
                if await _is_ready(session, machine.address):
                    break
                await asyncio.sleep(POLL_SECONDS)


async def _is_ready(session: aiohttp.ClientSession, address: str) -> bool:
    try:
        async with session.get(f"{address}/health/ready", timeout=aiohttp.ClientTimeout(total=2)) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
