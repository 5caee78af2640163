"""Ten thousand sockets on one server: opened, told the same news, and closed with the server."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from app.database import engine
from app.identity.models import Role
from app.serving.server import DRAIN_SECONDS
from benchmarks.loading.crowd import Closed, Heard, Opened, Order
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import Mark, Report, percentile
from benchmarks.loading.people import make_organisation, make_people
from benchmarks.loading.processes import processor_seconds, resident_bytes
from tests.support.client import Client

SOCKETS = 10_000
ORGANISATIONS = 4
"""So that none reaches its cap of 5,000."""
SOCKETS_PER_MEMBER = 20
CLIENTS = 2
"""Processes that hold the other ends."""
AT_ONCE = 25
PATIENCE_SECONDS = 180
FROM_DISABLING, FROM_OPENING = 2, 1
"""How many frames a socket has heard by then."""
KILOBYTE = 1024
ROOT = Path(__file__).parents[2]

CHANGES = "subscription { integrationChanged { status } }"
PREVIEW = (
    """{ disableIntegrationPreview { ... on DisableIntegrationPreview { confirmation } ... on Problem { message } } }"""
)
DISABLE = """mutation ($confirmation: String!) { disableIntegration(input: {confirmation: $confirmation}) { __typename
  ... on Problem { message }
} }"""


class CrowdProcess:
    """One process of clients."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def open(self, order: Order) -> Opened:
        return Opened(**await self._ask(asdict(order)))

    async def heard(self, frames: int) -> Heard:
        return Heard(**await self._ask({"what": "heard", "frames": frames, "seconds": PATIENCE_SECONDS}))

    async def closed(self) -> Closed:
        return Closed(**await self._ask({"what": "closed", "seconds": PATIENCE_SECONDS}))

    @property
    def pid(self) -> int:
        return self._process.pid

    async def _ask(self, wanted: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101 - both are pipes
        assert self._process.stdout is not None  # noqa: S101
        self._process.stdin.write(json.dumps(wanted).encode() + b"\n")
        await self._process.stdin.drain()
        told: dict[str, Any] = json.loads(await self._process.stdout.readline())
        return told


async def measure(running: Deployment, scale: float) -> Report:
    """Open, tell, and stop the server."""
    report = Report("sockets")
    async with AsyncExitStack() as stack:
        crowds = [await stack.enter_async_context(crowd_process()) for _ in range(CLIENTS)]
        tokens, administrators = await _members(running, max(CLIENTS * ORGANISATIONS, int(SOCKETS * scale)))
        await _open(report, running, crowds, tokens)
        await _tell_all(report, running, crowds, administrators, len(tokens))
        await _stop(report, running, crowds, len(tokens))
    return report


def order_of(port: int, place: int, tokens: Sequence[str]) -> Order:
    """What one of the processes is to open: each has two addresses of its own to open from."""
    return Order(
        port=port,
        sources=[f"127.0.0.{2 + 2 * place}", f"127.0.0.{3 + 2 * place}"],
        tokens=tokens,
        document=CHANGES,
        at_once=AT_ONCE,
    )


async def _members(running: Deployment, sockets: int) -> tuple[list[str], list[str]]:
    """A token for each socket, and one administrator's for each organisation."""
    tokens: list[str] = []
    administrators: list[str] = []
    each = sockets // ORGANISATIONS
    async with engine.database(running.database_url):
        for number in range(ORGANISATIONS):
            integration = await make_organisation(f"Crowd {number}")
            people = await make_people(integration, -(-each // SOCKETS_PER_MEMBER))
            tokens += [people[place // SOCKETS_PER_MEMBER].token for place in range(each)]
            [administrator] = await make_people(integration, 1, Role.SUBSCRIPTION_ADMINISTRATOR)
            administrators.append(administrator.token)
    return tokens, administrators


async def _open(report: Report, running: Deployment, crowds: Sequence[CrowdProcess], tokens: Sequence[str]) -> None:
    server = running.servers[0]
    async with Client(server.address, tokens[0]) as anybody:
        await anybody.ask("{ viewer { member { name } } }")  # what is loaded with the first request is no socket's
    before, began, used = resident_bytes(server.pid), time.monotonic(), processor_seconds(server.pid)
    orders = [order_of(server.port, place, tokens[place :: len(crowds)]) for place in range(len(crowds))]
    opened = await asyncio.gather(*(crowd.open(order) for crowd, order in zip(crowds, orders, strict=True)))
    seconds = time.monotonic() - began
    failed = [words for one in opened for words in one.failed]
    report.errors += [f"socket not opened: {words}" for words in sorted(set(failed))]
    report.add("sockets opened", len(tokens) - len(failed), "")
    report.add("connect rate, subscribed and told once", len(tokens) / seconds, "sockets/s")
    each = (processor_seconds(server.pid) - used) / len(tokens)
    report.add("server's processor for each, looks at their rights since included", each * 1000, "ms")
    grown = (resident_bytes(server.pid) - before) / len(tokens) / KILOBYTE
    report.add("memory for each socket", grown, "KB", Mark(value=30, source="performance.md, a later goal"))


async def _tell_all(
    report: Report,
    running: Deployment,
    crowds: Sequence[CrowdProcess],
    administrators: Sequence[str],
    sockets: int,
) -> None:
    """Every organisation's integration is disabled at the same time, and every socket is told."""
    waiting = [asyncio.create_task(crowd.heard(FROM_DISABLING)) for crowd in crowds]
    async with AsyncExitStack() as stack:
        address = running.servers[0].address
        clients = [await stack.enter_async_context(Client(address, token)) for token in administrators]
        confirmations = [(await client.field(PREVIEW))["confirmation"] for client in clients]
        began, used = time.monotonic(), processor_seconds(running.servers[0].pid)
        done = await asyncio.gather(
            *(
                client.field(DISABLE, confirmation=confirmation)
                for client, confirmation in zip(clients, confirmations, strict=True)
            )
        )
    report.errors += [f"not disabled: {one}" for one in done if one["__typename"] != "IntegrationDisabled"]
    heard = await asyncio.gather(*waiting)
    moments = sorted(moment - began for one in heard for moment in one.moments)
    report.add("news to the first socket", moments[0] if moments else 0, "s")
    within = Mark(value=1, source="product.md: changes within a second")
    report.add("news to half of the sockets", percentile(moments, 50), "s", within)
    report.add("news to the last socket", moments[-1] if moments else 0, "s", within)
    each = (processor_seconds(running.servers[0].pid) - used) / sockets
    report.add("server's processor for each socket told", each * 1000, "ms")
    lost = sockets - sum(one.is_open for one in heard)
    nothing = Mark(value=0, source="none may be lost")
    report.demand(report.add("sockets lost meanwhile", lost, "", nothing))
    report.demand(report.add("sockets that were not told", sockets - len(moments), "", nothing))


async def _stop(report: Report, running: Deployment, crowds: Sequence[CrowdProcess], sockets: int) -> None:
    """The server is told to stop, as an operator would."""
    waiting = [asyncio.create_task(crowd.closed()) for crowd in crowds]
    began = time.monotonic()
    try:
        code: int | None = await running.servers[0].stop()
    except TimeoutError:
        code = None
        await running.servers[0].kill()
    ended = time.monotonic() - began
    closed = await asyncio.gather(*waiting)
    moments = [moment - began for one in closed for moment in one.moments]
    restarted = sum(one.codes.get("1012", 0) for one in closed)
    report.add("closed with 1012 after SIGTERM", restarted, "")
    report.add("until half are closed", percentile(moments, 50), "s")
    bound = Mark(value=DRAIN_SECONDS, source="ours: the drain's bound")
    report.demand(report.add("until the last is closed", max(moments, default=0), "s", bound))
    report.add("until the process has ended", ended, "s")
    if restarted < sockets:
        report.errors.append(f"not closed with 1012: {[one.codes for one in closed]}, of {sockets}")
    if code != 0:
        report.errors.append(f"the server ended with {code}" if code is not None else "the server had to be killed")


@asynccontextmanager
async def crowd_process() -> AsyncIterator[CrowdProcess]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "benchmarks.loading.crowd",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=64 * 1024 * 1024,
    )
    try:
        yield CrowdProcess(process)
    finally:
        assert process.stdin is not None  # noqa: S101 - a pipe
        process.stdin.close()
        await process.wait()
