"""Shifts and the member's own calendar, through HTTP at each suite: suggested from there, shown there, gone again."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

from tests.journeys.story import Story
from tests.support.client import Client

SECONDS = 20
DAY = timedelta(days=1)

CREATE = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { __typename
  ... on BuildingCreated { building { id } } ... on Problem { message } } }"""
PREFER = """mutation ($input: SetShiftPreferencesInput) { setShiftPreferences(input: $input) { __typename
  ... on ShiftPreferencesSet { preferences { suggestFromCalendar showInCalendar } } } }"""
BOOK = """mutation ($input: BookShiftInput!) { bookShift(input: $input) { __typename
  ... on ShiftsBooked { shifts { id } } ... on Problem { message } } }"""
CANCEL = "mutation ($input: CancelShiftInput!) { cancelShift(input: $input) { __typename } }"
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { subject isAllDay } } } } }"""
SUGGESTED = """query ($from: Date!, $to: Date!) { suggestedShifts(from: $from, to: $to) { __typename
  ... on SuggestedShifts { suggestions { date kind building { name } slot } problems { code } } } }"""


def some_weekday() -> date:
    """A Tuesday in three weeks, where no calendar is seeded."""
    today = datetime.now(UTC).date()
    return today + timedelta(days=22 - today.weekday())


async def lighthouse(administrator: Client) -> str:
    hours = [{"weekday": name, "opens": "08:00", "closes": "18:00"} for name in ("TUESDAY", "WEDNESDAY")]
    values = {"name": "Lighthouse", "timeZone": "Europe/Amsterdam", "openingHours": hours, "idempotencyKey": "a house"}
    created = await administrator.field(CREATE, input=values)
    building: str = created["building"]["id"]
    return building


async def in_calendar(story: Story, day: date) -> list[dict[str, Any]]:
    """What lies in the member's calendar on this whole day, as the suite holds it."""
    where = f"{story.company.control}/mailboxes/{story.company.member}/items"
    items = await story.sandbox.control("GET", where)
    return [item for item in items if item.get("status") != "cancelled" and _first_day(item) == day.isoformat()]


def _first_day(item: dict[str, Any]) -> str | None:
    start: dict[str, str] = item.get("start", {})
    if "date" in start:
        return start["date"]
    return start["dateTime"][:10] if item.get("isAllDay") else None


async def until_in_calendar(story: Story, day: date, count: int) -> list[dict[str, Any]]:
    async with asyncio.timeout(SECONDS):
        while len(found := await in_calendar(story, day)) != count:
            continue
    return found


async def test_a_shift_comes_into_the_members_calendar_is_no_meeting_there_and_goes_with_the_shift(
    story: Story,
) -> None:
    day = some_weekday()
    async with story.speaking_for(await story.enabled()) as administrator:
        building = await lighthouse(administrator)
    async with story.speaking_for(await story.connected_member()) as member:
        await member.field(PREFER, input={"showInCalendar": True})
        booked = await member.field(
            BOOK,
            input={
                "days": {"dates": [day.isoformat()]},
                "kind": "AT_OFFICE",
                "place": {"buildingId": building},
                "idempotencyKey": uuid4().hex,
            },
        )

        [entry] = await until_in_calendar(story, day, 1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
        window = {"from": (midnight - DAY).isoformat(), "to": (midnight + 2 * DAY).isoformat()}
        agenda = await member.field(AGENDA, **window)
        await member.field(CANCEL, input={"shiftId": booked["shifts"][0]["id"]})
        await until_in_calendar(story, day, 0)

    assert entry[story.company.subject] == "Working at Lighthouse"
    assert not [event for event in agenda["events"]["nodes"] if event["isAllDay"]]


async def test_where_the_member_told_the_suite_that_they_work_is_suggested_and_booked_like_any_shift(
    story: Story,
) -> None:
    day = some_weekday()
    async with story.speaking_for(await story.enabled()) as administrator:
        await lighthouse(administrator)
    await story.company.work_remotely(story.sandbox, day)
    async with story.speaking_for(await story.connected_member()) as member:
        window = {"from": day.isoformat(), "to": (day + DAY).isoformat()}
        unasked = await member.field(SUGGESTED, **window)
        await member.field(PREFER, input={"suggestFromCalendar": True})
        asked = await member.field(SUGGESTED, **window)
        [suggestion] = asked["suggestions"]
        days = {"dates": [suggestion["date"]]}
        await member.field(BOOK, input={"days": days, "kind": suggestion["kind"], "idempotencyKey": uuid4().hex})
        taken = await member.field(SUGGESTED, **window)

    assert [problem["code"] for problem in unasked["problems"]] == ["SUGGESTIONS_SWITCHED_OFF"]
    assert suggestion == {"date": day.isoformat(), "kind": "REMOTE", "building": None, "slot": "WHOLE_DAY"}
    assert (taken["suggestions"], taken["problems"]) == ([], [])
