"""One change, told to ten thousand sockets: how long from the first that hears to the last, and what a socket holds.

Ours comes with everything: PostgreSQL, Redis, who may know what. The others know nobody and tell all the same. What it
takes to make the change comes before the first socket hears, and counts for nobody.
"""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks.benching.node import peer
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
from benchmarks.loading.processes import processor_seconds, resident_bytes
from tests.support.server import free_port

SOCKETS = 10_000
QUICK = 0.01
ROUNDS = 3
OURS, STRAWBERRY, BARE, NODE = "Hybrid Meetings", "Strawberry as it comes", "bare ASGI", "graphql-ws"
LAST, MEMORY, PROCESSOR = "from the first socket to the last", "memory of a socket", "processor for each socket told"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one server with its sockets showed."""

    seconds: float
    kilobytes: float
    processor: float
    """Of the server, in milliseconds for each socket, making the change included."""


async def measure(conditions: Conditions) -> Figures:
    """One server after another, each with sockets of its own, as often as rounds are wanted."""
    require_postgresql()
    require_redis()
    found: dict[str, list[float]] = {}
    peers = await _peers()
    async with kept_off():
        for number in range(min(conditions.rounds, ROUNDS)):
            folder = conditions.folder / str(number)
            folder.mkdir()
            _note(found, OURS, await _ours(folder, conditions.pick(1.0, QUICK)))
            for name, command in peers.items():
                _note(found, name, await _peer(command, int(SOCKETS * conditions.pick(1.0, QUICK))))
    return found


def _figure(what: str, name: str) -> str:
    return f"{name}: {what}"


def _note(found: dict[str, list[float]], name: str, seen: _Seen) -> None:
    for what, value in ((LAST, seen.seconds), (MEMORY, seen.kilobytes), (PROCESSOR, seen.processor)):
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


async def _ours(folder: Path, scale: float) -> _Seen:
    """Raises Wrong where a socket was lost."""
    async with deployed(Ground(folder, require_redis()), servers=1, workers=0) as running:
        pin(running.servers[0].pid, serves=True)
        report = await sockets.measure(running, scale)
    if report.errors:
        raise Wrong("; ".join(report.errors))
    seen = {figure.name: figure.value for figure in report.figures}
    return _Seen(
        seconds=seen["news to the last socket"] - seen["news to the first socket"],
        kilobytes=seen["memory for each socket"],
        processor=seen["server's processor for each socket told"],
    )


async def _peer(command: Sequence[str], number: int) -> _Seen:
    """The same of another server."""
    port = free_port()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(started([*command, str(port)]))
        pin(server.pid, serves=True)
        crowds = [await stack.enter_async_context(sockets.crowd_process()) for _ in range(sockets.CLIENTS)]
        http = await stack.enter_async_context(aiohttp.ClientSession(f"http://127.0.0.1:{port}"))
        await _tell(http)  # what is loaded with the first request is no socket's
        before = resident_bytes(server.pid)
        orders = [sockets.order_of(port, place, ["nobody"] * (number // len(crowds))) for place in range(len(crowds))]
        opened = await asyncio.gather(*(crowd.open(order) for crowd, order in zip(crowds, orders, strict=True)))
        if failed := [words for one in opened for words in one.failed]:
            raise Wrong(f"{len(failed)} sockets were not opened: {failed[0]}")
        grown = (resident_bytes(server.pid) - before) / number / sockets.KILOBYTE
        waiting = [asyncio.create_task(crowd.heard(sockets.FROM_DISABLING)) for crowd in crowds]
        used = processor_seconds(server.pid)
        await _tell(http)
        moments = [moment for one in await asyncio.gather(*waiting) for moment in one.moments]
        if len(moments) < number // len(crowds) * len(crowds):
            raise Wrong(f"{len(moments)} of {number} sockets were told")
        used = processor_seconds(server.pid) - used
        return _Seen(seconds=max(moments) - min(moments), kilobytes=grown, processor=used / number * 1000)


async def _tell(http: aiohttp.ClientSession) -> None:
    async with http.post("/tell") as response:
        response.raise_for_status()


_OTHERS = (STRAWBERRY, NODE, BARE)
FAN_OUT = Counted(
    name="fan-out",
    measures=f"One change told to {SOCKETS:,} sockets of one server, and what each of them holds.",
    goals=(
        *(
            Goal(contender=_figure(LAST, OURS), against=_figure(LAST, other), at_most=bound)
            for other, bound in zip(_OTHERS, (0.15, 0.6, 1.2), strict=True)
        ),
        Goal(contender=_figure(MEMORY, OURS), at_most=30),
    ),
    measure=measure,
    units={_figure(LAST, name): "s" for name in (OURS, *_OTHERS)}
    | {_figure(MEMORY, name): "KB" for name in (OURS, *_OTHERS)}
    | {_figure(PROCESSOR, name): "ms" for name in (OURS, *_OTHERS)},
)
