"""What a plan depends on, what it keeps, and what it never does."""

import gc
from collections.abc import Iterator
from types import FunctionType
from typing import Annotated, Any

import pytest
import strawberry
from graphql import DocumentNode, OperationDefinitionNode, parse
from strawberry.dataloader import DataLoader

from app.graphql.execution import Loading, PlannedExecutor, Plans
from app.graphql.execution.fields import Fields
from app.graphql.execution.loading import METADATA_KEY
from app.graphql.execution.plans import MOST_PLANS
from tests.graphql.execution.comparing import Comparison, Request


class Traced:
    """A value of a request, of which nothing may stay."""

    def __str__(self) -> str:
        return "traced"

    def __len__(self) -> int:
        return 1


class Context(Traced):
    def __init__(self) -> None:
        async def load(keys: list[Any]) -> list[Any]:
            return keys

        self.loader: DataLoader[Any, Any] = DataLoader(load)
        self.thing = Thing(name="thing")


@strawberry.interface
class Named:
    name: str


LOADING = Loading(lambda one: one.name, lambda context: context.loader)


async def _load(self: Any, info: strawberry.Info[Context, None]) -> str | None:
    value: str | None = await info.context.loader.load(self.name)
    return value


@strawberry.type
class Thing(Named):
    @strawberry.field
    def told(self, info: strawberry.Info[Context, None], n: int = 1, many: list[int] | None = None) -> str:
        return f"{self.name} {n} {many} {info.context}"

    loaded: str | None = strawberry.field(resolver=_load, metadata={METADATA_KEY: LOADING})

    @strawberry.field
    def next(self) -> "Thing":
        return Thing(name=f"{self.name}.next")

    @strawberry.field
    async def later(self) -> Named | None:
        return Thing(name="later")

    @strawberry.field
    def failing(self) -> str | None:
        raise ValueError("failing")


@strawberry.type
class Other:
    name: str


Either = Annotated[Thing | Other, strawberry.union("Either")]


@strawberry.type
class Query:
    @strawberry.field
    def thing(self, info: strawberry.Info[Context, None]) -> Thing:
        return info.context.thing

    @strawberry.field
    def named(self, info: strawberry.Info[Context, None]) -> Named | None:
        return info.context.thing

    @strawberry.field
    async def either(self, info: strawberry.Info[Context, None]) -> list[Either]:
        return [info.context.thing, Other(name="other")]


schema = strawberry.Schema(Query)
fields = Fields(schema)
EVERYTHING = """query ($n: Int!, $text: String, $many: [Int!], $v: Boolean!) {
  thing { name told(n: $n, many: $many) loaded next { name @include(if: $v) told(n: $n) later { name } } failing }
  named { name ... on Thing { told(n: $n) next { loaded } } }
  either { ... on Named { name } ... on Thing { told(n: $n) failing } ... on Other { name } }
  again: thing @skip(if: $v) { name }
}"""


def executor(document: DocumentNode, variables: dict[str, Any] | None = None, name: str | None = None) -> Any:
    built = PlannedExecutor.build(schema._schema, document, None, Context(), variables or {}, name)
    assert isinstance(built, PlannedExecutor)
    return built


def reachable(start: object, at_most: int = 1_000_000) -> Iterator[object]:
    """Whatever an object keeps alive, as far as it is told; what the interpreter shares with everybody is left out."""
    seen = {id(start), id(globals()), *map(id, (schema, schema._schema, fields))}
    waiting = [start]
    while waiting:
        thing = waiting.pop()
        yield thing
        below = gc.get_referents(thing)
        if isinstance(thing, FunctionType):
            below = [*(thing.__closure__ or ()), *(thing.__defaults__ or ()), *_named(thing)]
        for one in below:
            if id(one) not in seen and not isinstance(one, type):
                seen.add(id(one))
                waiting.append(one)
        assert len(seen) < at_most


def _named(function: FunctionType) -> list[object]:
    """The globals of a function that a plan has written; those of a module are nobody's request."""
    return [*function.__globals__.values()] if "__name__" not in function.__globals__ else []


