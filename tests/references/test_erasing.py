"""What goes with a member's connection, and what stays for their colleagues."""

import asyncio

import pytest
from tortoise.transactions import in_transaction

from app.connections.models import CalendarConnection
from app.database.tenancy import OrganisationModel
from app.keys import Keys, Vault
from app.references.erasing import erase_connections
from app.references.models import EventAttendance, EventNote, EventReference, MailboxReference
from app.suites.events import Event
from app.suites.protocol import SuiteName
from tests.bookings.house import House, Ticker, make_event, make_house
from tests.connections.stack import make_connection
from tests.support.database import open_database, until_somebody_waits_for_a_lock
from tests.support.queries import CountedQueries, counted_queries

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


@pytest.fixture
async def colleague(house: House) -> House:
    """Somebody of the same organisation with a connection of their own."""
    return await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )


async def _both_say(house: House, colleague: House) -> Event:
    """An event that stands in both calendars, attended by both, with a note of each."""
    shared = house.hold(make_event())
    colleague.hold(shared)
    for each in (house, colleague):
        await each.own_data.set_attendance(each.principal, shared.mailbox_id, in_person=True)
        await each.own_data.set_note(each.principal, shared.mailbox_id, f"{each.member.name} was here")
    return shared


async def test_what_a_member_said_goes_when_they_disconnect_and_their_colleagues_word_stays(
    house: House, colleague: House
) -> None:
    shared = await _both_say(house, colleague)

    await house.stack.connections.disconnect(house.principal)

    seen = await colleague.agenda.event(colleague.principal, shared.mailbox_id)
    assert [entry.member.name for entry in seen.attendances] == ["Ben Kok"]
    assert [note.text for note in seen.notes] == ["Ben Kok was here"]
    assert await EventReference.all().count() == 1


async def test_everything_on_an_event_goes_with_the_connection_of_the_last_member_who_referenced_it(
    house: House, colleague: House
) -> None:
    await _both_say(house, colleague)

    await house.stack.connections.disconnect(house.principal)
    await colleague.stack.connections.disconnect(colleague.principal)

    models: list[type[OrganisationModel]] = [EventAttendance, EventNote, MailboxReference, EventReference]
    assert {model.__name__: await model.of(house.organisation.id).count() for model in models} == {
        model.__name__: 0 for model in models
    }


async def test_what_a_member_said_goes_though_a_colleague_booked_a_room_for_the_event(
    house: House, colleague: House
) -> None:
    event, booking = await house.booked_event()
    colleague.hold(event)
    await colleague.own_data.set_note(colleague.principal, event.mailbox_id, "Bring charts")

    await colleague.stack.connections.disconnect(colleague.principal)

    assert await EventNote.all().count() == 0
    assert await EventReference.all().count() == 1
    assert (await house.booking(booking)).closed_at is None


async def test_erasing_many_connections_takes_as_many_statements_as_erasing_one(house: House, colleague: House) -> None:
    third = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Eva Lindqvist", organisation=house.organisation
    )
    for each in (house, colleague, third):
        await each.references.of_events(each.connection, SUITE, [make_event(), make_event()])
    mine = CalendarConnection.of(house.organisation.id)

    async with in_transaction(), counted_queries() as of_one:
        await erase_connections(mine.filter(id=house.connection.id))
    async with in_transaction(), counted_queries() as of_two:
        await erase_connections(mine.filter(id__in=[colleague.connection.id, third.connection.id]))

    assert await MailboxReference.all().count() == 0
    assert _own(of_two) == _own(of_one)


def _own(counted: CountedQueries) -> int:
    """SQLite tells a statement again for each row that it deletes along."""
    return len(set(counted.statements))


async def test_nobody_elses_words_go_with_connections_that_are_erased_together(house: House, colleague: House) -> None:
    """Each said something on an event that only the other's mailbox leads to."""
    own = await house.references.of_events(house.connection, SUITE, [make_event()])
    other = await colleague.references.of_events(colleague.connection, SUITE, [make_event()])
    [mine], [theirs] = own.values(), other.values()
    for each, reference in ((house, theirs.event), (colleague, mine.event)):
        await EventAttendance.create(
            organisation_id=house.organisation.id,
            event_reference=reference,
            member_id=each.principal.member_id,
            in_person=True,
        )
    bystander = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Eva Lindqvist", organisation=house.organisation
    )
    for both in (mine, theirs):
        await MailboxReference.create(
            organisation_id=house.organisation.id,
            connection=bystander.connection,
            event_reference=both.event,
            id_hash=both.mailbox.id_hash,
            sealed_id=b"sealed",
            created_at=house.ticker(),
        )

    async with in_transaction():
        await erase_connections(
            CalendarConnection.of(house.organisation.id).filter(id__in=[house.connection.id, colleague.connection.id])
        )

    assert await EventAttendance.all().count() == 2


async def test_whoever_connects_again_begins_without_what_they_said_before(house: House) -> None:
    event = house.hold(make_event())
    await house.own_data.set_attendance(house.principal, event.mailbox_id, in_person=True)
    await house.stack.connections.disconnect(house.principal)

    await make_connection(house.stack, house.member, house.integration)

    assert (await house.agenda.event(house.principal, event.mailbox_id)).attendances == ()


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


@pytest.mark.postgresql
async def test_a_colleague_who_says_something_on_an_event_just_as_its_last_reference_goes_is_heard(
    postgresql_url: str, keys: Keys, vault: Vault
) -> None:
    async with open_database(postgresql_url):
        house = await make_house(keys, vault, Ticker())
        colleague = await make_house(keys, vault, house.ticker, name="Ben Kok", organisation=house.organisation)
        shared = colleague.hold(house.hold(make_event()))
        await house.own_data.set_attendance(house.principal, shared.mailbox_id, in_person=True)
        is_erased, may_commit = asyncio.Event(), asyncio.Event()

        async def disconnect() -> None:
            async with in_transaction():
                await erase_connections(CalendarConnection.of(house.organisation.id).filter(id=house.connection.id))
                is_erased.set()
                await may_commit.wait()

        disconnecting = asyncio.create_task(disconnect())
        await is_erased.wait()
        saying = asyncio.create_task(
            colleague.own_data.set_note(colleague.principal, shared.mailbox_id, "Bring charts")
        )
        await until_somebody_waits_for_a_lock()
        may_commit.set()
        await asyncio.gather(disconnecting, saying)

        seen = await colleague.agenda.event(colleague.principal, shared.mailbox_id)
        assert [note.text for note in seen.notes] == ["Bring charts"]
        assert seen.attendances == ()
