"""Scalars and enums: only what graphql-core would leave as it is is taken as it is."""

import asyncio
from collections.abc import Callable
from enum import Enum, Flag, IntEnum
from math import inf, nan
from types import SimpleNamespace
from typing import Any, NewType

import pytest
import strawberry
from graphql import Undefined, parse
from strawberry.schema.config import StrawberryConfig

from tests.graphql.execution.comparing import Answered, Comparison, Request, same
from tests.graphql.execution.leaves import LEAVES, SCALARS, STRANGE, Plain
from tests.graphql.execution.shapes import World

pytestmark = [
    pytest.mark.usefixtures("leftovers"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning"),
]


def schema_of(*annotations: Any) -> strawberry.Schema:
    """A schema with an object that has each of these where it may be null, where it may not, and in a list."""
    fields: dict[str, Any] = {}
    for number, annotation in enumerate(annotations):
        fields[f"maybe{number}"] = annotation | None
        fields[f"firm{number}"] = annotation
        fields[f"list{number}"] = list[annotation | None] | None  # type: ignore[valid-type]
    leaves = strawberry.type(type("Leaves", (), {"__annotations__": fields}))

    def find(info: strawberry.Info) -> Any:
        made: Any = object.__new__(leaves)
        made.__dict__.update({name: info.context(name) for name in fields})
        return made

    find.__annotations__["return"] = leaves | None
    query = strawberry.type(type("Query", (), {"leaves": strawberry.field(resolver=find)}))
    return strawberry.Schema(query, config=StrawberryConfig(scalar_map=SCALARS))


SCHEMA = schema_of(*(leaf.annotation for leaf in LEAVES))


COMPARISON = Comparison(SCHEMA)
DOCUMENTS = [
    parse("{" + " ".join(f"{name}: leaves {{ {name}{number} }}" for name in ("maybe", "firm", "list")) + "}")
    for number in range(len(LEAVES))
]


async def answer(schema: strawberry.Schema, make: Callable[[], Any], number: int = 0) -> Answered:
    """The three fields of this number, each in an object of its own, with this value in them."""

    def context() -> Any:
        return lambda name: [make(), make()] if name.startswith("list") else make()

    comparison = COMPARISON if schema is SCHEMA else Comparison(schema)
    return await comparison.same(Request(DOCUMENTS[number], context))


@pytest.mark.parametrize("number", range(len(LEAVES)))
async def test_a_value_of_the_right_sort_is_answered_by_plan(number: int) -> None:
    for value in LEAVES[number].good:
        answered = await answer(SCHEMA, lambda value=value: value(World({}, {})), number)  # type: ignore[misc]
        assert answered.errors or answered.gave_up == 0


@pytest.mark.parametrize("number", range(len(LEAVES)))
async def test_a_value_of_another_sort_is_what_graphql_core_makes_of_it(number: int) -> None:
    world = World({}, {})
    for value in STRANGE:
        await answer(SCHEMA, lambda value=value: value(world), number)  # type: ignore[misc]
    world.close()


@pytest.mark.parametrize("value", [2**31 - 1, -(2**31)])
async def test_an_int_of_32_bits_is_answered_by_plan(value: int) -> None:
    answered = await answer(schema_of(int), lambda: value)

    assert answered.gave_up == 0


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, nan, inf, -inf, 1.5, 7.0, True, "7", IntEnum("One", "A").A])  # type: ignore[attr-defined]
async def test_a_number_that_is_none_of_32_bits_is_graphql_cores(value: object) -> None:
    await answer(schema_of(int, float), lambda: value, 0)
    await answer(schema_of(int, float), lambda: value, 1)


async def test_members_of_a_flag_that_have_no_name_are_graphql_cores() -> None:
    @strawberry.enum
    class Flags(Flag):
        A = 1
        B = 2

    answered = await answer(schema_of(Flags), lambda: Flags.A | Flags.B)

    assert answered.errors


async def test_members_that_an_enum_makes_up_are_graphql_cores() -> None:
    @strawberry.enum
    class Open(Enum):
        KNOWN = 1

        @classmethod
        def _missing_(cls, value: object) -> "Open":
            made = object.__new__(cls)
            made._name_, made._value_ = f"MADE_UP_{value}", value
            return made

    answered = await answer(schema_of(Open), lambda: Open(7))

    assert answered.errors
    await answer(schema_of(Open), lambda: Open.KNOWN)


async def test_an_enum_of_which_no_member_equals_itself_fails_where_it_is_met() -> None:
    @strawberry.enum
    class Odd(Enum):
        NAN = nan
        ONE = 1

    await answer(schema_of(Odd), lambda: Odd.ONE)
    await answer(schema_of(Odd), lambda: Odd.NAN)
    await answer(schema_of(Odd), lambda: None)


async def test_values_of_an_enum_in_place_of_its_members_are_graphql_cores() -> None:
    for value in ("red", "RED", Plain.VERDE, Plain, "blue"):
        await answer(schema_of(Plain), lambda value=value: value)  # type: ignore[misc]


class Awaited:
    def __await__(self) -> Any:
        yield from asyncio.sleep(0).__await__()
        return "awaited"


SAID: dict[str, Callable[[], Any]] = {
    "null": lambda: None,
    "undefined": lambda: Undefined,
    "an exception": lambda: ValueError("said"),
    "something to be awaited": Awaited,
    "a coroutine": lambda: asyncio.sleep(0, "slept"),
    "a list": lambda: ["a", "b"],
    "nothing else than it was": lambda: "text",
}


@pytest.mark.parametrize("said", SAID)
async def test_a_scalar_may_say_anything(said: str) -> None:
    said_so: Any = NewType("said_so", object)  # type: ignore[misc]
    SCALARS[said_so] = strawberry.scalar(name="SaidSo", serialize=lambda value: SAID[said]())
    try:
        await answer(schema_of(said_so), lambda: "text")
    finally:
        del SCALARS[said_so]


async def test_a_scalar_that_uses_up_what_it_is_given_is_given_it_once() -> None:
    drained: Any = NewType("drained", object)  # type: ignore[misc]
    SCALARS[drained] = strawberry.scalar(name="Drained", serialize=list)
    schema = schema_of(drained, str)
    del SCALARS[drained]

    def context() -> Any:
        return lambda name: iter("ab") if name.endswith("0") else 7.5

    await same(schema, "{ leaves { maybe0 firm0 firm1 } }", context=context)


async def test_an_object_with_any_attribute_at_all_may_have_to_be_awaited() -> None:
    await answer(schema_of(str), lambda: SimpleNamespace(name="a namespace"))
