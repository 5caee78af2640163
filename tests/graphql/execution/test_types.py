"""Which objects a plan may look into without asking, and which it may not although their class is a type's own."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any

import pytest
import strawberry
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.name_converter import NameConverter

from tests.graphql.execution.comparing import same


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Usual(Named):
    pass


@strawberry.type
class Raised(Exception):
    name: str


@strawberry.type
class Awaited(Named):
    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return Usual(name="awaited")


@strawberry.type
class Open:
    name: str

    def __getattr__(self, name: str) -> Any:
        if name == "__await__":
            return lambda: iter(())
        raise AttributeError(name)


@strawberry.type
class Spent:
    """Is its own iterator."""

    name: str

    def __iter__(self) -> "Spent":
        return self

    def __next__(self) -> int:
        raise StopIteration


Any_ = Annotated[Usual | Raised | Open | Spent, strawberry.union("Any_")]


@strawberry.type
class Query:
    @strawberry.field
    def holder(self, info: strawberry.Info) -> "Holder | None":
        made = Holder.__new__(Holder)
        made.__dict__.update(dict.fromkeys(Holder.__annotations__, info.context()))
        return made


@strawberry.type
class Holder:
    usual: Usual | None
    raised: Raised | None
    awaited: Awaited | None
    open: Open | None
    spent: Spent | None
    named: Named | None
    any: Any_ | None


MAKES: tuple[Callable[[], Any], ...] = (
    lambda: Usual(name="usual"),
    lambda: Raised(name="raised"),
    lambda: Awaited(name="awaited"),
    lambda: Open(name="open"),
    lambda: Spent(name="spent"),
    lambda: Usual,
    lambda: asyncio,
    lambda: BaseException("no exception of the usual sort"),
)
schema = strawberry.Schema(Query, types=[Usual, Awaited])


@pytest.mark.parametrize("make", MAKES)
@pytest.mark.parametrize("field", ["usual", "raised", "awaited", "open", "spent", "named", "any { ... on Named"])
async def test_an_object_is_taken_for_what_graphql_core_takes_it_for(field: str, make: Callable[[], Any]) -> None:
    more = " ... on Raised { name } ... on Open { name } ... on Spent { name } }" if "any" in field else ""

    await same(schema, f"{{ holder {{ {field} {{ name }} {more} }} }}", context=lambda: make)
    await same(schema, f"{{ holder {{ {field} {{ __typename }} {more} }} }}", context=lambda: make)


class Prefixed(NameConverter):
    """Names all types otherwise than their classes are."""

    def from_object(self, object_type: Any) -> str:
        return f"Our{super().from_object(object_type)}"


async def test_types_may_have_other_names_than_their_classes() -> None:
    renamed = strawberry.Schema(Query, types=[Usual], config=StrawberryConfig(name_converter=Prefixed()))

    await same(
        renamed,
        "{ holder { usual { __typename name } named { __typename name } any { ... on OurUsual { name } } } }",
        context=lambda: lambda: Usual(name="usual"),
    )
