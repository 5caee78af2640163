"""One change, told to ten thousand sockets: how long until the last has heard, and what a socket holds.

Ours comes with everything: PostgreSQL, Redis, who may know what. The others know nobody and tell all the same. Making
the change counts for nobody. What counts begins when the server is told that there is one: ours over Redis, as by
another server that made it, whereupon it reads the row; the others by a request.

The crowd reads faster than any of them writes, so that it is the server that is timed. From the telling, and not from
the first socket that hears: whoever works everything out before writing anything would have its work left out.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import aiohttp

from app import clock
from app.database import engine
from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.events_bus.redis import RedisBus
from app.gate import SOCKETS_PER_MEMBER, SOCKETS_PER_ORGANISATION
from app.integrations.models import Integration
from benchmarks.benching.node import peer
from benchmarks.benching.processor import processor_seconds
from benchmarks.benching.product.machine import (
    kept_off,
    pin,
    program,
    require_postgresql,
    require_redis,
    started,
)
from benchmarks.benching.rows import Conditions, Counted, Figures, Goal, Missing, Wrong
from benchmarks.loading import sockets
from benchmarks.loading.deployment import Ground, deployed
from benchmarks.loading.people import make_organisation, make_people
from benchmarks.loading.processes import resident_bytes
from tests.support.client import Client
from tests.support.server import free_port

SOCKETS = 10_000
QUICK = 100
ROUNDS = 3
TELLINGS = 7
"""By each server with its sockets; the first does not count, in which much happens for the first time."""
OURS, STRAWBERRY, BARE, NODE = "Hybrid Meetings", "Strawberry as it comes", "bare ASGI", "graphql-ws"
LAST, MEMORY, PROCESSOR = "until the last socket has heard", "memory of a socket", "processor for each socket told"

Tell = Callable[[], Awaitable[float]]
"""Makes a change and tells the server of it; answers with the moment between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one server with its sockets showed: the middle one of its tellings."""

    milliseconds: float
    kilobytes: float
    processor: float
    """Of the server, in microseconds for each socket."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Server:
    """One that is to be measured."""

    pid: int
    port: int
    tell: Tell
    tokens: Sequence[str]
    """One for each socket."""


async def measure(conditions: Conditions) -> Figures:
    """One server after another, each with sockets of its own, as often as rounds are wanted."""
    require_postgresql()
    require_redis()
    found: dict[str, list[float]] = {}
    number = conditions.pick(SOCKETS, QUICK)
    peers = await _peers()
    async with kept_off():
        for place in range(min(conditions.rounds, ROUNDS)):
            folder = conditions.folder / str(place)
            folder.mkdir()
            async with _ours(folder, number) as server:
                _note(found, OURS, await _seen(server))
            for name, command in peers.items():
                async with _peer(command, number) as server:
                    _note(found, name, await _seen(server))
    return found


def _figure(what: str, name: str) -> str:
    return f"{name}: {what}"


def _note(found: dict[str, list[float]], name: str, seen: _Seen) -> None:
    for what, value in ((LAST, seen.milliseconds), (MEMORY, seen.kilobytes), (PROCESSOR, seen.processor)):
        found.setdefault(_figure(what, name), []).append(value)


async def _peers() -> dict[str, Sequence[str]]:
    found: dict[str, Sequence[str]] = {
        STRAWBERRY: program("fanout_peers", "strawberry"),
        BARE: program("fanout_peers", "bare"),
    }
    try:
        found[NODE] = await peer("fanout/server.mjs")
    except Missing as missing:
        print(f"{NODE} is skipped: {missing}", file=sys.stderr)
    return found


