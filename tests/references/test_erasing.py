"""What goes with a member's connection, and what stays for their colleagues."""

import asyncio

import pytest
from tortoise.transactions import in_transaction

from app import clock
from app.connections.models import CalendarConnection
from app.keys import Keys, Vault
from app.references.models import EventNote, EventReference, MailboxReference
from app.suites.protocol import SuiteName
from tests.bookings.house import House, Ticker, make_event, make_house
from tests.support.database import open_database, until_somebody_waits_for_a_lock

SUITE = SuiteName.MICROSOFT_365


async def test_a_member_who_disconnects_leaves_no_reference_behind(house: House) -> None:
    await house.references.of_events(house.connection, SUITE, [make_event(), make_event()])

    await house.stack.connections.disconnect(house.principal)

    assert await CalendarConnection.all().count() == 0
    assert await MailboxReference.all().count() == 0
    assert await EventReference.all().count() == 0


async def test_a_reference_that_a_colleagues_mailbox_needs_stays_until_they_disconnect_too(house: House) -> None:
    colleague = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )
    shared = make_event()
    await house.references.of_events(house.connection, SUITE, [shared, make_event()])
    await colleague.references.of_events(colleague.connection, SUITE, [shared])

    await house.stack.connections.disconnect(house.principal)

    assert [row.connection_id for row in await MailboxReference.all()] == [colleague.connection.id]
    assert await EventReference.all().count() == 1
    await colleague.stack.connections.disconnect(colleague.principal)
    assert await EventReference.all().count() == 0


async def test_a_reference_on_which_a_colleagues_note_hangs_stays(house: House) -> None:
    event = make_event()
    made = await house.references.of_events(house.connection, SUITE, [event])
    await EventNote.create(
        organisation_id=house.organisation.id,
        event_reference=made[event.mailbox_id].event,
        author_id=house.principal.member_id,
        text=b"sealed",
        updated_at=clock.now(),
    )

    await house.stack.connections.disconnect(house.principal)

    assert await EventNote.all().count() == 1


@pytest.mark.postgresql
async def test_a_colleague_who_books_the_same_event_just_then_loses_nothing(
    postgresql_url: str, keys: Keys, vault: Vault
) -> None:
    async with open_database(postgresql_url):
        house = await make_house(keys, vault, Ticker())
        colleague = await make_house(keys, vault, house.ticker, name="Ben Kok", organisation=house.organisation)
        shared = make_event()
        await house.references.of_events(house.connection, SUITE, [shared])
        is_recorded, may_commit = asyncio.Event(), asyncio.Event()

        async def record() -> None:
            async with in_transaction():
                await colleague.references.of_events(colleague.connection, SUITE, [shared])
                is_recorded.set()
                await may_commit.wait()

        recording = asyncio.create_task(record())
        await is_recorded.wait()
        disconnecting = asyncio.create_task(house.stack.connections.disconnect(house.principal))
        await until_somebody_waits_for_a_lock()
        may_commit.set()
        await asyncio.gather(recording, disconnecting)

        assert [row.connection_id for row in await MailboxReference.all()] == [colleague.connection.id]
