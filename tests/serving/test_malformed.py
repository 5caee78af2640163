"""Whatever bytes come: no answer is a 5xx, nothing hangs, and nothing is left behind."""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.serving.product import product_in
from tests.serving.running import ANSWER_SECONDS, Running

BODY = b'{"query": "{ __typename }"}'
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
) + BODY
CHUNKED = (
    b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)
)
HANDSHAKE = (
    b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
STATUS = re.compile(rb"HTTP/1\.1 (\d{3}) ")
MOST_TRIES = 4
READ_SECONDS = 0.15
"""A little more than the server waits for the rest of a head."""
OPCODES = [0x01, 0x81, 0x82, 0x00, 0x80, 0x88, 0x89, 0x8A]
"""Text that goes on, text, bytes, more that goes on, the last of it, close, ping, pong."""


def _mutated(whole: bytes) -> st.SearchStrategy[bytes]:
    """The request with one piece of it replaced by anything."""
    place = st.tuples(st.integers(0, len(whole)), st.integers(0, 8), st.binary(max_size=12))
    return place.map(lambda cut: whole[: cut[0]] + cut[2] + whole[cut[0] + cut[1] :])


http_bytes = st.one_of(
    st.binary(max_size=200),
    _mutated(REQUEST),
    _mutated(CHUNKED),
    _mutated(HANDSHAKE),
    _mutated(REQUEST).map(lambda request: REQUEST + request),
)


def _frame(first: int, is_masked: bool, length: int | None, payload: bytes) -> bytes:
    """A frame that may have any opcode and flags, and lie about its length (RFC 6455 §5.2)."""
    announced = len(payload) if length is None else length
    head = bytes([first, (0x80 if is_masked else 0) | min(announced, 125)])
    return head + (b"\x00\x00\x00\x00" if is_masked else b"") + payload


message = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
protocol_messages = st.fixed_dictionaries(
    {"type": st.sampled_from(["connection_init", "ping", "pong", "subscribe", "complete", "next"]) | message},
    optional={"id": st.sampled_from(["1", "2"]) | message, "payload": st.just({"query": "{ __typename }"}) | message},
).map(lambda value: json.dumps(value).encode()[:125])
frames = st.lists(
    st.one_of(
        st.builds(_frame, st.just(0x81), st.just(True), st.none(), protocol_messages),
        st.builds(_frame, st.integers(0, 255), st.booleans(), st.none() | st.integers(0, 127), st.binary(max_size=125)),
    ),
    min_size=1,
    max_size=8,
)


async def _send(server: Running, data: bytes, *, after: bytes = b"") -> bytes:
    """What the server says to these bytes; then the client is gone.

    The server waits for a head so briefly here that a busy machine may miss it: then it is sent once more.
    """
    for _ in range(MOST_TRIES - 1):
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            return await _said(server, data, after)
    return await _said(server, data, after)


async def _said(server: Running, data: bytes, after: bytes) -> bytes:
    received = b""
    async with server.connection() as connection:
        if after:
            connection.send(after)
            received += await connection.head()
        connection.send(data)
        try:
            async with asyncio.timeout(READ_SECONDS):
                while chunk := await connection.reader.read(65_536):
                    received += chunk
        except (TimeoutError, ConnectionError):
            pass
    return received


@pytest.fixture
async def server(tmp_path: Path, migrated_template: Path) -> AsyncIterator[Running]:
    async with product_in(tmp_path, migrated_template) as (server, _):
        yield server
        assert (await _send(server, REQUEST)).startswith(b"HTTP/1.1 200 ")


async def _nothing_is_left(server: Running, before: set[asyncio.Task[Any]]) -> None:
    """Neither connections nor tasks. Raises TimeoutError."""
    await server.until_all_is_gone()
    async with asyncio.timeout(ANSWER_SECONDS):
        while asyncio.all_tasks() - before:  # noqa: ASYNC110  # there is no event for it
            await asyncio.sleep(0.01)


CHUNKS_OF_NO_KIND = b"POST /graphql HTTP/1.1\r\nH:\r\nContenT-type:application/json\r\nTransfer-Encoding:c\r\n\r\n"
"""A body in a coding that nobody knows: whoever sends it goes before any of it came."""

fuzzed = settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))


@fuzzed
@given(data=http_bytes)
@example(data=HANDSHAKE.replace(b"/graphql", b"/nowhere"))
@example(data=REQUEST + b"\x00" + REQUEST)
@example(data=CHUNKS_OF_NO_KIND)
async def test_malformed_http_is_refused_and_leaves_nothing(
    server: Running, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    caplog.clear()
    before = asyncio.all_tasks()

    answer = await _send(server, data)

    await _nothing_is_left(server, before)
    assert [status for status in STATUS.findall(answer) if status >= b"500"] == []
    assert _defects(caplog) == []


@fuzzed
@given(data=frames.map(b"".join))
@example(data=_frame(0x81, True, None, b"\xff"))
@example(data=_frame(0x81, True, None, b'{"type": "connection_init"}') * 2)
@example(data=_frame(0x01, True, None, b"") + _frame(0x88, True, None, b"\x03"))
async def test_malformed_frames_on_a_socket_are_refused_and_leave_nothing(
    server: Running, caplog: pytest.LogCaptureFixture, data: bytes
) -> None:
    caplog.clear()
    before = asyncio.all_tasks()

    answer = await _send(server, data, after=HANDSHAKE)

    await _nothing_is_left(server, before)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"\x88\x02\x03\xf3" not in answer, "1011 says that something broke on our side"
    assert _defects(caplog) == []


def _defects(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR]
