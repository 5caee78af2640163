"""A worker killed at each step of each job: whoever comes next does the rest, and nothing twice."""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from app.suites.protocol import SuiteName
from tests.faults.mortal import Mother, mother_in
from tests.faults.mortal_jobs import JOBS
from tests.faults.mortal_scenarios import SCENARIOS
from tests.faults.mortal_world import world_of
from tests.journeys.companies import COMPANIES
from tests.support.database import sqlite_url
from tests.support.mail_server import Inbox, mail_server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def inbox() -> AsyncIterator[Inbox]:
    """Where the product's mails arrive."""
    async with mail_server(Inbox()) as inbox:
        yield inbox


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=COMPANIES, ids=[one.suite for one in COMPANIES])
async def mother(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, inbox: Inbox
) -> AsyncIterator[Mother]:
    folder = tmp_path_factory.mktemp("world")
    async with world_of(request.param, folder, sqlite_url(folder)) as world:
        mail = {
            "HYBRID_MEETINGS_SMTP_URL": f"smtp://127.0.0.1:{inbox.port}",
            "HYBRID_MEETINGS_MAIL_FROM": "rooms@killed.example",
        }
        mailing = replace(world, environment={**world.environment, **mail})
        async with mother_in(mailing, folder) as mother:
            yield mother


@pytest.mark.parametrize("scenario", [scenario.name for scenario in JOBS])
async def test_a_worker_killed_at_any_step_of_a_job_leaves_what_the_next_one_finishes_once(
    mother: Mother, scenario: str, tmp_path: Path
) -> None:
    suites = SCENARIOS[scenario].suites
    if SuiteName(mother.world.suite) not in suites:
        pytest.skip("not told of this suite")

    report = await mother.killed_at_each_step(scenario, tmp_path, suites=len(suites))

    assert not report.failures, report.said
    assert report.deaths > 0


async def test_a_worker_killed_at_any_step_of_mailing_mails_what_was_told_under_one_message_id(
    mother: Mother, inbox: Inbox, tmp_path: Path
) -> None:
    if mother.world.suite != SuiteName.MICROSOFT_365:
        pytest.skip("mail is not the suite's")
    inbox.mails.clear()
    inbox.recipients.clear()

    report = await mother.killed_at_each_step("mailing", tmp_path)

    mailed = defaultdict(list)
    for [recipient], mail in zip(inbox.recipients, inbox.mails, strict=True):
        mailed[recipient].append(mail["Message-ID"])
    assert not report.failures, report.said
    assert len(mailed) == report.deaths + 2, "in two copies nobody is killed"
    assert all(len(set(ids)) == 1 for ids in mailed.values()), mailed
    assert max(len(ids) for ids in mailed.values()) <= 2


async def test_every_job_there_is_is_killed(mother: Mother) -> None:
    killed = {name for scenario in SCENARIOS.values() for name in scenario.covers}

    assert mother.jobs
    assert mother.jobs - killed == set()
