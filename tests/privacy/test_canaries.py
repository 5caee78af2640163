"""Canaries in a calendar: after the whole journey no subject, time or stranger's address is found on any disk."""

import base64
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from tests.journeys.companies import COMPANIES, ForeignEvent
from tests.journeys.story import AVAILABLE, BOOK, PENDING, Slot, Story, story_on
from tests.support.client import Client

DAYS_AHEAD = 97
"""Further than any expiry, retention or log line of ours reaches, nearer than rooms take bookings."""
SUBJECT = "Xylophone-Quorum-7431"
BODY = "Marmalade-Obelisk-8842"
PLACE = "Gazebo-Umbrella-5523"
STRANGER = "quill.zephyr@outsider.example"
MADE_ELSEWHERE = "Vermilion-Cactus-6604"
NOTED = "Periwinkle-Anvil-9017"

AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename ... on Agenda {
  events { nodes { id subject start { dateTime } bodyPreview location organiser { email } rooms { state }
    attendees { nodes { person { email } } } } } } } }"""
EVENT = "query ($id: ID!) { event(id: $id) { ... on Event { subject start { dateTime } } ... on Problem { message } } }"
ATTEND = """mutation ($input: SetAttendanceInput!) { setAttendance(input: $input) { __typename
  ... on Problem { code message } } }"""
NOTE = """mutation ($input: SetEventNoteInput!) { setEventNote(input: $input) { __typename
  ... on EventNoteSet { event { notes { text } } } ... on Problem { code message } } }"""
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on BookingCancelled { booking { state } } ... on Problem { code message } } }"""


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
async def story(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Story]:
    async with story_on(database_url, tmp_path, request.param) as story:
        yield story


def _times(moment: datetime) -> Iterator[str]:
    """A moment in every form that the suites, databases and logs write it in."""
    utc = moment.astimezone(UTC)
    for form in ("%Y-%m-%d", "%Y%m%d", "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d %b %Y", "%a, %d %b"):
        yield utc.strftime(form)
    seconds = int(utc.timestamp())
    yield from (str(seconds), str(seconds * 1000), str(seconds // 60))


def _encodings(text: str) -> Iterator[bytes]:
    yield text.encode()
    yield text.lower().encode()
    yield text.encode("utf-16-le")
    yield quote(text, safe="").encode()
    for shift in range(3):
        encoded = base64.b64encode(b"\0" * shift + text.encode())
        yield encoded[4:-4]


def _canaries(slot: Slot) -> Iterator[tuple[str, bytes]]:
    words = [SUBJECT, BODY, PLACE, STRANGER, STRANGER.partition("@")[0], MADE_ELSEWHERE, NOTED]
    for word in (*words, *_times(slot.start), *_times(slot.end)):
        for form in _encodings(word):
            if len(form) >= 6:
                yield word, form


async def _live_through_everything(story: Story, slot: Slot) -> None:
    """Agenda, event, what is said on it, booking, a room's answer, a refusal, cancelling, and the server's end."""
    await story.enabled()
    token = await story.connected_member()
    made_elsewhere = ForeignEvent(
        subject=MADE_ELSEWHERE, body=BODY, place=PLACE, guest=STRANGER, start=slot.start, end=slot.end
    )
    await story.company.plant(story.sandbox, made_elsewhere)
    window = {"from": (slot.start - timedelta(hours=2)).isoformat(), "to": (slot.end + timedelta(hours=2)).isoformat()}

    async with story.speaking_for(token) as member, member.subscribe(PENDING) as updates:
        [seen] = (await member.field(AGENDA, **window))["events"]["nodes"]
        assert seen["subject"] == MADE_ELSEWHERE
        assert (await member.field(EVENT, id=seen["id"]))["subject"] == MADE_ELSEWHERE
        await say(member, seen["id"])

        room = await story.free_room(member, slot)
        event = {**slot.as_event(SUBJECT, STRANGER), "body": BODY}
        booked = await member.field(BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": SUBJECT})
        while (update := await updates.next())["booking"]["state"] == "PENDING":
            continue
        assert update["booking"]["event"]["subject"] == SUBJECT

        await story.sandbox.control(
            "POST", "faults", {**story.company.calendar_calls, "status": 500, "body": event, "times": 3}
        )
        await member.send(AGENDA, **window)
        await member.send(AVAILABLE, **slot.as_window())
        await story.sandbox.control("DELETE", "faults")
        await member.send(BOOK, input={"roomIds": [room["id"]], "event": {**event, "subject": SUBJECT * 20}})
        await member.send(NOTE, input={"eventId": seen["id"], "text": NOTED + "\0"})
        await member.send(f'{{ event(id: "{SUBJECT}") {{ __typename }} nonsense(subject: "{SUBJECT}") }}')

        cancelled = await member.field(CANCEL, input={"bookingId": booked["bookings"][0]["id"], "cancelEvent": True})
        assert cancelled["booking"]["state"] == "CANCELLED"


async def say(member: Client, event_id: str) -> None:
    """The member attends in person, and notes a canary on the event."""
    attended = await member.field(ATTEND, input={"eventId": event_id, "kind": "IN_PERSON"})
    assert attended["__typename"] == "AttendanceSet"
    noted = await member.field(NOTE, input={"eventId": event_id, "text": NOTED})
    assert noted["event"]["notes"] == [{"text": NOTED}]


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("*") if path.is_file()}


async def _everything_written(database_url: str, folder: Path) -> dict[str, bytes]:
    written = _files(folder)
    if not database_url.startswith("sqlite:"):
        written["postgresql"] = await _dump(database_url)
    return written


async def _dump(url: str) -> bytes:
    """Every row of every table, as text and with its binary columns in the clear."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [
            value if isinstance(value, bytes) else str(value).encode()
            for table in tables
            for row in await connection.fetch(f'SELECT * FROM "{table["tablename"]}"')  # noqa: S608  # our own table
            for value in row.values()
        ]
    finally:
        await connection.close()
    return b"\n".join(rows)


async def test_nothing_of_an_event_is_found_in_database_write_ahead_log_or_log(
    story: Story, database_url: str, tmp_path: Path
) -> None:
    slot = Slot.in_days(DAYS_AHEAD, hour=3, minute=41)

    await _live_through_everything(story, slot)

    while_running = await _everything_written(database_url, tmp_path)
    await story.server.stop()
    afterwards = await _everything_written(database_url, tmp_path)
    assert "server.log" in afterwards
    for name, content in [*while_running.items(), *afterwards.items()]:
        found = {word for word, form in _canaries(slot) if form in content}
        assert found == set(), f"{name} holds {found}"
    if database_url.startswith("sqlite:"):
        assert "database.sqlite3-wal" in while_running
        assert b"room_booking" in afterwards["database.sqlite3"]


async def test_the_search_would_find_a_canary_that_was_written(tmp_path: Path) -> None:
    slot = Slot.in_days(DAYS_AHEAD, hour=3, minute=41)
    leaks = [
        SUBJECT.encode(),
        f"start={slot.start.isoformat()}".encode(),
        base64.b64encode(b"x" + STRANGER.encode() + b"y"),
        str(int(slot.start.timestamp())).encode(),
    ]

    assert all(any(form in leak for _, form in _canaries(slot)) for leak in leaks)
