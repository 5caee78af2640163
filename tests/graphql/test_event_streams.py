"""GraphQL over server-sent events. https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md"""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.types import Message

from app.graphql import CloseCode, CloseReason, GraphQLOptions, GraphQLView, SocketCap
from tests.graphql.conftest import Serving
from tests.graphql.server import POST_HEADERS, Served
from tests.graphql.world import ORIGIN, SECRET, SESSION, TOKEN, TestGate, World
from tests.support.event_stream import COMMENT, Event, EventReader

STREAM = "text/event-stream"
URQL = (
    "application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed"
)
URQL_SUBSCRIPTION = "text/event-stream, multipart/mixed"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
SHORTLY = timedelta(milliseconds=20)
COMPLETE = Event("complete")
COUNT = "subscription { count(to: 2) { id } }"


def next_event(**data: object) -> Event:
    return Event("next", {"data": data})


def codes(event: Event | None) -> list[str]:
    assert event is not None
    return [error["extensions"]["code"] for error in event.data["errors"]]


@asynccontextmanager
async def streaming(
    served: Served, query: str, headers: Mapping[str, str] | None = None, accept: str = STREAM
) -> AsyncIterator[EventReader]:
    """A request that is answered with an event stream."""
    sent = {**POST_HEADERS, "Accept": accept, **(headers or {})}
    async with served.http.post(served.url, data=json.dumps({"query": query}), headers=sent) as response:
        assert (response.status, response.headers["Content-Type"]) == (200, "text/event-stream; charset=utf-8")
        yield EventReader(response)


# -- who gets a stream


@pytest.mark.parametrize("accept", [STREAM, URQL_SUBSCRIPTION, URQL, f"{STREAM}, application/json", f"{STREAM}, */*"])
async def test_a_subscription_is_a_stream_to_whoever_accepts_one(served: Served, accept: str) -> None:
    async with streaming(served, COUNT, accept=accept) as stream:
        events = await stream.to_the_end()

    assert events == [next_event(count={"id": "0"}), next_event(count={"id": "1"}), COMPLETE]


@pytest.mark.parametrize("accept", [URQL, f"{STREAM}, application/json;q=0.1", f"{STREAM}, */*"])
@pytest.mark.parametrize(
    ("operation", "data"), [("{ hello }", {"hello": "hello world"}), ("mutation { change(to: 3) }", {"change": 3})]
)
async def test_a_query_or_mutation_is_answered_in_json_wherever_json_is_accepted(
    served: Served, accept: str, operation: str, data: object
) -> None:
    reply = await served.query(operation, {"Accept": accept})

    assert reply.media_type in {"application/json", "application/graphql-response+json"}
    assert reply.json == {"data": data}


@pytest.mark.parametrize(
    ("operation", "data"), [("{ hello }", {"hello": "hello world"}), ("mutation { change(to: 3) }", {"change": 3})]
)
@pytest.mark.parametrize("accept", [STREAM, URQL_SUBSCRIPTION])
async def test_a_query_or_mutation_is_one_event_to_a_client_that_reads_nothing_but_streams(
    served: Served, accept: str, operation: str, data: dict[str, object]
) -> None:
    async with streaming(served, operation, accept=accept) as stream:
        events = await stream.to_the_end()

    assert events == [next_event(**data), COMPLETE]


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/*, application/json", f"{STREAM};q=0, */*"])
async def test_a_subscription_of_a_client_that_reads_no_streams_is_told_where_to_go(
    served: Served, accept: str
) -> None:
    reply = await served.query(COUNT, {"Accept": accept})

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])
    assert "text/event-stream" in reply.json["errors"][0]["message"]


async def test_a_subscription_may_be_asked_for_by_get(served: Served) -> None:
    path = f"{served.url}?{urlencode({'query': COUNT})}"
    async with served.http.get(path, headers={"Accept": STREAM, **BEARER}) as response:
        events = await EventReader(response).to_the_end()

    assert events[-1] == COMPLETE


async def test_a_mutation_by_get_is_no_more_executed_than_without_a_stream(served: Served) -> None:
    path = "?" + urlencode({"query": "mutation { change(to: 1) }"})

    reply = await served.request("GET", path, headers={"Accept": STREAM})

    assert reply.status == 405


async def test_no_proxy_stores_or_holds_back_a_stream(served: Served) -> None:
    async with streaming(served, COUNT) as stream:
        headers = stream.response.headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["X-Content-Type-Options"] == "nosniff"


