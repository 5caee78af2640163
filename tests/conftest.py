"""What every test can ask for."""

import asyncio
import io
import logging
import os
import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, settings
from redis import Redis
from redis.backoff import ConstantBackoff
from redis.exceptions import ConnectionError  # noqa: A004  # redis's own
from redis.retry import Retry
from tortoise.context import TortoiseContext

from app import logs
from app.database import engine
from app.keys import Keys, Vault
from app.settings import LogFormat
from tests.support.database import REDIS_URL, migrated_file, sqlite_file, sqlite_url, temporary_postgresql
from tests.support.server import free_port

# How fast a busy machine draws examples says nothing about the product.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that nobody waits for it alone at the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def migrated_template() -> Path:
    """A migrated, empty SQLite file: copying it is faster than migrating for every test."""
    return Path(asyncio.run(migrated_file()))


@pytest.fixture
async def database(migrated_template: Path, tmp_path: Path) -> AsyncIterator[TortoiseContext]:
    """A migrated SQLite database in a file of the test's own."""
    shutil.copy(migrated_template, sqlite_file(tmp_path))
    async with engine.database(sqlite_url(tmp_path)) as context:
        yield context


@pytest.fixture
async def postgresql_url() -> AsyncIterator[str]:
    """The address of a fresh PostgreSQL database."""
    async with temporary_postgresql() as url:
        yield url


@pytest.fixture
async def empty_postgresql_url() -> AsyncIterator[str]:
    """The address of a PostgreSQL database without tables."""
    async with temporary_postgresql(is_migrated=False) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database, once on each engine."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path)
    url: str = request.getfixturevalue("postgresql_url")
    return url


@pytest.fixture(scope="session")
def _redis_of_this_run() -> Iterator[str]:
    """A Redis of this test process's own: in one that is shared, its workers would be woken in others' stead."""
    if REDIS_URL is None:
        pytest.skip("HYBRID_MEETINGS_TEST_REDIS_URL names no server")
    port = free_port()
    arguments = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL) as server:
        Redis(port=port, retry=Retry(ConstantBackoff(0.05), 200), retry_on_error=[ConnectionError]).ping()
        yield f"redis://127.0.0.1:{port}/0"
        server.terminate()


@pytest.fixture
def redis_url(_redis_of_this_run: str) -> str:
    """The address of a Redis server that tests may write to."""
    return _redis_of_this_run


@pytest.fixture
def vault() -> Vault:
    return Vault((("k1", b"\x01" * 32),))


@pytest.fixture
def keys() -> Keys:
    return Keys(b"\x02" * 32)


@pytest.fixture(autouse=True)
def _no_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own settings never reach a test."""
    for name in list(os.environ):
        if name.startswith("HYBRID_MEETINGS_") and not name.startswith("HYBRID_MEETINGS_TEST_"):
            monkeypatch.delenv(name)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that is logged, at the most talkative level."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    logs.configure("DEBUG", LogFormat.JSON, stream)
    yield stream
    root.handlers[:], root.level = before[0], before[1]
    structlog.reset_defaults()
