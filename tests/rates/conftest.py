from collections.abc import AsyncIterator, Iterator

import pytest
from redis.asyncio import Redis

from app.rates.buckets import Buckets
from app.rates.memory import MemoryBuckets
from app.rates.redis import KEY_PREFIX, RedisBuckets
from tests.rates.moving import Moving, moving


@pytest.fixture
def present() -> Iterator[Moving]:
    """The clock of the whole process."""
    with moving() as clock:
        yield clock


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
async def buckets(request: pytest.FixtureRequest) -> AsyncIterator[Buckets]:
    """Buckets of both kinds."""
    if request.param == "memory":
        yield MemoryBuckets()
        return
    url = request.getfixturevalue("redis_url")
    shared = RedisBuckets(url, Unused())
    yield shared
    await shared.close()
    async with Redis.from_url(url) as client:
        async for key in client.scan_iter(f"{KEY_PREFIX}*test-*"):
            await client.delete(key)


class Unused(MemoryBuckets):
    """Stands in for buckets that are never to be asked."""

    async def take(self, takes: object) -> None:
        raise AssertionError("Redis was not asked")
