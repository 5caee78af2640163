"""The world of one organisation on its way to an integration."""

import pytest
from tortoise.context import TortoiseContext

from tests.integrations.doubles import World, make_world


@pytest.fixture
async def world(database: TortoiseContext) -> World:
    return await make_world()
