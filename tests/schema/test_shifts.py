"""Lists of shifts."""

from typing import Any

import pytest

from app.identity.models import LocationSharing
from tests.schema.offices import SHIFTS, Office, day
from tests.support.queries import counted_queries
from tests.support.workplaces import shares


class TestLists:
    async def test_days_are_inclusive_and_shifts_come_by_their_start(self, office: Office) -> None:
        await office.booked(day(1), day(2), day(3), day(4))

        window: dict[str, Any] = {"from": day(2), "to": day(3)}
        found = await office.listed(**window)

        assert [shift["date"] for shift in found["nodes"]] == [day(2), day(3)]
        assert found["totalCount"] == 2

    async def test_a_long_list_is_read_page_by_page(self, office: Office) -> None:
        await office.booked(*(day(offset) for offset in (1, 2, 3)))

        first = await office.listed(first=2)
        second = await office.listed(first=2, after=first["pageInfo"]["endCursor"])

        assert [shift["date"] for shift in (*first["nodes"], *second["nodes"])] == [day(1), day(2), day(3)]
        assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
        assert (first["totalCount"], second["totalCount"]) == (3, 3)

    async def test_a_list_is_narrowed_to_a_member_or_a_building(self, office: Office) -> None:
        await office.booked(day(1))
        await office.booked(day(2), kind="REMOTE")
        await shares(await office.member(), LocationSharing.EVERYONE)
        await office.booked(day(3), by_administrator=True)

        theirs = await office.listed(by_administrator=True, memberId=office.member_id)
        there = await office.listed(by_administrator=True, buildingId=office.place()["buildingId"])

        assert [shift["date"] for shift in theirs["nodes"]] == [day(1), day(2)]
        assert [shift["date"] for shift in there["nodes"]] == [day(1), day(3)]

    async def test_what_is_hidden_is_not_counted(self, office: Office) -> None:
        await office.booked(day(1))

        found = await office.listed(by_administrator=True)

        assert (found["nodes"], found["totalCount"]) == ([], 0)

    @pytest.mark.parametrize(
        ("window", "code"),
        [
            ({"from": day(2), "to": day(1)}, "WINDOW_REVERSED"),
            ({"from": day(0), "to": day(366)}, "WINDOW_TOO_LONG"),
            ({"after": "no cursor"}, "MALFORMED_CURSOR"),
        ],
    )
    async def test_a_list_that_cannot_be_is_refused(self, office: Office, window: dict[str, str], code: str) -> None:
        variables = {"from": day(0), "to": day(1)} | window

        answer = await office.house.server.ask(office.house.member, SHIFTS, **variables)

        assert answer["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT", "problem": code}

    async def test_a_list_costs_the_same_statements_however_long_it_is(self, office: Office) -> None:
        await office.booked(day(1))
        async with counted_queries() as few:
            await office.listed()
        await office.booked(*(day(offset) for offset in (2, 3, 4, 7, 8, 9, 10, 11)))

        async with counted_queries() as many:
            found = await office.listed()

        assert len(found["nodes"]) == 9
        assert len(few) == len(many)
