"""Logs help an operator and tell nobody's secrets."""

import asyncio
import gc
import io
import json
import logging
from typing import Any

import pytest
import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message

from app import logs

SECRET = "s3cret-t1cket"


async def _answer(request: Request) -> Response:
    structlog.get_logger("inner").info("worked")
    return PlainTextResponse("hello")


async def _break(request: Request) -> Response:
    try:
        raise RuntimeError(f"the suite said {SECRET}")
    except RuntimeError:
        structlog.get_logger("inner").exception("broke")
    return PlainTextResponse("sorry", 500)


APP = logs.AccessLog(
    Starlette(routes=[Route("/auth/continue/{ticket}", _answer), Route("/break", _break)]),
)


async def _get(path: str, query: str = "") -> dict[str, Any]:
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [],
        "root_path": "",
    }
    await APP(scope, receive, send)
    return {name.decode(): value.decode() for name, value in sent[0]["headers"]}


def _lines(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


async def test_every_line_of_a_request_carries_the_id_that_the_answer_names(written: io.StringIO) -> None:
    headers = await _get("/auth/continue/x")

    assert {line["correlation_id"] for line in _lines(written)} == {headers["x-correlation-id"]}
    assert [line["event"] for line in _lines(written)] == ["worked", "request"]


async def test_two_requests_have_two_ids(written: io.StringIO) -> None:
    first, second = await _get("/auth/continue/x"), await _get("/auth/continue/x")

    assert first["x-correlation-id"] != second["x-correlation-id"]


async def test_neither_a_query_nor_a_secret_in_the_path_is_logged(written: io.StringIO) -> None:
    await _get(f"/auth/continue/{SECRET}", f"code={SECRET}&state={SECRET}")
    await _get(f"/nowhere/{SECRET}", f"code={SECRET}")

    assert SECRET not in written.getvalue()
    routes = [line["route"] for line in _lines(written) if line["event"] == "request"]
    assert routes == ["/auth/continue/{ticket}", "(no route)"]


async def test_an_exception_is_logged_with_its_place_and_without_its_words(written: io.StringIO) -> None:
    await _get("/break")

    [line] = [line for line in _lines(written) if line["event"] == "broke"]
    assert line["error"] == "RuntimeError"
    assert any("_break" in place for place in line["at"])
    assert SECRET not in written.getvalue()


@pytest.mark.parametrize("library", ["tortoise", "aiosqlite", "uvicorn.access", "msal", "aiohttp.client"])
def test_libraries_that_print_addresses_and_values_stay_quiet_at_every_level(
    written: io.StringIO, library: str
) -> None:
    logging.getLogger(library).info("GET /?code=%s", SECRET)
    logging.getLogger(library).debug("INSERT … %s", SECRET)

    assert SECRET not in written.getvalue()


async def test_an_exception_that_nobody_waited_for_is_logged_without_its_words(written: io.StringIO) -> None:
    async def fail() -> None:
        raise RuntimeError(f"the suite said {SECRET}")

    task = asyncio.create_task(fail())
    await asyncio.wait({task})
    del task
    gc.collect()

    [line] = _lines(written)
    assert (line["event"], line["error"]) == ("Task exception was never retrieved", "RuntimeError")
    assert SECRET not in written.getvalue()


async def test_a_callback_that_fails_is_logged_without_what_it_was_given(written: io.StringIO) -> None:
    def fail(value: str) -> None:
        raise RuntimeError(value)

    asyncio.get_running_loop().call_soon(fail, SECRET)
    await asyncio.sleep(0)

    [line] = _lines(written)
    assert line["event"].startswith("Exception in callback")
    assert line["error"] == "RuntimeError"
    assert SECRET not in written.getvalue()
