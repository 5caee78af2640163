"""Health: `/health/live` says that the process answers, `/health/ready` that it can do its work.

The first asks nobody: a database that is away is no reason to start a process anew. The second asks the database, for a
moment only, and says which part is missing. Redis may be away: then news comes later and limits are each process's own,
so that is told and keeps nobody out.
"""

import asyncio
from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.database.engine import is_migrated, is_writable

PATIENCE_SECONDS = 2.0
"""For the database, and for Redis: a probe that waits longer counts as failed where it comes from."""
_NO_STORE = {"Cache-Control": "no-store"}


class Confirmable(Protocol):
    """What is not known at once when a process starts."""

    @property
    def is_confirmed(self) -> bool: ...


@runtime_checkable
class Reachable(Protocol):
    """What lies beyond this process."""

    async def is_reachable(self) -> bool:
        """Whether it answers now; never raises."""
        ...


class Going(Protocol):
    """What goes on by itself."""

    def stalled(self) -> Sequence[str]:
        """The names of what does not go on."""
        ...


class Readiness:
    """What has to hold before work is sent here, and what an operator is told besides."""

    def __init__(self, keys: Confirmable, *, redis: Reachable | None = None, jobs: Going | None = None) -> None:
        """`redis` is None where there is none, `jobs` where this process has none."""
        self._keys = keys
        self._redis = redis
        self._jobs = jobs
        self._is_leaving = False

    def leave(self) -> None:
        """The process is about to stop: from now on it is to be sent nothing new."""
        self._is_leaving = True

    async def missing(self) -> dict[str, str]:
        """What keeps us from doing our work; empty when we are ready."""
        if self._is_leaving:
            return {"server": "stopping"}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                migrated, writable = await is_migrated(), await is_writable()
        except Exception:
            # Whatever the driver says, the answer to a load balancer is the same.
            return {"database": "unreachable"}
        if not migrated:
            return {"database": "not migrated"}
        if not writable:
            return {"database": "cannot be written"}
        if not self._keys.is_confirmed:
            return {"keys": "not confirmed"}
        stalled = self._jobs.stalled() if self._jobs else ()
        return {"jobs": f"stalled: {', '.join(stalled)}"} if stalled else {}

    async def beside(self) -> dict[str, str]:
        """What is told and keeps nobody out."""
        if self._redis is None:
            return {}
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reachable = await self._redis.is_reachable()
        except TimeoutError:
            reachable = False
        return {"redis": "reachable" if reachable else "unreachable"}


def health_routes(readiness: Readiness) -> list[Route]:
    """Both checks; neither needs a sign-in, and neither says more than an operator's probe has to know."""

    async def ready(_: Request) -> Response:
        missing, beside = await asyncio.gather(readiness.missing(), readiness.beside())
        if missing:
            return JSONResponse({"status": "not ready", **missing, **beside}, 503, headers=_NO_STORE)
        return JSONResponse({"status": "ready", **beside}, headers=_NO_STORE)

    return [Route("/health/live", _live, methods=["GET"]), Route("/health/ready", ready, methods=["GET"])]


async def _live(_: Request) -> Response:
    return JSONResponse({"status": "live"}, headers=_NO_STORE)
