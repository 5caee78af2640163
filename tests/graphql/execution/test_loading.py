"""Fields loaded in batches: the same values as their resolvers find one by one, for fewer look-ups."""

import asyncio
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import parse
from strawberry.dataloader import DataLoader

from app.graphql.execution import Loading
from app.graphql.execution.loading import METADATA_KEY
from tests.graphql.execution.comparing import Comparison, Request, same

Load = Callable[[list[Any]], list[Any]]


@dataclass
class Context:
    """`batches`: the keys of each look-up."""

    load: Load
    sources: list[Any]
    options: dict[str, Any] = field(default_factory=dict)
    batches: list[list[Any]] = field(default_factory=list)
    primed: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.loader: DataLoader[Any, Any] = DataLoader(self._look_up, **self.options)
        self.loader.prime_many(self.primed)

    async def _look_up(self, keys: list[Any]) -> list[Any]:
        self.batches.append([*keys])
        return self.load(keys)


Info = strawberry.Info[Context, None]


def _finish(source: Any, value: Any) -> Any:
    if value == "unfinished":
        raise ValueError("cannot be finished")
    return Place(key=value) if value is not None else None


_PLACE: Loading = Loading(lambda source: source.key, lambda context: context.loader, _finish)


def loaded(loading: Loading) -> Any:
    async def load(self: Any, info: Info) -> "Place | None":
        key = loading.key(self)
        value = None if key is None else await loading.loader(info.context).load(key)
        place: Place | None = value if loading.finish is None else loading.finish(self, value)
        return place

    return strawberry.field(resolver=load, metadata={METADATA_KEY: loading})


@strawberry.type
class Place:
    key: strawberry.Private[Hashable]
    below: "Place | None" = loaded(Loading(lambda place: f"below {place.key}", lambda context: context.loader, _finish))

    @strawberry.field
    def name(self) -> str | None:
        return str(self.key)


@strawberry.type
class Person:
    key: strawberry.Private[Hashable]
    place: "Place | None" = loaded(_PLACE)

    @strawberry.field
    def name(self) -> str:
        return f"person {self.key!r}"


@strawberry.type
class Query:
    @strawberry.field
    def people(self, info: Info) -> list[Person]:
        return [Person(key=key) for key in info.context.sources]

    @strawberry.field
    def strict(self, info: Info) -> list[Person | None]:
        return [Person(key=key) for key in info.context.sources]


schema = strawberry.Schema(Query)
FLAT = "{ people { name place { name } again: place { n: name } } }"
DEEP = "{ people { place { name below { name below { name } } } } }"


def echo(keys: list[Any]) -> list[Any]:
    return keys


@pytest.mark.parametrize("text", [FLAT, DEEP])
@pytest.mark.parametrize("sources", [[1, 2, 1], [None, None], [], [None, 3], [1, True, 1.0], [("a", 1)]])
async def test_what_is_loaded_is_what_each_resolver_would_have_loaded(text: str, sources: list[Any]) -> None:
    answered = await same(schema, text, context=lambda: Context(echo, sources))

    assert answered.gave_up == 0


async def by_plan(text: str, context: Context) -> Any:
    return await Comparison(schema).by_plan(Request(parse(text), lambda: context))


async def test_a_level_is_loaded_at_once() -> None:
    context = Context(echo, [1, 2, None, 1, 3])

    await by_plan(FLAT, context)

    assert context.batches == [[1, 2, 3]]


async def test_each_level_below_is_loaded_at_once() -> None:
    context = Context(echo, [1, 2])

    await by_plan(DEEP, context)

    assert context.batches == [[1, 2], ["below 1", "below 2"], ["below below 1", "below below 2"]]


async def test_what_was_loaded_for_a_plan_that_gave_up_is_not_loaded_again() -> None:
    context = Context(lambda keys: ["unfinished" if key == "below 2" else key for key in keys], [1, 2])

    answered = await by_plan(DEEP, context)

    assert len(answered.errors) == 1
    assert context.batches == [[1, 2], ["below 1", "below 2"], ["below below 1"]]


