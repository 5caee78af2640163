"""How many calls go side by side for one mailbox in several processes, and for one tenant in one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from aiohttp import web
from redis.asyncio import Redis

from app.keys import Keys
from app.places.lanes import SharedLanes
from app.places.redis import KEY_PREFIX, RedisPlaces
from app.suites.errors import SuiteUnavailable
from app.suites.http import SuiteHttp, SuiteRequest
from app.suites.limits import CALLS_SIDE_BY_SIDE, TENANTS_CALLS_SIDE_BY_SIDE
from tests.suites.doubles import Provider, provider

TIMEOUT = timedelta(seconds=10)
ADA = "ada.vos@tidewater.example"


@dataclass
class Turnstile:
    """Answers only when it is told to, and knows how many wait for it."""

    waiting: int = 0
    most: int = 0
    opened: asyncio.Event = field(default_factory=asyncio.Event)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        self.changed.set()
        await self.opened.wait()
        self.waiting -= 1
        return web.json_response({})

    async def until_waiting(self, count: int) -> None:
        async with asyncio.timeout(TIMEOUT.total_seconds()):
            while self.waiting < count:
                self.changed.clear()
                await self.changed.wait()


@pytest.fixture
async def suite() -> AsyncIterator[Provider]:
    async with provider() as double:
        yield double


@pytest.fixture
def turnstile(suite: Provider) -> Turnstile:
    turnstile = Turnstile()
    suite.handle("/slow", turnstile.answer)
    suite.answer("/quick", {})
    return turnstile


Opened = Callable[..., SuiteHttp]


@pytest.fixture
async def process(suite: Provider, keys: Keys, redis_url: str) -> AsyncIterator[Opened]:
    """Makes the way out of one more process that shares its slots."""
    opened: list[tuple[SuiteHttp, RedisPlaces]] = []

    def make(timeout: timedelta = TIMEOUT) -> SuiteHttp:
        places = RedisPlaces(redis_url, patience=TIMEOUT)
        http = SuiteHttp([suite.origin], timeout, slots=SharedLanes(places, keys))
        opened.append((http, places))
        return http

    yield make
    for http, places in opened:
        await http.close()
        await places.close()


def call(suite: Provider, path: str = "/slow") -> SuiteRequest:
    return SuiteRequest(operation="test", method="GET", url=suite.origin + path)


@pytest.mark.redis
async def test_one_mailbox_gets_four_calls_side_by_side_from_all_processes_together(
    suite: Provider, turnstile: Turnstile, process: Opened
) -> None:
    processes = [process() for _ in range(3)]
    calls = [asyncio.ensure_future(each.send(call(suite), each.deadline(), lane=ADA)) for each in processes * 4]
    await turnstile.until_waiting(CALLS_SIDE_BY_SIDE)

    turnstile.opened.set()
    answers = await asyncio.gather(*calls)

    assert [answer.status for answer in answers] == [200] * 12
    assert turnstile.most == CALLS_SIDE_BY_SIDE


@pytest.mark.redis
async def test_a_mailbox_that_is_busy_in_another_process_is_given_up_at_the_deadline_and_other_mailboxes_are_not(
    suite: Provider, turnstile: Turnstile, process: Opened
) -> None:
    busy, other = process(), process(timedelta(milliseconds=300))
    held = [asyncio.ensure_future(busy.send(call(suite), busy.deadline(), lane=ADA)) for _ in range(CALLS_SIDE_BY_SIDE)]
    await turnstile.until_waiting(CALLS_SIDE_BY_SIDE)

    with pytest.raises(SuiteUnavailable, match="MailboxBusy"):
        await other.send(call(suite, "/quick"), other.deadline(), lane=ADA)
    colleague = await other.send(call(suite, "/quick"), other.deadline(), lane="ben")

    assert colleague.status == 200
    turnstile.opened.set()
    await asyncio.gather(*held)


@pytest.mark.redis
async def test_calls_that_are_given_up_hold_no_slot(suite: Provider, turnstile: Turnstile, process: Opened) -> None:
    one, other = process(), process()
    given_up = [asyncio.ensure_future(one.send(call(suite), one.deadline(), lane=ADA)) for _ in range(8)]
    await turnstile.until_waiting(CALLS_SIDE_BY_SIDE)

    for each in given_up:
        each.cancel()
    await asyncio.gather(*given_up, return_exceptions=True)

    assert (await other.send(call(suite, "/quick"), other.deadline(), lane=ADA)).status == 200


@pytest.mark.redis
async def test_redis_learns_the_name_of_no_mailbox(
    suite: Provider, turnstile: Turnstile, process: Opened, redis_url: str
) -> None:
    http = process()
    calling = asyncio.ensure_future(http.send(call(suite), http.deadline(), lane=ADA))
    await turnstile.until_waiting(1)

    async with Redis.from_url(redis_url) as client:
        names = [key.decode() async for key in client.scan_iter(f"{KEY_PREFIX}mailbox:*")]

    assert names
    assert [name for name in names if "ada" in name or "tidewater" in name] == []
    turnstile.opened.set()
    await calling


async def test_where_redis_is_away_calls_go_out_by_each_processs_own_count(
    suite: Provider, turnstile: Turnstile, keys: Keys
) -> None:
    places = [RedisPlaces("redis://127.0.0.1:1/0") for _ in range(2)]
    processes = [SuiteHttp([suite.origin], TIMEOUT, slots=SharedLanes(each, keys)) for each in places]

    calls = [asyncio.ensure_future(each.send(call(suite), each.deadline(), lane=ADA)) for each in processes * 5]
    await turnstile.until_waiting(2 * CALLS_SIDE_BY_SIDE)
    turnstile.opened.set()

    assert [answer.status for answer in await asyncio.gather(*calls)] == [200] * 10
    assert turnstile.most == 2 * CALLS_SIDE_BY_SIDE
    for http, each in zip(processes, places, strict=True):
        await http.close()
        await each.close()


async def test_a_tenant_that_hangs_takes_a_share_of_what_all_share_and_others_are_answered(
    suite: Provider, turnstile: Turnstile
) -> None:
    http = SuiteHttp([suite.origin], TIMEOUT)
    hanging = [
        asyncio.ensure_future(http.send(call(suite), http.deadline(), lane=f"mailbox {number}", tenant="newbridge"))
        for number in range(300)
    ]
    await turnstile.until_waiting(TENANTS_CALLS_SIDE_BY_SIDE)

    others = await asyncio.gather(
        *(
            http.send(call(suite, "/quick"), http.deadline(), lane=f"other {number}", tenant="tidewater")
            for number in range(100)
        )
    )

    assert [answer.status for answer in others] == [200] * 100
    assert turnstile.most == TENANTS_CALLS_SIDE_BY_SIDE
    turnstile.opened.set()
    await asyncio.gather(*hanging)
    await http.close()


async def test_a_call_that_its_tenant_keeps_waiting_to_the_deadline_says_so(
    suite: Provider, turnstile: Turnstile
) -> None:
    http = SuiteHttp([suite.origin], TIMEOUT)
    hanging = [
        asyncio.ensure_future(http.send(call(suite), http.deadline(), tenant="newbridge"))
        for _ in range(TENANTS_CALLS_SIDE_BY_SIDE)
    ]
    await turnstile.until_waiting(TENANTS_CALLS_SIDE_BY_SIDE)

    with pytest.raises(SuiteUnavailable, match="TenantBusy"):
        await http.send(call(suite, "/quick"), http.deadline(timedelta(milliseconds=50)), tenant="newbridge")

    turnstile.opened.set()
    await asyncio.gather(*hanging)
    await http.close()
