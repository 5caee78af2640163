"""Server and sandbox as processes on free ports, on SQLite and on PostgreSQL, with polling off, at each suite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.companies import COMPANIES, Company
from tests.journeys.story import Story, story_on


@pytest.fixture(params=COMPANIES, ids=[company.suite for company in COMPANIES])
def company(request: pytest.FixtureRequest) -> Company:
    """Whoever the story is told of."""
    chosen: Company = request.param
    return chosen


@pytest.fixture
async def story(database_url: str, tmp_path: Path, company: Company) -> AsyncIterator[Story]:
    """A server that nobody has used yet, beside a seeded sandbox."""
    async with story_on(database_url, tmp_path, company, PENDING_POLLING="false") as story:
        yield story
