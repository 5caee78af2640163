"""GraphQL over HTTP, one operation per request. https://graphql.github.io/graphql-over-http/draft/

Bearer and anonymous callers get the whole specification. A caller whom a cookie authenticates may have been
brought here by a foreign page, so they may only POST JSON, with `X-Requested-With` and an allowed Origin.

Many clients accept event streams beside JSON for whatever they send: a query or a mutation is answered in JSON
wherever JSON is accepted at all, and only a subscription, or a client that reads nothing else, gets a stream.
"""

from collections.abc import Mapping
from http import HTTPMethod, HTTPStatus

from graphql import OperationType
from starlette.requests import Request
from starlette.types import ASGIApp, Receive

from app.graphql.admission import admit_operation, admit_request
from app.graphql.callers import Caller, Refused
from app.graphql.endings import ended_with
from app.graphql.engine import Answer, Engine, GraphQLRequest, Outcome, encode
from app.graphql.event_stream import EventStream, single
from app.graphql.failures import ErrorCode, Outage, RateLimited
from app.graphql.masking import COME_AGAIN_SECONDS
from app.graphql.media_types import (
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    is_json,
    negotiate,
    takes_event_stream,
)
from app.graphql.messages import BadRequest, from_parameters, from_query_string, read_json
from app.graphql.observing import Ended, ObservedOperation, Transport
from app.graphql.options import GraphQLOptions
from app.graphql.patience import Within
from app.graphql.responses import Ready, refusal, response
from app.graphql.sharing import Sharing
from app.graphql.socket_hub import SocketHub

_STATUS = {
    Outcome.NOT_EXECUTED: HTTPStatus.BAD_REQUEST,
    Outcome.EXECUTED: HTTPStatus.OK,
    Outcome.GIVEN_UP: HTTPStatus.GATEWAY_TIMEOUT,
    Outcome.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Outcome.BROKEN: HTTPStatus.INTERNAL_SERVER_ERROR,
}
_COME_AGAIN = {"Retry-After": str(COME_AGAIN_SECONDS)}
_WHERE_SUBSCRIPTIONS_ARE = (
    f"Subscriptions are served to clients that accept {EVENT_STREAM}, by the protocol graphql-sse,"
    " and over WebSocket, by the protocol graphql-transport-ws."
)


