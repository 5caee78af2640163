"""What a subscription that lasts for days costs."""

import gc

from graphql.execution.collect_fields import FieldDetails

from app.graphql.documents import Documents, Operation
from app.graphql.executor import SchemaExecutor
from tests.graphql.world import LIMITS, schema

QUERY = "subscription { count(to: 1000) { id child { id } } }"


async def test_a_subscription_keeps_nothing_of_the_events_that_it_has_told() -> None:
    documents = Documents(schema, LIMITS, introspection=True, suggestions=True)
    operation = documents.choose(documents.read(QUERY), None, {})
    assert isinstance(operation, Operation)
    executor = SchemaExecutor(schema, hide_suggestions=True)
    events = await executor.subscribe(operation, None, None, {}, lambda: None, 1.0)
    kept = []

    for _ in range(3):
        for _ in range(50):
            assert (await anext(events)).errors is None
        gc.collect()
        kept.append(sum(isinstance(thing, FieldDetails) for thing in gc.get_objects()))

    await events.aclose()
    assert kept[0] == kept[1] == kept[2]
