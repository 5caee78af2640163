"""Servers, workers and a sandbox as an operator would run them, on PostgreSQL and Redis."""

import base64
import json
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from app.keys import Vault
from app.sandbox.process import SandboxProcess
from tests.journeys.companies import NEWBRIDGE, Company
from tests.journeys.story import Story
from tests.support import zygote
from tests.support.database import REDIS_URL, temporary_postgresql
from tests.support.server import ServerProcess, free_port, running_server

MUCH = "1000000"
GENEROUS = {
    f"{holder}_PER_MINUTE": MUCH
    for holder in (
        "MEMBER_REQUESTS",
        "MEMBER_MUTATIONS",
        "MEMBER_SUITE_CALLS",
        "ORGANISATION_REQUESTS",
        "ORGANISATION_MUTATIONS",
        "ORGANISATION_SUITE_CALLS",
        "ADDRESS_REQUESTS",
    )
}
"""Everybody comes from one address here and asks as much as a whole company: refusing that is measured elsewhere."""


class NoServicesError(Exception):
    """The environment names no PostgreSQL or no Redis."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What deployments stand on."""

    folder: Path
    redis_url: str
    """Nobody else's workers may listen there: they would take wakes that are meant for ours."""

    @classmethod
    def of_environment(cls, folder: Path) -> "Ground":
        """Raises NoServicesError."""
        if REDIS_URL is None or not os.environ.get("HYBRID_MEETINGS_TEST_POSTGRESQL_URL"):
            raise NoServicesError(
                "HYBRID_MEETINGS_TEST_POSTGRESQL_URL and HYBRID_MEETINGS_TEST_REDIS_URL have to name a server each."
            )
        return cls(folder, REDIS_URL)

    def below(self, name: str) -> "Ground":
        """The same, with a folder of its own."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What runs, and how it is reached."""

    sandbox: SandboxProcess
    servers: Sequence[ServerProcess]
    workers: Sequence[zygote.Started]
    database_url: str
    redis_url: str
    folder: Path
    parts_share: dict[str, list[Any]] = field(default_factory=dict)
    """What one part made and another may use, where several are measured on one deployment."""

    @property
    def addresses(self) -> list[str]:
        """Where the servers are: a client may ask any of them, and the next one the next time."""
        return [server.address for server in self.servers]

    @property
    def processes(self) -> dict[str, int]:
        """Everything that runs, and this process, which holds the clients."""
        servers = {f"server {number}": server.pid for number, server in enumerate(self.servers, 1)}
        workers = {f"worker {number}": worker.pid for number, worker in enumerate(self.workers, 1)}
        return {**servers, **workers, "sandbox": self.sandbox.description.pid, "clients": os.getpid()}

    @property
    def vault(self) -> Vault:
        """What seals as the servers do."""
        ring = self.servers[0].environment["HYBRID_MEETINGS_ENCRYPTION_KEYS"]
        [(key_id, key)] = [part.split(":") for part in ring.split(",")]
        return Vault(((key_id, base64.b64decode(key)),))

    def story(self, company: Company = NEWBRIDGE) -> Story:
        return Story(self.sandbox, self.servers[0], company)

    def complaints(self) -> list[str]:
        """What servers and workers logged as an error, each kind once with how often."""
        counts: dict[str, int] = {}
        for path in sorted(self.folder.glob("*.log")):
            for line in path.read_text(errors="replace").splitlines():
                said = _complaint(line)
                if said is not None:
                    counts[f"{path.stem} logged {said}"] = counts.get(f"{path.stem} logged {said}", 0) + 1
        return [f"{said}, {count} times" for said, count in counts.items()]


@asynccontextmanager
async def deployed(ground: Ground, *, servers: int, workers: int) -> AsyncIterator[Deployment]:
    """So many of each on a fresh database, logging what production logs."""
    chosen = {**GENEROUS, "REDIS_URL": ground.redis_url, "LOG_LEVEL": "INFO"}
    folder = ground.folder
    port = free_port()
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(temporary_postgresql())
        spawned = SandboxProcess.spawn(folder / "sandbox", public_url=f"http://127.0.0.1:{port}", start=zygote.start)
        sandbox = await stack.enter_async_context(spawned)
        first = await stack.enter_async_context(
            running_server(sandbox.description, port, url, folder, moves_clock=False, **chosen)
        )
        others = [_beside(first, folder / f"server-{number}.log") for number in range(2, servers + 1)]
        running = [first, *[await stack.enter_async_context(other) for other in others]]
        started = [await stack.enter_async_context(first.worker()) for _ in range(workers)]
        yield Deployment(
            sandbox=sandbox,
            servers=running,
            workers=started,
            database_url=url,
            redis_url=ground.redis_url,
            folder=folder,
        )


@asynccontextmanager
async def _beside(first: ServerProcess, log_path: Path) -> AsyncIterator[ServerProcess]:
    """Another server of the same deployment: all is as of the first but the port it listens on."""
    port = free_port()
    server = ServerProcess(port, {**first.environment, "HYBRID_MEETINGS_PORT": str(port)}, log_path)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


def _complaint(line: str) -> str | None:
    """What an error is about; tracebacks and other lines that are no JSON count as errors too."""
    if not line.strip():
        return None
    try:
        entry = json.loads(line)
    except json.JSONDecodeError:
        return f"a line that is no entry: {line.strip()[:120]}"
    if entry.get("level") not in {"error", "critical"}:
        return None
    return f"{entry.get('event')} ({entry.get('error', '')})"
