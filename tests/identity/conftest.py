"""Fixtures for what people have: a connected member with a calendar."""

from collections.abc import AsyncIterator

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.keys import Keys, Vault
from tests.bookings.house import House, Ticker, make_house


@pytest.fixture
async def house(database: TortoiseContext, keys: Keys, vault: Vault) -> AsyncIterator[House]:
    """A connected member, rooms to come, and a clock that stands at nine in the morning."""
    ticker = Ticker()
    with clock.use(ticker):
        yield await make_house(keys, vault, ticker)
