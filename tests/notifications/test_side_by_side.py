"""Several processes tell and mail on one PostgreSQL: each thing once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from app import clock
from app.bookings.silence import SilentRooms
from app.keys import Keys, Vault
from app.notifications.models import Notification
from app.notifications.preferences import NO_ANSWER_AFTER
from app.notifications.service import notify
from tests.bookings.house import House, Ticker, make_house
from tests.notifications.test_mailing import mailing_of
from tests.support.database import open_database
from tests.support.mail_server import Inbox, mail_server

pytestmark = pytest.mark.postgresql


@pytest.fixture
async def house(postgresql_url: str, keys: Keys, vault: Vault) -> AsyncIterator[House]:
    ticker = Ticker()
    async with open_database(postgresql_url):
        with clock.use(ticker):
            yield await make_house(keys, vault, ticker)


async def test_rooms_that_are_silent_are_told_and_mailed_once(house: House) -> None:
    for name in ("Lighthouse", "Pier", "Quay"):
        await house.book(await house.room(name))
    house.ticker.advance(NO_ANSWER_AFTER)

    await asyncio.gather(*(SilentRooms(notify, house.stack.bus).run_due() for _ in range(4)))
    assert await Notification.of(house.organisation.id).count() == 3

    house.ticker.advance(timedelta(minutes=2))
    async with mail_server(Inbox()) as inbox:
        await asyncio.gather(*(mailing_of(house, inbox).run_due() for _ in range(4)))

    subjects = sorted(mail["Subject"] for mail in inbox.mails)
    assert subjects == [f"{name} has not answered" for name in ("Lighthouse", "Pier", "Quay")]
    assert await Notification.of(house.organisation.id).filter(mailed_at__isnull=True).count() == 0
