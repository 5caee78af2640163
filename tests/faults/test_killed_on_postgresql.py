"""The same deaths over PostgreSQL, where many processes hold connections: some of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.faults.mortal import Mother, mother_in
from tests.faults.mortal_copies import remove
from tests.faults.mortal_world import world_of
from tests.journeys.companies import NEWBRIDGE
from tests.support.database import temporary_postgresql

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.postgresql, pytest.mark.long]

SAMPLE = (
    "bookRoom",
    "replaceRoom",
    "booking-checks",
    "room-sync",
    "retention",
    "bookShift for a member",
    "inviteMember",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mother(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mother]:
    folder = tmp_path_factory.mktemp("world")
    async with temporary_postgresql() as url, world_of(NEWBRIDGE, folder, url) as world:
        async with mother_in(world, folder) as mother:
            yield mother
        await asyncio.to_thread(remove, world.template)


@pytest.mark.parametrize("scenario", SAMPLE)
async def test_on_postgresql_too_whoever_is_killed_leaves_nothing_half_and_nothing_twice(
    mother: Mother, scenario: str, tmp_path: Path
) -> None:
    report = await mother.killed_at_each_step(scenario, tmp_path)

    assert not report.failures, report.said
    assert report.deaths > 0