async def test_what_a_loader_was_given_is_not_loaded() -> None:
    def context() -> Context:
        return Context(echo, [1, 2], primed={1: "primed"})

    answered = await same(schema, FLAT, context=context)
    counted = context()
    await by_plan(FLAT, counted)

    assert answered.data["people"][0]["place"] == {"name": "primed"}
    assert counted.batches == [[2]]


async def test_a_plan_that_is_broken_off_takes_from_nobody_what_others_wait_for_too() -> None:
    context = Context(echo, [1])
    shared = asyncio.get_running_loop().create_future()
    context.loader.cache_map.set(1, shared)
    answering = asyncio.create_task(by_plan(FLAT, context))
    await asyncio.wait({answering}, timeout=0)

    answering.cancel()
    await asyncio.wait({answering})

    assert answering.cancelled()
    assert not shared.cancelled()


LOADS: dict[str, Load] = {
    "an exception for a key": lambda keys: [ValueError(f"no {key}") if key == 2 else key for key in keys],
    "nothing for a key": lambda keys: [None if key == 2 else key for key in keys],
    "something that cannot be finished": lambda keys: ["unfinished" if key == 2 else key for key in keys],
    "fewer values than keys": lambda keys: keys[:-1],
    "more values than keys": lambda keys: [*keys, "more"],
    "no list": lambda keys: None,  # type: ignore[dict-item, return-value]
    "a tuple": lambda keys: tuple(keys),  # type: ignore[dict-item, return-value]
}


def failing(keys: list[Any]) -> list[Any]:
    raise ValueError("nothing can be loaded")


@pytest.mark.parametrize("text", [FLAT, DEEP, FLAT.replace("people", "strict")])
@pytest.mark.parametrize("load", [*LOADS, "an exception"])
async def test_a_loader_that_answers_with(load: str, text: str) -> None:
    await same(schema, text, context=lambda: Context(LOADS.get(load, failing), [1, 2, None]))


@pytest.mark.parametrize("options", [{"max_batch_size": 1}, {"cache": False}, {"cache_key_fn": str}])
async def test_a_loader_may_be_of_its_own_sort(options: dict[str, Any]) -> None:
    await same(schema, FLAT, context=lambda: Context(echo, [1, 2, 1], options))


@pytest.mark.parametrize("sources", [[[1]], [{}], [1, [2]]])
async def test_a_key_that_is_none_fails_as_it_does_in_the_resolver(sources: list[Any]) -> None:
    await same(schema, FLAT, context=lambda: Context(echo, sources))


async def test_two_fields_with_loaders_of_their_own_are_loaded_together() -> None:
    @dataclass
    class Two:
        first: DataLoader[Any, Any]
        second: DataLoader[Any, Any]

    def own(name: str) -> Loading:
        return Loading(lambda source: source.key, lambda context: getattr(context, name))

    def resolver(loading: Loading) -> Any:
        async def load(self: Any, info: strawberry.Info) -> str | None:
            value: str = await loading.loader(info.context).load(loading.key(self))
            return value

        return strawberry.field(resolver=load, metadata={METADATA_KEY: loading})

    @strawberry.type
    class Thing:
        key: int
        one: str | None = resolver(own("first"))
        other: str | None = resolver(own("second"))

    @strawberry.type
    class Root:
        @strawberry.field
        def things(self) -> list[Thing]:
            return [Thing(key=1), Thing(key=2)]

    async def ones(keys: list[int]) -> list[str]:
        return [f"one {key}" for key in keys]

    async def others(keys: list[int]) -> list[Any]:
        return [ValueError("other") if key == 2 else f"other {key}" for key in keys]

    text = "{ things { other key one } }"
    answered = await same(strawberry.Schema(Root), text, context=lambda: Two(DataLoader(ones), DataLoader(ones)))
    assert answered.gave_up == 0

    answered = await same(strawberry.Schema(Root), text, context=lambda: Two(DataLoader(ones), DataLoader(others)))
    assert [error.message for error in answered.errors] == ["other"]