# -- what cannot run


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("{", "BAD_USER_INPUT"),
        ("{ missing }", "BAD_USER_INPUT"),
        ("subscription ($to: Int!) { count(to: $to) { id } }", "BAD_USER_INPUT"),
        ("{ items(first: 101) { edges { node { id } } } }", "QUERY_TOO_COSTLY"),
        ("subscription { private }", "UNAUTHENTICATED"),
    ],
)
async def test_an_operation_that_cannot_run_says_so_in_the_stream(served: Served, operation: str, code: str) -> None:
    async with streaming(served, operation) as stream:
        first, last = await stream.to_the_end()

    assert (first.name, codes(first)) == ("next", [code])
    assert "data" not in first.data
    assert last == COMPLETE


async def test_a_document_that_cannot_run_is_answered_in_json_to_a_client_that_accepts_it(served: Served) -> None:
    reply = await served.query("subscription { missing }", {"Accept": URQL})

    assert (reply.status, reply.media_type) == (400, "application/graphql-response+json")


async def test_a_wrong_token_is_refused_before_any_stream(served: Served) -> None:
    reply = await served.query(COUNT, {"Accept": STREAM, "Authorization": "Bearer expired"})

    assert (reply.status, reply.codes) == (401, ["UNAUTHENTICATED"])


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"query": 5}'])
async def test_what_is_no_graphql_request_is_refused_before_any_stream(served: Served, body: bytes) -> None:
    reply = await served.request("POST", data=body, headers={**POST_HEADERS, "Accept": STREAM})

    assert (reply.status, reply.codes) == (400, ["BAD_USER_INPUT"])


@pytest.mark.parametrize(
    "headers", [{}, {"X-Requested-With": "app"}, {"X-Requested-With": "app", "Origin": "https://evil.example"}]
)
async def test_a_foreign_page_opens_no_stream_with_the_cookie(served: Served, headers: dict[str, str]) -> None:
    cookie = {"Cookie": f"session={SESSION}", "Accept": STREAM, **headers}

    replies = [
        await served.query(COUNT, cookie),
        await served.request("GET", "?" + urlencode({"query": COUNT}), headers=cookie),
    ]

    assert [reply.status for reply in replies] == [403, 405]


async def test_our_own_page_opens_a_stream_with_the_cookie(served: Served) -> None:
    headers = {"Cookie": f"session={SESSION}", "X-Requested-With": "app", "Origin": ORIGIN}

    async with streaming(served, "subscription { private }", headers) as stream:
        assert await stream.event() == next_event(private=1)


# -- events


async def test_a_stream_that_breaks_off_ends_with_a_masked_error(served: Served, log: Any) -> None:
    async with streaming(served, "subscription { breaksOff }") as stream:
        first, broken, last = await stream.to_the_end()

    assert (first, last) == (next_event(breaksOff=1), COMPLETE)
    assert codes(broken) == ["INTERNAL"]
    assert SECRET not in str(broken)
    assert SECRET not in str(log)


async def test_an_event_past_its_deadline_ends_the_stream(serving_with: Serving) -> None:
    async with (
        serving_with(deadline=SHORTLY) as served,
        streaming(served, "subscription { contextNumber { slow } }") as stream,
    ):
        first, last = await stream.to_the_end()

    assert (codes(first), last) == (["DEADLINE_EXCEEDED"], COMPLETE)


async def test_a_stream_may_wait_for_its_events_beyond_any_deadline(serving_with: Serving, world: World) -> None:
    async with (
        serving_with(deadline=SHORTLY, keep_alive=2 * SHORTLY) as served,
        streaming(served, "subscription { endless }") as stream,
    ):
        assert await stream.event() == next_event(endless=0)
        assert await stream.anything() == Event(COMMENT)
        world.release.set()

        assert await stream.event() == COMPLETE


async def test_a_quiet_stream_opens_with_a_comment_and_says_one_now_and_then(serving_with: Serving) -> None:
    async with (
        serving_with(keep_alive=SHORTLY) as served,
        streaming(served, "subscription { endless }") as stream,
    ):
        said = [await stream.anything() for _ in range(4)]

    assert said.count(Event(COMMENT)) == 3


async def test_leaving_closes_the_stream(served: Served, world: World) -> None:
    async with streaming(served, "subscription { endless }") as stream:
        await stream.event()

    await world.closed.wait()


async def test_text_of_several_lines_stays_one_event(served: Served) -> None:
    async with streaming(served, '{ hello(name: "one\\n\\ndata: two\\r") }') as stream:
        events = await stream.to_the_end()

    assert events == [next_event(hello="hello one\n\ndata: two\r"), COMPLETE]


# -- who may stay


async def test_a_stream_ends_when_its_credential_expires_and_says_so(
    serving_with: Serving, gate: TestGate, world: World
) -> None:
    gate.expires_at = datetime.now(UTC) + SHORTLY
    async with serving_with() as served, streaming(served, "subscription { endless }", BEARER) as stream:
        *_, reason, last = await stream.to_the_end()

    assert (codes(reason), last) == (["UNAUTHENTICATED"], COMPLETE)
    assert world.closed.is_set()


