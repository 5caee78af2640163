"""Interfaces and unions: of which type an object is, and who says so."""

import asyncio
from typing import Annotated, Any, Generic, TypeVar

import pytest
import strawberry

from tests.graphql.execution.comparing import Answered, same

T = TypeVar("T")


@strawberry.interface
class Named:
    name: str


@strawberry.interface
class Spoken(Named):
    sound: str | None


@strawberry.type
class Dog(Spoken):
    barks: bool


@strawberry.type
class Cat(Spoken):
    meows: bool


@strawberry.type
class Stone:
    weight: int


@strawberry.type
class Ghost:
    weight: int | None

    @classmethod
    def is_type_of(cls, value: object, info: object) -> bool:
        return isinstance(value, dict | Ghost)


@strawberry.type
class Box(Generic[T]):
    content: T


@strawberry.interface
class Chosen:
    name: str

    @classmethod
    def resolve_type(cls, value: Any, info: object, type_: object) -> Any:
        return value.kind


@strawberry.type
class Left(Chosen):
    left: int = 1


@strawberry.type
class Right(Chosen):
    right: int = 2


Thing = Annotated[Dog | Cat | Stone | Ghost | Box[str] | Box[int], strawberry.union("Thing")]


@strawberry.type
class Query:
    @strawberry.field
    def named(self, info: strawberry.Info) -> Named | None:
        made: Named = info.context()
        return made

    @strawberry.field
    def things(self, info: strawberry.Info) -> list[Thing | None]:
        return [info.context(), None, info.context()]

    @strawberry.field
    def chosen(self, info: strawberry.Info) -> Chosen | None:
        made: Chosen = info.context()
        return made


schema = strawberry.Schema(Query, types=[Dog, Cat, Left, Right])
NAMED = """{
  named { __typename name ... on Spoken { sound } ... on Dog { barks } ... on Cat { meows }
    ... on Named { again: name } }
}"""
THINGS = """{
  things {
    __typename ... on Dog { name barks } ...Cat ... on Stone { weight } ... on Ghost { lightness: weight }
    ... on StrBox { text: content } ... on IntBox { number: content } ... on Named { name }
  }
}
fragment Cat on Cat { name ... on Spoken { sound } meows }"""


class Puppy(Dog):
    """A class of its own, that no type was declared with."""


def dog(cls: type[Dog] = Dog) -> Dog:
    return cls(name="Rex", sound=None, barks=True)


def cat() -> Cat:
    return Cat(name="Tom", sound="meow", meows=True)


async def answer(text: str, make: Any) -> Answered:
    return await same(schema, text, context=lambda: make)


@pytest.mark.parametrize("make", [dog, cat])
async def test_a_plan_finds_an_interfaces_type_by_the_objects_class(make: Any) -> None:
    answered = await answer(NAMED, make)

    assert answered.data["named"]["__typename"] == type(make()).__name__
    assert answered.gave_up == 0


@pytest.mark.parametrize("make", [dog, cat, lambda: Stone(weight=7)])
async def test_a_plan_finds_a_unions_type_by_the_objects_class(make: Any) -> None:
    answered = await answer(THINGS, make)

    assert answered.data["things"][0]["__typename"] == type(make()).__name__
    assert answered.gave_up == 0


@pytest.mark.parametrize(
    "make",
    [
        lambda: dog(Puppy),
        lambda: strawberry.cast(Cat, dog()),
        lambda: strawberry.cast(Named, dog()),
        lambda: strawberry.cast(Stone, cat()),
        lambda: strawberry.cast(Cat, Stone(weight=7)),
        lambda: strawberry.cast(Ghost, Stone(weight=7)),
        lambda: Stone(weight=7),
        lambda: Ghost(weight=None),
        lambda: {"weight": 7},
        lambda: {"name": "a dict"},
        lambda: Box(content="text"),
        lambda: Box(content=7),
        lambda: Box(content=object),
        lambda: Left(name="left"),
        lambda: object,
        lambda: "a text",
        lambda: ValueError("as a value"),
        lambda: Named(name="of no type"),
        lambda: Dog(name=None, sound="woof", barks=True),  # type: ignore[arg-type]
    ],
)
@pytest.mark.parametrize("text", [NAMED, THINGS])
async def test_an_object_that_is_not_quite_of_a_type_is_what_graphql_core_takes_it_for(text: str, make: Any) -> None:
    await answer(text, make)


@pytest.mark.parametrize("kind", ["Left", "Right", "Stone", "Nothing", None, 7])
async def test_a_type_says_itself_what_its_objects_are(kind: object) -> None:
    def make() -> Left:
        made = Left(name="either")
        made.__dict__["kind"] = kind
        return made

    await answer("{ chosen { __typename name ... on Left { left } ... on Right { name } } }", make)


async def test_a_type_may_be_said_later() -> None:
    async def kind() -> str:
        await asyncio.sleep(0)
        return "Left"

    def make() -> Left:
        made = Left(name="either")
        made.__dict__["kind"] = kind()
        return made

    answered = await answer("{ chosen { __typename name } }", make)

    assert answered.data == {"chosen": {"__typename": "Left", "name": "either"}}
