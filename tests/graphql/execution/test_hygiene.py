"""What a request leaves for the garbage collector: nothing."""

import gc
from collections.abc import Iterator
from typing import Any

import pytest
import strawberry
from graphql import parse

from app.graphql.documents import Documents, Operation
from app.graphql.execution import PlannedExecutor, Plans
from app.graphql.execution.fields import Fields
from app.graphql.executor import SchemaExecutor
from tests.graphql.execution.test_plans import EVERYTHING, Context
from tests.graphql.execution.test_plans import schema as everything
from tests.graphql.world import LIMITS
from tests.graphql.world import schema as world_schema

QUERIES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("{ thing { name told next { name } } }", {}),
    ("{ thing { name loaded next { loaded next { loaded } } } }", {}),
    ("{ either { ... on Thing { name loaded } ... on Other { name } } named { name } }", {}),
    ("{ thing { name later { name } } }", {}),
    ("{ __typename }", {}),
)


@pytest.fixture
def uncollected() -> Iterator[None]:
    """Leaves everything for the test to collect."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


async def run(schema: strawberry.Schema, plans: Plans, document: Any, variables: dict[str, Any]) -> Any:
    executor = PlannedExecutor.build(schema._schema, document, None, Context(), variables)
    assert isinstance(executor, PlannedExecutor)
    executor.follow(plans.of(Fields(schema), document, executor))
    result = await executor.answer()
    return result.data


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize(("text", "variables"), QUERIES)
async def test_an_answer_by_plan_leaves_no_cycle_behind(text: str, variables: dict[str, Any]) -> None:
    plans, document = Plans(), parse(text)
    await run(everything, plans, document, variables)
    gc.collect()

    for _ in range(3):
        assert await run(everything, plans, document, variables)

    assert gc.collect() == 0


@pytest.mark.usefixtures("uncollected")
async def test_an_operation_of_a_document_leaves_no_cycle_behind() -> None:
    documents = Documents(world_schema, LIMITS, introspection=True, suggestions=True)
    executor = SchemaExecutor(world_schema, hide_suggestions=True)
    operation = documents.choose(
        documents.read("{ hello item { id checked child { id items { edges { node { id } } } } } }"), None, {}
    )
    assert isinstance(operation, Operation)
    assert (await executor.execute(operation, None, None, {})).data
    gc.collect()

    for _ in range(3):
        assert (await executor.execute(operation, None, None, {})).data

    assert gc.collect() == 0


@pytest.mark.usefixtures("uncollected")
async def test_a_first_request_leaves_no_more_than_its_plan() -> None:
    document = parse(EVERYTHING)
    variables = {"n": 1, "many": None, "v": True}
    plans = Plans()
    await run(everything, plans, document, variables)
    gc.collect()
    kept = len(gc.get_objects())

    for _ in range(20):
        await run(everything, plans, document, variables)
    gc.collect()

    assert len(gc.get_objects()) - kept < 20
