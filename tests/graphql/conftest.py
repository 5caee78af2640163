from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, Protocol

import pytest
import structlog
from structlog.testing import LogCapture

from app.graphql import GraphQLOptions
from tests.graphql.server import Served, serving
from tests.graphql.world import LIMITS, ORIGIN, TestGate, World, schema


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def gate(world: World) -> TestGate:
    return TestGate(world)


@pytest.fixture
def options(gate: TestGate) -> GraphQLOptions:
    return GraphQLOptions(
        schema=schema,
        gate=gate,
        limits=LIMITS,
        allowed_origins=frozenset({ORIGIN}),
        introspection=True,
        correlation_id=lambda: "correlation-1",
        own_packages=frozenset({"tests"}),
    )


@pytest.fixture
async def served(options: GraphQLOptions) -> AsyncIterator[Served]:
    async with serving(options) as running:
        yield running


class Serving(Protocol):
    def __call__(self, **changes: Any) -> Any: ...


@pytest.fixture
def serving_with(options: GraphQLOptions) -> Serving:
    """Serves with some options changed."""
    return lambda **changes: serving(replace(options, **changes))


@pytest.fixture
def log() -> Any:
    """What is logged while the test runs."""
    capture = LogCapture()
    before = structlog.get_config()["processors"]
    structlog.configure(processors=[capture])
    yield capture.entries
    structlog.configure(processors=before)
