"""The addresses that suites post to: quick to answer, slow to believe.

A suite may prove the address first by asking for a token back in plain text within ten seconds
(https://learn.microsoft.com/graph/change-notifications-delivery-webhooks).
"""

import asyncio
from datetime import timedelta
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tortoise.exceptions import OperationalError

from app.errors import SuiteNotConfigured
from app.suites.description import SuiteDescription
from app.suites.errors import InvalidRequest
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS
from app.webhooks.service import WebhookService

_log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 512 * 1024
MAX_VALIDATION_TOKEN_LENGTH = 2_048
MAX_AT_ONCE = 20
"""Posts that are looked up side by side; what arrives on top is told to come again, and never waits in a queue.

A process has five connections to the database: with more than a few posts for each, some would be acknowledged too late
for Graph, which wants it within three seconds (https://learn.microsoft.com/graph/change-notifications-delivery-webhooks).

A post that is still arriving takes no place, so that nobody can keep others out by sending slowly.
"""
READ_TIMEOUT = timedelta(seconds=5)
LOOK_UP_TIMEOUT = timedelta(seconds=3)
"""Suites wait no longer for an answer (Graph: three seconds), and a database that hangs must not gather posts here."""
SMALL_POST_BYTES = 16 * 1024
"""As large as one notification ever is: a post up to this size is always taken in."""
MAX_ARRIVING_BYTES = 32 * 1024 * 1024
"""What all posts that are arriving may hold together beyond that; large ones on top are told to come again."""
_COME_AGAIN = {"Retry-After": "5"}
_NO_SNIFF = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


class _TooLarge(Exception):
    """The post is larger than any notification."""


class _Full(Exception):
    """Other posts that are arriving take up all the memory that there is for them."""


class _Intake:
    """Takes posts in, and holds a bounded amount of what is still arriving, however many send slowly."""

    def __init__(self, most: int) -> None:
        self._free = most

    async def read(self, request: Request) -> bytes:
        """The whole body. Raises _TooLarge, _Full."""
        chunks: list[bytes] = []
        size = taken = 0
        try:
            async for chunk in request.stream():
                size += len(chunk)
                if size > MAX_BODY_BYTES:
                    raise _TooLarge
                more = max(0, size - SMALL_POST_BYTES) - taken
                if more > self._free:
                    raise _Full
                self._free -= more
                taken += more
                chunks.append(chunk)
            return b"".join(chunks)
        finally:
            self._free += taken


def webhook_routes(
    service: WebhookService,
    *,
    at_once: int = MAX_AT_ONCE,
    read_timeout: timedelta = READ_TIMEOUT,
    arriving_bytes: int = MAX_ARRIVING_BYTES,
) -> list[Route]:
    """One route for each suite that can post to us."""
    room, intake = asyncio.Semaphore(at_once), _Intake(arriving_bytes)

    def route(suite: SuiteDescription[Any]) -> Route:
        async def receive(request: Request) -> Response:
            token = request.query_params.get(suite.handshake_parameter) if suite.handshake_parameter else None
            if token is not None:
                return _validation(token)
            return await _notification(service, suite.name, request, room, intake, read_timeout)

        return Route(suite.webhook_path, receive, methods=["POST"])

    return [route(suite) for suite in DESCRIPTIONS.values()]


def _validation(token: str) -> Response:
    if not 0 < len(token) <= MAX_VALIDATION_TOKEN_LENGTH:
        return PlainTextResponse("The validation token is empty or too long.", 400, headers=_NO_SNIFF)
    return PlainTextResponse(token, headers=_NO_SNIFF)


async def _notification(
    service: WebhookService,
    suite: SuiteName,
    request: Request,
    room: asyncio.Semaphore,
    intake: _Intake,
    read_timeout: timedelta,
) -> Response:
    try:
        async with asyncio.timeout(read_timeout.total_seconds()):
            body = await intake.read(request)
    except ClientDisconnect:
        return Response(status_code=400)
    except TimeoutError:
        return PlainTextResponse("The notification did not arrive in time.", 408, headers=_NO_SNIFF)
    except _TooLarge:
        return PlainTextResponse("The notification is too large.", 413, headers=_NO_SNIFF)
    except _Full:
        return Response(status_code=503, headers=_COME_AGAIN)
    if room.locked():
        return Response(status_code=503, headers=_COME_AGAIN)
    try:
        async with room, asyncio.timeout(LOOK_UP_TIMEOUT.total_seconds()):
            await service.receive(suite, body, request.headers)
    except SuiteNotConfigured:
        return Response(status_code=404)
    except InvalidRequest:
        return PlainTextResponse("This is no change notification.", 400, headers=_NO_SNIFF)
    except (OperationalError, TimeoutError) as error:
        # The suite keeps what it could not deliver and sends it again.
        _log.error("notification_not_taken", suite=suite, error=type(error).__name__)
        return Response(status_code=503, headers=_COME_AGAIN)
    return Response(status_code=202)
