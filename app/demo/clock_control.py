"""The control that moves our clock and the sandbox's together, for whoever cannot wait five days.

`POST /demo/clock` with `days`, `hours`, `minutes`, `seconds` (they add up) puts both forward, and `GET /demo/clock`
tells the present. The demo and the servers of journeys mount it; the composition root knows nothing of it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aiohttp
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from app import clock
from app.jobs.runner import JobRunner

PATH = "/demo/clock"
SANDBOX_VARIABLE = "HYBRID_MEETINGS_DEMO_SANDBOX_URL"
"""Names the sandbox's control address to `app.demo.server`."""
SANDBOX_SECONDS = 10


class SandboxClockError(Exception):
    """The sandbox did not move its clock, so ours stays where it is."""


class SandboxTime:
    """The sandbox's clock, over its control address."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    @classmethod
    @asynccontextmanager
    async def at(cls, address: str) -> AsyncIterator["SandboxTime"]:
        """The clock of the sandbox that listens at this address."""
        timeout = aiohttp.ClientTimeout(total=SANDBOX_SECONDS)
        async with aiohttp.ClientSession(address, timeout=timeout) as session:
            yield cls(session)

    async def ahead(self) -> timedelta:
        """How far it is ahead of the machine's. Raises SandboxClockError."""
        return timedelta(seconds=(await self._call("GET", "/control/clock"))["ahead_seconds"])

    async def advance(self, step: timedelta) -> None:
        """Put it forward. Raises SandboxClockError."""
        await self._call("POST", "/control/clock/advance", {"seconds": step.total_seconds()})

    async def _call(self, method: str, path: str, body: object = None) -> Any:
        try:
            async with self._session.request(method, path, json=body) as response:
                if response.status != 200:
                    raise SandboxClockError(f"the sandbox answered {response.status}: {await response.text()}")
                return await response.json()
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SandboxClockError(f"the sandbox did not answer: {type(error).__name__}") from None


class Step(BaseModel):
    """How far to go; the parts add up."""

    model_config = ConfigDict(extra="forbid")

    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0

    def as_timedelta(self) -> timedelta:
        """Raises ValueError or OverflowError for what no clock can show."""
        return timedelta(**self.model_dump())


class ClockControl:
    """Serves `/demo/clock` itself and lets everything else through."""

    def __init__(self, app: ASGIApp, moved: clock.MovedClock, sandbox: SandboxTime, jobs: JobRunner) -> None:
        self._app = app
        self._moved = moved
        self._sandbox = sandbox
        self._jobs = jobs
        self._own = Starlette(
            routes=[Route(PATH, self._tell, methods=["GET"]), Route(PATH, self._advance, methods=["POST"])]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_ours = scope["type"] == "http" and scope["path"] == PATH
        await (self._own if is_ours else self._app)(scope, receive, send)

    async def _tell(self, _: Request) -> JSONResponse:
        return JSONResponse({"now": clock.now().isoformat(), "aheadSeconds": self._moved.ahead.total_seconds()})

    async def _advance(self, request: Request) -> JSONResponse:
        try:
            step = Step.model_validate_json(await request.body()).as_timedelta()
            if step < timedelta():
                raise ValueError("the clock only goes forward")
            _ = clock.now() + step
        except ValidationError as error:
            return _refused(422, "; ".join(f"{entry['loc']}: {entry['msg']}" for entry in error.errors()))
        except (ValueError, OverflowError) as error:
            return _refused(422, str(error))
        try:
            # The sandbox first: what it gave out a moment ago is then old already when our clock shows so.
            await self._sandbox.advance(step)
        except SandboxClockError as error:
            return _refused(502, str(error))
        self._moved.advance(step)
        await self._jobs.look_again()
        return await self._tell(request)


def _refused(status: int, why: str) -> JSONResponse:
    return JSONResponse({"error": why}, status)
