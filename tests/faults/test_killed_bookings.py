"""A server killed at each step of what members ask of the suite: asked again, it is done once, there and here."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from app.suites.protocol import SuiteName
from tests.faults.mortal import Mother, mother_in
from tests.faults.mortal_bookings import BOOKINGS
from tests.faults.mortal_integrations import CONSENTS
from tests.faults.mortal_scenarios import SCENARIOS
from tests.faults.mortal_world import world_of
from tests.journeys.companies import COMPANIES
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=COMPANIES, ids=[one.suite for one in COMPANIES])
async def mother(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Mother]:
    folder = tmp_path_factory.mktemp("world")
    async with world_of(request.param, folder, sqlite_url(folder)) as world, mother_in(world, folder) as mother:
        yield mother


@pytest.mark.parametrize("scenario", [scenario.name for scenario in BOOKINGS])
async def test_a_server_killed_at_any_step_of_a_booking_leaves_one_event_with_one_booking_or_neither(
    mother: Mother, scenario: str, tmp_path: Path
) -> None:
    report = await mother.killed_at_each_step(scenario, tmp_path, suites=len(COMPANIES))

    assert not report.failures, report.said
    assert report.deaths > 0


@pytest.mark.parametrize("scenario", [scenario.name for scenario in CONSENTS])
async def test_a_server_killed_at_any_step_of_a_consent_keeps_it_whole_or_asks_for_it_again(
    mother: Mother, scenario: str, tmp_path: Path
) -> None:
    suites = SCENARIOS[scenario].suites
    if SuiteName(mother.world.suite) not in suites:
        pytest.skip("not told of this suite")

    report = await mother.killed_at_each_step(scenario, tmp_path, suites=len(suites))

    assert not report.failures, report.said
    assert report.deaths > 0
