"""There is no room for SQLite any more, or another process keeps its lock: the server says what is wrong, does nothing
by halves, and goes on by itself once there is room again.
"""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.faults.surroundings import answered, booking_of
from tests.journeys.story import BOOK, BOOKINGS, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_file, sqlite_url

NO_ROOM = 4096
"""Files of the server may be no longer than this: less than one page of SQLite's log, so nothing can be written."""
SLOT = Slot.in_days(5)


@pytest.fixture
async def story(tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(sqlite_url(tmp_path), tmp_path, PENDING_POLLING="false") as story:
        yield story


def _leave_room(story: Story, most: int) -> None:
    _, hard = resource.prlimit(story.server.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(story.server.pid, resource.RLIMIT_FSIZE, (most, hard))


def _integrity(folder: Path) -> str:
    with closing(sqlite3.connect(sqlite_file(folder))) as onlooker:
        [word] = onlooker.execute("PRAGMA integrity_check").fetchone()
    return str(word)


async def _until_ready(story: Story) -> None:
    async with asyncio.timeout(20):
        while (await answered(f"{story.server.address}/health/ready")).status != HTTPStatus.OK:
            continue


async def _ask_to_book(member: Client, room: dict[str, str]) -> dict[str, object]:
    """The error's extensions, since nothing is booked."""
    answer = await member.send(BOOK, **booking_of(room, "No room", SLOT))
    extensions: dict[str, object] = answer["errors"][0]["extensions"]
    return extensions


async def test_without_room_on_the_disk_nothing_is_half_booked_and_readiness_tells_until_there_is_room_again(
    story: Story, tmp_path: Path
) -> None:
    await story.enabled()
    async with story.speaking_for(await story.connected_member()) as member:
        room = await story.free_room(member, SLOT)
        _leave_room(story, NO_ROOM)
        refused = await _ask_to_book(member, room)
        live = await answered(f"{story.server.address}/health/live")
        ready = await answered(f"{story.server.address}/health/ready")
        read = (await member.field(BOOKINGS))["nodes"]
        events = await story.company.items(story.sandbox, "No room")
        integrity = _integrity(tmp_path)
        _leave_room(story, resource.RLIM_INFINITY)
        await _until_ready(story)
        answer = await member.field(BOOK, **booking_of(room, "No room", SLOT))
        bookings = (await member.field(BOOKINGS))["nodes"]

    assert refused["code"] == "UNAVAILABLE"
    assert live.status == HTTPStatus.OK
    assert (ready.status, ready.body["database"]) == (HTTPStatus.SERVICE_UNAVAILABLE, "cannot be written")
    assert (read, events) == ([], [])
    assert [booking["id"] for booking in bookings] == [booking["id"] for booking in answer["bookings"]]
    assert len(await story.company.items(story.sandbox, "No room")) == 1
    assert (integrity, _integrity(tmp_path)) == ("ok", "ok")


async def test_while_another_process_keeps_the_lock_of_sqlite_whoever_writes_is_told_to_come_again(
    story: Story, tmp_path: Path
) -> None:
    await story.enabled()
    async with story.speaking_for(await story.connected_member()) as member:
        room = await story.free_room(member, SLOT)
        with closing(sqlite3.connect(sqlite_file(tmp_path), isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = await _ask_to_book(member, room)
            read = (await member.field(BOOKINGS))["nodes"]
            other.execute("ROLLBACK")
        answer = await member.field(BOOK, **booking_of(room, "No room", SLOT))

    assert refused["code"] == "UNAVAILABLE"
    assert "SQLITE_BUSY" in story.server.log()
    assert read == []
    assert answer["__typename"] == "RoomsBooked"
    assert len(await story.company.items(story.sandbox, "No room")) == 1
