"""A Redis that is missing, forgets, or lets us do too little is found, and so is a worker that is not there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.doctor import redis as looking
from app.findings import Level
from app.jobs.queue import STREAM, QueueDispatch
from tests.doctor.asking import ask, on_sqlite
from tests.support.redis_server import RedisServer, redis_server
from tests.support.server import free_port

pytestmark = pytest.mark.redis


@pytest.fixture
async def server(redis_url: str) -> AsyncIterator[RedisServer]:
    """One of the test's own, to be changed; `redis_url` skips where there is no Redis."""
    async with redis_server() as server:
        yield server


async def test_a_redis_as_it_should_be_is_well_and_nothing_of_ours_stays_in_it(server: RedisServer) -> None:
    found = await looking.redis(server.url)

    assert {finding.level for finding in found} == {Level.OK}
    async with server.client() as client:
        assert await client.keys() == []


async def test_one_that_does_not_answer_is_a_failure(tmp_path: Path) -> None:
    answer = await ask(on_sqlite(tmp_path / "none.sqlite3", REDIS_URL=f"redis://:hush@127.0.0.1:{free_port()}/0"))

    assert [level for level, says in answer.not_well("Redis") if "cannot be reached" in says] == ["FAILURE"]
    assert "hush" not in answer.text


async def test_one_that_hangs_is_a_failure_in_bounded_time(server: RedisServer, tmp_path: Path) -> None:
    server.pause()
    try:
        answer = await ask(on_sqlite(tmp_path / "none.sqlite3", REDIS_URL=server.url))
    finally:
        server.resume()

    assert answer.about("Redis") == ["FAILURE"]


async def test_one_that_drops_any_key_when_it_is_full_is_a_warning(server: RedisServer) -> None:
    async with server.client() as client:
        await client.config_set("maxmemory", "100mb")
        await client.config_set("maxmemory-policy", "allkeys-lru")

    found = await looking.redis(server.url)

    [warning] = [finding for finding in found if finding.level is not Level.OK]
    assert warning.level is Level.WARNING
    assert "noeviction" in (warning.remedy or "")


async def test_one_that_is_nearly_full_is_a_warning(server: RedisServer) -> None:
    async with server.client() as client:
        used = (await client.info())["used_memory"]
        await client.config_set("maxmemory", int(used * 1.05))

    found = await looking.redis(server.url)

    assert "its memory is nearly full." in [finding.says for finding in found if finding.level is Level.WARNING]


@pytest.mark.parametrize("lacking", ["-eval", "-xreadgroup", "-publish", "-subscribe"])
async def test_a_user_who_may_not_do_what_we_need_is_a_failure(server: RedisServer, lacking: str) -> None:
    async with server.client() as client:
        await client.execute_command("ACL", "SETUSER", "rooms", "on", "nopass", "~*", "&*", "+@all", lacking)  # type: ignore[no-untyped-call]

    found = await looking.redis(server.url.replace("redis://", "redis://rooms:any@"))

    [failure] = [finding for finding in found if finding.level is not Level.OK]
    assert failure.level is Level.FAILURE
    assert "ACL" in (failure.remedy or "")


async def test_where_no_worker_ever_was_that_is_a_failure(server: RedisServer) -> None:
    [found] = await looking.worker(server.url, within=0.2)

    assert found.level is Level.FAILURE
    assert "hybrid-meetings worker" in (found.remedy or "")


async def test_whoever_takes_work_is_seen_and_is_missed_once_gone(server: RedisServer) -> None:
    queue = QueueDispatch(server.url)
    woken = asyncio.Event()
    async with queue.listening(lambda _: woken.set()):
        await _until_somebody_listens(server)
        [present] = await looking.worker(server.url)
        await asyncio.wait_for(woken.wait(), 5)
    await queue.close()
    [gone] = await looking.worker(server.url, within=0.2)

    assert (present.level, gone.level) == (Level.OK, Level.FAILURE)


async def _until_somebody_listens(server: RedisServer) -> None:
    async with server.client() as client, asyncio.timeout(5):
        while not await client.exists(STREAM) or not await client.xinfo_groups(STREAM):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
