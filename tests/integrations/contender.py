"""A process of its own that does one deed whenever it is told: `python -m tests.integrations.contender URL DEED WHO`.

WHO counts the organisation's administrators. Each line on standard input names an organisation, the moment that this
process takes for now, and what the deed needs; each line on standard output says how it ended. Two of these side by
side are two servers with clocks of their own.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from uuid import UUID

from app import clock, logs
from app.connections.models import CalendarConnection
from app.connections.tokens import TokenService
from app.database import engine
from app.errors import ProblemError
from app.events_bus.memory import MemoryBus
from app.identity.models import Member, Role
from app.identity.principal import Principal
from app.integrations.retention import Retention
from app.integrations.service import IntegrationService
from app.integrations.starting import WantedIntegration
from app.integrations.transitions import Transitions
from app.keys import Vault
from app.settings import LogFormat
from app.suites.errors import SuiteError
from app.suites.protocol import Credentials, SuiteName
from app.suites.registry import SuiteRegistry
from tests.integrations.doubles import make_service
from tests.support.people import principal_of
from tests.support.suites import FakeSuite

KEYRING = (("k1", b"\x01" * 32),)
SUCCEEDED = "done"


class TrustingSuite(FakeSuite):
    """Refreshes whatever it is shown: another process gave it out."""

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        await asyncio.sleep(0)
        return credentials


class Contender:
    """The services of one server, on suites that every process has to itself."""

    def __init__(self, who: int) -> None:
        self._who = who
        self._bus = MemoryBus()
        registry = SuiteRegistry({name: FakeSuite(name) for name in SuiteName})
        self._service: IntegrationService = make_service(registry, self._bus)
        self._retention = Retention(Transitions(self._bus))
        trusting = SuiteRegistry({SuiteName.MICROSOFT_365: TrustingSuite()})
        self._tokens = TokenService(Vault(KEYRING), trusting, self._bus)
        self.deeds: dict[str, Callable[[UUID, str], Awaitable[object]]] = {
            "enable": self._enable,
            "purge": self._purge,
            "refresh": self._refresh,
            "disable": self._disable,
            "switch": self._switch,
        }

    async def _enable(self, organisation_id: UUID, _: str) -> None:
        await self._service.enable(await self._administrator(organisation_id))

    async def _purge(self, organisation_id: UUID, _: str) -> None:
        await self._retention.run_due()

    async def _refresh(self, organisation_id: UUID, _: str) -> None:
        row = await CalendarConnection.of(organisation_id).select_related("integration").first()
        if row is not None:
            await self._tokens.for_connection(row).current()

    async def _disable(self, organisation_id: UUID, confirmation: str) -> None:
        await self._service.disable(await self._administrator(organisation_id), confirmation, revoke_at_suite=False)

    async def _administrator(self, organisation_id: UUID) -> Principal:
        members = await Member.of(organisation_id).filter(role=Role.SUBSCRIPTION_ADMINISTRATOR).order_by("name")
        return principal_of(members[self._who])

    async def _switch(self, organisation_id: UUID, confirmation: str) -> None:
        wanted = WantedIntegration(suite=SuiteName.GOOGLE_WORKSPACE, confirmation=confirmation)
        await self._service.start(await self._administrator(organisation_id), wanted)


async def main(database_url: str, deed: str, who: int) -> None:
    """Serve turns until standard input ends."""
    logs.configure("WARNING", LogFormat.JSON)
    async with engine.database(database_url):
        contender = Contender(who)
        print("ready", flush=True)
        while line := (await asyncio.to_thread(sys.stdin.readline)).split():
            organisation, moment, details = line
            now = datetime.fromisoformat(moment)
            with clock.use(lambda now=now: now):  # type: ignore[misc]  # the loop's own value, bound at once
                print(await _outcome(contender.deeds[deed](UUID(organisation), details)), flush=True)


async def _outcome(doing: Awaitable[object]) -> str:
    try:
        await doing
    except (ProblemError, SuiteError) as error:
        return type(error).__name__
    return SUCCEEDED


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
