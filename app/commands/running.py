"""What every command of the command line begins and ends with."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import NoReturn, TypeVar

import typer

from app import logs, settings
from app.database import engine
from app.suites import registry

T = TypeVar("T")


def read_settings() -> settings.Settings:
    """The settings, with logs as they ask for; ends the command where they are not complete."""
    try:
        chosen = settings.load(registry.SETTINGS)
    except settings.SettingsError as error:
        stop_with(f"The settings are not complete:\n{error}")
    logs.configure(chosen.log_level, chosen.log_format)
    return chosen


def run_to_end(work: Coroutine[None, None, T]) -> T:
    """What the work comes to."""
    try:
        return asyncio.run(work)
    except KeyboardInterrupt:
        # Ctrl-C is how a person stops it: everything was let go in order.
        raise typer.Exit(0) from None


def stop_with(message: str) -> NoReturn:
    """End the command with 1, saying why."""
    typer.echo(message, err=True)
    raise typer.Exit(1)


@asynccontextmanager
async def open_database(chosen: settings.Settings) -> AsyncIterator[None]:
    """The database with this version's schema, which on SQLite is made here; stops where another has to."""
    if chosen.is_sqlite:
        await engine.migrate(chosen.database_url)
    async with engine.database(chosen.database_url):
        if not await engine.is_migrated():
            stop_with("The database does not have this version's schema: run `hybrid-meetings migrate` first.")
        yield
