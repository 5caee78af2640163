"""`make demo` keeps what front-end developers lean on."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from app.sandbox.process import SandboxDescription
from tests.support.client import Client
from tests.support.server import ROOT, free_port

READY_SECONDS = 60
POLL_SECONDS = 0.05
WEEK = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { subject rooms { state } } } } } }"""

OWN_SHIFTS = """query ($from: Date!, $to: Date!) {
  shifts(from: $from, to: $to, first: 100) { nodes { member { email } date kind } } }"""
WHEREABOUTS = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { attendeeSummary { atEventBuilding elsewhere unknown } } } } } }"""


@dataclass
class Demo:
    address: str
    folder: Path
    process: asyncio.subprocess.Process
    waited: list[tuple[int, bool]]
    """What `/health/ready` answered, each time with whether `people.json` was there."""

    def people(self) -> list[dict[str, Any]]:
        people: list[dict[str, Any]] = json.loads((self.folder / ".demo" / "people.json").read_text())
        return people

    def sandbox_pid(self) -> int:
        return SandboxDescription.read(self.folder / ".demo" / "sandbox").pid


async def _answers(address: str) -> int:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{address}/health/ready") as response:
            return response.status
    except aiohttp.ClientError:
        return 0


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.cli",
        "demo",
        "--port",
        str(port),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    running = Demo(f"http://127.0.0.1:{port}", tmp_path, process, [])
    async with asyncio.timeout(READY_SECONDS):
        while not running.waited or running.waited[-1][0] != 200:
            status = await _answers(running.address)
            running.waited.append((status, (tmp_path / ".demo" / "people.json").exists()))
            await asyncio.sleep(POLL_SECONDS)
    yield running
    if process.returncode is None:
        os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def test_the_demo_is_ready_only_once_its_people_are_and_every_token_works(demo: Demo) -> None:
    assert all(complete for status, complete in demo.waited if status == 200)
    people = demo.people()
    assert {person["organisation"] for person in people} == {"Tidewater", "Fernhill", "Newbridge", "Brookside"}
    assert {frozenset(person) for person in people} == {
        frozenset({"name", "email", "role", "organisation", "suite", "token"})
    }

    for person in people:
        async with Client(demo.address, person["token"]) as client:
            viewer = await client.field("{ viewer { member { name email } role connection { status } } }")
            assert viewer["member"] == {"name": person["name"], "email": person["email"]}
            assert viewer["role"] == person["role"]


async def test_the_demo_has_an_enabled_organisation_full_of_life_at_each_suite(demo: Demo) -> None:
    people = {person["email"]: person["token"] for person in demo.people()}
    now = datetime.now(UTC)
    week = {"from": (now - timedelta(days=7)).isoformat(), "to": (now + timedelta(days=7)).isoformat()}
    connected = {"ben.kok@tidewater.example": "MICROSOFT_365", "hugo.brandt@fernhill.example": "GOOGLE_WORKSPACE"}

    for address, suite in connected.items():
        async with Client(demo.address, people[address]) as member:
            integration = await member.field("{ integration { status suite } }")
            rooms = await member.field("{ rooms(first: 100) { totalCount nodes { building } } }")
            agenda = await member.field(WEEK, **week)

        assert integration == {"status": "ENABLED", "suite": suite}
        assert rooms["totalCount"] >= 38
        assert len({room["building"] for room in rooms["nodes"] if room["building"]}) == 3
        assert len(agenda["events"]["nodes"]) > 10


async def test_in_the_demo_everybody_has_a_week_and_meetings_say_who_is_where(demo: Demo) -> None:
    people = {person["email"]: person for person in demo.people()}
    now = datetime.now(UTC)
    days = {"from": now.date().isoformat(), "to": (now + timedelta(days=14)).date().isoformat()}
    week = {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()}
    organisations = {"Tidewater": "ben.kok@tidewater.example", "Fernhill": "hugo.brandt@fernhill.example"}

    for organisation, address in organisations.items():
        for person in people.values():
            if person["organisation"] == organisation:
                async with Client(demo.address, person["token"]) as member:
                    own = await member.field(OWN_SHIFTS, **days)
                assert sum(shift["member"]["email"] == person["email"] for shift in own["nodes"]) >= 8
        async with Client(demo.address, people[address]["token"]) as member:
            agenda = await member.field(WHEREABOUTS, **week)
            buildings = await member.field("{ buildings { nodes { name floors { areas { name } } } } }")

        assert len(buildings["nodes"]) == 3
        summaries = [event["attendeeSummary"] for event in agenda["events"]["nodes"]]
        assert all(
            any(summary[group] for summary in summaries) for group in ("atEventBuilding", "elsewhere", "unknown")
        )


async def test_the_demo_leaves_a_member_to_connect_and_an_organisation_to_set_up(demo: Demo) -> None:
    people = {person["email"]: person["token"] for person in demo.people()}

    async with Client(demo.address, people["daniel.osei@tidewater.example"]) as daniel:
        daniels = await daniel.field("{ viewer { connection { status } } }")
    begun = {}
    for address in ("nora.berg@newbridge.example", "nell.byrne@brookside.example"):
        async with Client(demo.address, people[address]) as administrator:
            begun[address] = (await administrator.field("{ integration { status } }"))["status"]

    assert daniels["connection"]["status"] == "NOT_CONNECTED"
    assert set(begun.values()) == {"NOT_CONFIGURED"}


async def test_the_demos_clock_and_its_sandboxs_go_forward_together_by_one_call(demo: Demo) -> None:
    sandbox = SandboxDescription.read(demo.folder / ".demo" / "sandbox")
    async with aiohttp.ClientSession() as anybody:
        async with anybody.post(f"{demo.address}/demo/clock", data='{"days": 5}') as answer:
            told = await answer.json()
        async with anybody.get(f"{sandbox.http}/control/clock") as answer:
            sandboxs = await answer.json()

    assert told["aheadSeconds"] == sandboxs["ahead_seconds"] == timedelta(days=5).total_seconds()
    assert datetime.fromisoformat(told["now"]) > datetime.now(UTC) + timedelta(days=4)


async def test_ctrl_c_stops_the_demo_cleanly_and_takes_the_sandbox_along(demo: Demo) -> None:
    sandbox = demo.sandbox_pid()

    os.killpg(demo.process.pid, signal.SIGINT)
    output, _ = await asyncio.wait_for(demo.process.communicate(), 10)

    assert demo.process.returncode == 0
    assert b"Traceback" not in output
    with pytest.raises(ProcessLookupError):
        os.kill(sandbox, 0)


async def test_a_second_demo_says_why_it_cannot_start_and_leaves_the_first_alone(demo: Demo) -> None:
    second = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app.cli", "demo", "--port", port),
            cwd=demo.folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stderr=asyncio.subprocess.PIPE,
        )
        for port in (demo.address.rpartition(":")[2], str(free_port()))
    ]
    said = [(await process.communicate())[1].decode() for process in second]

    assert [process.returncode for process in second] == [1, 1]
    assert "PORT=" in said[0]
    assert "another demo" in said[1]
    assert await _answers(demo.address) == 200
    os.kill(demo.sandbox_pid(), 0)


async def test_what_the_demo_keeps_is_for_its_owner_only(demo: Demo) -> None:
    folder = demo.folder / ".demo"

    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600
    assert (folder / "people.json").stat().st_mode & 0o777 == 0o600
