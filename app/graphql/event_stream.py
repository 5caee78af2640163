"""GraphQL over server-sent events: the protocol graphql-sse in its "distinct connections mode", one operation a stream.

https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md

A stream lives by the rules of a socket: it counts under the same caps, ends with its caller's rights, takes its next
event only when the last one is written, and is given up when nobody reads. How it ends says what a client does next:
`complete` ends the subscription; an error and then `complete` say why it may not go on; a stream that ends without
`complete`, as at a restart, is opened anew by clients of the protocol.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing, suppress
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from app.graphql.callers import Caller, CloseCode, CloseReason
from app.graphql.documents import Operation
from app.graphql.engine import Engine, GraphQLRequest, Outcome, encode
from app.graphql.failures import ErrorCode, GraphQLFailure
from app.graphql.media_types import EVENT_STREAM, JSON
from app.graphql.options import GraphQLOptions
from app.graphql.responses import ANSWER_HEADERS, Ready, raw, response
from app.graphql.rights import RightToStay
from app.graphql.sharing import Sharing
from app.graphql.socket_hub import RESTARTING, SocketHub
from app.graphql.wire import NobodyReads

# X-Accel-Buffering has nginx, and the proxies that learned from it, pass each event on at once.
STREAM_HEADERS = {**ANSWER_HEADERS, "X-Accel-Buffering": "no"}
_CONTENT_TYPE = f"{EVENT_STREAM}; charset=utf-8"
_RAW_HEADERS = raw({**STREAM_HEADERS, "Content-Type": _CONTENT_TYPE})
_COMMENT = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_COME_AGAIN_SECONDS = 5
_ERROR_CODES = {CloseCode.UNAUTHORISED: ErrorCode.UNAUTHENTICATED, CloseCode.FORBIDDEN: ErrorCode.FORBIDDEN}


def single(payload: bytes) -> Ready:
    """The whole stream of an operation that has one answer; `payload` is JSON on one line."""
    return Ready(HTTPStatus.OK, _RAW_HEADERS, _next(payload) + _COMPLETE)


class EventStream:
    """One subscription, from the first byte of its stream to the last; an ASGI application."""

    def __init__(
        self,
        options: GraphQLOptions,
        engine: Engine,
        sharing: Sharing,
        hub: SocketHub,
        operation: Operation,
        request: GraphQLRequest,
        caller: Caller,
    ) -> None:
        self.caller: Caller | None = caller
        self._options = options
        self._engine = engine
        self._sharing = sharing
        self._hub = hub
        self._operation = operation
        self._request = request
        self._asking = caller
        self._right = RightToStay(options, self.end)
        self._writing = asyncio.Lock()
        self._end: asyncio.Future[CloseReason | None] = asyncio.get_running_loop().create_future()

    def end(self, reason: CloseReason | None) -> None:
        """Ends the stream soon, without a word where `reason` is None; further calls change nothing."""
        if not self._end.done():
            self._end.set_result(reason)

    def recheck(self) -> None:
        """Asks the gate soon whether the caller may stay."""
        self._right.recheck()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._hub.enter(self)
        try:
            refused = await self._refused()
            if refused is not None:
                await refused(scope, receive, send)
                return
            await self._serve(receive, send)
        finally:
            self._hub.leave(self)

    async def _refused(self) -> Ready | None:
        if self._end.done():
            correlation_id = self._options.correlation_id()
            restarting = GraphQLFailure(ErrorCode.INTERNAL, RESTARTING.text, correlationId=correlation_id)
            return self._refusal(HTTPStatus.SERVICE_UNAVAILABLE, restarting)
        reason = await self._hub.admit(self, self._asking)
        if reason is None:
            return None
        too_many = GraphQLFailure(ErrorCode.RATE_LIMITED, reason.text, retryAfterSeconds=_COME_AGAIN_SECONDS)
        return self._refusal(HTTPStatus.TOO_MANY_REQUESTS, too_many)

    def _refusal(self, status: HTTPStatus, failure: GraphQLFailure) -> Ready:
        body = encode({"errors": [self._engine.masking.defect(failure)]})
        return response(JSON, status, body, {"Retry-After": str(_COME_AGAIN_SECONDS)})

    async def _serve(self, receive: Receive, send: Send) -> None:
        """Runs everything side by side until one of them ends the stream."""
        # The right may have been lost after the request was let in and before the hub could pass the news on.
        self._right.recheck()
        work: tuple[Callable[[], Awaitable[None]], ...] = (
            lambda: self._operate(send),
            lambda: self._keep_alive(send),
            lambda: self._until_gone(receive),
        )
        await send(
            {
                "type": "http.response.start",
                "status": HTTPStatus.OK.value,
                "headers": [*_RAW_HEADERS],
            }
        )
        self._right.watch(self._asking)
        tasks = [asyncio.create_task(self._guard(each)) for each in work]
        try:
            reason = await self._end
        finally:
            await self._right.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if reason is not None:
            with suppress(NobodyReads):
                await self._write(send, self._last_words(reason), more=False)

    async def _guard(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs one part; however it stops, the stream stops with it."""
        try:
            await work()
        except (NobodyReads, OSError):
            self.end(None)
        except Exception as error:
            self._engine.masking.defect(error)
            self.end(CloseReason(CloseCode.INTERNAL_ERROR, "Something went wrong on our side."))

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        self.end(None)

    async def _keep_alive(self, send: Send) -> None:
        """The first comment is there at once: some browsers call a stream open only when it has said something."""
        while True:
            await self._write(send, _COMMENT)
            await asyncio.sleep(self._options.keep_alive.total_seconds())

    async def _operate(self, send: Send) -> None:
        async with aclosing(self._sharing.stream(self._operation, self._request, self._asking)) as answers:
            async for told in answers:
                if told.answer.outcome is Outcome.UNAVAILABLE:
                    # Without a word, so that the client opens it again, which an error would keep it from.
                    self.end(CloseReason(CloseCode.TRY_AGAIN_LATER, ""))
                    return
                await self._write(send, _next(told.payload))
                if told.is_last:
                    break
        self.end(CloseReason(CloseCode.NORMAL, ""))

    def _last_words(self, reason: CloseReason) -> bytes:
        """What a client is told at the end; nothing where it is to come again."""
        if reason.code in {CloseCode.SERVICE_RESTART, CloseCode.TRY_AGAIN_LATER}:
            return b""
        if reason.code is CloseCode.NORMAL:
            return _COMPLETE
        code = _ERROR_CODES.get(reason.code, ErrorCode.INTERNAL)
        return _next(encode({"errors": [{"message": reason.text, "extensions": {"code": code.value}}]})) + _COMPLETE

    async def _write(self, send: Send, chunk: bytes, *, more: bool = True) -> None:
        try:
            async with asyncio.timeout(self._options.send_timeout.total_seconds()), self._writing:
                await send({"type": "http.response.body", "body": chunk, "more_body": more})
        except TimeoutError:
            raise NobodyReads from None


def _next(payload: bytes) -> bytes:
    return b"event: next\ndata: %b\n\n" % payload
