"""`python -m benchmarks.benching.client URL CONNECTIONS SECONDS [PID]`: the load where wrk is not, told in its line.

With a process's id, answers are timed by that process's work: on one connection what each took of the processor.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import httptools
import uvloop

from benchmarks.benching.processor import processor_seconds

BODY = "BENCH_BODY"
SUCCESS = 200
Clock = Callable[[], float]


class Asking(asyncio.Protocol):
    """One connection, which sends the request again as soon as it is answered, until the time is over."""

    def __init__(self, request: bytes, until: float, clock: Clock) -> None:
        self.seconds: list[float] = []
        self.failed = 0
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._request = request
        self._until = until
        self._clock = clock

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast("asyncio.Transport", transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Called by the parser: the answer is whole."""
        self.seconds.append(self._clock() - self._asked_at)
        self.failed += self._parser.get_status_code() != SUCCESS
        if time.perf_counter() < self._until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.over.done():
            self.failed += time.perf_counter() < self._until
            self.over.set_result(None)

    def _ask(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._asked_at = self._clock()
        self._transport.write(self._request)


async def load(url: str, body: bytes, connections: int, seconds: float, clock: Clock = time.perf_counter) -> str:
    """The line with the figures of so many connections."""
    where = urlsplit(url)
    host, port = where.hostname or "", where.port or 80
    head = (
        f"POST {where.path} HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    began = time.perf_counter()
    loop = asyncio.get_running_loop()
    asking: list[Asking] = []
    for _ in range(connections):
        _, one = await loop.create_connection(lambda: Asking(head.encode() + body, began + seconds, clock), host, port)
        asking.append(one)
    await asyncio.gather(*(one.over for one in asking))
    taken = time.perf_counter() - began
    times = sorted(second for one in asking for second in one.seconds)
    p99 = times[len(times) * 99 // 100] if times else 0
    failed = sum(one.failed for one in asking)
    return f"FIGURES requests={len(times)} failed={failed} microseconds={taken * 1e6:.0f} p99={p99 * 1e6:.0f}"


def main() -> None:
    url, connections, seconds, *worker = sys.argv[1:]
    clock: Clock = partial(processor_seconds, int(worker[0])) if worker else time.perf_counter
    body = Path(os.environ[BODY]).read_bytes()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(runner.run(load(url, body, int(connections), float(seconds), clock)))


if __name__ == "__main__":
    main()
