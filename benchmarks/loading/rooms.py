"""Room sync of ten thousand rooms at both suites, of a tenth of them before, and once more when nothing has changed."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tortoise.connection import get_connection

from app.database import engine
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import Mark, Report
from benchmarks.loading.processes import MEGABYTE, resident_bytes
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.room_syncs import as_far_as_tested
from tests.journeys.story import ENABLE
from tests.support.client import Client

ROOMS = 10_000
A_TENTH = 10
FEWEST = 100
"""Rooms in all below which a tenth is no directory."""
FEWEST_JUDGED = 5_000
LINEAR = 1.2
LOOK_SECONDS = 0.05
PATIENCE_SECONDS = 900
DIRECTORY: Mapping[str, frozenset[tuple[str, str]]] = {
    "MICROSOFT_365": frozenset({("graph", "places")}),
    "GOOGLE_WORKSPACE": frozenset({("google-directory", "calendars"), ("google-directory", "buildings")}),
}
"""The calls that read a room directory, by host and a word of their path."""


@dataclass(frozen=True, slots=True)
class _Directory:
    """Where rooms are: a company with the sandbox's name for its suite, and the domain they are added to."""

    company: Company
    suite: str
    domain: str


COMPANIES = [
    (
        _Directory(
            replace(
                NEWBRIDGE,
                name="Tidewater",
                administrator="ada.vos@tidewater.example",
                tenant_administrator="tess.okafor@tidewater.example",
            ),
            "MICROSOFT",
            "tidewater.example",
        ),
        _Directory(NEWBRIDGE, "MICROSOFT", "newbridge.example"),
    ),
    (
        _Directory(
            replace(BROOKSIDE, name="Fernhill", administrator="iris.moreau@fernhill.example"),
            "GOOGLE",
            "fernhill.example",
        ),
        _Directory(BROOKSIDE, "GOOGLE", "brookside.example"),
    ),
]
"""At each suite one company for a tenth of the rooms, and one for all."""

SYNC = "mutation { syncRooms { __typename ... on Problem { code message } } }"
PROGRESS = (
    """{ integration { roomSync { state roomsRead roomsAdded roomsUnpaired failureCode requestedAt finishedAt } } }"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Synced:
    """One run."""

    seconds: float
    read: int
    added: int
    unpaired: int
    calls: int
    peak_bytes: int


async def measure(running: Deployment, scale: float) -> Report:
    """A tenth at one company of each suite, the whole at another."""
    report = Report("rooms")
    whole = max(FEWEST, int(ROOMS * scale))
    for small, large in COMPANIES:
        tenth, _ = await _twice(running, small, whole // A_TENTH)
        first, second = await _twice(running, large, whole)
        _tell(report, large.company.suite, first, tenth)
        _tell_again(report, large.company.suite, second, first)
    if whole < FEWEST_JUDGED:
        report.notes.append("too few to judge by: time for each room against a tenth as many")
    return report


def _tell(report: Report, suite: str, first: _Synced, tenth: _Synced) -> None:
    each, each_of_tenth = first.seconds / first.read, tenth.seconds / tenth.read
    report.add(f"{suite}: rooms", first.read, "")
    report.add(f"{suite}: first sync", first.seconds, "s")
    report.add(f"{suite}: each room", each * 1000, "ms")
    report.add(f"{suite}: each of a tenth as many", each_of_tenth * 1000, "ms")
    linear = Mark(value=LINEAR, source="linear")
    report.add(f"{suite}: each against a tenth as many", each / each_of_tenth, "", linear)
    report.add(f"{suite}: calls", first.calls, "")
    report.add(f"{suite}: worker's memory at most", first.peak_bytes / MEGABYTE, "MB")
    if first.added != first.read:
        report.errors.append(f"{suite}: {first.added} of {first.read} rooms were added")


def _tell_again(report: Report, suite: str, second: _Synced, first: _Synced) -> None:
    report.add(f"{suite}: second sync, nothing new", second.seconds, "s")
    report.add(f"{suite}: second against first", second.seconds / first.seconds, "", Mark(value=1, source="no writing"))
    nothing = Mark(value=0, source="nothing changed")
    changed = second.added + second.unpaired + abs(second.read - first.read)
    report.demand(report.add(f"{suite}: rooms changed by the second sync", changed, "", nothing))


async def _twice(running: Deployment, at: _Directory, rooms: int) -> tuple[_Synced, _Synced]:
    order = {"suite": at.suite, "domain": at.domain, "members": 1, "rooms": rooms, "events": 0}
    await running.sandbox.control("POST", "large-tenant", order)
    story = running.story(at.company)
    token = await story.token_by_invitation(at.company.administrator)
    async with story.speaking_for(token) as administrator:
        await as_far_as_tested(story, administrator)
        first = await _synced(running, at.company, administrator, ENABLE)
        # What came in has been looked at by PostgreSQL itself long before the next sync.
        async with engine.database(running.database_url):
            await get_connection("default").execute_script("ANALYZE")
        second = await _synced(running, at.company, administrator, SYNC)
    return first, second


async def _synced(running: Deployment, company: Company, administrator: Client, begin: str) -> _Synced:
    """Begin a run and follow it to its end; its time is that between the row's own moments."""
    worker, calls = running.workers[0].pid, await _calls(running, company)
    peak = resident_bytes(worker)
    began = await administrator.field(begin)
    assert "code" not in began, began  # noqa: S101 - nothing to measure otherwise
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (sync := await _latest(administrator)) is None or sync["finishedAt"] is None:
            peak = max(peak, resident_bytes(worker))
            await asyncio.sleep(LOOK_SECONDS)
    assert sync["state"] == "SUCCEEDED", sync  # noqa: S101 - nothing to measure otherwise
    took = datetime.fromisoformat(sync["finishedAt"]) - datetime.fromisoformat(sync["requestedAt"])
    return _Synced(
        seconds=took.total_seconds(),
        read=sync["roomsRead"],
        added=sync["roomsAdded"],
        unpaired=sync["roomsUnpaired"],
        calls=await _calls(running, company) - calls,
        peak_bytes=peak,
    )


async def _latest(administrator: Client) -> dict[str, Any] | None:
    sync: dict[str, Any] | None = (await administrator.field(PROGRESS))["roomSync"]
    return sync


async def _calls(running: Deployment, company: Company) -> int:
    counts = (await running.sandbox.control("GET", "calls"))["counts"]
    wanted = DIRECTORY[company.suite]
    return sum(
        entry["count"]
        for entry in counts
        if any(entry["host"] == host and word in entry["path"] for host, word in wanted)
    )
