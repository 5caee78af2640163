"""Ten thousand posts of change notifications, in both suites' real form: believed, forged and unknown ones mixed."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import MailboxWatch, WatchStatus
from app.database import engine
from app.integrations.models import Integration
from benchmarks.loading import operations
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import Mark, Report, percentile
from benchmarks.loading.operations import OwnTime
from benchmarks.loading.processes import MEGABYTE, Effort, resident_bytes
from benchmarks.loading.traffic import walkers
from benchmarks.loading.walkers import Walker
from tests.journeys.companies import NEWBRIDGE
from tests.support.client import Client

POSTS = 10_000
MEMBERS = 100
AT_ONCE = 150
"""More than a server looks up side by side, so that some are told to come again."""
FEWEST_MEMBERS, FEWEST_AT_ONCE = 8, 20
BELIEVED, FORGED = 0.7, 0.15
"""Of all posts; the rest names watches that nobody has."""
WITH_STRAY = 0.2
"""So many of Graph's believed posts carry an item besides that nobody can believe."""
MOST_ATTEMPTS = 40
SETTLED_SECONDS = 90.0
LOOK_SECONDS = 0.1
FLAT_MEGABYTES = 30
KEPT_SECONDS = 2.0
"""An idle connection, which the server closes after five: a post must not meet that moment."""
SEED = 20_260_101
CALENDAR_HOSTS = frozenset({"graph", "google-calendar"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One notification as it travels."""

    path: str
    body: bytes
    headers: dict[str, str]
    is_believed: bool


@dataclass
class _Flood:
    """How the posts were taken."""

    seconds: float = 0
    times: list[float] = field(default_factory=list)
    """Until a post was acknowledged, or told to come again: each attempt for itself."""
    statuses: Counter[int] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    accepted: int = 0


async def measure(running: Deployment, scale: float) -> Report:
    """Book a room for everybody, then post about it all at once."""
    report = Report("webhooks")
    members, posts = max(FEWEST_MEMBERS, int(MEMBERS * scale)), int(POSTS * scale)
    async with engine.database(running.database_url):
        people = await walkers(running, members)
        await asyncio.gather(*(_book(running, walker) for walker in people))
        await _until_watched(len(people))
        await _until_nothing_is_due()
        made = await _posts(running, posts)
        at_once = max(FEWEST_AT_ONCE, int(AT_ONCE * min(1, scale * 2)))
        await _flooded(
            running, made[: max(at_once, posts // 20)], at_once
        )  # what is loaded with the first is no post's
        await _until_nothing_is_due()
        before, calls, effort = _memory(running), await _calls(running), Effort(running.processes)
        flood = await _flooded(running, made, at_once)
        _tell(report, made, flood, at_once)
        for process, share in effort.shares().items():
            report.add(f"processor of {process}", share, "%")
        grown = max(after - was for after, was in zip(_memory(running), before, strict=True)) / MEGABYTE
        flat = Mark(value=FLAT_MEGABYTES, source="flat: ours")
        report.demand(report.add("servers' memory grown by", max(grown, 0.0), "MB", flat))
        await _until_nothing_is_due()
        await _tell_looks(report, made, await _calls(running) - calls, len(people))
    return report


def _tell(report: Report, made: Sequence[Post], flood: _Flood, at_once: int) -> None:
    ours = Mark(value=1000, source="ours: p99 under 1 s")
    graphs = Mark(value=3000, source="Graph wants 3 s")
    report.add("posts", len(made), "")
    report.add("side by side", at_once, "")
    report.add("acknowledged a second", flood.accepted / flood.seconds, "/s")
    report.add("acknowledged: p50", percentile(flood.times, 50) * 1000, "ms")
    report.add("acknowledged: p99", percentile(flood.times, 99) * 1000, "ms", ours)
    report.add("acknowledged: longest", max(flood.times) * 1000, "ms", graphs)
    report.add("told to come again (503)", flood.statuses[503] / max(flood.statuses.total(), 1) * 100, "%")
    all_of_them = Mark(value=len(made), source="in the end all", is_least=True)
    report.demand(report.add("accepted in the end", flood.accepted, "", all_of_them))
    report.errors += [f"{words}, {count} times" for words, count in flood.failures.items()]


async def _tell_looks(report: Report, made: Sequence[Post], looks: int, bookings: int) -> None:
    believed = sum(post.is_believed for post in made)
    report.add("posts that are believed", believed, "")
    report.add("open bookings, each one due row", await RoomBooking.filter(closed_at__isnull=True).count(), "")
    report.add("looks at the suites", looks, "")
    coalesced = Mark(value=1, source="posts about one event fall together")
    report.demand(report.add("looks for each believed post", looks / max(believed, 1), "", coalesced))
    if looks == 0:
        report.errors.append(f"nobody looked at any of {bookings} bookings")


async def _book(running: Deployment, walker: Walker) -> None:
    person = walker.member
    async with Client(running.addresses[person.number % len(running.addresses)], person.token) as client:
        wish = {
            "roomIds": [walker.room_id],
            "event": OwnTime.of(person.number).as_event(f"Flood {person.number}"),
            "idempotencyKey": uuid4().hex,
        }
        booked = await client.field(operations.BOOK_ROOM, input=wish)
        assert booked["__typename"] == "RoomsBooked", booked  # noqa: S101 - nothing to measure otherwise


async def _until_watched(members: int) -> None:
    async with asyncio.timeout(SETTLED_SECONDS):
        while True:
            if await MailboxWatch.filter(status=WatchStatus.RUNNING).count() >= members:
                return
            await asyncio.sleep(LOOK_SECONDS)


async def _until_nothing_is_due() -> None:
    """Every notice has been followed by a look, and every room that was asked has decided."""
    async with asyncio.timeout(SETTLED_SECONDS):
        while True:
            rows = RoomBooking.filter(closed_at__isnull=True)
            due = await rows.filter(next_check_at__lte=clock.now()).count()
            pending = await rows.filter(state="PENDING").count()
            taken = await rows.filter(claimed_until__gt=clock.now()).count()
            if due + pending + taken == 0:
                return
            await asyncio.sleep(LOOK_SECONDS)


async def _posts(running: Deployment, number: int) -> list[Post]:
    """As both suites would send them, in turn, about watches that there are."""
    draw = random.Random(SEED)  # noqa: S311 - who is posted about
    graph = await running.sandbox.control("GET", "graph/subscriptions")
    booked = await running.sandbox.control("GET", "graph/bookings")
    google = await running.sandbox.control("GET", "google/channels")
    users = {user["oid"]: user["address"] for user in await running.sandbox.control("GET", "users")}
    events = {booking["organizer"]: booking["event_id"] for booking in booked}
    tenant = (await Integration.get(organisation__name=NEWBRIDGE.name)).tenant or ""
    made = []
    for place in range(number):
        chance = draw.random()
        if place % 2:
            made.append(_of_google(draw.choice(google), chance))
        else:
            watch = draw.choice(graph)
            made.append(_of_graph(watch, tenant, events[users[watch["mailbox"]]], chance, draw.random() < WITH_STRAY))
    return made


def _of_graph(watch: dict[str, Any], tenant: str, event_id: str, chance: float, has_stray: bool) -> Post:
    """https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"""
    resource = f"Users/{watch['mailbox']}/Events/{event_id}"
    item = {
        "subscriptionId": watch["id"],
        "subscriptionExpirationDateTime": watch["expires_at"],
        "changeType": "updated",
        "resource": resource,
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "id": event_id},
        "clientState": watch["client_state"],
        "tenantId": tenant,
    }
    is_believed = chance < BELIEVED
    if not is_believed:
        item["clientState"] = "guessed"
        item["subscriptionId"] = watch["id"] if chance < BELIEVED + FORGED else str(uuid4())
    items = [item, {**item, "subscriptionId": str(uuid4()), "clientState": "stray"}] if has_stray else [item]
    headers = {"Content-Type": "application/json"}
    return Post(
        path=_path_of(watch["url"]), body=orjson.dumps({"value": items}), headers=headers, is_believed=is_believed
    )


def _of_google(channel: dict[str, Any], chance: float) -> Post:
    """https://developers.google.com/workspace/calendar/api/guides/push"""
    is_believed = chance < BELIEVED
    is_forged = not is_believed and chance < BELIEVED + FORGED
    headers = {
        "X-Goog-Channel-ID": channel["id"] if is_believed or is_forged else str(uuid4()),
        "X-Goog-Channel-Token": channel["token"] if is_believed else "guessed",
        "X-Goog-Resource-ID": channel["resource_id"],
        "X-Goog-Resource-URI": "https://www.googleapis.com/calendar/v3/calendars/primary/events?alt=json",
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": "7",
    }
    return Post(path=_path_of(channel["url"]), body=b"", headers=headers, is_believed=is_believed)


def _path_of(url: str) -> str:
    return "/" + url.split("/", 3)[3]


async def _flooded(running: Deployment, posts: Sequence[Post], at_once: int) -> _Flood:
    """Everything posted, so many side by side; what is told to come again comes again when it was told to."""
    flood, places, began = _Flood(), asyncio.Semaphore(at_once), time.monotonic()
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_SECONDS)
    async with aiohttp.ClientSession(connector=connector) as session, asyncio.TaskGroup() as group:
        for place, post in enumerate(posts):
            address = running.addresses[place % len(running.addresses)]
            group.create_task(_deliver(session, f"{address}{post.path}", post, places, flood))
    flood.seconds = time.monotonic() - began
    return flood


async def _deliver(
    session: aiohttp.ClientSession, url: str, post: Post, places: asyncio.Semaphore, flood: _Flood
) -> None:
    for _ in range(MOST_ATTEMPTS):
        async with places:
            began = time.perf_counter()
            try:
                async with session.post(url, data=post.body, headers=post.headers) as response:
                    await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                flood.failures[type(error).__name__] += 1
                return
            flood.times.append(time.perf_counter() - began)
        flood.statuses[response.status] += 1
        if response.status != 503:
            break
        await asyncio.sleep(float(response.headers["Retry-After"]))
    if response.status == 202:
        flood.accepted += 1
    else:
        flood.failures[f"answered with {response.status}"] += 1


def _memory(running: Deployment) -> list[int]:
    return [resident_bytes(server.pid) for server in running.servers]


async def _calls(running: Deployment) -> int:
    """Calls about calendars so far."""
    counts = (await running.sandbox.control("GET", "calls"))["counts"]
    return sum(entry["count"] for entry in counts if entry["host"] in CALENDAR_HOSTS)
