"""Answering an invitation as clients ask for it, nonsense included."""

from typing import Any

import pytest

from app.suites.events import Event, EventKind, Response
from tests.schema.world import House

RESPOND = """mutation ($input: RespondToEventInput!) { respondToEvent(input: $input) { __typename
  ... on EventResponded { event { id response } } ... on InvalidInput { field } ... on Problem { code } } }"""


def _invited(house: House, **values: Any) -> Event:
    return house.event(is_organiser=False, response=Response.NOT_RESPONDED, **values)


async def _answer(house: House, event: Event, **values: Any) -> dict[str, Any]:
    command = {"eventId": house.event_id(event), "response": "ACCEPT"} | values
    answer: dict[str, Any] = (await house.ask(RESPOND, input=command))["respondToEvent"]
    return answer


async def test_an_answer_comes_back_with_the_event_read_anew(house: House) -> None:
    event = _invited(house)

    answer = await _answer(house, event, response="TENTATIVE", comment="Perhaps")

    assert answer["event"] == {"id": house.event_id(event), "response": "TENTATIVELY_ACCEPTED"}


async def test_a_date_of_a_series_stands_for_the_series_where_that_is_said(house: House) -> None:
    master = _invited(house, kind=EventKind.SERIES)
    date = _invited(house, kind=EventKind.OCCURRENCE, series_mailbox_id=master.mailbox_id)

    await _answer(house, date, scope="SERIES")

    assert house.calendar.events[master.mailbox_id].response is Response.ACCEPTED


@pytest.mark.parametrize(
    ("values", "field"),
    [({"comment": "x" * 1001}, "comment"), ({"comment": "\u0000"}, "comment"), ({"scope": "SERIES"}, "scope")],
)
async def test_what_cannot_be_meant_is_a_problem_and_answers_nobody(
    house: House, values: dict[str, Any], field: str
) -> None:
    event = _invited(house)

    answer = await _answer(house, event, **values)

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", field)
    assert house.calendar.events[event.mailbox_id].response is Response.NOT_RESPONDED


async def test_an_event_of_ones_own_is_a_problem(house: House) -> None:
    assert (await _answer(house, house.event()))["field"] == "eventId"


@pytest.mark.parametrize(
    "values", [{"response": "MAYBE"}, {"response": None}, {"scope": "THIS_AND_FOLLOWING"}, {"proposedTime": "noon"}]
)
async def test_what_has_the_wrong_form_is_a_bad_request(house: House, values: dict[str, Any]) -> None:
    command = {"eventId": house.event_id(_invited(house)), "response": "ACCEPT"} | values

    answer = await house.server.ask(house.member, RESPOND, input=command)

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
