"""What the server bears from its clients, and what not."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from app.serving.sockets import FRAGMENTS_PER_MESSAGE
from tests.serving.running import ANSWER_SECONDS, PATIENCE, Connection, Running, running

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MOST_UNREAD = 1_000_000
"""What one reading of the connection can still answer once its buffer is full."""
MASK = b"\x00\x00\x00\x00"
PING = b"\x89\xfd" + MASK + b"x" * 125
EMPTY_START = b"\x01\x80" + MASK
EMPTY_FRAGMENT = b"\x00\x80" + MASK


@dataclass
class Seen:
    """What the application has met."""

    flood_ended: asyncio.Event = field(default_factory=asyncio.Event)
    socket_ended: asyncio.Event = field(default_factory=asyncio.Event)


def make_app(seen: Seen) -> Starlette:
    async def hello(request: Request) -> Response:
        return PlainTextResponse("hello")

    async def read(request: Request) -> Response:
        return PlainTextResponse(str(len(await request.body())))

    async def flood(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        left = asyncio.ensure_future(_left(receive))
        while not left.done():
            await send({"type": "http.response.body", "body": b"x" * 65_536, "more_body": True})
            await asyncio.sleep(0)
        seen.flood_ended.set()

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        while (await websocket.receive())["type"] != "websocket.disconnect":
            continue
        seen.socket_ended.set()

    class Flood:
        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            await flood(scope, receive, send)

    return Starlette(
        routes=[
            Route("/", hello),
            Route("/read", read, methods=["POST"]),
            Route("/flood", Flood()),
            WebSocketRoute("/socket", echo),
        ]
    )


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def server(seen: Seen) -> AsyncIterator[Running]:
    async with running(make_app(seen)) as server:
        yield server


def status_of(answer: bytes) -> int:
    assert answer.startswith(b"HTTP/1.1 "), answer[:100]
    return int(answer[9:12])


# -- slow


async def test_a_connection_that_sends_nothing_is_closed_without_a_word(server: Running) -> None:
    async with server.connection() as connection:
        assert await connection.to_the_end() == b""


@pytest.mark.parametrize("start", [b"G", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: a"])
async def test_a_head_that_does_not_end_in_time_is_answered_with_408(server: Running, start: bytes) -> None:
    async with server.connection() as connection:
        connection.send(start)

        answer = await connection.to_the_end()

    assert status_of(answer) == 408
    assert b"x-content-type-options: nosniff" in answer


@pytest.mark.parametrize("drop", [b"\r\n", b"X"])
async def test_a_byte_now_and_then_buys_no_time(server: Running, drop: bytes) -> None:
    async with server.connection() as connection:
        if drop == b"X":
            connection.send(b"GET / HTTP/1.1\r\n")
        answer = asyncio.ensure_future(connection.to_the_end())
        while not answer.done():
            connection.send(drop)
            await asyncio.wait({answer}, timeout=0.01)

    assert answer.result() == b"" or status_of(answer.result()) == 408


async def test_after_an_answer_the_next_head_has_as_much_time_and_no_more(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(GET)
        await connection.head()
        connection.send(b"GET / HTTP/1.1\r\n")

        rest = await connection.to_the_end()

    assert rest.startswith(b"hello")
    assert status_of(rest.removeprefix(b"hello")) == 408


async def test_the_rest_of_a_body_that_nobody_reads_buys_no_time(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 30000000\r\n\r\n")
        answer = asyncio.ensure_future(connection.to_the_end())
        while not answer.done():
            connection.send(b"x")
            await asyncio.wait({answer}, timeout=0.01)

    assert status_of(answer.result()) == 405


async def test_a_reader_who_stops_reading_is_dropped(server: Running, seen: Seen) -> None:
    async with server.connection() as connection:
        connection.send(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")

        async with asyncio.timeout(ANSWER_SECONDS):
            await seen.flood_ended.wait()

    await server.until_all_is_gone()


async def test_a_reader_who_only_takes_their_time_is_not(seen: Seen) -> None:
    async with (
        running(make_app(seen), patience=replace(PATIENCE, unread=PATIENCE.unread * 10)) as server,
        server.connection() as connection,
    ):
        connection.send(b"GET /flood HTTP/1.1\r\nHost: x\r\n\r\n")
        for _ in range(50):
            assert await connection.reader.read(65_536)

        assert not seen.flood_ended.is_set()


# -- big


@pytest.mark.parametrize("size", [40_000, 1_000_000])
async def test_a_head_that_is_too_large_is_answered_with_431(server: Running, size: int) -> None:
    async with server.connection() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"a" * size + b"\r\n\r\n")

        answer = await connection.head()

    assert status_of(answer) == 431
    assert b"x-content-type-options: nosniff" in answer


async def test_a_head_that_grows_without_end_is_cut_off(seen: Seen) -> None:
    patient = replace(PATIENCE, head=PATIENCE.head * 100)
    async with running(make_app(seen), patience=patient) as server, server.connection() as connection:
        connection.send(b"GET / HTTP/1.1\r\n")
        answer = asyncio.ensure_future(connection.to_the_end())
        sent = 0
        while not answer.done():
            connection.send(b"X-Long: " + b"a" * 1_000 + b"\r\n")
            sent += 1
            await asyncio.wait({answer}, timeout=0.001)

    assert sent < 10_000
    assert answer.result() == b"" or status_of(answer.result()) == 431


async def test_a_large_but_decent_head_is_served(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 30_000 + b"\r\n\r\n")

        assert status_of(await connection.head()) == 200


# -- many


async def _told_to_come_again(connection: Connection) -> bool:
    connection.send(GET)
    head = await connection.head()
    return status_of(head) == 503 and b"retry-after: 5" in head and b"x-content-type-options: nosniff" in head


async def test_connections_beyond_the_cap_are_told_to_come_again_and_a_free_place_is_given_again(seen: Seen) -> None:
    few = replace(PATIENCE, connections=2, head=PATIENCE.head * 100)
    async with running(make_app(seen), patience=few) as server:
        async with server.connection() as first, server.connection() as second:
            first.send(GET)
            second.send(GET)
            assert [status_of(await each.head()) for each in (first, second)] == [200, 200]
            async with server.connection() as third:
                assert await _told_to_come_again(third)
        await server.until_all_is_gone()

        async with server.connection() as later:
            later.send(GET)
            assert status_of(await later.head()) == 200


async def test_a_crowd_that_does_not_even_ask_is_dropped_unheard(seen: Seen) -> None:
    few = replace(PATIENCE, connections=2, turned_away=1, head=PATIENCE.head * 100)
    async with (
        running(make_app(seen), patience=few) as server,
        server.connection(),
        server.connection(),
        server.connection() as third,
        server.connection() as fourth,
    ):
        assert await fourth.to_the_end() == b""
        assert await _told_to_come_again(third)


async def test_a_thousand_idle_connections_are_all_closed_again(seen: Seen) -> None:
    async with running(make_app(seen), patience=replace(PATIENCE, connections=500)) as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(1_000)]
        await server.until_all_is_gone()
        async with server.connection() as connection:
            connection.send(GET)

            assert status_of(await connection.head()) == 200
        for _, writer in idle:
            writer.close()


# -- pipelined


async def test_pipelined_requests_are_answered_in_order(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(GET + b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc" + GET)

        answers = await connection.to_the_end()

    assert [body.partition(b"HTTP")[0] for body in answers.split(b"\r\n\r\n")[1:]] == [b"hello", b"3", b"hello"]


async def test_garbage_behind_a_request_spoils_no_answer(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(GET + b"\x00\x01garbage\r\n\r\n")

        answers = await connection.to_the_end()

    assert answers == b"" or status_of(answers) in {200, 400}
    await server.until_all_is_gone()


# -- sockets


async def test_pings_of_a_client_that_reads_no_pongs_do_not_pile_up_until_it_is_dropped(seen: Seen) -> None:
    largest = 0
    async with (
        running(make_app(seen), patience=replace(PATIENCE, unread=PATIENCE.unread * 10)) as server,
        server.connection() as connection,
    ):
        connection.send(HANDSHAKE)
        assert status_of(await connection.head()) == 101
        [socket] = server.server.server_state.connections
        connection.reader._transport.pause_reading()  # type: ignore[attr-defined]  # nobody reads from here on
        while not seen.socket_ended.is_set():
            connection.send(PING * 1_000)
            largest = max(largest, socket.transport.get_write_buffer_size())
            await asyncio.sleep(0)

        await server.until_all_is_gone()

    assert 0 < largest < MOST_UNREAD


async def test_a_message_in_fragments_without_end_is_cut_off(server: Running) -> None:
    async with server.connection() as connection:
        connection.send(HANDSHAKE)
        await connection.head()
        connection.send(EMPTY_START + EMPTY_FRAGMENT * (FRAGMENTS_PER_MESSAGE + 1))

        closing = await connection.to_the_end()

    assert closing.startswith(b"\x88")
    assert int.from_bytes(closing[2:4], "big") == 1009


# -- the end


async def test_whoever_streams_is_told_before_the_server_waits_for_them() -> None:
    stopping = asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await stopping.wait()
        await send({"type": "http.response.body", "body": b"last"})

    async with running(stream, stopping=stopping.set) as server, server.connection() as connection:
        connection.send(GET)
        await connection.head()
        server.server.should_exit = True

        assert b"last" in await connection.to_the_end()
