"""Thousands of sockets in a process of their own, told what to do in lines of JSON.

Run as `python -m benchmarks.loading.crowd`.

A client library's own socket costs more than the server's: here each is the library's protocol without its tasks, and
what a crowd is told while it waits is not even parsed, or the reading would take longer than the telling that it times.
Moments are the machine's monotonic clock, which all processes share.
"""

import asyncio
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, cast

import orjson
import uvloop
from websockets.client import ClientProtocol
from websockets.frames import CloseCode, Frame, Opcode
from websockets.http11 import Response
from websockets.typing import Subprotocol
from websockets.uri import parse_uri

SUBPROTOCOL = Subprotocol("graphql-transport-ws")
OPEN_SECONDS = 60
_WHOLE_TEXT = 0x81
"""How a frame begins that is a whole text message, https://www.rfc-editor.org/rfc/rfc6455#section-5.2."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """Which sockets to open."""

    port: int
    sources: Sequence[str]
    """Addresses of this machine that the sockets come from in turn, each with as many ports as there are."""
    tokens: Sequence[str]
    """One for each socket."""
    document: str
    at_once: int
    """How many are being opened side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    seconds: float
    failed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """When the sockets that heard so many frames did, and how many are open at all."""

    moments: Sequence[float]
    is_open: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """When sockets closed, and with which codes; by None for those that just broke."""

    moments: Sequence[float]
    codes: dict[str, int]
    is_open: int


class CrowdSocket(asyncio.Protocol):
    """One subscriber."""

    def __init__(self, port: int, token: str, document: str, changed: Callable[[Any], None]) -> None:
        """`changed` is called with the data of each frame, and with None once the socket is closed."""
        uri = parse_uri(f"ws://127.0.0.1:{port}/graphql")
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done with the first frame of the subscription."""
        self.acknowledged: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the server lets the member in; the subscription has been asked for then."""
        self.frames: list[float] = []
        self.closed_at: float | None = None
        self.close_code: int | None = None
        self._port = port
        self._token = token
        self._document = document
        self._changed = changed
        self._protocol = ClientProtocol(uri, subprotocols=[SUBPROTOCOL])
        self._transport: asyncio.Transport | None = None

    async def open(self, source: str = "127.0.0.1") -> None:
        """Connect from this address of the machine; what follows goes by itself. Raises OSError."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, "127.0.0.1", self._port, local_addr=(source, 0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's is none by its class.
        self._transport = cast("asyncio.Transport", transport)
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Response):
                self._say({"type": "connection_init", "payload": {"Authorization": f"Bearer {self._token}"}})
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._hear(orjson.loads(event.data))
        self._flush()

    def eof_received(self) -> None:
        self._protocol.receive_eof()

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed_at = time.monotonic()
        received = self._protocol.close_rcvd
        self.close_code = received.code if received is not None else None
        for waiting in (self.opened, self.acknowledged):
            if not waiting.done():
                waiting.set_exception(ConnectionError(f"closed with {self.close_code}"))
                waiting.exception()  # whoever waits is told, and nobody else minds
        self._changed(None)

    def close(self) -> None:
        """Say good-bye, if that is possible still."""
        if self.closed_at is None and self._transport is not None:
            self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()

    def _hear(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "connection_ack":
                self.acknowledged.set_result(None)
                self._say({"id": "1", "type": "subscribe", "payload": {"query": self._document}})
            case "next":
                self.frames.append(time.monotonic())
                if not self.opened.done():
                    self.opened.set_result(None)
                self._changed(message["payload"]["data"])
            case "error" if not self.opened.done():
                self.opened.set_exception(ConnectionError(json.dumps(message["payload"])[:200]))

    def _say(self, message: dict[str, Any]) -> None:
        self._protocol.send_text(orjson.dumps(message))

    def _flush(self) -> None:
        assert self._transport is not None  # noqa: S101 - nothing comes before the connection is made
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)
            else:
                self._transport.close()


class Bystander(CrowdSocket):
    """A subscriber who, once the subscription is open, only notes when messages came; `changed` is told None."""

    def data_received(self, data: bytes) -> None:
        if self.opened.done() and _is_one_short_text(data) and not self._protocol.reader.buffer:
            self.frames.append(time.monotonic())
            self._changed(None)
        else:
            super().data_received(data)


def _is_one_short_text(data: bytes) -> bool:
    """Whether this is one whole message of less than 126 bytes, and nothing more; a server's have no mask."""
    return len(data) > 1 and data[0] == _WHOLE_TEXT and data[1] == len(data) - 2


@dataclass
class Crowd:
    """All sockets of this process."""

    order: Order
    sockets: list[CrowdSocket] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._news = asyncio.Event()

    async def open(self) -> Opened:
        began, failed = time.monotonic(), []
        places = asyncio.Semaphore(self.order.at_once)

        async def one(number: int, token: str) -> None:
            async with places:
                try:
                    await self._open_one(number, token)
                except (OSError, TimeoutError) as error:
                    failed.append(f"{type(error).__name__}: {error}")

        async with asyncio.TaskGroup() as group:
            for number, token in enumerate(self.order.tokens):
                group.create_task(one(number, token))
        return Opened(seconds=time.monotonic() - began, failed=failed)

    async def heard(self, frames: int, seconds: float) -> Heard:
        """Once every open socket has heard so many frames, or so much time has gone by."""
        await self._until(lambda: all(len(one.frames) >= frames or one.closed_at for one in self.sockets), seconds)
        moments = [one.frames[frames - 1] for one in self.sockets if len(one.frames) >= frames]
        return Heard(moments=moments, is_open=sum(one.closed_at is None for one in self.sockets))

    async def closed(self, seconds: float) -> Closed:
        """Once every socket is closed, or so much time has gone by."""
        await self._until(lambda: all(one.closed_at for one in self.sockets), seconds)
        gone = [one for one in self.sockets if one.closed_at is not None]
        codes = Counter(str(one.close_code) for one in gone)
        moments = [one.closed_at for one in gone if one.closed_at is not None]
        return Closed(moments=moments, codes=dict(codes), is_open=len(self.sockets) - len(gone))

    async def _open_one(self, number: int, token: str) -> None:
        socket = Bystander(self.order.port, token, self.order.document, lambda _: self._news.set())
        source = self.order.sources[number % len(self.order.sources)]
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                await socket.open(source)
                await socket.opened
        except BaseException:
            socket.close()
            raise
        self.sockets.append(socket)

    async def _until(self, done: Callable[[], bool], seconds: float) -> None:
        """Looks again after news, not more often than a few times a second: there are thousands of sockets."""
        deadline = time.monotonic() + seconds
        while not done() and (left := deadline - time.monotonic()) > 0:
            self._news.clear()
            try:
                async with asyncio.timeout(left):
                    await self._news.wait()
                    await asyncio.sleep(0.1)
            except TimeoutError:
                return


async def obey() -> None:
    """The first line is the order; each further one asks for what `Crowd` tells."""
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    crowd = Crowd(Order(**json.loads(await reader.readline())))
    _answer(await crowd.open())
    while line := await reader.readline():
        wanted = json.loads(line)
        match wanted.pop("what"):
            case "heard":
                _answer(await crowd.heard(**wanted))
            case "closed":
                _answer(await crowd.closed(**wanted))
    for socket in crowd.sockets:
        socket.close()


def _answer(told: Opened | Heard | Closed) -> None:
    print(json.dumps(asdict(told)), flush=True)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(obey())
