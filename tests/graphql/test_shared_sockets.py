"""Sockets and event streams that hear what many hear: as they would hear it alone."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest
from starlette.requests import Request
from starlette.types import Message
from starlette.websockets import WebSocket

from app.graphql import Caller, CloseReason, GraphQLOptions, GraphQLView
from app.graphql.shared_stream import TOLD_AT_A_TIME
from app.graphql.sockets import SUBPROTOCOL
from app.graphql.wire import SEND_AT_ONCE
from tests.graphql.server import POST_HEADERS, Served, serving
from tests.graphql.weather import GREETING, SCHEMA, SKY, WARNING, Place, caller
from tests.support.event_stream import Event, EventReader


class Gate:
    """Knows everybody by name, and that they all live in one place."""

    def __init__(self, place: Place) -> None:
        self.place = place

    async def for_request(self, request: Request) -> Caller:
        return caller(self.place, request.headers.get("x-name", "nobody"))

    async def for_socket(self, websocket: WebSocket, init_payload: Mapping[str, object]) -> Caller:
        return caller(self.place, str(init_payload.get("name")))

    async def recheck(self, caller: Caller) -> CloseReason | None:
        return None


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
def options(place: Place) -> GraphQLOptions:
    return GraphQLOptions(schema=SCHEMA, gate=Gate(place))


@pytest.fixture
async def served(options: GraphQLOptions) -> AsyncIterator[Served]:
    async with serving(options) as running:
        yield running


def sky(message: Mapping[str, Any]) -> Any:
    return message["payload"]["data"]["weather"]["sky"]


async def test_each_socket_hears_it_under_the_id_that_it_chose(served: Served, place: Place) -> None:
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(served.ready_socket({"name": "Ada"})) for _ in range(5)]
        for number, client in enumerate(clients):
            await client.subscribe(SKY, id=f"op-{number}")
            assert sky(await client.receive()) == "blue"
        place.turn("red")

        heard = [await client.receive() for client in clients]

    assert [(one["id"], one["type"], sky(one)) for one in heard] == [(f"op-{n}", "next", "red") for n in range(5)]


async def test_a_socket_and_an_event_stream_hear_the_same(served: Served, place: Place) -> None:
    headers = {**POST_HEADERS, "Accept": "text/event-stream"}
    body = json.dumps({"query": SKY})
    async with (
        served.ready_socket() as client,
        served.http.post(served.url, data=body, headers=headers) as response,
    ):
        await client.subscribe(SKY)
        stream = EventReader(response)
        assert [sky(await client.receive()), await stream.event()] == ["blue", _next("blue")]
        place.turn("red")

        assert [sky(await client.receive()), await stream.event()] == ["red", _next("red")]
        assert place.open == 1
        place.end()
        assert (await client.receive())["type"] == "complete"
        assert await stream.event() == Event("complete")


async def test_completing_it_says_nothing_more_and_leaves_the_others_alone(served: Served, place: Place) -> None:
    async with served.ready_socket() as client, served.ready_socket() as other:
        for one in (client, other):
            await one.subscribe(SKY, id="same")
            await one.receive()
        await client.send(id="same", type="complete")
        await client.send(type="ping")
        assert await client.receive() == {"type": "pong"}
        place.turn("red")

        assert sky(await other.receive()) == "red"
        await client.subscribe(SKY, id="same")
        assert sky(await client.receive()) == "red"


async def test_an_id_in_use_by_it_closes_the_socket(served: Served) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(SKY, id="same")
        await client.receive()
        await client.subscribe(SKY, id="same")

        assert (await client.until_closed())[0] == 4409


async def test_it_ends_when_its_stream_does_and_the_id_is_free_again(served: Served, place: Place) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(SKY)
        await client.receive()
        place.end()
        assert await client.receive() == {"id": "1", "type": "complete"}
        place.is_over = False
        await client.subscribe(SKY)

        assert sky(await client.receive()) == "blue"


async def test_an_error_ends_it(served: Served, place: Place) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(SKY)
        await client.receive()
        place.break_off()

        message = await client.receive()

    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAVAILABLE")


async def test_leaving_closes_what_nobody_else_hears(served: Served, place: Place) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(SKY)
        await client.receive()

    await asyncio.wait_for(place.closed.wait(), 5)


async def test_a_restart_closes_those_who_hear(served: Served, place: Place) -> None:
    async with served.ready_socket() as client:
        await client.subscribe(SKY)
        await client.receive()
        closing = asyncio.create_task(served.view.close_all())

        assert (await client.until_closed())[0] == 1012
        await closing
    await asyncio.wait_for(place.closed.wait(), 5)


@pytest.mark.parametrize("document", [GREETING, "subscription { weather { greeting } }"])
async def test_no_member_ever_hears_what_is_anothers(served: Served, place: Place, document: str) -> None:
    names = [f"member {number}" for number in range(20)]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(served.ready_socket({"name": name})) for name in names]
        for client in clients:
            await client.subscribe(document)
        told = [await client.receive() for client in clients]
        place.turn("red")
        told_again = [await client.receive() for client in clients]

    for heard in (told, told_again):
        assert [one["payload"]["data"]["weather"]["greeting"] for one in heard] == [f"Hello {name}" for name in names]


async def test_what_turns_personal_is_told_to_each_alone_from_then_on(served: Served, place: Place) -> None:
    async with served.ready_socket({"name": "Ada"}) as ada, served.ready_socket({"name": "Bo"}) as bo:
        for client in (ada, bo):
            await client.subscribe(WARNING)
            assert sky(await client.receive()) == "blue"
        assert place.open == 1
        place.turn("black")

        warnings = [(await client.receive())["payload"]["data"]["weather"]["warning"] for client in (ada, bo)]

    assert warnings == ["Ada, run!", "Bo, run!"]


class Transport:
    """An ASGI server whose client reads nothing from the third message on, until it is let."""

    def __init__(self, *, offers_to_send_at_once: bool) -> None:
        self.sent: list[dict[str, Any]] = []
        self.reads = asyncio.Event()
        self.news = asyncio.Event()
        self._incoming: list[Message] = [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": '{"type": "connection_init"}'},
            {
                "type": "websocket.receive",
                "text": json.dumps({"id": "1", "type": "subscribe", "payload": {"query": SKY}}),
            },
        ]
        extensions: dict[str, Any] = {SEND_AT_ONCE: self.send_at_once} if offers_to_send_at_once else {}
        self.scope = {
            "type": "websocket",
            "path": "/graphql",
            "headers": [],
            "subprotocols": [SUBPROTOCOL],
            "extensions": extensions,
        }

    @property
    def skies(self) -> list[str]:
        return [sky(message) for message in self.sent if message["type"] == "next"]

    async def receive(self) -> Message:
        if self._incoming:
            return self._incoming.pop(0)
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]  # never done

    def send_at_once(self, text: bytes) -> bool:
        if len(self.sent) >= 2 and not self.reads.is_set():
            return False
        self._keep(text.decode())
        return True

    async def send(self, message: Message) -> None:
        if message["type"] == "websocket.send":
            if len(self.sent) >= 2:
                await self.reads.wait()
            self._keep(message["text"])

    async def has_sent(self, sky: str) -> None:
        while sky not in self.skies:
            self.news.clear()
            await asyncio.wait_for(self.news.wait(), 5)

    def _keep(self, text: str) -> None:
        self.sent.append(json.loads(text))
        self.news.set()


@pytest.mark.parametrize("offers_to_send_at_once", [True, False])
async def test_a_client_that_reads_slowly_holds_up_nobody_and_hears_what_is_true_by_then(
    options: GraphQLOptions, place: Place, offers_to_send_at_once: bool
) -> None:
    slow, view = Transport(offers_to_send_at_once=offers_to_send_at_once), GraphQLView(options)
    fast = Transport(offers_to_send_at_once=offers_to_send_at_once)
    fast.reads.set()
    served = [asyncio.create_task(view(one.scope, one.receive, one.send)) for one in (slow, fast)]
    await slow.has_sent("blue")
    await fast.has_sent("blue")
    for color in ("red", "green", "grey"):
        place.turn(color)
        await fast.has_sent(color)
    slow.reads.set()

    await slow.has_sent("grey")

    assert fast.skies == ["blue", "red", "green", "grey"]
    assert slow.skies in (["blue", "grey"], ["blue", "red", "grey"])  # one may have been on its way
    await view.close_all()
    await asyncio.gather(*served)


class Watched(Transport):
    """Calls somebody as soon as it has sent this."""

    def __init__(self, sky: str, call: Callable[[], None]) -> None:
        super().__init__(offers_to_send_at_once=True)
        self._awaited, self._call = sky, call

    def send_at_once(self, text: bytes) -> bool:
        is_sent = super().send_at_once(text)
        if self.skies[-1:] == [self._awaited]:
            self._call()
        return is_sent


async def test_a_socket_that_has_to_close_hears_nothing_more_from_that_moment_on(
    options: GraphQLOptions, place: Place
) -> None:
    view = GraphQLView(options)
    first, *others = crowd = [
        Watched("red", view.begin_closing),
        *(Transport(offers_to_send_at_once=True) for _ in range(TOLD_AT_A_TIME)),
    ]
    for one in crowd:
        one.reads.set()
    served = [asyncio.create_task(view(one.scope, one.receive, one.send)) for one in crowd]
    for one in crowd:
        await one.has_sent("blue")

    place.turn("red")

    await asyncio.wait_for(asyncio.gather(*served), 5)
    assert first.skies == ["blue", "red"]
    assert [one.skies for one in others] == [["blue"]] * TOLD_AT_A_TIME


def _next(sky: str) -> Event:
    return Event("next", {"data": {"weather": {"sky": sky}}})
