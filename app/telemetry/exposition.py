"""`GET /metrics`, in Prometheus' text format. https://prometheus.io/docs/instrumenting/exposition_formats/

On the server's own port it answers to one bearer alone, and is not there at all where the operator has set none; on the
monitoring port, which nobody but the operator's machines reaches, it answers whoever asks.

So that scraping costs a bounded amount, whoever and however many scrape, what others have to be asked for is asked for
once in a while and for a moment only; in between, and for all that come meanwhile, the last answer holds.
"""

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.health import Readiness
from app.telemetry.figures import Figures, SharedFigures
from app.telemetry.metrics import Metrics

_log = structlog.get_logger(__name__)

PATH = "/metrics"
HELD_FOR = timedelta(seconds=10)
PATIENCE_SECONDS = 3.0
"""For everything that the database is asked."""
_NO_STORE = {"Cache-Control": "no-store"}


class Exposition:
    """What is told of a process, and of the deployment that it belongs to."""

    def __init__(
        self,
        metrics: Metrics,
        readiness: Readiness,
        ask: Callable[[], Awaitable[Figures]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._metrics = metrics
        self._readiness = readiness
        self._ask = ask
        self._monotonic = monotonic
        self._figures = SharedFigures()
        self._lock = asyncio.Lock()
        self._asked_at: float | None = None
        metrics.registry.register(self._figures)

    async def text(self) -> bytes:
        """Everything that is known."""
        async with self._lock:
            now = self._monotonic()
            if self._asked_at is None or now >= self._asked_at + HELD_FOR.total_seconds():
                await self._look()
                self._asked_at = self._monotonic()
        return generate_latest(self._metrics.registry)

    def route(self, token: str | None = None) -> Route:
        """Where it is asked for; with a token, by whoever shows it."""

        async def answer(request: Request) -> Response:
            if token is not None and not _shows(request, token):
                challenge = {"WWW-Authenticate": "Bearer", **_NO_STORE}
                return PlainTextResponse("Show the token of METRICS_TOKEN.", 401, headers=challenge)
            return Response(await self.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4, headers=_NO_STORE)

        return Route(PATH, answer, methods=["GET"])

    async def _look(self) -> None:
        self._figures.latest, missing, beside = await asyncio.gather(
            self._asked(), self._readiness.missing(), self._readiness.beside()
        )
        self._metrics.ready.set(not missing)
        if "redis" in beside:
            self._figures.redis_up = beside["redis"] == "reachable"

    async def _asked(self) -> Figures | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._ask()
        except Exception as error:
            # Whatever the driver says: that the database does not answer is a figure too.
            _log.warning("figures_not_read", error=type(error).__name__)
            return None


def _shows(request: Request, token: str) -> bool:
    scheme, _, shown = request.headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(shown.strip().encode(), token.encode())