class HttpTransport:
    """Answers HTTP requests for one schema."""

    def __init__(self, options: GraphQLOptions, engine: Engine, sharing: Sharing, hub: SocketHub) -> None:
        self._options = options
        self._engine = engine
        self._sharing = sharing
        self._hub = hub
        self._deadline = options.deadline.total_seconds()

    async def answer(self, request: Request) -> ASGIApp:
        """The response, whatever was sent."""
        with self._options.observer.operation(Transport.HTTP) as observed:
            return await self._observed_answer(request, observed)

    async def _observed_answer(self, request: Request, observed: ObservedOperation) -> ASGIApp:
        heads = dict(reversed(request.scope["headers"]))
        accept = _text(heads.get(b"accept"))
        agreed, takes_stream = negotiate(accept), takes_event_stream(accept)
        if agreed is None and not takes_stream:
            observed.ended(Ended.REFUSED)
            message = f"Answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}: accept one of them."
            return refusal(JSON, HTTPStatus.NOT_ACCEPTABLE, ErrorCode.BAD_USER_INPUT, message)
        media_type = agreed or JSON
        try:
            return await self._answer(request, heads, agreed, observed, takes_stream=takes_stream)
        except BadRequest as bad:
            observed.ended(Ended.REFUSED)
            headers = {"Allow": "GET, POST"} if bad.status is HTTPStatus.METHOD_NOT_ALLOWED else {}
            code = ErrorCode.FORBIDDEN if bad.status is HTTPStatus.FORBIDDEN else ErrorCode.BAD_USER_INPUT
            return refusal(media_type, bad.status, code, bad.message, headers)
        except Refused as refused:
            observed.ended(Ended.REFUSED)
            headers = {"WWW-Authenticate": "Bearer"} if refused.status is HTTPStatus.UNAUTHORIZED else {}
            return refusal(media_type, refused.status, refused.code, refused.message, headers)
        except RateLimited as limited:
            observed.ended(Ended.LIMITED)
            body = encode({"errors": self._engine.masking.request_errors([limited])})
            headers = {"Retry-After": str(limited.retry_after_seconds)}
            return response(media_type, HTTPStatus.TOO_MANY_REQUESTS, body, headers)
        except Exception as error:
            is_outage = self._engine.masking.is_outage(error)
            observed.ended(Ended.UNAVAILABLE if is_outage else Ended.BROKEN)
            body = encode({"errors": [self._engine.masking.defect(error)]})
            if is_outage:
                return response(media_type, HTTPStatus.SERVICE_UNAVAILABLE, body, _COME_AGAIN)
            return response(media_type, HTTPStatus.INTERNAL_SERVER_ERROR, body)

    async def _answer(
        self,
        request: Request,
        heads: Mapping[bytes, bytes],
        agreed: str | None,
        observed: ObservedOperation,
        *,
        takes_stream: bool,
    ) -> ASGIApp:
        """`agreed`: the JSON type to answer in; None where the client reads nothing but an event stream."""
        self._check_head(request.method, heads)
        caller = await self._caller(request)
        if caller.by_cookie:
            self._check_not_forged(request)
        await admit_request(caller)
        asked = await self._read(request)
        prepared = self._engine.prepare(asked, caller.share)
        if isinstance(prepared, Answer):
            return self._respond(prepared, agreed, observed)
        if prepared.type is OperationType.SUBSCRIPTION and not takes_stream:
            raise BadRequest(_WHERE_SUBSCRIPTIONS_ARE)
        if prepared.type is OperationType.MUTATION and request.method == HTTPMethod.GET:
            raise BadRequest("Mutations are sent by POST.", HTTPStatus.METHOD_NOT_ALLOWED)
        observed.prepared(prepared)
        await admit_operation(caller, prepared)
        if prepared.type is OperationType.SUBSCRIPTION:
            observed.ended(Ended.ANSWERED)
            return EventStream(self._options, self._engine, self._sharing, self._hub, prepared, asked, caller)
        return self._respond(await self._engine.run(prepared, asked, caller), agreed, observed)

    async def _caller(self, request: Request) -> Caller:
        """Who asks. Raises Refused, RateLimited, and Outage where nobody can tell in time."""
        answer = Within(self._deadline, self._options.gate.for_request(request))
        try:
            return await answer
        except TimeoutError:
            if not answer.is_over:
                raise
            raise Outage from None

    def _check_head(self, method: str, heads: Mapping[bytes, bytes]) -> None:
        """What can be refused before anyone is asked who the caller is."""
        if method == HTTPMethod.GET:
            return
        if method != HTTPMethod.POST:
            raise BadRequest("GraphQL is served by GET and POST.", HTTPStatus.METHOD_NOT_ALLOWED)
        if not is_json(_text(heads.get(b"content-type"))):
            message = f"The body is sent as {JSON}, in UTF-8."
            raise BadRequest(message, HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        declared = _text(heads.get(b"content-length")) or "0"
        if declared.isdecimal() and (len(declared) > 18 or int(declared) > self._options.body_limit):
            raise self._too_big()

    def _check_not_forged(self, request: Request) -> None:
        """Cross-site request forgery: see OWASP's cheat sheet on custom request headers."""
        if request.method != HTTPMethod.POST:
            raise BadRequest("With a session cookie, operations are sent by POST.", HTTPStatus.METHOD_NOT_ALLOWED)
        if not request.headers.get("x-requested-with"):
            message = "With a session cookie, the header X-Requested-With is required."
            raise BadRequest(message, HTTPStatus.FORBIDDEN)
        if request.headers.get("origin") not in self._options.allowed_origins:
            raise BadRequest("This origin may not use the session cookie.", HTTPStatus.FORBIDDEN)

    async def _read(self, request: Request) -> GraphQLRequest:
        if request.method == HTTPMethod.GET:
            return from_query_string(request.query_params)
        try:
            body = await Within(self._deadline, self._read_body(request.receive))
        except TimeoutError as error:
            raise BadRequest("The body did not arrive in time.", HTTPStatus.REQUEST_TIMEOUT) from error
        return from_parameters(read_json(body, "The body"))

    async def _read_body(self, receive: Receive) -> bytes:
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                # Nobody reads this; it only keeps somebody else's leaving from being a defect of ours.
                raise BadRequest("The body ended before it was whole.")
            body += message.get("body", b"")
            if len(body) > self._options.body_limit:
                raise self._too_big()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_big(self) -> BadRequest:
        message = f"A request has at most {self._options.body_limit:,} bytes."
        return BadRequest(message, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _respond(self, answer: Answer, agreed: str | None, observed: ObservedOperation) -> Ready:
        """Clients of plain `application/json` expect 200 wherever the server did its part."""
        answer, body = self._engine.encoded(answer)
        observed.ended(ended_with(answer))
        if agreed is None:
            return single(body)
        status = _STATUS[answer.outcome]
        if agreed == JSON and answer.outcome is Outcome.NOT_EXECUTED:
            status = HTTPStatus.OK
        return response(agreed, status, body, _COME_AGAIN if answer.outcome is Outcome.UNAVAILABLE else {})


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
