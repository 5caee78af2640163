"""Fixtures for asking the schema."""

from collections.abc import AsyncIterator

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.keys import Keys, Vault
from tests.bookings.house import Ticker
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
