"""Every answer is counted by its route and status, and by nothing that a client can choose."""

import aiohttp
import pytest
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.serving.monitoring import monitoring
from app.telemetry.metrics import Metrics
from app.telemetry.middleware import WatchedRequests
from tests.support.server import free_port
from tests.telemetry.scraping import Scrape


async def _well(_: Request) -> Response:
    return PlainTextResponse("well")


async def _broken(_: Request) -> Response:
    raise RuntimeError("a defect")


ROUTES = [Route("/tickets/{ticket}", _well, methods=["GET"]), Route("/broken/{ticket}", _broken)]


@pytest.mark.parametrize(
    ("method", "path", "route", "status"),
    [
        ("GET", "/tickets/secret", "/tickets/{ticket}", "200"),
        ("GET", "/tickets/tickets", "/tickets/{ticket}", "200"),
        ("POST", "/tickets/secret", "/tickets/{ticket}", "405"),
        ("PROPFIND", "/tickets/secret", "/tickets/{ticket}", "405"),
        ("GET", "/secret/secret?code=secret", "(no route)", "404"),
        ("GET", "/broken/secret", "/broken/{ticket}", "500"),
    ],
)
async def test_an_answer_is_counted_once_by_route_and_status(method: str, path: str, route: str, status: str) -> None:
    metrics, port = Metrics(), free_port()
    app = Starlette(routes=ROUTES, middleware=[Middleware(WatchedRequests, metrics, None)])
    async with (
        monitoring(app, "127.0.0.1", port),
        aiohttp.ClientSession() as session,
        session.request(method, f"http://127.0.0.1:{port}{path}") as answer,
    ):
        assert str(answer.status) == status

    told = Scrape(generate_latest(metrics.registry).decode())
    assert told.labels("http_responses_total") == [{"route": route, "status": status}]
    assert told.value("http_responses_total") == 1
    assert "secret" not in told.text
