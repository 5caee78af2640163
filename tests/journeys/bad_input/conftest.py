"""One server and one sandbox for everything that goes wrong: each test puts right what it broke."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.journeys.bad_input.brookside import FINN, Brookside
from tests.journeys.bad_input.world import ADA, World, foreign_ids
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import story_on
from tests.support.database import sqlite_url


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Newbridge and Tidewater, both enabled; users of Tidewater consent for themselves."""
    folder = tmp_path_factory.mktemp("bad-input")
    async with story_on(
        sqlite_url(folder), folder, PENDING_POLL_INTERVAL="0.2", SUITE_TIMEOUT="1.5", EXECUTION_DEADLINE="3"
    ) as story:
        administrator = await story.enabled()
        mia = await story.connected_member()
        approval = {"scopes": [], "roles": ["Place.Read.All"]}
        await story.sandbox.control("POST", "tenants/tidewater.example/consent", approval)
        ada = await story.enabled("Tidewater", ADA, approved_already=True)
        yield World(story=story, administrator=administrator, mia=mia, ada=ada, foreign=await foreign_ids(story, ada))


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def brookside(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Brookside]:
    """Brookside at Google, enabled."""
    folder = tmp_path_factory.mktemp("bad-input-google")
    async with story_on(
        sqlite_url(folder), folder, BROOKSIDE, PENDING_POLLING="false", SUITE_TIMEOUT="1.5", EXECUTION_DEADLINE="8"
    ) as story:
        administrator = await story.enabled()
        mara = await story.connected_member()
        finn = await story.connected_member(FINN)
        yield Brookside(story=story, administrator=administrator, mara=mara, finn=finn)


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _nothing_left_on_order(world: World) -> AsyncIterator[None]:
    yield
    sandbox = world.story.sandbox
    for orders in ("faults", "entra/token-error", "entra/authorise-error", "entra/answered-scopes"):
        await sandbox.control("DELETE", orders)
    await sandbox.control("PATCH", "graph/delivery", {})
