"""Redis, and whether anybody takes work from it: what the bus, the queue and the shared limits need of it.

What is tried goes under names of the doctor's own and is taken away again. Redis keeps nothing that cannot be made
anew, so it needs no persistence, and may be flushed.
"""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.exceptions import RedisError

from app.events_bus.bus import MessageKind
from app.findings import Finding, doubtful, failing, well
from app.jobs.queue import GROUP, STREAM, QueueDispatch

ABOUT = "Redis"
WORKER = "worker"
PATIENCE_SECONDS = 3.0
OLDEST = (6, 2)
"""Reading the queue takes XAUTOCLAIM."""
NEARLY_FULL = 0.9
TAKEN_WITHIN_SECONDS = 5.0
"""A worker that waits takes a wake at once; one that Redis was lost to asks again after two seconds."""
LOOK_AGAIN_SECONDS = 0.05
_KEY = "hybrid-meetings:doctor:"


async def redis(url: str) -> Sequence[Finding]:
    """How Redis stands."""
    async with Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS) as client:
        try:
            about = await client.info()
        except (RedisError, OSError) as error:
            remedy = (
                "See whether Redis runs, whether HYBRID_MEETINGS_REDIS_URL has its address and password, and whether a "
            )
            remedy += "firewall lies between. Until then bookings go on, later, and each process limits by itself."
            return [failing(ABOUT, f"it cannot be reached ({type(error).__name__}).", remedy)]
        return [_version(about), _memory(about), await _tried(client)]


async def worker(url: str, *, within: float = TAKEN_WITHIN_SECONDS) -> Sequence[Finding]:
    """Whether a worker takes a wake that is put into the queue, which makes it look for what is due and no more.

    Nothing to say where Redis does not answer, which the other look tells.
    """
    dispatch = QueueDispatch(url)
    try:
        await dispatch.wake(MessageKind.JOBS_DUE)
    finally:
        await dispatch.close()
    async with Redis.from_url(url, socket_timeout=PATIENCE_SECONDS, socket_connect_timeout=PATIENCE_SECONDS) as client:
        try:
            offered = _place_of((await client.xinfo_stream(STREAM))["last-generated-id"])
            async with asyncio.timeout(within):
                while await _taken(client) < offered:  # noqa: ASYNC110  # another process takes it
                    await asyncio.sleep(LOOK_AGAIN_SECONDS)
        except TimeoutError:
            remedy = "Start `hybrid-meetings worker` with the servers' settings, or see in its log why it does nothing."
            return [failing(WORKER, "nobody takes what is due: no room's answer is looked for.", remedy)]
        except (RedisError, OSError):
            return []
    return [well(WORKER, "one at least takes what is due.")]


async def _taken(client: "Redis") -> tuple[int, int]:
    """The place in the queue up to which workers have taken what was there; none of them may have been there yet."""
    groups = await client.xinfo_groups(STREAM)
    places = [_place_of(group["last-delivered-id"]) for group in groups if group["name"] == GROUP.encode()]
    return max(places, default=(0, 0))


def _place_of(entry_id: bytes) -> tuple[int, int]:
    milliseconds, _, number = entry_id.partition(b"-")
    return int(milliseconds), int(number)


def _version(about: dict[str, Any]) -> Finding:
    version = str(about["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < OLDEST:
        return failing(ABOUT, f"version {version} is too old.", f"Upgrade it to {'.'.join(map(str, OLDEST))} or newer.")
    return well(ABOUT, f"version {version}.")


def _memory(about: dict[str, Any]) -> Finding:
    """Where it drops keys by itself, it drops the queue as readily as a counter."""
    most, policy = int(about.get("maxmemory", 0)), str(about.get("maxmemory_policy", "noeviction"))
    if most and int(about.get("used_memory", 0)) > NEARLY_FULL * most:
        return doubtful(ABOUT, "its memory is nearly full.", "Raise its maxmemory: what does not fit is not shared.")
    if most and policy.startswith("allkeys"):
        remedy = "Set its maxmemory-policy to noeviction: else the queue of due work is dropped with the rest."
        return doubtful(ABOUT, f"when it is full it drops any key ({policy}).", remedy)
    return well(ABOUT, "it drops nothing that is needed; what it holds need not be kept on disk.")


async def _tried(client: "Redis") -> Finding:
    name = f"{_KEY}{uuid4().hex}"
    try:
        async with client.pubsub() as heard:
            await heard.subscribe(name)
            await client.publish(name, b"")
            async with asyncio.timeout(PATIENCE_SECONDS):
                while True:
                    message = await heard.get_message(timeout=PATIENCE_SECONDS)
                    if message is not None and message["type"] == "message":
                        break
        await client.xadd(name, {"data": b""})
        await client.expire(name, 60)
        await client.xgroup_create(name, GROUP, id="0")
        entries = await client.xreadgroup(GROUP, GROUP, {name: ">"}, count=1)
        await client.eval("return redis.call('DEL', KEYS[1])", 1, name)
    except (RedisError, OSError, TimeoutError) as error:
        remedy = (
            "Let this user publish and subscribe, use streams with consumer groups, and run scripts (EVAL), on every "
        )
        remedy += "key and channel that begins with hybrid-meetings: (see `ACL LIST`), and see that it takes writing."
        return failing(ABOUT, f"messages, streams or scripts do not work there ({type(error).__name__}).", remedy)
    if not entries:
        remedy = "Name a Redis that does what Redis does: a compatible service may lack consumer groups."
        return failing(ABOUT, "its streams lose what is put into them.", remedy)
    return well(ABOUT, "messages, streams and scripts work.")
