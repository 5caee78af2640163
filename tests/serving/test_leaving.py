"""How a server stops: it leaves first, and goes on serving while it does."""

import asyncio
import os
import shutil
import signal
import time
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.main import deployment
from app.settings import DRAIN_DELAY, Settings
from tests.serving.running import ANSWER_SECONDS, Running, make_settings, running
from tests.support.database import sqlite_file, sqlite_url

LONG = timedelta(minutes=5)
SHORT = timedelta(milliseconds=400)
ASK = b"GET / HTTP/1.1\r\nHost: test\r\n\r\n"


async def _hello(_: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


HELLO = Starlette(routes=[Route("/", _hello)])


def settings(delay: timedelta | None, **others: object) -> Settings:
    return make_settings().model_copy(update={"drain_delay": delay, **others})


async def tell(server: Running, leaving: asyncio.Event) -> None:
    """Tell it to stop, as an operator's tools do; returns once it leaves."""
    async with asyncio.timeout(ANSWER_SECONDS):
        while not server.server.started:  # noqa: ASYNC110  # uvicorn offers no event
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGTERM)
        await leaving.wait()


async def until_it_stops(server: Running) -> None:
    async with asyncio.timeout(ANSWER_SECONDS):
        while not server.server.should_exit:  # noqa: ASYNC110  # uvicorn offers no event
            await asyncio.sleep(0.01)


async def test_a_server_that_leaves_serves_on_and_each_answer_is_the_last_on_its_connection() -> None:
    leaving = asyncio.Event()
    async with running(HELLO, settings(LONG), leaving=leaving.set) as server, server.connection() as kept:
        kept.send(ASK)
        before = await kept.head()
        await kept.reader.readexactly(5)
        await tell(server, leaving)

        kept.send(ASK)
        during = await kept.to_the_end()
        async with server.connection() as late:
            late.send(ASK)
            came_later = await late.to_the_end()

    assert b"connection: close" not in before.lower()
    for answer in (during, came_later):
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert b"connection: close" in answer.lower()
        assert answer.endswith(b"hello")


async def test_it_stops_by_itself_once_it_has_left_for_long_enough() -> None:
    leaving, stopping = asyncio.Event(), asyncio.Event()
    async with running(HELLO, settings(SHORT), leaving=leaving.set, stopping=stopping.set) as server:
        await tell(server, leaving)
        began = time.monotonic()
        stops_at_once = stopping.is_set()
        await until_it_stops(server)

    assert not stops_at_once
    assert time.monotonic() - began > SHORT.total_seconds() / 2
    assert stopping.is_set()


async def test_a_second_signal_skips_the_leaving() -> None:
    leaving = asyncio.Event()
    async with running(HELLO, settings(LONG), leaving=leaving.set) as server:
        await tell(server, leaving)

        os.kill(os.getpid(), signal.SIGTERM)

        await until_it_stops(server)


async def test_a_third_signal_skips_the_draining() -> None:
    leaving, begun = asyncio.Event(), asyncio.Event()

    async def endless(_: Request) -> PlainTextResponse:
        begun.set()
        await asyncio.Event().wait()
        raise AssertionError

    app = Starlette(routes=[Route("/", endless)])
    async with running(app, settings(timedelta()), leaving=leaving.set) as server, server.connection() as waiting:
        waiting.send(ASK)
        await begun.wait()
        began = time.monotonic()
        await tell(server, leaving)
        await until_it_stops(server)

        os.kill(os.getpid(), signal.SIGTERM)

    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("database", "redis", "expected"),
    [
        ("sqlite://unused", None, timedelta()),
        ("postgres://unused", None, timedelta()),
        ("postgres://unused", "redis://unused", DRAIN_DELAY),
    ],
)
def test_only_who_may_have_others_beside_them_leaves_before_stopping(
    database: str, redis: str | None, expected: timedelta
) -> None:
    assert settings(None, database_url=database, redis_url=redis).drain_period == expected
    assert settings(SHORT, database_url=database, redis_url=redis).drain_period == SHORT


async def test_the_product_says_that_it_is_stopping_and_lives_and_serves_on(
    migrated_template: Path, tmp_path: Path
) -> None:
    shutil.copy(migrated_template, sqlite_file(tmp_path))
    chosen, leaving = settings(LONG, database_url=sqlite_url(tmp_path)), asyncio.Event()
    async with deployment(chosen, runs_jobs=False) as composed, aiohttp.ClientSession() as session:

        def leave() -> None:
            composed.readiness.leave()
            leaving.set()

        async with running(composed.app, chosen, stopping=composed.begin_closing, leaving=leave) as server:
            before = await _asked(session, f"{server.url}/health/ready")
            await tell(server, leaving)
            paths = "health/ready", "health/live", "auth/sign-in"
            after = [await _asked(session, f"{server.url}/{path}") for path in paths]

    assert before == (200, "ready")
    assert after == [(503, "not ready"), (200, "live"), (200, "")]


async def _asked(session: aiohttp.ClientSession, url: str) -> tuple[int, str]:
    async with session.get(url) as answer:
        if answer.content_type != "application/json":
            return answer.status, ""
        body = await answer.json()
        assert body.get("server", "stopping") == "stopping"
        return answer.status, body["status"]