async def test_nothing_of_a_request_stays_with_a_plan() -> None:
    document = parse(EVERYTHING, no_location=True)
    comparison = Comparison(schema)
    text, number = "".join(["a text of ", "this request"]), 1_234_567
    variables: dict[str, Any] = {"n": number, "text": text, "many": [number + 1], "v": False}

    answered = await comparison.by_plan(Request(document, Context, variables=variables))

    assert answered.planned
    assert len(comparison.plans(document)) == 1
    found = [*reachable(comparison.plans(document))]
    assert any(isinstance(one, FunctionType) for one in found)
    kept = [one for one in found if isinstance(one, Traced | Thing | PlannedExecutor | DataLoader)]
    assert kept == []
    assert [one for one in found if one is text or (type(one) is int and number <= one <= number + 1)] == []


async def test_the_walk_would_find_what_stays() -> None:
    kept = Context()

    def closure() -> Context:
        return kept

    assert kept in [*reachable([{"plan": closure}])]


def test_a_plan_is_found_again_by_its_operation_and_its_conditions_only() -> None:
    document = parse(
        "query A($v: Boolean!, $n: Int!) { thing { told(n: $n) name @skip(if: $v) } } query B { thing { name } }"
    )
    plans = Plans()

    def of(variables: dict[str, Any], name: str) -> object:
        return plans.of(fields, document, executor(document, variables, name))

    first = of({"v": True, "n": 1}, "A")
    assert of({"v": True, "n": 2}, "A") is first
    assert of({"v": False, "n": 1}, "A") is not first
    assert of({}, "B") is of({}, "B")
    assert len(plans) == 3


async def test_each_operation_of_a_document_has_a_plan_of_its_own() -> None:
    comparison = Comparison(schema)
    document = parse("query A { thing { name } } query B { thing { again: name } named { name } }")

    for name in ("A", "B", "A"):
        answered = await comparison.same(Request(document, Context, operation_name=name))
        assert len(answered.data) == (1 if name == "A" else 2)

    assert len(comparison.plans(document)) == 2


def test_a_condition_on_a_fragment_and_within_it_tells_plans_apart() -> None:
    document = parse(
        "query ($a: Boolean!, $b: Boolean!) { thing { ...F @include(if: $a) } }"
        " fragment F on Thing { name @skip(if: $b) }"
    )
    plans = Plans()

    for a in (True, False):
        for b in (True, False):
            plans.of(fields, document, executor(document, {"a": a, "b": b}))

    assert len(plans) == 4


def test_a_document_keeps_the_plans_that_were_used_last() -> None:
    names = [f"v{number}" for number in range(6)]
    declared, used = (
        ", ".join(f"${one}: Boolean!" for one in names),
        " ".join(f"{one}: name @skip(if: ${one})" for one in names),
    )
    document = parse(f"query ({declared}) {{ thing {{ {used} }} }}")
    plans = Plans()

    def of(number: int) -> object:
        values = {name: bool(number >> place & 1) for place, name in enumerate(names)}
        return plans.of(fields, document, executor(document, values))

    first = of(0)
    for number in range(1, MOST_PLANS):
        of(number)
    assert of(0) is first
    for number in range(MOST_PLANS, MOST_PLANS + 5):
        of(number)

    assert len(plans) == MOST_PLANS
    assert of(0) is first


def test_what_is_no_condition_never_tells_plans_apart() -> None:
    document = parse(
        "query A($v: Boolean!) { thing { name @skip(if: $v) } } query B($v: String, $n: Int!) { thing { told(n: $n) } }"
    )
    plans = Plans()

    for text in ("a", "b", "c"):
        plans.of(fields, document, executor(document, {"v": text, "n": 1}, "B"))

    assert len(plans) == 1


@pytest.mark.parametrize("directive", ["@defer", "@stream(initialCount: 0)"])
def test_a_document_that_asks_for_parts_of_an_answer_has_no_plan(directive: str) -> None:
    document = parse(f"{{ thing {{ ... {directive} {{ name }} }} }}")

    assert Plans().of(fields, document, executor(document)) is None


async def test_an_error_that_may_not_rise_is_graphql_cores() -> None:
    document = parse("query @experimental_disableErrorPropagation { thing { name failing } }")

    assert Plans().of(fields, document, executor(document)) is None
    await Comparison(schema).same(Request(document, Context))


def test_a_fragment_is_no_operation_of_its_own() -> None:
    document = parse("{ thing { ...F ...F } } fragment F on Thing { next { ...G } } fragment G on Thing { name }")
    [operation, *_] = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    plans = Plans()

    plan = plans.of(fields, document, executor(document))

    assert plan is not None
    assert [*plan.root_fields] == ["thing"]
