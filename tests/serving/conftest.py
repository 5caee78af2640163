import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app.main import deployment
from app.serving.connections import Patience
from tests.serving.running import PATIENCE, Running, make_settings, running
from tests.support.database import sqlite_file, sqlite_url

Product = Callable[..., AbstractAsyncContextManager[tuple[Running, Starlette]]]


@pytest.fixture
def product(migrated_template: Path, tmp_path: Path) -> Product:
    """The whole product, served; beside it the application, for its routes."""

    @asynccontextmanager
    async def serve(
        public_url: str = "http://127.0.0.1:8000", patience: Patience = PATIENCE
    ) -> AsyncIterator[tuple[Running, Starlette]]:
        shutil.copy(migrated_template, sqlite_file(tmp_path))
        settings = make_settings(public_url, sqlite_url(tmp_path))
        async with (
            deployment(settings, runs_jobs=False) as composed,
            running(composed.app, settings, patience, composed.begin_closing) as server,
        ):
            assert isinstance(composed.app, Starlette)
            yield server, composed.app

    return serve
