"""After an operator erased a member beside a running server, nothing of them is found, and they are out at once."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from app.audit.models import AuditAction
from tests.journeys.companies import COMPANIES
from tests.journeys.story import BOOK, PENDING, Slot, Story, story_on
from tests.journeys.test_shifts_in_calendar import BOOK as BOOK_SHIFT
from tests.journeys.test_shifts_in_calendar import some_weekday
from tests.privacy.test_after_the_purge import Kept
from tests.privacy.test_canaries import DAYS_AHEAD, STRANGER, SUBJECT, _canaries, _dump, _files, say
from tests.support.database import sqlite_file, sqlite_url

FULL_AGAIN_SECONDS = 70
"""How much a member has asked for is counted under their id for a minute at most, and then forgotten by itself."""
VIEWER = "{ viewer { member { id } } }"


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
async def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    """One process on SQLite."""
    async with story_on(sqlite_url(tmp_path), tmp_path, request.param) as story:
        yield story


@pytest.fixture
async def beyond_one_machine(postgresql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """PostgreSQL and Redis."""
    async with story_on(postgresql_url, tmp_path, moves_clock=True, REDIS_URL=redis_url) as story:
        yield story


class KeptOfOne(Kept):
    """What lay in the database for one member among others."""

    async def read_of(self, address: str) -> None:
        [(member_id, *_)] = await self._rows(f"SELECT id, name FROM member WHERE address = '{address}'")  # noqa: S608
        own = {
            "member": ("id", "id, name, address"),
            "identity": ("member_id", "id, subject, address"),
            "calendar_connection": ("member_id", "id, credentials"),
            "room_booking": ("member_id", "id"),
            "event_attendance": ("member_id", "id"),
            "event_note": ("author_id", "id, text"),
            "shift": ("member_id", "id"),
            "access_token": ("member_id", "id, token_hash"),
            "session": ("member_id", "id, token_hash"),
            "idempotency_record": ("member_id", "id, key_hash"),
        }
        for table, (column, columns) in own.items():
            rows = await self._rows(f"SELECT {columns} FROM {table} WHERE {column} = '{member_id!s}'")  # noqa: S608
            assert rows, f"nothing of the member in {table}"
            self.values.extend(value for row in rows for value in row)


async def _erased(story: Story, slot: Slot, kept: KeptOfOne, *, is_heard_at_once: bool) -> None:
    """A member books, works and says something on an event, and is erased.

    Where servers hear of it at once it is with a socket open, which closes; else each asks every half minute.
    """
    await story.enabled()
    token = await story.connected_member()
    async with story.speaking_for(token) as member:
        async with member.subscribe(PENDING) as updates:
            room = await story.free_room(member, slot)
            event = slot.as_event(SUBJECT, STRANGER)
            answer = await member.field(
                BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": SUBJECT}
            )
            await say(member, answer["event"]["id"])
            while (await updates.next())["booking"]["state"] == "PENDING":
                continue
            days = {"dates": [some_weekday().isoformat()]}
            shift = {"days": days, "kind": "REMOTE", "timeZone": "Europe/Amsterdam", "idempotencyKey": "a shift"}
            assert (await member.field(BOOK_SHIFT, input=shift))["__typename"] == "ShiftsBooked"
            await kept.read_of(story.company.member)

            if is_heard_at_once:
                await _erase(story)
                code, _ = await updates.until_closed()
                assert code == 4401
        if not is_heard_at_once:
            await _erase(story)
        refused = await member.send(VIEWER)
    assert refused["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"


async def _erase(story: Story) -> None:
    told = await story.server.command("member", "erase", story.company.name, story.company.member, "--yes")
    assert "The member is erased" in told


def _assert_gone(name: str, content: bytes, kept: Kept, slot: Slot) -> None:
    assert not {form for form in kept.forms() if form in content}, f"{name} holds what was erased"
    assert not {word for word, form in _canaries(slot) if form in content}, f"{name} holds a canary"


async def test_after_erasing_file_and_log_hold_nothing_of_the_member(embedded: Story, tmp_path: Path) -> None:
    slot, kept = Slot.in_days(DAYS_AHEAD, hour=3, minute=41), KeptOfOne(sqlite_url(tmp_path))

    await _erased(embedded, slot, kept, is_heard_at_once=False)

    while_running = _files(tmp_path)
    assert embedded.company.member not in embedded.server.log()
    await embedded.server.stop()
    for files in (while_running, _files(tmp_path)):
        for name, content in files.items():
            if name.startswith("database."):
                _assert_gone(name, content, kept, slot)
    with sqlite3.connect(sqlite_file(tmp_path)) as database:
        [(left,)] = database.execute("SELECT count(*) FROM member").fetchall()
        acts = {action for (action,) in database.execute("SELECT action FROM audit_entry")}
    database.close()
    assert left == 1
    assert AuditAction.MEMBER_ERASED in acts


@pytest.mark.postgresql
@pytest.mark.redis
async def test_after_erasing_no_row_and_no_key_holds_anything_of_the_member(
    beyond_one_machine: Story, postgresql_url: str, redis_url: str
) -> None:
    slot, kept = Slot.in_days(DAYS_AHEAD, hour=3, minute=41), KeptOfOne(postgresql_url)

    await _erased(beyond_one_machine, slot, kept, is_heard_at_once=True)

    _assert_gone("postgresql", await _dump(postgresql_url), kept, slot)
    async with Redis.from_url(redis_url) as redis, asyncio.timeout(FULL_AGAIN_SECONDS):
        while any(form in key for key in await redis.keys("*:rate:*") for form in kept.forms()):
            await redis.ping()
        keys = [key async for key in redis.scan_iter()]
        values = [await redis.dump(key) or b"" for key in keys]
    _assert_gone("redis", b"\n".join([*keys, *values]), kept, slot)
