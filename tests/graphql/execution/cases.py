"""One drawn schema with documents, variables and values, executed by plan and without."""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from graphql import DocumentNode, FieldNode, OperationDefinitionNode

from tests.graphql.execution.comparing import Answered, Comparison, Request
from tests.graphql.execution.documents import Documents
from tests.graphql.execution.schemas import Drawn
from tests.graphql.execution.shapes import World
from tests.graphql.execution.values import Values, value_or_error

_WORLDS = 8
"""For each document: drawing values is little work beside drawing a schema and a document."""


class Differs(AssertionError):
    """A plan answered what graphql-core does not."""


class _Worlds:
    """Makes the worlds of a request's executions, and remembers them."""

    def __init__(self, begin: Callable[[], World]) -> None:
        self._begin = begin
        self.made: list[World] = []

    def next(self) -> World:
        self.made.append(self._begin())
        return self.made[-1]

    def close(self) -> None:
        for world in self.made:
            world.close()


async def compare(seed: int, counts: Counter[str], *, strange: int, documents: int = 1, plain: bool = False) -> None:
    """Draws a schema and compares the answers to documents for it, always the same ones for a seed. Raises Differs.

    One value in `strange` does not fit, none where it is 0; a `plain` schema has nothing that is not plannable.
    """
    random = Random(seed)  # noqa: S311 - has to be repeatable, not secret
    drawn = Drawn(random, plain)
    comparison = Comparison(drawn.schema)
    writer = Documents(random, drawn.schema._schema)
    for _ in range(documents):
        kind = random.choice(["query", "query", "query", "mutation"])
        found = writer.document(kind)
        if found is None:
            counts["invalid documents"] += 1
            continue
        document, text = found
        answers = []
        for number in range(_WORLDS):
            worlds = _Worlds(Values(random, drawn, strange if number % 2 else strange * 4).worlds())
            variables = writer.variables(right=not strange)
            request = Request(document, worlds.next, variables=variables, operation_name="First")
            answers.append(await _same(comparison, request, worlds, f"{text}\nwith {variables}"))
            if number < 2:
                await comparison.same(_second(document))
        _count(counts, answers)


async def compare_streams(seed: int, *, strange: int) -> None:
    """Draws a schema and compares the answers to the events of a subscription. Raises Differs."""
    random = Random(seed)  # noqa: S311 - has to be repeatable, not secret
    drawn = Drawn(random, plain=False)
    comparison = Comparison(drawn.schema)
    writer = Documents(random, drawn.schema._schema)
    found = writer.document("subscription")
    if found is None:
        return
    document, text = found
    name = _first_field(document)
    for _ in range(3):
        worlds = _Worlds(Values(random, drawn, strange).worlds())
        variables = writer.variables(right=True)

        def event(worlds: _Worlds = worlds) -> Any:
            world = worlds.next()
            return value_or_error(world.roots[name], world)

        request = Request(document, worlds.next, event, variables, "First")
        await _same(comparison, request, worlds, f"{text}\nwith {variables}", each=2)


async def _same(comparison: Comparison, request: Request, worlds: _Worlds, told: str, each: int = 1) -> Answered:
    """The answer, if what it needed of the world was needed too; `each`: the worlds of one execution."""
    try:
        answered = await comparison.same(request)
    except Exception as error:
        raise Differs(f"{told}\n{error}") from error
    finally:
        worlds.close()
    before, now = worlds.made[:each], worlds.made[each : 2 * each]
    if [world.log for world in before] != [world.log for world in now]:
        raise Differs(f"{told}\n{[world.log for world in before]} became {[world.log for world in now]}")
    if not answered.errors and _called(before) != _called(now):
        raise Differs(f"{told}\n{_called(before)} were called, and now {_called(now)}")
    return answered


def _called(worlds: Sequence[World]) -> list[str]:
    return sorted(name for world in worlds for name in world.called)


def _second(document: DocumentNode) -> Request:
    """A request for the other operation of a document, which has variables of the same names."""
    variables = {"c0": [1, None], "c1": "text"}
    return Request(document, lambda: World({}, {}), variables=variables, operation_name="Second")


def _first_field(document: DocumentNode) -> str:
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    field = operation.selection_set.selections[0]
    assert isinstance(field, FieldNode)
    return field.name.value


def _count(counts: Counter[str], answers: list[Answered]) -> None:
    counts["documents"] += 1
    counts["executions"] += len(answers)
    counts["executions with errors"] += sum(bool(one.errors) for one in answers)
    planned, gave_up = any(one.planned for one in answers), any(one.gave_up for one in answers)
    counts["documents answered by plan"] += planned and not gave_up
    counts["documents of which a plan gave up on something"] += gave_up
    counts["documents without a plan"] += not planned
