"""The load: what is told of it, and that our own client tells the same as wrk."""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.benching import load as loading
from benchmarks.benching.client import load
from benchmarks.benching.load import Tool
from benchmarks.benching.processor import processor_seconds
from benchmarks.benching.rows import Wrong

SECONDS = 0.05


@asynccontextmanager
async def answering(status: str) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers everything with this status; its address, and the bodies it was sent."""
    bodies: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            bodies.append(await reader.readexactly(length))
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 2\r\n\r\n{{}}".encode())
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql", bodies


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return b""


async def test_our_own_client_sends_the_request_on_each_connection_until_the_time_is_over() -> None:
    async with answering("200 OK") as (url, bodies):
        line = await load(url, b'{"query":"{ping}"}', 3, SECONDS)

    burst = loading.burst_of(line)
    assert set(bodies) == {b'{"query":"{ping}"}'}
    assert len(bodies) >= 3
    assert burst.requests == len(bodies)
    assert burst.p99_milliseconds > 0


async def test_a_load_of_which_a_request_failed_counts_for_nothing() -> None:
    async with answering("500 Internal Server Error") as (url, _):
        line = await load(url, b"{}", 1, SECONDS)

    with pytest.raises(Wrong, match="requests failed"):
        loading.burst_of(line)


def test_a_load_that_tells_no_figures_was_none() -> None:
    with pytest.raises(Wrong, match="unable to connect"):
        loading.burst_of("unable to connect to 127.0.0.1")


@pytest.mark.parametrize("tool", list(Tool))
async def test_each_tool_sends_the_request_and_tells_its_figures_from_a_process_of_its_own(
    tool: Tool, tmp_path: Path
) -> None:
    body = tmp_path / "body.json"
    body.write_bytes(b'{"query":"{ping}"}')

    async with answering("200 OK") as (url, bodies):
        burst = await loading.burst(url, body, connections=2, seconds=1, tool=tool)

    assert set(bodies) == {b'{"query":"{ping}"}'}
    assert 0 < burst.requests <= len(bodies)
    assert burst.p99_milliseconds > 0


async def test_an_answer_can_be_timed_by_what_it_took_of_the_servers_processor() -> None:
    worked = iter(range(1_000_000))

    async with answering("200 OK") as (url, _):
        line = await load(url, b"{}", 1, SECONDS, clock=lambda: float(next(worked)))

    assert loading.burst_of(line).p99_milliseconds == 1000


def test_the_work_of_a_process_is_told_by_its_id() -> None:
    before = time.process_time()

    told = processor_seconds(os.getpid())

    assert before <= told <= time.process_time()
