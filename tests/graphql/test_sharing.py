"""Many who ask for the same hear one stream, and nobody ever hears what is another's."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import orjson
import pytest

from app.graphql import Caller, GraphQLOptions
from app.graphql.documents import Operation
from app.graphql.engine import Engine, GraphQLRequest
from app.graphql.sharing import Sharing
from app.graphql.telling import Told
from tests.graphql.weather import GREETING, MOOD, SCHEMA, SKY, WARNING, Context, Place, caller
from tests.graphql.world import TestGate, World


class Listener:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: asyncio.Queue[Any] = asyncio.Queue()
        self.payloads: list[bytes] = []
        self.is_alone = False

    def tell(self, told: Told) -> None:
        self.payloads.append(told.payload)
        self.told.put_nowait(orjson.loads(told.payload))

    def complete(self) -> None:
        self.told.put_nowait("complete")

    def alone(self, operation: Operation, request: GraphQLRequest) -> None:
        self.is_alone = True
        self.told.put_nowait("alone")

    async def hears(self) -> Any:
        return await asyncio.wait_for(self.told.get(), 5)

    async def sky(self) -> str:
        sky: str = (await self.hears())["data"]["weather"]["sky"]
        return sky


class Office:
    """A schema that is served, and those who listen."""

    def __init__(self) -> None:
        self.engine = Engine(GraphQLOptions(schema=SCHEMA, gate=TestGate(World())))
        self.sharing = Sharing(self.engine, SCHEMA._schema)

    def join(self, who: Caller, document: str = SKY, **variables: object) -> tuple[Listener, Any]:
        request = GraphQLRequest(document, None, variables)
        operation = self.engine.prepare(request)
        assert isinstance(operation, Operation)
        listener = Listener()
        return listener, self.sharing.join(operation, request, who, listener)

    def hears(self, who: Caller, document: str = SKY, **variables: object) -> Listener:
        listener, stream = self.join(who, document, **variables)
        assert stream is not None
        return listener

    async def stream(self, who: Caller, document: str) -> AsyncGenerator[Told, None]:
        request = GraphQLRequest(document)
        operation = self.engine.prepare(request)
        assert isinstance(operation, Operation)
        async with aclosing(self.sharing.stream(operation, request, who)) as answers:
            async for told in answers:
                yield told


@pytest.fixture
def place() -> Place:
    return Place()


@pytest.fixture
async def office(place: Place) -> AsyncIterator[Office]:
    office = Office()
    yield office
    place.end()


# -- one for all


async def test_what_all_are_told_is_executed_and_encoded_once(office: Office, place: Place) -> None:
    listeners = [office.hears(caller(place, str(number))) for number in range(250)]

    assert [await one.sky() for one in listeners] == ["blue"] * 250
    place.turn("red")
    assert [await one.sky() for one in listeners] == ["red"] * 250

    assert (place.opened, place.executed) == (1, 2)
    assert len({id(one.payloads[1]) for one in listeners}) == 1


async def test_whoever_comes_later_is_told_what_is_true_then_and_the_others_are_not_told_again(
    office: Office, place: Place
) -> None:
    first = office.hears(caller(place))
    await first.sky()
    second = office.hears(caller(place))

    assert await second.sky() == "blue"
    place.turn("red")
    assert [await one.sky() for one in (first, second)] == ["red", "red"]
    assert place.open == 1


async def test_whoever_comes_later_never_hears_what_was_true_before(office: Office, place: Place) -> None:
    first = office.hears(caller(place))
    await first.sky()
    place.sky = "red"  # and nobody is told
    second = office.hears(caller(place))

    assert await second.sky() == "red"
    assert await first.sky() == "red"


async def test_the_stream_ends_for_all_when_it_is_complete(office: Office, place: Place) -> None:
    listeners = [office.hears(caller(place)) for _ in range(3)]
    for one in listeners:
        await one.sky()
    place.end()

    assert [await one.hears() for one in listeners] == ["complete"] * 3
    assert len(office.sharing) == 0


async def test_the_last_to_leave_closes_the_stream(office: Office, place: Place) -> None:
    (first, stream), (second, same) = office.join(caller(place)), office.join(caller(place))
    await first.sky()
    await second.sky()
    stream.leave(first)
    place.turn("red")
    assert await second.sky() == "red"
    same.leave(second)

    assert len(office.sharing) == 0
    await asyncio.wait_for(place.closed.wait(), 5)
    assert first.told.empty()


async def test_what_breaks_off_breaks_off_for_all_and_can_be_asked_for_again(office: Office, place: Place) -> None:
    listeners = [office.hears(caller(place)) for _ in range(2)]
    for one in listeners:
        await one.sky()
    place.break_off()

    told = [await one.hears() for one in listeners]

    assert [one["errors"][0]["extensions"]["code"] for one in told] == ["UNAVAILABLE"] * 2
    place.is_broken = False
    assert await office.hears(caller(place)).sky() == "blue"


async def test_what_a_newcomer_meets_is_told_to_nobody_else(office: Office, place: Place) -> None:
    first = office.hears(caller(place))
    await first.sky()
    place.is_broken = True
    newcomer = office.hears(caller(place))

    assert "errors" in await newcomer.hears()
    place.is_broken = False
    place.turn("red")
    assert await first.sky() == "red"


# -- nobody hears what is another's


async def test_callers_of_another_audience_hear_nothing_of_it(office: Office, place: Place) -> None:
    elsewhere = Place(sky="grey")
    here, there = office.hears(caller(place)), office.hears(caller(elsewhere))

    assert (await here.sky(), await there.sky()) == ("blue", "grey")
    place.turn("red")
    assert await here.sky() == "red"
    assert there.told.empty()
    elsewhere.end()


async def test_other_variables_are_another_stream(office: Office, place: Place) -> None:
    document = "subscription ($days: Int!) { weather(days: $days) { sky } }"
    for days in (1, 2, 2):
        await office.hears(caller(place), document, days=days).sky()

    assert len(office.sharing) == 2


async def test_a_caller_of_no_audience_hears_alone(office: Office, place: Place) -> None:
    _, stream = office.join(Caller(new_context=lambda: Context(place, "Ada")))

    assert stream is None


async def test_a_field_that_does_not_say_that_it_tells_all_is_not_shared(office: Office, place: Place) -> None:
    _, stream = office.join(caller(place), "subscription { ownWeather { sky } }")

    assert stream is None


@pytest.mark.parametrize("document", [GREETING, "subscription { weather { sky swallowed } }"])
async def test_a_document_that_asks_who_is_asking_is_answered_to_each_alone(
    office: Office, place: Place, document: str
) -> None:
    listeners = [office.hears(caller(place, name), document) for name in ("Ada", "Bo")]

    assert [await one.hears() for one in listeners] == ["alone", "alone"]
    assert all(not one.payloads for one in listeners)
    assert len(office.sharing) == 0


async def test_a_document_that_asked_once_is_never_shared_again(office: Office, place: Place) -> None:
    await office.hears(caller(place), GREETING).hears()

    _, stream = office.join(caller(place), GREETING)

    assert stream is None


async def test_a_document_that_asks_later_is_answered_alone_from_then_on(office: Office, place: Place) -> None:
    listeners = [office.hears(caller(place, name), WARNING) for name in ("Ada", "Bo")]
    for one in listeners:
        assert await one.hears() == {"data": {"weather": {"sky": "blue", "warning": None}}}
    place.turn("black")

    assert [await one.hears() for one in listeners] == ["alone", "alone"]


async def test_each_is_told_their_own_where_a_document_asks_who_is_asking(office: Office, place: Place) -> None:
    streams = [office.stream(caller(place, name), GREETING) for name in ("Ada", "Bo")]

    told = await asyncio.gather(*(anext(one) for one in streams))

    greetings = [orjson.loads(one.payload)["data"]["weather"]["greeting"] for one in told]
    assert greetings == ["Hello Ada", "Hello Bo"]
    for one in streams:
        await one.aclose()


async def test_nobody_is_told_of_it_in_the_log(office: Office, place: Place, log: Any) -> None:
    await office.hears(caller(place), GREETING).hears()

    assert log == []


async def test_nothing_of_whoever_comes_first_is_found_by_what_is_executed_for_all(
    office: Office, place: Place
) -> None:
    MOOD.set("merry")

    await office.hears(caller(place)).sky()

    assert place.moods == [None]


async def test_a_stream_that_is_read_slowly_tells_what_is_true_by_then(office: Office, place: Place) -> None:
    stream, fast = office.stream(caller(place), SKY), office.hears(caller(place))
    first = await anext(stream)
    await fast.sky()
    for sky in ("red", "green", "grey"):
        place.turn(sky)
        await fast.sky()

    told = await anext(stream)

    assert [orjson.loads(one.payload)["data"]["weather"]["sky"] for one in (first, told)] == ["blue", "grey"]
    await stream.aclose()
