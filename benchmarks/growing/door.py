"""The application's door inside this process: requests without a socket in between, and how long their answers are."""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.types import ASGIApp, Message

from benchmarks.benching.rows import Wrong


class Door:
    """Posts to the application, and to GraphQL as the client with this token."""

    def __init__(self, application: ASGIApp, token: str) -> None:
        self.application = application
        self._token = token

    async def ask(self, document: str, variables: Mapping[str, Any]) -> bytes:
        """The answer as it is sent. Raises Wrong where something of it is missing."""
        body = orjson.dumps({"query": document, "variables": variables})
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._token}"}
        status, answer = await self.post("/graphql", body, headers)
        told = orjson.loads(answer)
        if status != 200 or told.get("errors") or any(_went_wrong(field) for field in told["data"].values()):
            raise Wrong(f"{status}: {answer[:500]!r}")
        return answer

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        """Status and body of the answer."""
        told: list[Message] = []
        asked: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> Message:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            told.append(message)

        await self.application(_scope(path, body, headers), receive, send)
        return told[0]["status"], b"".join(message.get("body", b"") for message in told)


def _went_wrong(field: Any) -> bool:
    """Whether a root field's value is a problem, or success with problems."""
    return isinstance(field, dict) and ("code" in field or bool(field.get("problems")))


def _scope(path: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    sent = {"host": "127.0.0.1", **headers, "content-length": str(len(body))}
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
    }
