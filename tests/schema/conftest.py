"""Fixtures for asking the schema."""

from collections.abc import AsyncIterator

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.keys import Keys, Vault
from tests.bookings.house import Ticker
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.offices import Office
from tests.schema.world import House, Server, make_house


@pytest.fixture
async def server(database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[Server]:
    """A server without any organisation, and a clock that stands at nine in the morning."""
    ticker = Ticker()
    with clock.use(ticker):
        yield Server(keys, vault, ticker)


@pytest.fixture
async def house(server: Server) -> House:
    """An organisation whose integration is enabled."""
    return await make_house(server)


@pytest.fixture
async def office(house: House) -> Office:
    building = await make_building(house.organisation.id, capacity=3)
    floor = await make_floor(building, "First floor", capacity=2)
    return Office(house, building, floor, await make_area(floor, "North", capacity=1))
