"""After a whole life with every failure in it, nothing of a calendar is found in anything that the product writes.

That is the database with its log, or every row of PostgreSQL; the log at its most talkative; temporary files; all that
goes over Redis; metrics, and every span that is sent. What a suite says when it fails is found nowhere at all, and
reaches no client either.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from tests.journeys.companies import COMPANIES, NEWBRIDGE, Company
from tests.journeys.story import Slot, story_on
from tests.privacy.everywhere import SAID_BY_THE_SUITE, Life
from tests.privacy.test_canaries import DAYS_AHEAD, SUBJECT, _canaries, _dump, _encodings, _files
from tests.support.collector import Collector, collector
from tests.support.database import sqlite_url
from tests.support.mail_server import Inbox, mail_server
from tests.telemetry.scraping import scraped

HOURS = {"hour": 3, "minute": 41}
METRICS_TOKEN = "a-token-that-scrapes"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the server's temporary files would lie."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


@pytest.fixture
async def spans(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Collector]:
    """Where every server that is started from now on sends what it traces."""
    async with collector() as taking:
        for name, value in taking.environment.items():
            monkeypatch.setenv(name, value)
        yield taking


@asynccontextmanager
async def _life(database_url: str, folder: Path, company: Company, slot: Slot, **more: str) -> AsyncIterator[Life]:
    async with (
        mail_server(Inbox()) as inbox,
        story_on(
            database_url,
            folder,
            company,
            moves_clock=True,
            SUITE_TIMEOUT="3",
            SMTP_URL=f"smtp://127.0.0.1:{inbox.port}",
            MAIL_FROM="rooms@mail.example",
            METRICS_TOKEN=METRICS_TOKEN,
            **more,
        ) as story,
    ):
        yield Life(story, slot, inbox)


async def _metrics(life: Life) -> bytes:
    """Everything that is told to whoever scrapes the server; some of it is about what has just happened."""
    told = await scraped(life.story.server.address, Authorization=f"Bearer {METRICS_TOKEN}")
    assert told.value("suite_calls_total") > 10
    return told.text.encode()


def _found(slot: Slot, content: bytes) -> set[str]:
    said = {SAID_BY_THE_SUITE for form in _encodings(SAID_BY_THE_SUITE) if form in content}
    return said | {word for word, form in _canaries(slot) if form in content}


def _temporary_files(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def _assert_clean(slot: Slot, written: dict[str, bytes]) -> None:
    assert {name: found for name, content in written.items() if (found := _found(slot, content))} == {}


def _assert_tells_of_nobody(slot: Slot, told: dict[str, bytes]) -> None:
    """Nor does any address stand in there, ours or a suite's, and no token."""
    _assert_clean(slot, told)
    assert [
        word for word in (b".example", b"eyJhbG", b"eyJ0eX", b"Bearer") for content in told.values() if word in content
    ] == []


@pytest.mark.parametrize("company", COMPANIES, ids=[company.suite for company in COMPANIES])
async def test_nothing_of_a_calendar_or_of_what_a_suite_says_is_found_in_files_logs_or_errors(
    company: Company, tmp_path: Path, temporary: Path, spans: Collector
) -> None:
    slot = Slot.in_days(DAYS_AHEAD, **HOURS)

    async with _life(sqlite_url(tmp_path), tmp_path, company, slot) as life:
        await life.live()
        while_running = _files(tmp_path)
        metrics = await _metrics(life)
        await life.story.server.stop()

    assert {"server.log", "database.sqlite3-wal"} <= set(while_running)
    _assert_clean(slot, while_running)
    _assert_clean(slot, {**_files(tmp_path), "temporary": _temporary_files(temporary)})
    _assert_tells_of_nobody(slot, {"metrics": metrics, "spans": b"".join(spans.bodies)})
    assert {"query agenda", "mutation bookRoom", "refresh", "job booking-checks"} <= {span.name for span in spans.spans}
    assert any(SUBJECT in answer for answer in life.heard), "the member saw it all"
    assert [answer for answer in life.heard if SAID_BY_THE_SUITE in answer] == []


@pytest.mark.postgresql
@pytest.mark.redis
async def test_nothing_of_it_is_found_in_postgresql_or_in_what_goes_over_redis(
    postgresql_url: str, redis_url: str, tmp_path: Path, temporary: Path, spans: Collector
) -> None:
    slot = Slot.in_days(DAYS_AHEAD, **HOURS)

    async with Redis.from_url(redis_url) as redis, _monitored(redis_url) as commands:
        async with _life(postgresql_url, tmp_path, NEWBRIDGE, slot, REDIS_URL=redis_url) as life:
            await life.live()
            metrics = await _metrics(life)
            await life.story.server.stop()
        keys = [key async for key in redis.scan_iter()]
        values = [await redis.dump(key) or b"" for key in keys]

    assert any(b"PUBLISH" in command for command in commands), "something went over Redis"
    over_redis = b"\n".join([*keys, *values, *commands])
    rows = await _dump(postgresql_url)
    _assert_clean(slot, {"postgresql": rows, "redis": over_redis, "server.log": _files(tmp_path)["server.log"]})
    _assert_tells_of_nobody(slot, {"metrics": metrics, "spans": b"".join(spans.bodies)})


@asynccontextmanager
async def _monitored(redis_url: str) -> AsyncIterator[list[bytes]]:
    """Every command that the server is sent meanwhile. https://redis.io/docs/latest/commands/monitor/"""
    commands: list[bytes] = []
    address = urlsplit(redis_url)
    reader, writer = await asyncio.open_connection(address.hostname, address.port)
    writer.write(b"MONITOR\r\n")

    async def listen() -> None:
        while line := await reader.readline():
            commands.append(line)

    listening = asyncio.create_task(listen())
    try:
        yield commands
    finally:
        writer.close()
        await listening


def test_the_search_would_find_what_a_suite_said() -> None:
    slot = Slot.in_days(DAYS_AHEAD, **HOURS)

    assert _found(slot, f'{{"error": "{SAID_BY_THE_SUITE}"}}'.encode()) == {SAID_BY_THE_SUITE}
    assert _found(slot, f"error={SUBJECT}".encode()) == {SUBJECT}
