"""Days on which most people are in, as clients ask for them."""

from datetime import date
from typing import Any

import pytest

from app.identity.models import LocationSharing, Member
from app.suites.events import Attendee, AttendeeKind, Person, Response
from schema.ids import NodeKind
from tests.buildings.making import make_building
from tests.schema.world import House, make_house
from tests.support.people import make_member
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, shares

TUESDAY = date(2031, 5, 13)
SUGGEST = """query ($from: Date!, $to: Date!, $memberIds: [ID!]) {
  suggestOfficeDays(from: $from, to: $to, memberIds: $memberIds) { __typename
    ... on OfficeDays { people days {
      date building { name } members { name } isOpen hasRoom viewerShifts { kind date }
    } }
    ... on Problem { code remedy }
    ... on InvalidInput { field }
  } }"""
WEEK = {"from": "2031-05-12", "to": "2031-05-18"}


async def _colleagues(house: House, number: int = 2) -> list[Member]:
    """Who share with everyone, and are at the Lighthouse on Tuesday."""
    lighthouse = await make_building(house.organisation.id)
    people = [await make_member(house.organisation, f"Ben Moor {index}") for index in range(number)]
    for member in people:
        await shares(member, LocationSharing.EVERYONE)
        await make_shift(member, TUESDAY, lighthouse)
    return people


async def _suggest(house: House, members: list[Member] | None = None, **window: str) -> dict[str, Any]:
    ids = None if members is None else [house.ids.seal(NodeKind.MEMBER, member.id) for member in members]
    answer: dict[str, Any] = (await house.ask(SUGGEST, memberIds=ids, **(WEEK | window)))["suggestOfficeDays"]
    return answer


async def test_a_day_names_its_building_who_is_there_and_what_the_viewer_has_booked(house: House) -> None:
    people = await _colleagues(house)
    await make_shift(await Member.of(house.organisation.id).get(id=house.member.member_id), TUESDAY)

    answer = await _suggest(house, people)

    assert answer == {
        "__typename": "OfficeDays",
        "people": 2,
        "days": [
            {
                "date": "2031-05-13",
                "building": {"name": "Lighthouse"},
                "members": [{"name": "Ben Moor 0"}, {"name": "Ben Moor 1"}],
                "isOpen": True,
                "hasRoom": True,
                "viewerShifts": [{"kind": "REMOTE", "date": "2031-05-13"}],
            }
        ],
    }


async def test_whom_one_meets_is_read_from_ones_own_agenda_in_one_call(house: House) -> None:
    met, invited = await _colleagues(house)
    house.event(
        attendees=tuple(
            Attendee(Person(member.address, member.name), AttendeeKind.REQUIRED, response)
            for member, response in ((met, Response.ACCEPTED), (invited, Response.NOT_RESPONDED))
        )
    )
    house.server.suite.calls.clear()

    answer = await _suggest(house)

    assert answer["people"] == 1
    assert answer["days"][0]["members"] == [{"name": met.name}]
    assert sum(house.server.suite.calls.values()) == 1


async def test_a_calendar_is_needed_only_to_find_out_whom_one_meets(house: House) -> None:
    people = await _colleagues(house)
    await house.ask("mutation { disconnectCalendar { __typename } }")

    assert (await _suggest(house))["code"] == "CONNECTION_REQUIRED"
    assert len((await _suggest(house, people))["days"]) == 1


async def test_somebody_of_another_organisation_is_not_found(house: House) -> None:
    other = await make_house(house.server, "Newbridge")
    stranger = other.ids.seal(NodeKind.MEMBER, other.member.member_id)

    answer = await house.ask(SUGGEST, memberIds=[stranger], **WEEK)

    assert answer["suggestOfficeDays"]["__typename"] == "NotFound"


@pytest.mark.parametrize(
    ("window", "code"),
    [({"to": "2031-05-11"}, "WINDOW_REVERSED"), ({"to": "2031-07-13"}, "WINDOW_TOO_LONG")],
)
async def test_a_window_that_is_none_or_too_long_is_a_problem(house: House, window: dict[str, str], code: str) -> None:
    answer = await _suggest(house, None, **window)

    assert (answer["__typename"], answer["field"], answer["code"]) == ("InvalidInput", "to", code)


async def test_nobody_to_ask_for_is_a_problem(house: House) -> None:
    answer = await _suggest(house, [])

    assert (answer["__typename"], answer["field"]) == ("InvalidInput", "memberIds")


@pytest.mark.parametrize("window", [{"from": "next week"}, {"to": "2031-02-30"}, {"to": "3000-01-01"}])
async def test_a_day_that_is_none_is_a_bad_request(house: House, window: dict[str, str]) -> None:
    answer = await house.server.ask(house.member, SUGGEST, **(WEEK | window))

    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_many_people_cost_as_many_statements_as_few(house: House) -> None:
    people = await _colleagues(house, 30)
    costs = []
    for number in (2, 30):
        async with counted_queries() as queries:
            answer = await _suggest(house, people[:number])
        costs.append(len(queries))
        assert len(answer["days"][0]["members"]) == number

    assert costs[0] == costs[1]
