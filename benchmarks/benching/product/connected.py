"""One member who really came in at one suite, and the database that knows them, for measuring in this process."""

import base64
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from app import settings
from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.events_bus.memory import MemoryBus
from app.identity.models import Organisation
from app.keys import Vault
from app.settings import Settings
from app.suites.registry import SETTINGS, SuiteRegistry
from benchmarks.loading.deployment import GENEROUS
from tests.journeys.companies import NEWBRIDGE, Company
from tests.journeys.story import Story, story_on

NEWCOMER = "aino.arnesen.0001@newbridge.example"
"""Somebody whose calendar is empty."""


@dataclass(frozen=True, slots=True)
class Connected:
    """The story that they came in by, and their token with us."""

    story: Story
    token: str
    address: str
    database_url: str

    @property
    def environment(self) -> Mapping[str, str]:
        """Of the server."""
        return self.story.server.environment

    @property
    def vault(self) -> Vault:
        """What seals as the server does."""
        key_id, _, key = self.environment["HYBRID_MEETINGS_ENCRYPTION_KEYS"].partition(":")
        return Vault(((key_id, base64.b64decode(key)),))

    def settings(self) -> Settings:
        """As the server reads them."""
        with patch.dict(os.environ, self.environment):
            return settings.load(SETTINGS)

    async def connection(self) -> CalendarConnection:
        """The row, with what hangs on it; the database has to be open."""
        organisation = await Organisation.get(name=self.story.company.name)
        rows = CalendarConnection.of(organisation.id).filter(address=self.address)
        return await rows.select_related("integration", "identity").get()

    async def suite_token(self) -> str:
        """What opens their calendar at the suite; the database has to be open."""
        service = TokenService(self.vault, SuiteRegistry({}), MemoryBus())
        return service.opened(await self.connection()).access_token


@asynccontextmanager
async def connected(
    database_url: str, folder: Path, company: Company = NEWBRIDGE, **chosen: str
) -> AsyncIterator[Connected]:
    """A newcomer of an enabled organisation, on a server whose settings besides are these."""
    settings_besides: dict[str, Any] = {"LOG_LEVEL": "INFO", **GENEROUS, **chosen}
    async with story_on(database_url, folder, company, **settings_besides) as story:
        order = {"suite": "MICROSOFT", "domain": "newbridge.example", "members": 1, "rooms": 0, "events": 0}
        await story.sandbox.control("POST", "large-tenant", order)
        await story.enabled()
        token = await story.connected_member(NEWCOMER)
        yield Connected(story, token, NEWCOMER, database_url)
