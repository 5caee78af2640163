"""References: sealed, found by a keyed hash, one for each event however many make them."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import Actor, NotFound, SuiteUnavailable
from app.keys import SealBroken, Vault
from app.references.models import EventReference, MailboxReference
from app.references.service import ReferenceService, event_node, parse_event_node
from app.suites.protocol import SuiteName
from tests.bookings.house import START, House, make_event, make_house

SUITE = SuiteName.MICROSOFT_365


async def test_nothing_of_a_suites_ids_is_readable_in_the_rows(house: House) -> None:
    event = make_event(mailbox_id="mailbox-20310512T0900", shared_key="shared-20310512T0900")

    await house.references.of_events(house.connection, SUITE, [event])

    rows = [*await EventReference.all().values(), *await MailboxReference.all().values()]
    assert len(rows) == 2
    assert "20310512T0900" not in str(rows)


async def test_a_mailbox_reference_opens_to_the_mailboxs_own_id(house: House) -> None:
    event = make_event()

    made = await house.references.of_events(house.connection, SUITE, [event])

    assert house.references.open(made[event.mailbox_id].mailbox) == event.mailbox_id


async def test_a_reference_swapped_for_anothers_leads_nowhere(house: House) -> None:
    first, second = make_event(), make_event()
    made = await house.references.of_events(house.connection, SUITE, [first, second])
    moved = made[first.mailbox_id].mailbox
    moved.sealed_id = made[second.mailbox_id].mailbox.sealed_id

    with pytest.raises(NotFound):
        house.references.open(moved)


async def test_a_reference_whose_key_is_not_at_hand_is_the_operators_business(house: House) -> None:
    event = make_event()
    made = await house.references.of_events(house.connection, SUITE, [event])
    other_server = ReferenceService(Vault((("k2", b"\x02" * 32),)), house.stack.keys)

    with pytest.raises(SuiteUnavailable) as problem:
        other_server.open(made[event.mailbox_id].mailbox)

    assert problem.value.who_acts is Actor.OPERATOR
    assert not problem.value.retryable


async def test_ids_that_differ_in_the_case_of_a_letter_are_those_of_two_events(house: House) -> None:
    first = make_event(mailbox_id="AAMkAGI1AAAt9AHj", shared_key="040000008200e0")
    second = make_event(mailbox_id="AAMkAGI1AAAt9AHJ", shared_key="040000008200E0")

    made = await house.references.of_events(house.connection, SUITE, [first, second])

    assert made[first.mailbox_id].event.id != made[second.mailbox_id].event.id
    assert {house.references.open(each.mailbox) for each in made.values()} == {first.mailbox_id, second.mailbox_id}
    assert await EventReference.all().count() == await MailboxReference.all().count() == 2


async def test_the_same_event_has_the_same_references_at_every_read(house: House) -> None:
    event = make_event()
    first = await house.references.of_events(house.connection, SUITE, [event])

    second = await house.references.of_events(house.connection, SUITE, [event, make_event()])

    assert second[event.mailbox_id].event.id == first[event.mailbox_id].event.id
    assert second[event.mailbox_id].mailbox.id == first[event.mailbox_id].mailbox.id
    assert await EventReference.all().count() == 2


async def test_two_mailboxes_share_an_events_reference_and_have_their_own_of_the_mailbox(house: House) -> None:
    colleague = await make_house(
        house.stack.keys, house.stack.vault, house.ticker, name="Ben Kok", organisation=house.organisation
    )
    event = make_event()

    first = (await house.references.of_events(house.connection, SUITE, [event]))[event.mailbox_id]
    second = (await house.references.of_events(colleague.connection, SUITE, [event]))[event.mailbox_id]

    assert first.event.id == second.event.id
    assert first.mailbox.id != second.mailbox.id


async def test_two_organisations_share_nothing(house: House) -> None:
    other = await make_house(house.stack.keys, house.stack.vault, house.ticker, name="Eve Roe")
    event = make_event()

    first = (await house.references.of_events(house.connection, SUITE, [event]))[event.mailbox_id]
    second = (await other.references.of_events(other.connection, SUITE, [event]))[event.mailbox_id]

    assert first.event.id != second.event.id
    assert first.event.key_hash != second.event.key_hash


async def test_ids_that_differ_in_case_are_different_events(house: House) -> None:
    lower, upper = make_event(mailbox_id="aaa", shared_key="aaa"), make_event(mailbox_id="AAA", shared_key="AAA")

    made = await house.references.of_events(house.connection, SUITE, [lower, upper])

    assert made["aaa"].event.id != made["AAA"].event.id


async def test_a_reference_that_had_begun_to_go_stays_when_something_new_hangs_on_it(house: House) -> None:
    event = make_event()
    await house.references.of_events(house.connection, SUITE, [event])
    await EventReference.all().update(closed_at=START)

    await house.references.of_events(house.connection, SUITE, [event])

    assert (await EventReference.get()).closed_at is None


@given(member_id=st.uuids(), mailbox_id=st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_events_node_id_holds_whose_view_it_is(member_id: UUID, mailbox_id: str) -> None:
    assert parse_event_node(event_node(member_id, mailbox_id)) == (member_id, mailbox_id)


@given(st.binary(max_size=40))
def test_what_is_no_events_node_id_is_refused(raw: bytes) -> None:
    try:
        member_id, mailbox_id = parse_event_node(raw)
    except SealBroken:
        return
    assert event_node(member_id, mailbox_id) == raw


def test_an_events_node_id_without_an_event_is_refused() -> None:
    with pytest.raises(SealBroken):
        parse_event_node(uuid4().bytes)
