"""Lists of whatever may be null or not, of everything that can be walked through."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
import strawberry

from tests.graphql.execution.comparing import same


@strawberry.type
class Lists:
    loose: list[int | None] | None
    firm: list[int]
    firm_items: list[int] | None
    firm_list: list[int | None]
    matrix: list[list[int | None] | None] | None
    things: list["Thing | None"] | None
    firm_things: list["Thing"] | None


@strawberry.type
class Thing:
    name: str


@strawberry.type
class Query:
    @strawberry.field
    def lists(self, info: strawberry.Info) -> Lists | None:
        value = info.context()
        made = Lists.__new__(Lists)
        made.__dict__.update(dict.fromkeys(Lists.__annotations__, value))
        return made


schema = strawberry.Schema(Query)
FIELDS = ("loose", "firm", "firmItems", "firmList")


def items(*values: Any) -> Iterator[Any]:
    yield from values


async def later(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, KeyError):
        raise value
    return value


async def items_later(*values: Any) -> AsyncIterator[Any]:
    for value in values:
        yield await later(value)


class Own(list[Any]):
    """A list that walks through itself in a way of its own."""

    def __iter__(self) -> Iterator[Any]:
        return reversed(self)


class Streamed(list[Any]):
    """A list that is walked through asynchronously, if it can be."""

    def __aiter__(self) -> AsyncIterator[Any]:
        return items_later(7, 8)


VALUES: dict[str, Callable[[], Any]] = {
    "a list": lambda: [1, 2],
    "an empty list": list,
    "a null": lambda: None,
    "a null among the items": lambda: [1, None, 2],
    "a tuple": lambda: (1, None),
    "a set": lambda: {1},
    "a dict": lambda: {1: 2},
    "a generator": lambda: items(1, None, 2),
    "an iterator": lambda: iter([1, 2]),
    "a range": lambda: range(3),
    "a text": lambda: "12",
    "bytes": lambda: b"12",
    "a number": lambda: 12,
    "an exception": lambda: ValueError("as a value"),
    "an exception among the items": lambda: [1, ValueError("as an item"), 2],
    "a wrong item": lambda: [1, "two", 2**31],
    "a list of its own sort": lambda: Own([1, 2]),
    "a list that is streamed": lambda: Streamed([1, 2]),
    "an asynchronous generator": lambda: items_later(1, None),
    "a failing asynchronous generator": lambda: items_later(1, KeyError("later")),
    "items that are awaited": lambda: [later(1), 2, later(None)],
    "an item that fails when it is awaited": lambda: [1, later(KeyError("later"))],
    "a list that is awaited": lambda: later([1, None]),
}


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("value", VALUES)
async def test_a_list_of_numbers_is_what_graphql_core_makes_of(value: str, field: str) -> None:
    await same(schema, f"{{ lists {{ {field} }} }}", context=lambda: VALUES[value])


@pytest.mark.parametrize("value", [[[1, None], None, []], [(1,), [2]], [1], [["x"]], [[ValueError("deep")], [1]]])
async def test_lists_in_lists_are_what_graphql_core_makes_of(value: Any) -> None:
    await same(schema, "{ lists { matrix } }", context=lambda: lambda: value)


@pytest.mark.parametrize("field", ["things", "firmThings"])
@pytest.mark.parametrize(
    "values",
    [[Thing(name="a"), None], [Thing(name="a"), 7], [object()], [Thing(name=None)], [{"name": "a"}]],  # type: ignore[arg-type]
)
async def test_a_list_of_objects_is_what_graphql_core_makes_of(field: str, values: list[Any]) -> None:
    await same(schema, f"{{ lists {{ {field} {{ name }} }} }}", context=lambda: lambda: values)


@pytest.mark.parametrize("value", [[1, 2], [], (1, 2)])
async def test_a_plan_walks_through_lists_and_tuples(value: Any) -> None:
    answered = await same(schema, "{ lists { loose firm firmItems firmList } }", context=lambda: lambda: value)

    assert answered.gave_up == 0
    assert answered.planned
