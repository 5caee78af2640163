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
from tortoise.exceptions import DBConnectionError, OperationalError

from app.errors import SuiteNotConfigured
from app.suites.description import SuiteDescription
from app.suites.errors import InvalidRequest
from app.suites.protocol import SuiteName
from app.suites.registry import DESCRIPTIONS
from app.webhooks.service import WebhookService

_log = structlog.get_logger(__name__)

MAX_BODY_BYTES = 512 * 1024
MAX_VALIDATION_TOKEN_LENGTH = 2_048
MAX_AT_ONCE = 100
"""Posts that are looked up side by side; what arrives on top is told to come again, and never waits in a queue.

A post that is still arriving takes no place, so that nobody can keep others out by sending slowly.
"""
READ_TIMEOUT = timedelta(seconds=5)
_COME_AGAIN = {"Retry-After": "5"}
_NO_SNIFF = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def webhook_routes(
    service: WebhookService, *, at_once: int = MAX_AT_ONCE, read_timeout: timedelta = READ_TIMEOUT
) -> list[Route]:
    """One route for each suite that can post to us."""
    room = asyncio.Semaphore(at_once)

    def route(suite: SuiteDescription[Any]) -> Route:
        async def receive(request: Request) -> Response:
            token = request.query_params.get(suite.handshake_parameter) if suite.handshake_parameter else None
            if token is not None:
                return _validation(token)
            return await _notification(service, suite.name, request, room, read_timeout)

        return Route(suite.webhook_path, receive, methods=["POST"])

    return [route(suite) for suite in DESCRIPTIONS.values()]


def _validation(token: str) -> Response:
    if not 0 < len(token) <= MAX_VALIDATION_TOKEN_LENGTH:
        return PlainTextResponse("The validation token is empty or too long.", 400, headers=_NO_SNIFF)
    return PlainTextResponse(token, headers=_NO_SNIFF)


async def _notification(
    service: WebhookService, suite: SuiteName, request: Request, room: asyncio.Semaphore, read_timeout: timedelta
) -> Response:
    try:
        async with asyncio.timeout(read_timeout.total_seconds()):
            body = await _read(request)
    except ClientDisconnect:
        return Response(status_code=400)
    except TimeoutError:
        return PlainTextResponse("The notification did not arrive in time.", 408, headers=_NO_SNIFF)
    if body is None:
        return PlainTextResponse("The notification is too large.", 413, headers=_NO_SNIFF)
    if room.locked():
        return Response(status_code=503, headers=_COME_AGAIN)
    try:
        async with room:
            await service.receive(suite, body, request.headers)
    except SuiteNotConfigured:
        return Response(status_code=404)
    except InvalidRequest:
        return PlainTextResponse("This is no change notification.", 400, headers=_NO_SNIFF)
    except (OperationalError, DBConnectionError, OSError) as error:
        # The suite keeps what it could not deliver and sends it again.
        _log.error("notification_not_taken", suite=suite, error=type(error).__name__)
        return Response(status_code=503, headers=_COME_AGAIN)
    return Response(status_code=202)


async def _read(request: Request) -> bytes | None:
    """The body, or None when it is larger than any notification."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
