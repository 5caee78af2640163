"""The whole product behind our web server, on a database of its own."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from starlette.applications import Starlette

from app.main import deployment
from app.serving.connections import Patience
from tests.serving.running import PATIENCE, Running, make_settings, running
from tests.support.database import sqlite_file, sqlite_url


@asynccontextmanager
async def product_in(
    folder: Path,
    template: Path,
    public_url: str = "http://127.0.0.1:8000",
    patience: Patience = PATIENCE,
    *,
    introspection: bool = False,
    **changes: object,
) -> AsyncIterator[tuple[Running, Starlette]]:
    """Serves a copy of a migrated database; beside the server the application, for its routes.

    `changes` are made to the settings.
    """
    shutil.copy(template, sqlite_file(folder))
    settings = make_settings(public_url, sqlite_url(folder), introspection=introspection).model_copy(update=changes)
    async with (
        deployment(settings, runs_jobs=False) as composed,
        running(composed.app, settings, patience, composed.begin_closing) as server,
    ):
        assert isinstance(composed.app, Starlette)
        yield server, composed.app
