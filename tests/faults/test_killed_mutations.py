"""A server killed at each step of each mutation: all of it stands in the database or nothing, and its entry with it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from schema import schema
from tests.faults.mortal import Mother, mother_in
from tests.faults.mortal_integrations import INTEGRATIONS
from tests.faults.mortal_mutations import MUTATIONS
from tests.faults.mortal_scenarios import SCENARIOS
from tests.faults.mortal_world import world_of
from tests.journeys.companies import NEWBRIDGE
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mother(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mother]:
    folder = tmp_path_factory.mktemp("world")
    async with world_of(NEWBRIDGE, folder, sqlite_url(folder)) as world, mother_in(world, folder) as mother:
        yield mother


@pytest.mark.parametrize("scenario", [scenario.name for scenario in (*MUTATIONS, *INTEGRATIONS)])
async def test_a_server_killed_at_any_step_of_a_mutation_has_done_all_of_it_or_nothing(
    mother: Mother, scenario: str, tmp_path: Path
) -> None:
    report = await mother.killed_at_each_step(scenario, tmp_path)

    assert not report.failures, report.said
    assert report.deaths > 0


async def test_every_mutation_there_is_is_killed() -> None:
    mutation = schema._schema.mutation_type
    assert mutation is not None

    killed = {name for scenario in SCENARIOS.values() for name in scenario.covers}

    assert set(mutation.fields) - killed == set()
