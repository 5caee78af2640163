"""What people say on events, through HTTP at each suite: who sees it, and that it follows events that move."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.journeys.story import BOOK, Slot, Story
from tests.support.client import Client

SUBJECT = "Harbour walk"
ZONE = "Europe/Amsterdam"
HOUR = timedelta(hours=1)
WEEK = timedelta(weeks=1)

_SAID = "attendance { kind member { name } } notes { text author { name } }"
AGENDA = f"""query ($from: DateTime!, $to: DateTime!) {{ agenda(from: $from, to: $to) {{
  ... on Agenda {{ events(first: 100) {{ nodes {{ id seriesId subject start {{ dateTime }} {_SAID} }} }} }}
  ... on Problem {{ code message }} }} }}"""
EVENT = f"query ($id: ID!) {{ event(id: $id) {{ __typename ... on Event {{ {_SAID} }} ... on Problem {{ code }} }} }}"
ATTEND = """mutation ($input: SetAttendanceInput!) { setAttendance(input: $input) { __typename
  ... on Problem { code message } } }"""
NOTE = """mutation ($input: SetEventNoteInput!) { setEventNote(input: $input) { __typename
  ... on Problem { code message } } }"""
RESCHEDULE = """mutation ($input: RescheduleBookingInput!) { rescheduleBooking(input: $input) { __typename
  ... on Problem { code message } } }"""


async def says(client: Client, event_id: str, *, kind: str | None = None, text: str | None = None) -> None:
    """Somebody says how they attend, or notes something."""
    if kind is not None:
        answer = await client.field(ATTEND, input={"eventId": event_id, "kind": kind})
        assert answer["__typename"] == "AttendanceSet", answer
    if text is not None:
        answer = await client.field(NOTE, input={"eventId": event_id, "text": text})
        assert answer["__typename"] == "EventNoteSet", answer


async def meetings(client: Client, slot: Slot, *, weeks: int = 0) -> list[dict[str, Any]]:
    """The story's meetings in somebody's agenda, from some hours before the slot until some after it."""
    window = {"from": (slot.start - 6 * HOUR).isoformat(), "to": (slot.end + 6 * HOUR + weeks * WEEK).isoformat()}
    agenda = await client.field(AGENDA, **window)
    return [event for event in agenda["events"]["nodes"] if event["subject"] == SUBJECT]


def said(event: dict[str, Any]) -> tuple[list[str], list[str]]:
    """How people attend, and what they noted."""
    return [entry["kind"] for entry in event["attendance"]], [note["text"] for note in event["notes"]]


async def booked(story: Story, client: Client, slot: Slot, *guests: str, **values: Any) -> dict[str, Any]:
    room = await story.free_room(client, slot)
    event = slot.as_event(SUBJECT, *guests) | values
    answer: dict[str, Any] = await client.field(
        BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": "walk"}
    )
    assert answer["__typename"] == "RoomsBooked", answer
    return answer


def on_the_wall(moment: datetime) -> dict[str, str]:
    """A start or an end as both suites take it."""
    wall = moment.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)
    return {"dateTime": wall.isoformat(timespec="seconds"), "timeZone": ZONE}


async def moved_in_the_suite(story: Story, slot: Slot) -> None:
    """The organiser moves the event, or the whole series, in the suite's own program."""
    company = story.company
    [item] = await company.items(story.sandbox, SUBJECT)
    where = f"{company.control}/mailboxes/{company.member}/events/{item['id']}"
    await story.sandbox.control("PATCH", where, {"start": on_the_wall(slot.start), "end": on_the_wall(slot.end)})


async def test_what_is_said_is_seen_by_whoever_has_the_event_and_follows_it(story: Story) -> None:
    guest_address = story.company.administrator
    guest_token, organiser_token = await story.enabled(), await story.connected_member()
    slot = Slot.in_days(4)
    later = Slot(slot.start + HOUR, slot.end + HOUR)

    async with story.speaking_for(organiser_token) as organiser, story.speaking_for(guest_token) as guest:
        mine = (await booked(story, organiser, slot, guest_address))["event"]["id"]
        [theirs] = await meetings(guest, slot)
        await says(organiser, mine, kind="IN_PERSON", text="By the side door")
        await says(guest, theirs["id"], kind="REMOTE")
        both = (["IN_PERSON", "REMOTE"], ["By the side door"])

        [seen] = await meetings(guest, slot)
        assert sorted(said(seen)[0]) == both[0]
        assert said(seen)[1] == both[1]

        await moved_in_the_suite(story, later)
        for client in (organiser, guest):
            [seen] = await meetings(client, later)
            assert datetime.fromisoformat(seen["start"]["dateTime"]) == later.start
            assert (sorted(said(seen)[0]), said(seen)[1]) == both

        # Whoever is taken off the event sees nothing of it any more, and says nothing on it.
        [item] = await story.company.items(story.sandbox, SUBJECT)
        where = f"{story.company.control}/mailboxes/{story.company.member}/events/{item['id']}/remove-attendee"
        await story.sandbox.control("POST", where, {"address": guest_address})
        for event_id in (theirs["id"], mine):
            refused = await guest.field(NOTE, input={"eventId": event_id, "text": "Still here"})
            assert refused["__typename"] in {"NotFound", "InvalidInput"}
        assert [said(event) for event in await meetings(guest, later) if said(event)[1]] == []

        # Whoever disconnects takes their own word along; connected again they begin without it.
        await organiser.field("mutation { disconnectCalendar { __typename } }")
        await story.connected(organiser, story.company.member)
        [seen] = await meetings(organiser, later)
        assert said(seen) == (["REMOTE"], [])


async def test_a_date_keeps_what_was_said_on_it_when_its_series_moves_there_or_here(story: Story) -> None:
    await story.enabled()
    token = await story.connected_member()
    slot = Slot.in_days(4)
    times = [Slot(slot.start + hours * HOUR, slot.end + hours * HOUR) for hours in range(3)]
    weekday = slot.start.astimezone(ZoneInfo(ZONE)).strftime("%A").upper()
    weekly = {"frequency": "WEEKLY", "weekdays": [weekday], "count": 3}

    async with story.speaking_for(token) as member:
        answer = await booked(story, member, slot, recurrence=weekly)
        dates = await meetings(member, slot, weeks=3)
        assert len(dates) == 3
        series = dates[0]["seriesId"]
        await says(member, series, text="Every week")
        await says(member, dates[1]["id"], kind="IN_PERSON", text="This week with guests")

        async def assert_all_stands_at(time: Slot) -> None:
            found = await meetings(member, time, weeks=3)
            assert datetime.fromisoformat(found[0]["start"]["dateTime"]) == time.start
            assert [said(date) for date in found] == [([], []), (["IN_PERSON"], ["This week with guests"]), ([], [])]
            assert said(await member.field(EVENT, id=series)) == ([], ["Every week"])

        await assert_all_stands_at(times[0])
        await moved_in_the_suite(story, times[1])
        await assert_all_stands_at(times[1])
        time = {"start": times[2].start.isoformat(), "end": times[2].end.isoformat(), "timeZone": ZONE}
        command = {"bookingId": answer["bookings"][0]["id"], "scope": "SERIES"} | time
        rescheduled = await member.field(RESCHEDULE, input=command)
        assert rescheduled["__typename"] == "BookingRescheduled", rescheduled
        await assert_all_stands_at(times[2])
