"""The world that lives are copied from: made once, over HTTP, as people would make it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg

from tests.faults.mortal_story import World
from tests.journeys.companies import NEWBRIDGE, Company
from tests.journeys.story import Story, story_on
from tests.support.client import Client
from tests.support.database import POSTGRESQL_URL

COLLEAGUES = {NEWBRIDGE.suite: "lars.holm@newbridge.example"}
SILENT = {"graph": "SILENT", "google": "MANUAL"}
ROOMS = "{ rooms(first: 20) { nodes { id email } } }"
WHO = "{ viewer { member { id } } }"
CREATE_BUILDING = """mutation ($input: CreateBuildingInput!) { createBuilding(input: $input) { __typename
  ... on BuildingCreated { building { id floors { id areas { id } } } } ... on Problem { message } } }"""


@asynccontextmanager
async def world_of(company: Company, folder: Path, database_url: str) -> AsyncIterator[World]:
    """An enabled organisation with an administrator, a member whose calendar is connected, a colleague, and an office.

    A server stays beside the copies: only it can answer the suite's handshakes. It holds the original, in which nobody
    books anything.
    """
    async with story_on(database_url, folder, company, PENDING_POLLING="false") as story:
        admin = await story.enabled()
        member = await story.connected_member()
        colleague = await story.token_by_sign_in(COLLEAGUES.get(company.suite, company.tenant_administrator))
        async with story.speaking_for(admin) as administrator:
            rooms = (await administrator.field(ROOMS))["nodes"]
            office = await _office(administrator)
        for room in rooms:
            behaviour = {"behaviour": SILENT[company.control]}
            await story.sandbox.control("PATCH", f"{company.control}/rooms/{room['email']}", behaviour)
        async with story.speaking_for(member) as speaker, story.speaking_for(colleague) as other:
            ids = {"member": (await speaker.field(WHO))["member"]["id"], **office}
            ids["colleague"] = (await other.field(WHO))["member"]["id"]
        yield World(
            suite=company.suite,
            template=await _template(story, database_url, folder),
            environment=dict(story.server.environment),
            sandbox=story.sandbox.description.http,
            admin=admin,
            member=member,
            colleague=colleague,
            rooms=tuple(room["id"] for room in rooms),
            addresses=tuple(room["email"] for room in rooms),
            ids=ids,
            begun_on=datetime.now(UTC).date().isoformat(),
        )


async def _office(administrator: Client) -> dict[str, Any]:
    week = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
    wanted = {
        "name": "Lighthouse",
        "timeZone": "Europe/Amsterdam",
        "capacity": 3,
        "openingHours": [{"weekday": day, "opens": "08:00", "closes": "18:00"} for day in week],
        "floors": [{"name": "First", "capacity": 2, "areas": [{"name": "North", "capacity": 1}]}],
        "idempotencyKey": "lighthouse",
    }
    building = (await administrator.field(CREATE_BUILDING, input=wanted))["building"]
    floor = building["floors"][0]
    return {"building": building["id"], "floor": floor["id"], "area": floor["areas"][0]["id"]}


async def _template(story: Story, database_url: str, folder: Path) -> str:
    """A copy of the database that nobody has open."""
    if database_url.startswith("sqlite:"):
        path = folder / "template.sqlite3"
        with sqlite3.connect(database_url.removeprefix("sqlite://")) as original, sqlite3.connect(path) as copy:
            original.backup(copy)
        return f"sqlite://{path}"
    await story.server.stop()
    base, _, name = database_url.rpartition("/")
    copy_name = f"killed_{uuid4().hex}"
    administration = await asyncpg.connect(POSTGRESQL_URL)
    try:
        await administration.execute(f'CREATE DATABASE "{copy_name}" TEMPLATE "{name}"')
    finally:
        await administration.close()
    await story.server.start()
    return f"{base}/{copy_name}"
