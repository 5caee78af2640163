"""The database as every command opens it, and what it needs besides."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.audit.models import AuditOrigin
from app.audit.origin import Origin, acting_from
from app.commands.running import stop_with
from app.commands.telling import WAITING, tell_aside
from app.database import engine
from app.events_bus.choosing import bus_of
from app.jobs.dispatch import DispatchingBus, dispatch_of
from app.keyring.proofs import KeyCheck
from app.settings import Settings


@asynccontextmanager
async def open_database(chosen: Settings) -> AsyncIterator[None]:
    """The database with this version's schema, which on SQLite is made here; stops where another has to.

    What is done inside is recorded as done on the command line. Raises KeysRefused where the keys are not those of the
    database.
    """
    if chosen.is_sqlite:
        await engine.migrate(chosen.database_url, waiting=lambda: tell_aside(WAITING))
    async with engine.database(chosen.database_url):
        if not await engine.is_migrated():
            stop_with("The database does not have this version's schema: run `hybrid-meetings migrate` first.")
        # What is written or looked up under another key than the servers' is found by none of them.
        await KeyCheck(chosen.secret_key_bytes, chosen.encryption_keyring).confirm(allow_missing=True)
        with acting_from(Origin(AuditOrigin.COMMAND_LINE)):
            yield


@asynccontextmanager
async def open_bus(chosen: Settings) -> AsyncIterator[DispatchingBus]:
    """What servers and workers hear from."""
    bus = DispatchingBus(bus_of(chosen), dispatch_of(chosen))
    try:
        yield bus
    finally:
        await bus.close()
