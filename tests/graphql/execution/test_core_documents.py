"""What a document asks for: conditions, fragments, selections in several places, arguments, names."""

from datetime import datetime
from enum import Enum
from typing import Any

import pytest
import strawberry
from graphql import parse

from tests.graphql.execution.comparing import Answered, Comparison, Request, same


@strawberry.enum
class Colour(Enum):
    RED = "red"
    GREEN = "green"


@strawberry.input
class Size:
    width: int
    height: int = 1


@strawberry.type
class Item:
    name: str

    @strawberry.field
    def inner(self) -> "Item":
        return Item(name=f"{self.name}.inner")

    @strawberry.field
    def told(
        self,
        n: int = 1,
        text: str | None = None,
        colour: Colour = Colour.RED,
        at: datetime | None = None,
        some: strawberry.Maybe[int | None] = None,
    ) -> str:
        return f"{self.name} {n!r} {text!r} {colour!r} {at!r} {some!r}"

    @strawberry.field
    def measured(self, sizes: list[Size] | None = None, size: Size | None = None) -> str:
        for one in sizes or ():
            one.width += 1  # what a resolver does with its arguments is its own matter
        return f"{sizes} {size}"

    @strawberry.field
    def query(self) -> "Query":
        return Query()


@strawberry.type
class Query:
    @strawberry.field
    def item(self) -> Item:
        return Item(name="item")

    @strawberry.field
    def items(self) -> list[Item]:
        return [Item(name="first"), Item(name="second")]


schema = strawberry.Schema(Query)


async def answer(text: str, /, **variables: Any) -> Answered:
    return await same(schema, text, variables=variables)


@pytest.mark.parametrize(
    "directives", [f"@skip(if: {a}) @include(if: {b})" for a in ("true", "$v") for b in ("false", "$v")]
)
@pytest.mark.parametrize("value", [True, False])
async def test_a_field_is_asked_for_where_it_is_included_and_not_skipped(directives: str, value: bool) -> None:
    await answer(
        f"query ($v: Boolean!) {{ item {{ name {directives} inner {directives} {{ name }} a: name @skip(if: $v) }} }}",
        v=value,
    )


@pytest.mark.parametrize("place", ["... on Item {} {{ name }}", "...F {}", "... {} {{ name }}"])
@pytest.mark.parametrize("condition", ["@skip(if: $v)", "@include(if: $v)"])
async def test_a_fragment_is_asked_for_under_its_condition(place: str, condition: str) -> None:
    text = f"query ($v: Boolean!) {{ item {{ inner {{ {place.format(condition)} a: name }} }} }}"
    text += " fragment F on Item { name }" if "...F" in place else ""

    with_it, without_it = await answer(text, v=True), await answer(text, v=False)

    assert with_it.data != without_it.data
    assert with_it.gave_up == without_it.gave_up == 0


@pytest.mark.parametrize("value", [{}, {"v": None}, {"v": True}])
async def test_a_condition_that_is_null_is_an_error_where_it_is_met(value: dict[str, Any]) -> None:
    text = """query ($v: Boolean = false) {
      item { inner { inner { name @skip(if: $v) } name } } items { name @skip(if: $v) } }"""

    await answer(text, **value)


async def test_a_condition_that_is_null_is_no_error_where_nothing_is_asked() -> None:
    await answer("query ($v: Boolean = false) { item @skip(if: true) { inner { name @skip(if: $v) } } }", v=None)


async def test_selections_of_one_name_are_merged_in_the_order_of_the_document() -> None:
    text = "{ item { b: name ...F inner { a: name } ... on Item { inner { b: name a: name } c: name } } } "

    answered = await answer(text + "fragment F on Item { inner { c: name ...G } } fragment G on Item { d: name }")

    assert [*answered.data["item"]] == ["b", "inner", "c"]
    assert [*answered.data["item"]["inner"]] == ["c", "d", "a", "b"]


async def test_the_name_of_a_type_is_told_under_every_alias_and_beside_everything() -> None:
    answered = await answer("{ __typename t: __typename item { __typename inner { again: __typename __typename } } }")

    assert answered.data["item"] == {"__typename": "Item", "inner": {"again": "Item", "__typename": "Item"}}


async def test_the_schema_can_be_asked_for_below_and_beside_a_plan() -> None:
    await answer('{ item { name query { __typename item { name } } } __type(name: "Item") { name fields { name } } }')


ARGUMENTS = (
    "",
    "(n: 7)",
    "(n: $n)",
    "(n: $missing)",
    "(text: $text, n: 3)",
    "(colour: GREEN)",
    "(colour: $colour, at: $at)",
    '(at: "2026-11-27T05:00:00Z")',
    "(some: null)",
    "(some: $n)",
    "(some: $missing)",
)


@pytest.mark.parametrize("arguments", ARGUMENTS)
async def test_a_resolver_is_told_its_arguments(arguments: str) -> None:
    text = f"""query ($n: Int!, $missing: Int = 4, $text: String, $colour: Colour! = RED, $at: DateTime) {{
      items {{ told{arguments} inner {{ told{arguments} }} }}
      item {{ told(n: $n, text: $text, colour: $colour, at: $at) told2: told(n: $missing) }} }}"""

    await answer(text, n=5)
    await answer(text, n=6, text="\ud83d", colour="GREEN", at="2026-01-01T00:00:00")
    await answer(text, n=6, missing=None, text=None, at=None)
    await answer(text, n="six", colour="BLUE")


async def test_arguments_that_one_resolver_could_change_are_made_anew_for_the_next() -> None:
    text = "query ($w: Int!) { items { measured(sizes: [{width: $w}, {width: 2, height: 3}], size: {width: 1}) } }"

    answered = await answer(text, w=7)

    assert answered.data["items"][0] == answered.data["items"][1]


async def test_the_same_plan_serves_other_variables() -> None:
    comparison = Comparison(schema)
    document = parse("query ($n: Int!, $v: Boolean!) { items { told(n: $n) name @include(if: $v) } }")

    for number, condition in ((1, True), (2, True), (1, False), (3, False), (4, True)):
        answered = await comparison.same(Request(document, variables={"n": number, "v": condition}))
        assert answered.gave_up == 0

    assert len(comparison.plans(document)) == 2


async def test_operations_of_one_document_may_have_variables_of_the_same_name() -> None:
    comparison = Comparison(schema)
    document = parse(
        "query A($v: Boolean!) { item { name @skip(if: $v) } } query B($v: [Size!]) { item { measured(sizes: $v) } }"
    )

    for name, value in (("A", True), ("B", [{"width": 1}]), ("A", False), ("B", None)):
        await comparison.same(Request(document, variables={"v": value}, operation_name=name))


async def test_aliases_that_python_knows_otherwise_are_just_names() -> None:
    answered = await answer("{ item { class: name None: name value: name run: name answer: inner { lambda: name } } }")

    assert answered.gave_up == 0
    assert [*answered.data["item"]] == ["class", "None", "value", "run", "answer"]
