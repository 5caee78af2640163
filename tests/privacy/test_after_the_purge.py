"""After the five days, nothing that was kept for a member is found: not in the database, its log, its file, the bus.

What is searched for is what really lay there: every sealed value, every hash and every id of what hung on the
connections, read from the database before the purge, besides the canaries of the calendar itself.
"""

import base64
import sqlite3
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.journeys.companies import COMPANIES
from tests.journeys.story import BOOK, BOOKINGS, PENDING, Slot, Story, story_on
from tests.journeys.test_five_days import FIVE_DAYS, INTEGRATION, disabled, until
from tests.privacy.test_canaries import BODY, DAYS_AHEAD, STRANGER, SUBJECT, _canaries, _dump, _files, say
from tests.support.database import sqlite_file, sqlite_url

SECRETS = {
    "calendar_connection": ("id", "credentials"),
    "mailbox_reference": ("id", "id_hash", "sealed_id"),
    "event_reference": ("id", "key_hash", "sealed_key"),
    "event_attendance": ("id",),
    "event_note": ("id", "text"),
    "room_booking": ("id",),
    "booking_intent": ("id",),
}
"""By table, the columns whose values must be gone afterwards."""


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
async def embedded(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    """One process on SQLite."""
    async with story_on(sqlite_url(tmp_path), tmp_path, request.param, moves_clock=True) as story:
        yield story


@pytest.fixture
async def beyond_one_machine(postgresql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """PostgreSQL and Redis."""
    async with story_on(postgresql_url, tmp_path, moves_clock=True, REDIS_URL=redis_url) as story:
        yield story


async def _purged(story: Story, slot: Slot, kept: "Kept") -> None:
    """Somebody books, says something on the event, and all is disabled; five days later nobody has anything."""
    token = await story.enabled()
    mine = await story.connected_member()
    async with story.speaking_for(token) as administrator, story.speaking_for(mine) as member:
        async with member.subscribe(PENDING) as updates:
            room = await story.free_room(member, slot)
            event = {**slot.as_event(SUBJECT, STRANGER), "body": BODY}
            answer = await member.field(
                BOOK, input={"roomIds": [room["id"]], "event": event, "idempotencyKey": SUBJECT}
            )
            await say(member, answer["event"]["id"])
            while (await updates.next())["booking"]["state"] == "PENDING":
                continue
        await disabled(administrator)
        await kept.read()
        await story.advance(FIVE_DAYS + timedelta(seconds=1))
        await until(administrator, INTEGRATION, lambda answer: answer["status"] == "NOT_CONFIGURED")
        # Erasing goes on in portions after the status has changed; the log says when the last is gone.
        await until(member, BOOKINGS, lambda answer: '"event": "purged"' in story.server.log())


class Kept:
    """What lay in the database for the members of the disabled integration."""

    def __init__(self, database_url: str) -> None:
        self._url = database_url
        self.values: list[str | bytes] = []

    async def read(self) -> None:
        for table, columns in SECRETS.items():
            query = f"SELECT {', '.join(columns)} FROM {table}"  # noqa: S608  # our own names
            rows = await self._rows(query)
            assert rows, f"nothing hung on {table}"
            self.values.extend(value for row in rows for value in row)

    async def _rows(self, query: str) -> list[tuple[str | bytes, ...]]:
        if self._url.startswith("sqlite:"):
            with sqlite3.connect(self._url.removeprefix("sqlite://")) as database:
                return database.execute(query).fetchall()
        connection = await asyncpg.connect(self._url)
        try:
            return [tuple(row.values()) for row in await connection.fetch(query)]
        finally:
            await connection.close()

    def forms(self) -> Iterator[bytes]:
        """Each value as databases, dumps and logs could hold it."""
        for value in self.values:
            match value:
                case bytes():
                    yield value
                    yield base64.b64encode(value)[4:-4]
                case UUID():
                    yield str(value).encode()
                    yield value.bytes
                case _:
                    yield str(value).encode()


def _assert_gone(name: str, content: bytes, kept: Kept, slot: Slot) -> None:
    assert not {form for form in kept.forms() if form in content}, f"{name} holds what was erased"
    assert not {word for word, form in _canaries(slot) if form in content}, f"{name} holds a canary"


async def test_after_the_purge_database_log_and_vacuumed_file_hold_no_trace(embedded: Story, tmp_path: Path) -> None:
    slot, kept = Slot.in_days(DAYS_AHEAD, hour=3, minute=41), Kept(sqlite_url(tmp_path))

    await _purged(embedded, slot, kept)

    while_running = _files(tmp_path)
    await embedded.server.stop()
    afterwards = _files(tmp_path)
    with sqlite3.connect(sqlite_file(tmp_path)) as database:
        database.execute("VACUUM")
    database.close()
    for files in (while_running, afterwards, _files(tmp_path)):
        for name, content in files.items():
            if name.startswith("database."):
                _assert_gone(name, content, kept, slot)
    assert b"integration" in afterwards["database.sqlite3"]


@pytest.mark.postgresql
@pytest.mark.redis
async def test_after_the_purge_every_row_of_postgresql_and_every_key_of_redis_is_clean(
    beyond_one_machine: Story, postgresql_url: str, redis_url: str
) -> None:
    slot, kept = Slot.in_days(DAYS_AHEAD, hour=3, minute=41), Kept(postgresql_url)

    await _purged(beyond_one_machine, slot, kept)

    _assert_gone("postgresql", await _dump(postgresql_url), kept, slot)
    async with Redis.from_url(redis_url) as redis:
        keys = [key async for key in redis.scan_iter()]
        values = [await redis.dump(key) or b"" for key in keys]
    _assert_gone("redis", b"\n".join([*keys, *values]), kept, slot)


async def test_the_search_would_find_what_was_kept(embedded: Story, tmp_path: Path) -> None:
    kept = Kept(sqlite_url(tmp_path))
    token = await embedded.enabled()
    mine = await embedded.connected_member()
    slot = Slot.in_days(DAYS_AHEAD, hour=3, minute=41)
    async with embedded.speaking_for(token), embedded.speaking_for(mine) as member:
        room = await embedded.free_room(member, slot)
        answer = await member.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event(SUBJECT), "idempotencyKey": SUBJECT}
        )
        await say(member, answer["event"]["id"])
    await kept.read()
    await embedded.server.stop()

    content = b"".join(_files(tmp_path).values())

    assert all(value in content for value in kept.values if isinstance(value, bytes))
