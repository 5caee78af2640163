"""The product, once at each suite."""

from collections.abc import AsyncIterator
from pathlib import Path
from ssl import SSLContext

import pytest

from app.suites.protocol import SuiteName
from tests.security.world import World, world_in
from tests.suites.doubles import loopback_tls


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[SSLContext, Path]:
    """A server context for this machine, and the file of who vouches for it."""
    return loopback_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=list(SuiteName))
def suite(request: pytest.FixtureRequest) -> SuiteName:
    """Each suite in turn."""
    chosen: SuiteName = request.param
    return chosen


@pytest.fixture
async def world(
    tmp_path: Path, migrated_template: Path, tls: tuple[SSLContext, Path], suite: SuiteName
) -> AsyncIterator[World]:
    async with world_in(tmp_path, migrated_template, *tls, suite) as world:
        yield world
