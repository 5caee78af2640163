"""Our own data on events as clients set and read it, nonsense included."""

from dataclasses import replace
from typing import Any

import pytest

from app.connections.models import CalendarConnection
from app.suites.errors import SuiteUnavailable
from app.suites.events import Event, EventKind, EventStatus
from schema.ids import NodeIds
from tests.connections.stack import account_of
from tests.schema.world import House, make_house

_EVENT = "event { id attendance { kind member { name } } note { text } notes { text author { name } } }"
ATTEND = f"""mutation ($input: SetAttendanceInput!) {{ setAttendance(input: $input) {{ __typename
  ... on AttendanceSet {{ {_EVENT} }} ... on InvalidInput {{ field }} ... on Problem {{ code message remedy }} }} }}"""
NOTE = f"""mutation ($input: SetEventNoteInput!) {{ setEventNote(input: $input) {{ __typename
  ... on EventNoteSet {{ {_EVENT} }} ... on InvalidInput {{ field }} ... on Problem {{ code message remedy }} }} }}"""
READ = """query ($id: ID!) { event(id: $id) { __typename ... on Event {
  attendance { kind member { name } } note { text } notes { text author { name } } } } }"""


async def _attend(house: House, event: Event, kind: str | None = "IN_PERSON") -> dict[str, Any]:
    answer = await house.ask(ATTEND, input={"eventId": house.event_id(event), "kind": kind})
    result: dict[str, Any] = answer["setAttendance"]
    return result


async def _note(house: House, event: Event, text: str | None = "Bring charts") -> dict[str, Any]:
    answer = await house.ask(NOTE, input={"eventId": house.event_id(event), "text": text})
    result: dict[str, Any] = answer["setEventNote"]
    return result


async def _theirs(house: House, event: Event) -> str:
    """The event in the administrator's calendar too; its id there."""
    connection = await CalendarConnection.of(house.organisation.id).get(member_id=house.administrator.member_id)
    member = await connection.member
    copy = replace(event, mailbox_id="their own", is_organiser=False)
    house.server.suite.mailboxes[(await account_of(member)).address].events[copy.mailbox_id] = copy
    ids = NodeIds(house.server.services.keys, house.organisation.id, house.administrator.member_id)
    return ids.seal_event(copy.mailbox_id)


async def test_how_one_attends_and_what_one_notes_come_back_with_the_event(house: House) -> None:
    event = house.event()

    attended, noted = await _attend(house, event, "REMOTE"), await _note(house, event, " Bring charts\n")

    assert attended["event"]["attendance"] == [{"kind": "REMOTE", "member": {"name": "Ada Tidewater"}}]
    assert noted["event"] == {
        "id": house.event_id(event),
        "attendance": [{"kind": "REMOTE", "member": {"name": "Ada Tidewater"}}],
        "note": {"text": "Bring charts"},
        "notes": [{"text": "Bring charts", "author": {"name": "Ada Tidewater"}}],
    }


async def test_null_takes_back_what_was_said(house: House) -> None:
    event = house.event()
    await _attend(house, event)
    await _note(house, event)

    await _attend(house, event, None)
    answer = await _note(house, event, None)

    assert (answer["event"]["attendance"], answer["event"]["note"], answer["event"]["notes"]) == ([], None, [])


async def test_a_colleague_on_the_event_reads_it_and_their_own_note_is_another(house: House) -> None:
    event = house.event()
    theirs = await _theirs(house, event)
    await _attend(house, event)
    await _note(house, event)

    seen = (await house.server.data(house.administrator, READ, id=theirs))["event"]

    assert seen["attendance"] == [{"kind": "IN_PERSON", "member": {"name": "Ada Tidewater"}}]
    assert (seen["note"], seen["notes"]) == (None, [{"text": "Bring charts", "author": {"name": "Ada Tidewater"}}])


async def test_a_colleague_who_is_not_on_the_event_reaches_it_by_no_id(house: House) -> None:
    event = house.event()
    await _note(house, event)
    made_up = NodeIds(house.server.services.keys, house.organisation.id, house.administrator.member_id)

    for id_ in (house.event_id(event), made_up.seal_event(event.mailbox_id)):
        seen = (await house.server.data(house.administrator, READ, id=id_))["event"]
        written = await house.server.data(house.administrator, NOTE, input={"eventId": id_, "text": "Me too"})
        assert (seen["__typename"], written["setEventNote"]["__typename"]) == ("NotFound", "NotFound")


async def test_another_organisation_on_the_same_event_reads_nothing_of_it(house: House) -> None:
    event = house.event()
    await _note(house, event)
    stranger = await make_house(house.server, "Newbridge")
    stranger.hold(event)

    seen = (await stranger.ask(READ, id=stranger.event_id(event)))["event"]

    assert (seen["__typename"], seen["notes"]) == ("Event", [])


async def test_a_series_and_its_dates_are_told_apart(house: House) -> None:
    master = house.series(2)
    first, second = (event for event in house.calendar.events.values() if event.kind is EventKind.OCCURRENCE)
    await _note(house, master, "Every week")
    await _note(house, first, "This week")

    notes = [
        [note["text"] for note in (await house.ask(READ, id=house.event_id(event)))["event"]["notes"]]
        for event in (master, first, second)
    ]

    assert notes == [["Every week"], ["This week"], []]


@pytest.mark.parametrize("text", ["x" * 2001, "a\u0000b", "\u001b[31mred"])
async def test_what_is_no_note_is_a_problem_that_names_the_text(house: House, text: str) -> None:
    answer = await _note(house, house.event(), text)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "text")


async def test_a_cancelled_event_is_a_problem_that_says_so(house: House) -> None:
    event = house.event(status=EventStatus.CANCELLED)

    for answer in (await _attend(house, event), await _note(house, event)):
        assert (answer["__typename"], answer["field"]) == ("InvalidInput", "eventId")
        assert "cancelled" in answer["message"]
        assert answer["remedy"]


async def test_without_a_connected_calendar_the_way_to_connect_is_told(house: House) -> None:
    event = house.event()
    await house.ask("mutation { disconnectCalendar { __typename } }")

    assert (await _attend(house, event))["__typename"] == "ConnectionRequired"
    assert (await _note(house, event))["__typename"] == "ConnectionRequired"


async def test_while_the_suite_is_down_nothing_is_said(house: House) -> None:
    event = house.event()
    house.server.suite.fail_next("event", SuiteUnavailable("503"))

    assert (await _note(house, event))["__typename"] == "SuiteUnavailable"
    assert (await house.ask(READ, id=house.event_id(event)))["event"]["notes"] == []


@pytest.mark.parametrize("values", [{"kind": "BY_CARRIER_PIGEON"}, {"kind": True}, {"mood": "glad"}])
async def test_what_has_the_wrong_form_is_a_bad_request(house: House, values: dict[str, Any]) -> None:
    command = {"eventId": house.event_id(house.event())} | values

    answer = await house.server.ask(house.member, ATTEND, input=command)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
