"""Health: `/health/live` says that the process answers, `/health/ready` that it can do its work."""

from typing import Protocol

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.database.engine import is_migrated

_NO_STORE = {"Cache-Control": "no-store"}


class Confirmable(Protocol):
    """What is not known at once when a process starts."""

    @property
    def is_confirmed(self) -> bool: ...


def health_routes(keys: Confirmable) -> list[Route]:
    """Both checks; neither needs a sign-in, and neither says more than an operator's probe has to know."""

    async def ready(_: Request) -> Response:
        return await _ready(keys)

    return [Route("/health/live", _live, methods=["GET"]), Route("/health/ready", ready, methods=["GET"])]


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"}, headers=_NO_STORE)


async def _ready(keys: Confirmable) -> Response:
    try:
        migrated = await is_migrated()
    except Exception:
        # Whatever the driver says, the answer to a load balancer is the same.
        return JSONResponse({"status": "not ready", "database": "unreachable"}, 503, headers=_NO_STORE)
    if not migrated:
        return JSONResponse({"status": "not ready", "database": "not migrated"}, 503, headers=_NO_STORE)
    if not keys.is_confirmed:
        return JSONResponse({"status": "not ready", "keys": "not confirmed"}, 503, headers=_NO_STORE)
    return JSONResponse({"status": "ready"}, headers=_NO_STORE)
