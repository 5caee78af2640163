"""Where a null may not be, and where an error is put, whoever executes."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
import strawberry

from tests.graphql.execution.comparing import same


@strawberry.type
class Node:
    nullable: str | None
    required: str
    nest: "Node | None"
    firm: "Node"

    @strawberry.field
    def found(self) -> str:
        return cast("str", tell(self.__dict__["tells"]))

    @strawberry.field
    async def later(self) -> str:
        await asyncio.sleep(0)
        return cast("str", tell(self.__dict__["tells"]))

    @strawberry.field
    async def perhaps_later(self) -> str | None:
        return cast("str | None", tell(self.__dict__["tells"]))


def tell(told: Any) -> Any:
    if isinstance(told, Exception):
        raise told
    return told


def node(tells: Any = "told", **values: Any) -> Node:
    """A node without the attributes that are not given."""
    made = Node.__new__(Node)
    made.__dict__.update(tells=tells, **values)
    return made


@strawberry.type
class Query:
    @strawberry.field
    def nullable(self, info: strawberry.Info) -> Node | None:
        made: Node = info.context()
        return made

    @strawberry.field
    async def required(self, info: strawberry.Info) -> Node:
        made: Node = info.context()
        return made


schema = strawberry.Schema(Query)


async def answer(text: str, make: Callable[[], Any]) -> Any:
    return await same(schema, text, context=lambda: make)


async def test_a_null_that_may_be_is_answered_without_an_error() -> None:
    answered = await answer("{ nullable { nullable nest { required } } }", lambda: node(nullable=None, nest=None))

    assert answered.data == {"nullable": {"nullable": None, "nest": None}}
    assert not answered.errors
    assert answered.gave_up == 0


async def test_a_null_that_may_not_be_takes_the_nearest_position_that_may() -> None:
    answered = await answer(
        "{ nullable { nest { required } nullable } }", lambda: node(nest=node(required=None), nullable="text")
    )

    assert answered.data == {"nullable": {"nest": None, "nullable": "text"}}
    assert [error.path for error in answered.errors] == [["nullable", "nest", "required"]]


async def test_a_null_rises_through_several_positions_that_may_not_be_null() -> None:
    made = lambda: node(firm=node(firm=node(required=None)))  # noqa: E731

    answered = await answer("{ nullable { firm { firm { required } } } }", made)

    assert answered.data == {"nullable": None}
    assert [error.path for error in answered.errors] == [["nullable", "firm", "firm", "required"]]


async def test_where_nothing_may_be_null_there_is_no_data() -> None:
    answered = await answer("{ required { firm { required } } }", lambda: node(firm=node(required=None)))

    assert answered.data is None
    assert len(answered.errors) == 1


@pytest.mark.parametrize("field", ["found", "later", "perhapsLater"])
@pytest.mark.parametrize("tells", [None, ValueError("told so"), "text", 7])
async def test_what_a_resolver_raises_or_leaves_out_is_put_where_graphql_core_puts_it(field: str, tells: Any) -> None:
    await answer(f"{{ nullable {{ nest {{ {field} }} }} }}", lambda: node(nest=node(tells=tells)))
    await answer(
        f"{{ required {{ nest {{ {field} }} nullable }} }}", lambda: node(nest=node(tells=tells), nullable="x")
    )


async def test_an_object_that_lacks_an_attribute_fails_there_only() -> None:
    answered = await answer("{ nullable { nullable nest { nullable } } }", lambda: node(nest=node(nullable="text")))

    assert answered.data == {"nullable": {"nullable": None, "nest": {"nullable": "text"}}}


@pytest.mark.parametrize("value", [ValueError("as a value"), strawberry.UNSET])
async def test_an_exception_as_a_value_is_an_error_and_nothing_set_is_text(value: object) -> None:
    await answer("{ nullable { nullable required } }", lambda: node(nullable=value, required="text"))


async def test_several_errors_come_in_the_order_of_the_document() -> None:
    text = "{ nullable { b: nullable a: nest { nullable } c: nest { nullable } } }"

    answered = await answer(text, lambda: node(nest=node()))

    assert [error.path for error in answered.errors] == [
        ["nullable", "b"],
        ["nullable", "a", "nullable"],
        ["nullable", "c", "nullable"],
    ]


async def test_an_error_names_every_place_that_asked_for_the_field() -> None:
    answered = await answer("{ nullable { nullable ... { nullable } } }", node)

    assert [len(error.locations or ()) for error in answered.errors] == [2]


async def test_an_error_has_nothing_of_the_attempt_behind_it() -> None:
    answered = await answer("{ nullable { found } }", lambda: node(tells=ValueError("told so")))

    assert answered.errors[0].original_error is not None
    assert answered.errors[0].original_error.__context__ is None
