"""A building from its first day to its last, over HTTP: created, booked, narrowed, and removed."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.story import MEMBER, Story, story_on
from tests.support.client import Client

CREATE = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { __typename
  ... on BuildingCreated { building { id today floors { id areas { id name } } } } ... on Problem { message } } }"""
CHANGE = """mutation ($input: UpdateBuildingInput!) { updateBuilding(input: $input) { __typename
  ... on BuildingUpdated { cancelledShifts membersTold }
  ... on ShiftsNoLongerFit { consequences confirmation totalCount shifts { date area reason member { name } } }
  ... on Problem { code message } } }"""
REMOVE = """mutation ($input: RemoveBuildingInput!) { removeBuilding(input: $input) { __typename
  ... on BuildingRemoved { cancelledShifts } ... on ShiftsNoLongerFit { confirmation totalCount }
  ... on Problem { code message } } }"""
BOOK = """mutation ($input: BookShiftInput!) { bookShift(input: $input) { __typename
  ... on ShiftsBooked { shifts { id date area { name } } } ... on Problem { code message } } }"""
SHIFTS = """query ($from: Date!, $to: Date!) { shifts(from: $from, to: $to) {
  nodes { date building { name } area { name } } } }"""
FULL = """query ($date: Date!) { buildings { nodes { name occupancy(date: $date) { people left isFull }
  floors { areas { name occupancy(date: $date) { people left isFull } } } } } }"""
TOLD = "subscription { notificationAdded { kind message } }"


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(database_url, tmp_path, PENDING_POLLING="false") as story:
        yield story


async def test_a_building_is_created_booked_narrowed_and_removed_and_whoever_loses_a_shift_hears_it(
    story: Story,
) -> None:
    administrators_token = await story.enabled()
    members_token = await story.token_by_sign_in(MEMBER)  # who never connects a calendar
    async with (
        story.speaking_for(administrators_token) as administrator,
        story.speaking_for(members_token) as member,
    ):
        building = (await administrator.field(CREATE, input=_lighthouse()))["building"]
        [floor] = building["floors"]
        north, south = floor["areas"]
        days = _working_days(date.fromisoformat(building["today"]), 2)
        await _books(administrator, building, north, days)
        await _books(member, building, north, days)

        full = (await member.field(FULL, date=days[0].isoformat()))["nodes"][0]

        assert full["occupancy"]["isFull"] is False
        assert [area["occupancy"]["isFull"] for area in full["floors"][0]["areas"]] == [True, False]

        change = {
            "buildingId": building["id"],
            "floors": [{"id": floor["id"], "name": "Ground", "areas": [south, north | {"capacity": 1}]}],
        }
        async with member.subscribe(TOLD) as told:
            asked = await administrator.field(CHANGE, input=change)
            done = await administrator.field(CHANGE, input=change | {"confirmation": asked["confirmation"]})
            heard = await told.next()

        assert (asked["totalCount"], {shift["reason"] for shift in asked["shifts"]}) == (2, {"OVER_CAPACITY"})
        # What the member shares with those they meet is not shown in a list of shifts, to an administrator neither.
        assert [shift["member"] for shift in asked["shifts"]] == [None, None]
        assert (done["cancelledShifts"], done["membersTold"]) == (2, 1)
        assert heard["kind"] == "SHIFTS_CANCELLED"
        assert await _shifts(member, days) == []
        assert len(await _shifts(administrator, days)) == 2

        asked = await administrator.field(REMOVE, input={"buildingId": building["id"]})
        gone = {"buildingId": building["id"], "confirmation": asked["confirmation"]}
        assert await administrator.field(REMOVE, input=gone) == {"__typename": "BuildingRemoved", "cancelledShifts": 2}
        assert (await member.field(FULL, date=days[0].isoformat()))["nodes"] == []
        assert await _shifts(administrator, days) == []


def _lighthouse() -> dict[str, Any]:
    areas = [{"name": "North", "capacity": 2}, {"name": "South", "capacity": 8}]
    return {
        "name": "Lighthouse",
        "timeZone": "Europe/Amsterdam",
        "capacity": 8,
        "floors": [{"name": "Ground", "areas": areas}],
        "idempotencyKey": uuid4().hex,
    }


def _working_days(today: date, many: int) -> list[date]:
    """The next days that are no weekend, from tomorrow."""
    days = (today + timedelta(days=ahead) for ahead in range(1, 14))
    return [day for day in days if day.weekday() < 5][:many]


async def _books(client: Client, building: dict[str, Any], area: dict[str, Any], days: list[date]) -> None:
    command = {
        "kind": "AT_OFFICE",
        "place": {"buildingId": building["id"], "areaId": area["id"]},
        "days": {"dates": [day.isoformat() for day in days]},
        "idempotencyKey": uuid4().hex,
    }
    booked = await client.field(BOOK, input=command)
    assert booked["__typename"] == "ShiftsBooked", booked


async def _shifts(client: Client, days: list[date]) -> list[dict[str, Any]]:
    found = await client.field(SHIFTS, **{"from": days[0].isoformat(), "to": days[-1].isoformat()})
    nodes: list[dict[str, Any]] = found["nodes"]
    return nodes