async def _seen(server: _Server) -> _Seen:
    """Opens the sockets and tells them; the same for every server. Raises Wrong where one of them does not hear."""
    number = len(server.tokens)
    pin(server.pid, serves=True)
    async with sockets.crowd_process() as crowd:
        before = resident_bytes(server.pid)
        opened = await crowd.open(sockets.order_of(server.port, 0, server.tokens))
        if opened.failed:
            raise Wrong(f"{len(opened.failed)} sockets were not opened: {opened.failed[0]}")
        grown = (resident_bytes(server.pid) - before) / number / sockets.KILOBYTE
        seconds, processor = [], []
        for telling in range(1, TELLINGS + 1):
            heard = asyncio.create_task(crowd.heard(sockets.FROM_OPENING + telling))
            used = processor_seconds(server.pid)
            began = await server.tell()
            moments = (await heard).moments
            if len(moments) < number:
                raise Wrong(f"{len(moments)} of {number} sockets were told")
            seconds.append(max(moments) - began)
            processor.append((processor_seconds(server.pid) - used) / number)
    return _Seen(milliseconds=median(seconds[1:]) * 1_000, kilobytes=grown, processor=median(processor[1:]) * 1_000_000)


@asynccontextmanager
async def _ours(folder: Path, number: int) -> AsyncIterator[_Server]:
    """The whole product, with as many members and organisations as the caps on sockets ask for."""
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(deployed(Ground(folder, require_redis()), servers=1, workers=0))
        await stack.enter_async_context(engine.database(running.database_url))
        [served] = running.servers
        bus = RedisBus(running.redis_url)
        stack.push_async_callback(bus.close)
        integrations, tokens = await _members(number)

        async def tell() -> float:
            for one in integrations:
                await Integration.of(one.organisation_id).filter(id=one.id).update(status_since=clock.now())
            began = time.monotonic()
            for one in integrations:
                message = Message(MessageKind.INTEGRATION_CHANGED, one.id)
                await bus.publish(organisation_topic(one.organisation_id), message)
            return began

        async with Client(served.address, tokens[0]) as anybody:
            await anybody.ask("{ viewer { member { name } } }")  # what is loaded with the first request is no socket's
        yield _Server(pid=served.pid, port=served.port, tell=tell, tokens=tokens)


async def _members(sockets: int) -> tuple[Sequence[Integration], Sequence[str]]:
    """A token for each socket, and the integrations of the organisations that they belong to."""
    integrations: list[Integration] = []
    tokens: list[str] = []
    while len(tokens) < sockets:
        integration = await make_organisation(f"Crowd {len(integrations)}")
        here = min(sockets - len(tokens), SOCKETS_PER_ORGANISATION)
        people = await make_people(integration, -(-here // SOCKETS_PER_MEMBER))
        tokens += [people[place // SOCKETS_PER_MEMBER].token for place in range(here)]
        integrations.append(integration)
    return integrations, tokens


@asynccontextmanager
async def _peer(command: Sequence[str], number: int) -> AsyncIterator[_Server]:
    """Another server, which lets everybody in."""
    port = free_port()
    async with (
        started([*command, str(port)]) as server,
        aiohttp.ClientSession(f"http://127.0.0.1:{port}") as http,
    ):

        async def tell() -> float:
            began = time.monotonic()
            async with http.post("/tell") as response:
                response.raise_for_status()
            return began

        await tell()  # what is loaded with the first request is no socket's
        yield _Server(pid=server.pid, port=port, tell=tell, tokens=["nobody"] * number)


_OTHERS = (STRAWBERRY, NODE, BARE)
FAN_OUT = Counted(
    name="fan-out",
    measures=f"One change told to {SOCKETS:,} sockets of one server, and what each of them holds.",
    goals=(
        *(
            Goal(contender=_figure(what, OURS), against=_figure(what, other), at_most=bound)
            for what in (LAST, PROCESSOR)
            for other, bound in zip(_OTHERS, (0.15, 0.6, 1.2), strict=True)
        ),
        Goal(contender=_figure(MEMORY, OURS), at_most=30),
    ),
    measure=measure,
    units={_figure(LAST, name): "ms" for name in (OURS, *_OTHERS)}
    | {_figure(MEMORY, name): "KB" for name in (OURS, *_OTHERS)}
    | {_figure(PROCESSOR, name): "µs" for name in (OURS, *_OTHERS)},
)
