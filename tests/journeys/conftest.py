"""Server and sandbox as processes on free ports, on SQLite and on PostgreSQL, with polling off."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.journeys.story import Story, story_on


@pytest.fixture
async def story(database_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    """A server that nobody has used yet, beside a seeded sandbox."""
    async with story_on(database_url, tmp_path, PENDING_POLLING="false") as story:
        yield story