@pytest.mark.parametrize(
    ("code", "shown"), [(CloseCode.UNAUTHORISED, "UNAUTHENTICATED"), (CloseCode.FORBIDDEN, "FORBIDDEN")]
)
async def test_a_right_that_is_lost_ends_its_streams_at_once(
    served: Served, gate: TestGate, code: CloseCode, shown: str
) -> None:
    async with (
        streaming(served, "subscription { endless }", BEARER) as stream,
        streaming(served, "subscription { endless }") as other,
    ):
        await stream.event()
        await other.event()
        gate.verdict = CloseReason(code, "Lost.")
        served.view.recheck(TOKEN)

        reason, last = await stream.to_the_end()

        assert (codes(reason), last) == ([shown], COMPLETE)
        assert served.view.open_sockets == 1


async def test_a_right_lost_while_the_stream_opens_is_noticed(
    serving_with: Serving, gate: TestGate, world: World
) -> None:
    gate.verdict = CloseReason(CloseCode.UNAUTHORISED, "Signed out.")

    async with serving_with() as served, streaming(served, "subscription { endless }", BEARER) as stream:
        *_, reason, last = await stream.to_the_end()

    assert (codes(reason), last) == (["UNAUTHENTICATED"], COMPLETE)


@pytest.mark.parametrize("key", ["member", "organisation"])
async def test_streams_and_sockets_share_the_callers_caps(served: Served, gate: TestGate, key: str) -> None:
    gate.caps = (SocketCap(key, 2),)
    async with served.ready_socket(BEARER), streaming(served, "subscription { endless }", BEARER) as stream:
        await stream.event()
        third = await served.query(COUNT, {"Accept": STREAM, **BEARER})
        async with served.socket() as socket:
            await socket.send(type="connection_init", payload=BEARER)
            code, _ = await socket.until_closed()

    assert (third.status, third.codes, code) == (429, ["RATE_LIMITED"], 4429)
    [error] = third.json["errors"]
    assert third.headers["Retry-After"] == str(error["extensions"]["retryAfterSeconds"])


async def test_a_stream_that_ended_makes_room_for_another(served: Served, gate: TestGate) -> None:
    gate.caps = (SocketCap("member", 1),)
    for _ in range(2):
        async with streaming(served, COUNT, BEARER) as stream:
            assert (await stream.to_the_end())[-1] == COMPLETE


# -- restarts and slow clients


async def test_at_a_restart_a_stream_ends_without_complete_so_that_its_client_comes_again(
    served: Served, world: World
) -> None:
    async with streaming(served, "subscription { endless }") as stream:
        await stream.event()
        served.view.begin_closing()

        assert await stream.to_the_end() == []
    assert world.closed.is_set()


async def test_streams_asked_for_during_a_restart_are_told_to_come_again(served: Served) -> None:
    served.view.begin_closing()

    reply = await served.query(COUNT, {"Accept": STREAM})

    assert reply.status == 503
    assert int(reply.headers["Retry-After"]) > 0
    assert reply.json["errors"][0]["extensions"] == {"code": "INTERNAL", "correlationId": "correlation-1"}


class Transport:
    """An ASGI server whose client reads `readable` pieces of the answer and then no more."""

    def __init__(self, readable: int, query: str) -> None:
        self.sent: list[Message] = []
        self.stuck = asyncio.Event()
        self._readable = readable
        self._body = json.dumps({"query": query}).encode()

    async def receive(self) -> Message:
        if self._body:
            body, self._body = self._body, b""
            return {"type": "http.request", "body": body}
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never done

    async def send(self, message: Message) -> None:
        if len(self.sent) >= self._readable:
            self.stuck.set()
            await asyncio.get_running_loop().create_future()
        self.sent.append(message)

    @property
    def scope(self) -> dict[str, Any]:
        headers = [(b"content-type", b"application/json"), (b"accept", STREAM.encode())]
        return {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}


async def test_a_client_that_reads_nothing_holds_one_event_and_is_given_up(
    options: GraphQLOptions, world: World
) -> None:
    transport = Transport(5, "subscription { flood }")
    view = GraphQLView(replace(options, send_timeout=SHORTLY))

    await view(transport.scope, transport.receive, transport.send)

    events = [sent for sent in transport.sent if sent.get("body", b"").startswith(b"event: next")]
    assert world.produced == len(events) + 1
    assert world.closed.is_set()
    assert view.open_sockets == 0


async def test_a_restart_does_not_wait_for_ever_for_a_client_that_reads_nothing(
    options: GraphQLOptions, world: World
) -> None:
    transport = Transport(5, "subscription { flood }")
    view = GraphQLView(replace(options, send_timeout=SHORTLY * 20))
    serving = asyncio.create_task(view(transport.scope, transport.receive, transport.send))
    await transport.stuck.wait()

    await view.close_all()

    await serving
    assert world.closed.is_set()
