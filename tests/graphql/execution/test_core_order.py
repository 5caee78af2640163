"""What waits for what: mutations one after another, resolvers that take their time beside those that do not."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry
from graphql import parse

from tests.graphql.execution.comparing import Comparison, Request, same


@dataclass
class Context:
    number: int = 0
    log: list[str] = field(default_factory=list)


Info = strawberry.Info[Context, None]


@strawberry.type
class Number:
    value: int

    @strawberry.field
    def double(self, info: Info) -> int:
        return self.value * 2 + info.context.number * 0

    @strawberry.field
    async def later(self) -> int:
        await asyncio.sleep(0)
        return self.value

    @strawberry.field
    def failing(self) -> int:
        raise ValueError(f"failing {self.value}")

    @strawberry.field
    async def failing_later(self) -> int | None:
        await asyncio.sleep(0)
        raise ValueError(f"failing later {self.value}")

    @strawberry.field
    def next(self) -> "Number":
        return Number(value=self.value + 1)

    @strawberry.field
    async def next_later(self) -> "Number":
        await asyncio.sleep(0)
        return Number(value=self.value + 1)

    @strawberry.field
    def either(self) -> "Number":
        """A resolver that is no coroutine, but answers with one."""
        return self.next_later_coroutine()  # type: ignore[return-value]

    async def next_later_coroutine(self) -> "Number":
        return Number(value=self.value + 1)

    @strawberry.field
    def all(self) -> list["Number"]:
        return [Number(value=self.value + one) for one in range(2)]


@strawberry.type
class Query:
    @strawberry.field
    def number(self) -> Number | None:
        return Number(value=1)

    @strawberry.field
    async def number_later(self) -> Number | None:
        return Number(value=1)


@strawberry.type
class Mutation:
    @strawberry.mutation
    def set(self, info: Info, to: int) -> Number | None:
        info.context.log.append(f"set {to}")
        info.context.number = to
        return Number(value=to)

    @strawberry.mutation
    async def set_later(self, info: Info, to: int) -> Number | None:
        info.context.log.append(f"begins {to}")
        await asyncio.sleep(0)
        info.context.log.append(f"set {to} after {info.context.number}")
        info.context.number = to
        return Number(value=to)

    @strawberry.mutation
    async def refuse(self, info: Info, firmly: bool) -> Number | None:
        info.context.log.append("refuse")
        raise ValueError("refused")

    @strawberry.mutation
    def refuse_firmly(self, info: Info) -> Number:
        info.context.log.append("refuse firmly")
        raise ValueError("refused firmly")


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def numbers(self) -> AsyncGenerator[Number, None]:
        yield Number(value=1)


schema = strawberry.Schema(Query, Mutation, Subscription)
BELOW = (
    "value double",
    "value later double",
    "later next { later value }",
    "next { next { later } double } value",
    "nextLater { value next { double } }",
    "either { value either { double } }",
    "all { value later next { double } }",
    "all { value double next { double } }",
    "value failing",
    "all { failingLater value }",
    "next { value failingLater } double",
    "all { nextLater { failing } }",
    "nextLater { failingLater value } next { failing }",
)


@pytest.mark.parametrize("root", ["number", "numberLater"])
@pytest.mark.parametrize("below", BELOW)
@pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.usefixtures("leftovers")
async def test_what_waits_and_what_does_not_are_answered_together(root: str, below: str) -> None:
    await same(schema, f"{{ {root} {{ {below} }} again: number {{ value {below} }} }}", context=Context)


MUTATIONS = (
    "a: set(to: 1) { value } b: setLater(to: 2) { value double } c: set(to: 3) { later }",
    "a: setLater(to: 1) { later } b: setLater(to: 2) { nextLater { value } } c: setLater(to: 3) { failing }",
    "a: setLater(to: 1) { failing } b: set(to: 2) { failing } c: setLater(to: 3) { value }",
    "a: set(to: 1) { value } b: refuse(firmly: true) { value } c: set(to: 3) { value }",
    "a: setLater(to: 1) { value } b: refuseFirmly { value } c: set(to: 3) { value }",
    "a: refuseFirmly { value } c: set(to: 3) { value }",
)


@pytest.mark.parametrize("fields", MUTATIONS)
async def test_mutations_run_one_after_another_each_once(fields: str) -> None:
    comparison = Comparison(schema)
    contexts: list[Context] = []

    def context() -> Context:
        contexts.append(Context())
        return contexts[-1]

    request = Request(parse(f"mutation {{ {fields} }}"), context)
    await comparison.same(request)
    await comparison.same(request)

    logs = [one.log for one in contexts]
    assert all(log == logs[0] for log in logs)
    assert sum("set 1" in entry for entry in logs[0]) <= 1


async def test_a_query_runs_its_roots_once_even_where_a_plan_gives_up() -> None:
    runs: list[str] = []

    @strawberry.type
    class Root:
        @strawberry.field
        def number(self) -> Number | None:
            runs.append("number")
            return Number(value=2**40)

        @strawberry.field
        async def later(self) -> list[Number | None]:
            runs.append("later")
            return [Number(value=1), Number(value="one")]  # type: ignore[arg-type]

    await Comparison(strawberry.Schema(Root)).by_plan(Request(parse("{ number { value } later { value } }"), Context))

    assert sorted(runs) == ["later", "number"]


@pytest.mark.parametrize("payload", [Number(value=7), None, ValueError("no number"), "a text"])
async def test_an_event_is_answered_from_what_the_stream_told(payload: Any) -> None:
    await same(schema, "subscription { numbers { value double later } }", context=Context, root=lambda: payload)


async def test_a_resolver_that_answers_with_a_coroutine_leaves_none_unawaited(recwarn: pytest.WarningsRecorder) -> None:
    answered = await Comparison(schema).by_plan(Request(parse("{ number { either { value } } }"), Context))

    assert answered.data == {"number": {"either": {"value": 2}}}
    assert answered.gave_up
    assert not recwarn.list
