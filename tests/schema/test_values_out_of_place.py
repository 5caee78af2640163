"""Sealed values that somebody moved in the database: nobody sees another's, and each hears what can be done."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.notifications.models import Notification, NotificationKind
from app.references.models import EventNote, EventReference, MailboxReference
from tests.schema.documents import AGENDA, WINDOW
from tests.schema.test_own_data import NOTE
from tests.schema.world import House, Server, make_house

NOTES = "query ($id: ID!) { event(id: $id) { __typename ... on Event { subject notes { text } } } }"
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on Problem { code message remedy whoActs } } }"""


async def _swap(model: type[Any], column: str, one: Any, other: Any) -> None:
    """Exchange what two rows keep sealed."""
    values = [(await model.get(id=row_id)).__dict__[column] for row_id in (one, other)]
    for row_id, value in zip((one, other), reversed(values), strict=True):
        await model.filter(id=row_id).update(**{column: value})


async def _connection(house: House, member_id: Any) -> CalendarConnection:
    return await CalendarConnection.of(house.organisation.id).get(member_id=member_id)


async def test_members_whose_credentials_were_swapped_are_asked_to_connect_again_and_read_nothing(
    house: House,
) -> None:
    house.event(subject="Tide tables")
    members = (house.member, house.administrator)
    mine, theirs = [await _connection(house, member.member_id) for member in members]
    await _swap(CalendarConnection, "credentials", mine.id, theirs.id)

    answers = [await house.server.data(member, AGENDA, **WINDOW) for member in members]

    assert [answer["agenda"]["code"] for answer in answers] == ["RECONNECT_REQUIRED"] * 2
    assert "Tide tables" not in str(answers)
    for member in members:
        row = await _connection(house, member.member_id)
        assert (row.status, row.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.EXPIRED)
    told = {(row.member_id, row.kind) for row in await Notification.of(house.organisation.id).all()}
    assert told == {(member.member_id, NotificationKind.RECONNECT_REQUIRED) for member in members}


async def test_credentials_swapped_between_organisations_open_in_neither(server: Server) -> None:
    ours, theirs = await make_house(server, "Tidewater"), await make_house(server, "Newbridge")
    theirs.event(subject="Their secret")
    await _swap(CalendarConnection, "credentials", ours.connection.id, theirs.connection.id)

    answers = [await house.ask(AGENDA, **WINDOW) for house in (ours, theirs)]

    assert [answer["agenda"]["code"] for answer in answers] == ["RECONNECT_REQUIRED"] * 2
    assert "Their secret" not in str(answers)


async def test_connecting_again_mends_what_was_swapped(house: House) -> None:
    house.event(subject="Tide tables")
    theirs = await _connection(house, house.administrator.member_id)
    await _swap(CalendarConnection, "credentials", house.connection.id, theirs.id)
    await house.ask(AGENDA, **WINDOW)

    await house.connect()

    agenda = (await house.ask(AGENDA, **WINDOW))["agenda"]
    assert [node["subject"] for node in agenda["events"]["nodes"]] == ["Tide tables"]


async def test_a_note_from_another_event_is_left_out_and_the_event_shown(house: House) -> None:
    events = [house.event(subject=f"Number {number}") for number in range(2)]
    for event in events:
        command = {"eventId": house.event_id(event), "text": f"About {event.subject}"}
        await house.ask(NOTE, input=command)
    one, other = await EventNote.all()
    await _swap(EventNote, "text", one.id, other.id)

    answers = [await house.ask(NOTES, id=house.event_id(event)) for event in events]

    assert [answer["event"] for answer in answers] == [
        {"__typename": "Event", "subject": "Number 0", "notes": []},
        {"__typename": "Event", "subject": "Number 1", "notes": []},
    ]


async def test_a_note_that_does_not_open_can_be_written_anew(house: House) -> None:
    event = house.event()
    command = {"eventId": house.event_id(event), "text": "Bring charts"}
    await house.ask(NOTE, input=command)
    await EventNote.all().update(text=b"damaged")
    await MailboxReference.all().update(sealed_id=b"damaged")

    answer = await house.ask(NOTE, input=command)

    assert answer["setEventNote"]["event"]["notes"] == [{"text": "Bring charts", "author": {"name": "Ada Tidewater"}}]


async def test_bookings_whose_references_were_swapped_touch_no_event_and_say_so(house: House) -> None:
    booked = [(await house.book())["bookings"][0]["id"], (await house.book(event=_other(house)))["bookings"][0]["id"]]
    before = dict(house.calendar.events)
    one, other = await MailboxReference.all()
    await _swap(MailboxReference, "sealed_id", one.id, other.id)

    answers = [await house.ask(CANCEL, input={"bookingId": booking}) for booking in booked]

    assert [answer["cancelBooking"]["code"] for answer in answers] == ["NOT_FOUND"] * 2
    assert house.calendar.events == before


async def test_a_booking_whose_reference_does_not_open_stops_no_other_from_being_looked_at(house: House) -> None:
    await house.book()
    await house.book(event=_other(house))
    first, second = await RoomBooking.all().order_by("id")
    await MailboxReference.filter(id=first.mailbox_reference_id).update(sealed_id=b"damaged")
    house.rooms_appear()
    booked_at = house.server.ticker.moment
    house.server.ticker.advance(timedelta(minutes=1))
    now = house.server.ticker.moment

    await house.server.checks.run_due()

    damaged, sound = await RoomBooking.get(id=first.id), await RoomBooking.get(id=second.id)
    assert (damaged.last_checked_at, damaged.closed_at) == (booked_at, None)
    assert damaged.next_check_at is not None
    assert damaged.next_check_at > now
    assert sound.last_checked_at == now


@pytest.mark.parametrize("damaged", [b"", b"damaged", b"\x01\x02k1" + b"\x00" * 40])
async def test_an_events_own_reference_that_does_not_open_changes_nothing_of_what_is_shown(
    house: House, damaged: bytes
) -> None:
    event = house.event()
    await house.ask(NOTE, input={"eventId": house.event_id(event), "text": "Bring charts"})
    await EventReference.all().update(sealed_key=damaged)

    answer = await house.ask(NOTES, id=house.event_id(event))

    assert [note["text"] for note in answer["event"]["notes"]] == ["Bring charts"]


def _other(house: House) -> dict[str, Any]:
    return house.new_event(subject=f"Number {uuid4().hex}")
