"""Five hundred members of both suites on two servers and a worker: how soon they are answered, and how much fits in."""

import asyncio
import time
from collections import Counter

from benchmarks.loading import operations
from benchmarks.loading.connected import Office, offices
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.figures import A_REQUEST, NINETY, Mark, Report, percentile
from benchmarks.loading.operations import Operation
from benchmarks.loading.processes import Effort
from benchmarks.loading.walkers import Measured, Walker, Walkers
from tests.support.client import Client

MEMBERS = 500
ROOMS = 30
SECONDS = 60.0
THINK_SECONDS = 12.0
"""Between two things that a member does, on average."""
CLOSED_SECONDS = 30.0
CLOSED_LOOPS = 16
"""So many members ask again as soon as they are answered."""
FEWEST_MEMBERS, SHORTEST_SECONDS = 8, 2.5
PATIENCE_SECONDS = 60.0
LOOK_SECONDS = 0.2
SHARE = 99.9
ROOM_IDS = "{ rooms(first: 100) { nodes { id name } } }"


async def measure(running: Deployment, scale: float) -> Report:
    """First as people are, then as fast as it goes."""
    report = Report("traffic")
    members = max(FEWEST_MEMBERS, int(MEMBERS * scale))
    async with Walkers(running, await walkers(running, members)) as crowd:
        await crowd.listen()
        effort = Effort(running.processes)
        think = THINK_SECONDS * len(crowd.walkers) / MEMBERS  # the same number of questions a second at any scale
        measured = await crowd.walk(max(SHORTEST_SECONDS, SECONDS * scale), think)
        tell(report, "mixed", measured)
        _tell_shares(report, "mixed", effort)
        await _until_all_is_heard(report, crowd)
        effort = Effort(running.processes)
        closed = await crowd.walk(max(SHORTEST_SECONDS, CLOSED_SECONDS * scale), 0, CLOSED_LOOPS)
        _tell_maximum(report, closed, effort)
        await _until_all_is_heard(report, crowd)
        if crowd.lost_sockets:
            report.errors.append(f"{crowd.lost_sockets} sockets were lost")
    report.notes.append(f"{members} members, half of each suite, each with a socket; whatever is booked is cancelled")
    return report


async def walkers(running: Deployment, members: int) -> list[Walker]:
    """Everybody, come in and ready to go: those who came in for another part, where there was one."""
    found = running.parts_share.get("walkers")
    if found is None:
        found = running.parts_share["walkers"] = await _come_in(running, members)
    return found


async def _come_in(running: Deployment, members: int) -> list[Walker]:
    found = []
    for office in await offices(running, members, ROOMS):
        room_ids, building_id = await _place(running, office)
        found += [Walker(member, room_ids, building_id) for member in office.members]
    return found


def tell(report: Report, name: str, measured: Measured) -> None:
    """Throughput, success, and each operation's times beside their marks."""
    report.add(f"{name}: operations", measured.asked, "")
    report.add(f"{name}: operations a second", measured.asked / measured.seconds, "/s")
    success = (measured.asked - len(measured.failures)) / max(measured.asked, 1) * 100
    report.demand(report.add(f"{name}: success", success, "%", Mark(value=SHARE, source="Nylas", is_least=True)))
    everything = [seconds for times in measured.times.values() for seconds in times]
    for called, times in (("all", everything), *((one.value, measured.times.get(one, [])) for one in Operation)):
        if times:
            report.add(f"{called}: p50 of {len(times)}", percentile(times, 50) * 1000, "ms")
            report.add(f"{called}: p90", percentile(times, 90) * 1000, "ms", Mark(value=500, source=NINETY))
            report.add(f"{called}: p99", percentile(times, 99) * 1000, "ms", Mark(value=1000, source=A_REQUEST))
    report.errors += [f"{words}, {count} times" for words, count in Counter(measured.failures).items()]


def _tell_shares(report: Report, name: str, effort: Effort) -> None:
    for process, share in effort.shares().items():
        report.add(f"{name}: processor of {process}", share, "%")


def _tell_maximum(report: Report, closed: Measured, effort: Effort) -> None:
    times = [seconds for some in closed.times.values() for seconds in some]
    report.add("closed loop: operations a second at most", closed.asked / closed.seconds, "/s")
    report.add("closed loop: p50", percentile(times, 50) * 1000, "ms")
    report.add("closed loop: p99", percentile(times, 99) * 1000, "ms")
    _tell_shares(report, "closed loop", effort)
    report.errors += [f"closed loop: {words}, {count} times" for words, count in Counter(closed.failures).items()]


async def _until_all_is_heard(report: Report, crowd: Walkers) -> None:
    """Every room has decided, and its member's socket said so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while missing := sum(len(walker.hearing.missing) for walker in crowd.walkers):
        if time.monotonic() > deadline:
            report.errors.append(f"{missing} rooms decided and nobody heard of it")
            break
        await asyncio.sleep(LOOK_SECONDS)
    delays = [delay for walker in crowd.walkers for delay in walker.hearing.delays]
    report.add(f"room's answer heard: p50 of {len(delays)}", percentile(delays, 50) * 1000, "ms")
    within = Mark(value=1000, source="product.md: changes within a second")
    report.add("room's answer heard: p99", percentile(delays, 99) * 1000, "ms", within)
    for walker in crowd.walkers:
        walker.hearing.answered.clear()


async def _place(running: Deployment, office: Office) -> tuple[list[str], str]:
    """The office's rooms that decide at once, and a building for everybody's shifts."""
    async with Client(running.addresses[0], office.administrator) as administrator:
        rooms = (await administrator.field(ROOM_IDS))["nodes"]
        made = await administrator.field(operations.CREATE_BUILDING, input=operations.building())
    return [room["id"] for room in rooms if room["name"].startswith("Block ")], made["building"]["id"]
