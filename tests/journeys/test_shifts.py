"""A member's week over HTTP: no calendar is needed for it, it outlives the integration, and past days go one day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.journeys.story import MEMBER, Story, story_on
from tests.journeys.test_five_days import FIVE_DAYS, INTEGRATION, disabled, until
from tests.support.client import Client
from tests.support.database import sqlite_url

CREATE = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { __typename
  ... on BuildingCreated { building { id today } } ... on Problem { message } } }"""
BOOK = """mutation ($input: BookShiftInput!) { bookShift(input: $input) { __typename
  ... on ShiftsBooked { shifts { id date kind bookedBy { name } } }
  ... on CapacityReached { fullDays { name alternatives { slot left building { name } } } }
  ... on Problem { code message remedy } } }"""
CHANGE = """mutation ($input: ChangeShiftInput!) { changeShift(input: $input) { __typename
  ... on ShiftsChanged { shifts { id slot } } ... on Problem { code message } } }"""
CANCEL = """mutation ($input: CancelShiftInput!) { cancelShift(input: $input) { __typename
  ... on ShiftsCancelled { shifts { id isCancelled } } ... on Problem { code message } } }"""
SHIFTS = """query ($from: Date!, $to: Date!) { shifts(from: $from, to: $to) { totalCount
  nodes { id date slot kind building { name } } } }"""
KEEP = """mutation ($input: SetWorkplaceSettingsInput!) { setWorkplaceSettings(input: $input) { __typename
  ... on Problem { message } } }"""
WHO = "{ viewer { member { id } connection { status } } }"
TOLD = "subscription { notificationAdded { kind message shifts { id date } } }"
WEEK = timedelta(days=7)


@pytest.fixture
async def lasting_story(tmp_path: Path) -> AsyncIterator[Story]:
    """One that goes on days later."""
    async with story_on(sqlite_url(tmp_path), tmp_path, moves_clock=True, PENDING_POLLING="false") as story:
        yield story


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(database_url, tmp_path, PENDING_POLLING="false") as story:
        yield story


async def _lighthouse(administrator: Client, capacity: int) -> dict[str, Any]:
    created = await administrator.field(
        CREATE,
        input={
            "name": "Lighthouse",
            "timeZone": "Europe/Amsterdam",
            "capacity": capacity,
            "idempotencyKey": "lighthouse",
        },
    )
    building: dict[str, Any] = created["building"]
    return building


def _monday(building: dict[str, Any]) -> date:
    """The next one that is ahead."""
    tomorrow = date.fromisoformat(building["today"]) + timedelta(days=1)
    return tomorrow + timedelta(days=-tomorrow.weekday() % 7)


async def _book(client: Client, building: dict[str, Any], *days: date, **values: Any) -> dict[str, Any]:
    wanted = {
        "kind": "AT_OFFICE",
        "place": {"buildingId": building["id"]},
        "days": {"dates": [day.isoformat() for day in days]},
        "idempotencyKey": uuid4().hex,
    }
    answer: dict[str, Any] = await client.field(BOOK, input=wanted | values)
    return answer


async def _shifts(client: Client, first: date, days: int = 7) -> dict[str, Any]:
    window = {"from": first.isoformat(), "to": (first + timedelta(days=days)).isoformat()}
    answer: dict[str, Any] = await client.field(SHIFTS, **window)
    return answer


async def test_a_member_who_never_connected_a_calendar_plans_their_week(story: Story) -> None:
    administrators_token = await story.enabled()
    token = await story.token_by_sign_in(MEMBER)
    async with story.speaking_for(administrators_token) as administrator, story.speaking_for(token) as member:
        building = await _lighthouse(administrator, capacity=1)
        monday = _monday(building)

        booked = await _book(member, building, monday, monday + timedelta(days=1))
        full = await _book(administrator, building, monday)
        [first, second] = booked["shifts"]
        changed = await member.field(CHANGE, input={"shiftId": first["id"], "slot": {"kind": "MORNING"}})
        beside = await _book(administrator, building, monday, slot={"kind": "AFTERNOON"})
        cancelled = await member.field(CANCEL, input={"shiftId": second["id"]})

        assert (await member.field(WHO))["connection"]["status"] == "NOT_CONNECTED"
        assert full["code"] == "CAPACITY_REACHED"
        assert changed["shifts"] == [{"id": first["id"], "slot": "MORNING"}]
        assert beside["__typename"] == "ShiftsBooked"
        assert cancelled["shifts"] == [{"id": second["id"], "isCancelled": True}]
        week = await _shifts(member, monday)
        assert [(shift["date"], shift["slot"]) for shift in week["nodes"]] == [(monday.isoformat(), "MORNING")]
        assert week["totalCount"] == 1


async def test_a_member_hears_at_once_what_an_administrator_books_for_them(story: Story) -> None:
    administrators_token = await story.enabled()
    token = await story.token_by_sign_in(MEMBER)
    async with story.speaking_for(administrators_token) as administrator, story.speaking_for(token) as member:
        building = await _lighthouse(administrator, capacity=9)
        monday = _monday(building)
        member_id = (await member.field(WHO))["member"]["id"]

        async with member.subscribe(TOLD) as updates:
            await member.field(WHO)  # by then the subscription listens
            booked = await _book(administrator, building, monday, memberId=member_id)
            told = await updates.next()

        [shift] = booked["shifts"]
        assert shift["bookedBy"]["name"]
        assert (told["kind"], told["shifts"]) == ("SHIFTS_BOOKED", [{"id": shift["id"], "date": monday.isoformat()}])
        assert "a shift at Lighthouse on Monday" in told["message"]


async def test_shifts_outlive_the_integration_and_go_once_their_time_is_over(lasting_story: Story) -> None:
    story = lasting_story
    administrators_token = await story.enabled()
    async with story.speaking_for(administrators_token) as administrator:
        building = await _lighthouse(administrator, capacity=9)
        monday = _monday(building)
        later = [monday + WEEK * number for number in (0, 2)]
        assert (await _book(administrator, building, *later))["__typename"] == "ShiftsBooked"

        await disabled(administrator)
        await story.advance(FIVE_DAYS + timedelta(minutes=2))
        await until(administrator, INTEGRATION, lambda answer: answer["status"] == "NOT_CONFIGURED")
        kept = await _shifts(administrator, monday, 30)
        assert (await administrator.field(KEEP, input={"shiftRetentionDays": 1}))[
            "__typename"
        ] == "WorkplaceSettingsSet"
        await story.advance(timedelta(days=9))
        left = await _until_fewer(administrator, monday, len(kept["nodes"]))

        assert [shift["date"] for shift in kept["nodes"]] == [day.isoformat() for day in later]
        assert [shift["date"] for shift in left["nodes"]] == [later[1].isoformat()]


async def _until_fewer(client: Client, first: date, count: int) -> dict[str, Any]:
    """The shifts, once some of them were erased."""
    async with asyncio.timeout(20):
        while (answer := await _shifts(client, first, 30))["totalCount"] == count:
            continue
    return answer
