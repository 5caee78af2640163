"""Documents made at random against a running server whose suites answer by their own wire protocols."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from schema import schema
from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import Story, story_on
from tests.schema.operations import OPERATIONS
from tests.security.generated import Generator, Mood
from tests.support.client import Client
from tests.support.database import sqlite_url

CODES = {"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "QUERY_TOO_COSTLY", "RATE_LIMITED"}
ROUNDS = 2
TAKING_AWAY = {"cancelIntegration", "disconnectCalendar", "disableIntegration", "removeRoom", "signOut"}
ROOTS = [
    (kind.lower(), field)
    for kind, _, field in (name.partition(".") for name in sorted(OPERATIONS))
    if kind != "Subscription" and field not in TAKING_AWAY
]
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) {
  ... on Agenda { events(first: 5) { nodes { id } } }
} }"""


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
async def story(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Story]:
    company: Company = request.param
    async with story_on(sqlite_url(tmp_path), tmp_path, company, PENDING_POLLING="false") as story:
        yield story


async def _ids(client: Client) -> dict[str, str]:
    """Ids that the member may use, by what they are ids of."""
    now = datetime.now(UTC)
    week = {"from": now.isoformat(), "to": (now + timedelta(days=7)).isoformat()}
    events = (await client.field(AGENDA, **week))["events"]["nodes"]
    rooms = (await client.field("{ rooms(first: 5) { nodes { id } } }"))["nodes"]
    assert events
    assert rooms
    return {
        f"{kind}_{n}": node["id"]
        for kind, nodes in (("event", events), ("room", rooms))
        for n, node in enumerate(nodes)
    }


async def test_no_document_brings_a_suite_or_the_server_out_of_step(story: Story) -> None:
    administrator = await story.enabled()
    member = await story.connected_member()

    async with story.speaking_for(member) as client, story.speaking_for(administrator) as other:
        ids = await _ids(client)
        codes: set[str] = set()
        for number, (kind, field) in enumerate(ROOTS * ROUNDS):
            random = Random(number)  # noqa: S311  # no secret
            mood = random.choice([Mood.DECENT, Mood.EXTREME])
            asked = Generator(schema._schema, ids, random, mood).operation(kind, field)
            answer = await (other if random.random() < 0.5 else client).send(asked.query, **asked.variables)
            told = {error["extensions"]["code"] for error in answer.get("errors", ())}
            assert told <= CODES, f"{asked}\n{answer}\n{story.server.log()[-3_000:]}"
            codes |= told
        assert "RATE_LIMITED" not in codes
        assert (await client.field("{ viewer { role } }"))["role"] == "MEMBER"

    log = story.server.log()
    assert "Traceback" not in log
    assert "graphql.defect" not in log
