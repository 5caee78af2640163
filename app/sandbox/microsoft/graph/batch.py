"""Several calls in one: $batch.

Each part is judged alone, limits and ordered faults included; the outer answer is 200 whatever became of them.
https://learn.microsoft.com/graph/json-batching
"""

import asyncio
import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote

import orjson
from starlette.routing import BaseRoute, Router
from starlette.types import Message, Scope

from app.sandbox.faults import Call, Fault, FaultEffect, Host
from app.sandbox.microsoft.graph.errors import bad_request
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply, Handler
from app.sandbox.striking import StruckCall

MAXIMUM_PARTS = 20
_FAILED_DEPENDENCY = 424
_MEETS_PARTS = frozenset({FaultEffect.ANSWER, FaultEffect.DELAY, FaultEffect.HOLD})


def batch_handler(routes: Sequence[BaseRoute]) -> Handler:
    """The handler of POST /$batch over these routes."""
    router = Router(routes=routes)

    async def run(call: GraphCall) -> GraphReply:
        parts = _parts(await call.json())
        running: dict[str, asyncio.Task[dict[str, Any]]] = {}

        async def one(part: dict[str, Any]) -> dict[str, Any]:
            for parent in part.get("dependsOn") or ():
                if (await running[parent])["status"] >= 400:
                    return {"id": part["id"], "status": _FAILED_DEPENDENCY, "headers": {}, "body": _FAILED}
            return await _carry_out(router, call, part)

        for part in parts:
            running[part["id"]] = asyncio.create_task(one(part))
        return GraphReply({"responses": await asyncio.gather(*running.values())})

    return run


_FAILED = {"error": {"code": "FailedDependency", "message": "A call that this one depends on has failed."}}


def _parts(body: dict[str, Any]) -> list[dict[str, Any]]:
    parts = body.get("requests")
    if not isinstance(parts, list) or not parts or not all(isinstance(part, dict) for part in parts):
        raise bad_request("BadRequest", "Invalid batch payload format.")
    if len(parts) > MAXIMUM_PARTS:
        raise bad_request("MaximumValueExceeded", f"Number of batch request steps exceeds the maximum {MAXIMUM_PARTS}.")
    earlier: set[str] = set()
    for part in parts:
        if not all(isinstance(part.get(name), str) for name in ("id", "method", "url")):
            raise bad_request("BadRequest", "Every request of a batch needs an id, a method and a url.")
        if part["id"] in earlier:
            raise bad_request("BadRequest", f"The request id '{part['id']}' is used more than once.")
        if set(part.get("dependsOn") or ()) - earlier:
            raise bad_request("BadRequest", f"The request '{part['id']}' depends on one that does not precede it.")
        earlier.add(part["id"])
    return parts


async def _carry_out(router: Router, call: GraphCall, part: dict[str, Any]) -> dict[str, Any]:
    path, _, query = part["url"].partition("?")
    outer = call.request.headers
    given = {"authorization": outer.get("authorization", ""), "host": outer.get("host", "")}
    given |= {name.lower(): str(value) for name, value in (part.get("headers") or {}).items()}
    payload = orjson.dumps(part["body"]) if "body" in part else b""
    root = call.request.scope.get("root_path", "")
    scope: Scope = {
        **call.request.scope,
        "method": part["method"].upper(),
        "path": unquote(f"{root}/{path.lstrip('/')}"),
        "raw_path": f"{root}/{path.lstrip('/')}".encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
        "path_params": {},
    }
    scope.pop("router", None)
    messages: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": payload, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    struck = _fault(call, scope)
    if struck is None:
        await router(scope, receive, send)
    else:
        await StruckCall(router, struck, scope, receive, send).run()
    content = b"".join(message.get("body", b"") for message in messages[1:])
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    answer: dict[str, Any] = {"id": part["id"], "status": messages[0]["status"], "headers": headers}
    if content:
        is_json = "json" in headers.get("content-type", "")
        answer["body"] = orjson.loads(content) if is_json else base64.b64encode(content).decode()
    return answer


def _fault(call: GraphCall, scope: Scope) -> Fault | None:
    """The fault that a part meets: those only that leave the connection of the whole alone."""
    part = Call(
        host=Host.GRAPH,
        method=scope["method"],
        path=scope["path"],
        template=scope["path"],
        user_oid=call.token.user_oid,
        tenant_id=call.token.tenant_id,
    )
    return call.state.faults.take(part, call.state.clock.now(), among=_MEETS_PARTS)
