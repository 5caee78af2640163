"""What every answer tells a browser. https://cheatsheetseries.owasp.org/cheatsheets/HTTP_Headers_Cheat_Sheet.html"""

import json
import re
from collections.abc import AsyncIterator

import aiohttp
import pytest
from multidict import CIMultiDictProxy
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.web import assets
from tests.serving.conftest import Product
from tests.serving.running import LONG, Running, running

ORIGIN = "https://app.example"
EVIL = "https://evil.example"
FILES = (f"{assets.ADDRESS}/icon.svg", f"{assets.ADDRESS}/js/shell.js")
METHODS = ["GET", "POST", "HEAD", "OPTIONS", "PUT", "TRACE"]
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def paths(app: Starlette) -> list[str]:
    """An address for each route, and one that has none."""
    routes = {route.path for route in app.routes if isinstance(route, Route)}
    assert {"/", "/graphql", "/health/live", "/auth/sign-in", "/webhooks/google"} <= routes
    return [*sorted(re.sub(r"\{[^}]+\}", "anything", path) for path in routes), *FILES, "/nowhere"]


def missing(headers: CIMultiDictProxy[str], *, is_https: bool) -> list[str]:
    """What these headers do not say once and rightly."""
    policy = headers.get("Content-Security-Policy", "")
    rules = {
        "X-Content-Type-Options": headers.getall("X-Content-Type-Options", []) == ["nosniff"],
        "Referrer-Policy": headers.getall("Referrer-Policy", []) == ["no-referrer"],
        "Content-Security-Policy": len(headers.getall("Content-Security-Policy", [])) == 1
        and {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"} <= set(policy.split("; "))
        and not re.search(r"script-src (?!'self'(;|$))|unsafe", policy),
        "X-Frame-Options": headers.getall("X-Frame-Options", []) == ["DENY"],
        "Cross-Origin-Opener-Policy": headers.getall("Cross-Origin-Opener-Policy", []) == ["same-origin"],
        "Cross-Origin-Resource-Policy": headers.getall("Cross-Origin-Resource-Policy", []) == ["same-origin"],
        "Permissions-Policy": "camera=()" in headers.get("Permissions-Policy", ""),
        "Strict-Transport-Security": ("Strict-Transport-Security" in headers) is is_https,
        "Cache-Control": len(headers.getall("Cache-Control", [])) == 1,
        "Server": "Server" not in headers,
    }
    return [name for name, holds in rules.items() if not holds]


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "https://meet.example"])
async def test_every_answer_of_every_route_has_every_header_once(
    product: Product, http: aiohttp.ClientSession, public_url: str
) -> None:
    found = {}
    async with product(public_url, LONG) as (server, app):
        for path in paths(app):
            for method in METHODS:
                async with http.request(method, server.url + path, allow_redirects=False) as response:
                    lacking = missing(response.headers, is_https=public_url.startswith("https:"))
                    if lacking:
                        found[f"{method} {path} → {response.status}"] = lacking

    assert found == {}


async def test_nothing_but_a_file_may_be_stored(product: Product, http: aiohttp.ClientSession) -> None:
    stored = set()
    async with product(patience=LONG) as (server, app):
        for path in paths(app):
            for method in METHODS:
                for accept in ("application/json", "text/html", "text/event-stream"):
                    headers, url = {"Accept": accept}, server.url + path
                    async with http.request(method, url, headers=headers, allow_redirects=False) as response:
                        if response.headers["Cache-Control"] != "no-store":
                            stored.add((method, path, response.status))

    assert stored == {(method, path, 200) for method in ("GET", "HEAD") for path in FILES}


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"\x00\x01\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n", 431),
        (b"GET /graphql HTTP/1.1\r\n", 408),
        (b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", 400),
        (
            b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
            403,
        ),
    ],
)
async def test_answers_of_the_server_itself_have_them_too(product: Product, request_: bytes, status: int) -> None:
    async with product() as (server, _), server.connection() as connection:
        connection.send(request_)
        answer = await connection.head()

    head = answer.decode().lower()
    assert head.startswith(f"http/1.1 {status} ")
    for name in ("x-content-type-options", "content-security-policy", "referrer-policy", "cache-control"):
        assert head.count(f"\r\n{name}: ") == 1
    assert "\r\nserver:" not in head


async def test_an_answer_to_a_defect_has_them_and_nothing_of_the_defect(http: aiohttp.ClientSession) -> None:
    async def defective(request: Request) -> Response:
        raise RuntimeError("canary-51c0")

    app = Starlette(routes=[Route("/", defective)])
    async with running(app, patience=LONG) as server, http.get(server.url) as response:
        body = await response.text()

    assert response.status == 500
    assert missing(response.headers, is_https=False) == []
    assert "canary-51c0" not in body


async def test_a_socket_for_a_foreign_origin_is_refused_with_them(product: Product) -> None:
    handshake = (
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nOrigin: https://evil.example\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    async with product() as (server, _), server.connection() as connection:
        connection.send(handshake)
        answer = await connection.head()

    assert answer.startswith(b"HTTP/1.1 403 ")
    assert b"x-content-type-options: nosniff" in answer


# -- CORS


async def test_a_page_of_an_allowed_origin_may_ask_and_read(product: Product, http: aiohttp.ClientSession) -> None:
    async with product(patience=LONG) as (server, _):
        async with http.options(f"{server.url}/graphql", headers={"Origin": ORIGIN, **PREFLIGHT}) as preflight:
            allowed = preflight.headers
        answer = await _ask(server, http, ORIGIN)

    assert (preflight.status, allowed["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    assert answer["Access-Control-Allow-Origin"] == ORIGIN
    assert answer["Access-Control-Allow-Credentials"] == "true"


@pytest.mark.parametrize("origin", [EVIL, "null", f"{ORIGIN}.evil.example", "http://app.example", f"{ORIGIN}:8443"])
async def test_a_foreign_origin_gets_no_cors_header_at_all(
    product: Product, http: aiohttp.ClientSession, origin: str
) -> None:
    async with product(patience=LONG) as (server, _):
        async with http.options(f"{server.url}/graphql", headers={"Origin": origin, **PREFLIGHT}) as preflight:
            refused = preflight.headers
        answer = await _ask(server, http, origin)

    assert preflight.status == 405
    assert [name for name in (*refused, *answer) if name.lower().startswith("access-control-")] == []


async def _ask(server: Running, http: aiohttp.ClientSession, origin: str) -> CIMultiDictProxy[str]:
    body = json.dumps({"query": "{ __typename }"})
    headers = {"Origin": origin, "Content-Type": "application/json"}
    async with http.post(f"{server.url}/graphql", data=body, headers=headers) as response:
        assert response.status == 200
        return response.headers


# -- bodies


async def test_thirty_megabytes_are_refused_by_every_route_without_being_read(
    product: Product, http: aiohttp.ClientSession
) -> None:
    size = 30_000_000
    statuses = {}
    async with product() as (server, app):
        for path in paths(app):
            async with server.connection() as connection:
                lines = [
                    f"POST {path} HTTP/1.1",
                    "Host: x",
                    "Content-Type: application/json",
                    f"Content-Length: {size}",
                ]
                connection.send("\r\n".join([*lines, "", ""]).encode() + b"x" * 1_000_000)
                statuses[path] = int((await connection.head())[9:12])

    assert {status for status in statuses.values() if not 400 <= status < 500} == set()
    assert statuses["/graphql"] == 413
