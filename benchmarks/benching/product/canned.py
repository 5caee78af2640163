"""A suite that says the same to everything: a page of fifty meetings, as each of the two suites writes them.

Its arguments: the folder of the certificates, since it speaks TLS, and the port.
"""

import asyncio
import socket
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

EVENTS, ATTENDEES = 50, 8
_FIRST = datetime(2026, 12, 7, 8, tzinfo=UTC)


class Canned:
    """An ASGI application: Google's page below `/calendar/`, Graph's everywhere else."""

    def __init__(self) -> None:
        self._google = orjson.dumps({"timeZone": "UTC", "items": [_of_google(number) for number in range(EVENTS)]})
        self._graph = orjson.dumps({"value": [_of_graph(number) for number in range(EVENTS)]})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = self._google if scope["path"].startswith("/calendar/") else self._graph
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def _of_graph(number: int) -> dict[str, Any]:
    start, end = (moment.strftime("%Y-%m-%dT%H:%M:%S.0000000") for moment in _times(number))
    answered = {"response": "accepted", "time": "2026-11-20T09:00:00Z"}
    return {
        "@odata.etag": f'W/"{number:040}"',
        "id": f"{number:0152}",
        "iCalUId": f"{number:0112}",
        "changeKey": f"{number:040}",
        "type": "singleInstance",
        "isCancelled": False,
        "subject": f"Planning of part {number}",
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        "originalStartTimeZone": "UTC",
        "originalEndTimeZone": "UTC",
        "isAllDay": False,
        "sensitivity": "normal",
        "showAs": "busy",
        "organizer": {"emailAddress": {"name": "Somebody", "address": "somebody@canned.example"}},
        "isOrganizer": True,
        "responseStatus": answered,
        "attendees": [
            {
                "type": "required",
                "status": answered,
                "emailAddress": {"name": f"Colleague {place}", "address": f"colleague.{place:03}@canned.example"},
            }
            for place in range(ATTENDEES)
        ],
        "location": {"displayName": "By the water"},
        "webLink": f"https://suite.example/calendar/{number:0152}",
        "bodyPreview": "What came of the last time, and what comes next. " * 3,
    }


def _of_google(number: int) -> dict[str, Any]:
    start, end = (moment.isoformat() for moment in _times(number))
    return {
        "id": f"{number:026}",
        "etag": f'"{number:016}"',
        "status": "confirmed",
        "eventType": "default",
        "iCalUID": f"{number:026}@google.example",
        "summary": f"Planning of part {number}",
        "description": "What came of the last time, and what comes next. " * 3,
        "location": "By the water",
        "start": {"dateTime": start, "timeZone": "UTC"},
        "end": {"dateTime": end, "timeZone": "UTC"},
        "organizer": {"email": "somebody@canned.example", "displayName": "Somebody", "self": True},
        "htmlLink": f"https://suite.example/calendar/{number:0152}",
        "attendees": [
            {
                "email": f"colleague.{place:03}@canned.example",
                "displayName": f"Colleague {place}",
                "responseStatus": "accepted",
            }
            for place in range(ATTENDEES)
        ],
    }


def _times(number: int) -> tuple[datetime, datetime]:
    start = _FIRST + timedelta(hours=number)
    return start, start + timedelta(minutes=50)


async def serve(folder: Path, port: int) -> None:
    """Until it is stopped."""
    config = uvicorn.Config(
        Canned(), log_config=None, lifespan="off", ssl_certfile=folder / "tls.pem", ssl_keyfile=folder / "tls.key"
    )
    with socket.create_server(("127.0.0.1", port), backlog=1024) as listener:
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        print("ready", flush=True)
        await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1]), int(sys.argv[2])))
