"""Opening an integration's room directory, by whichever way its suite lists rooms.

Where the application itself is approved, it reads. Elsewhere an administrator's own consent carries the directory, and
when it fails in a way that is that administrator's, the next one takes over within the same reading. What a reading
meets that concerns the whole organisation shows in the integration's health, whoever asked for it.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from app.connections.models import CalendarConnection
from app.connections.standing import StandingKeeper
from app.events_bus.bus import EventsBus
from app.integrations.health import HealthKeeper
from app.integrations.models import Integration
from app.integrations.ports import Suites, Tokens
from app.rooms.carriers import carriers_of, forget_refusal, remember_refusal, tell_of_carrier
from app.rooms.directory import ApplicationTokens, DirectoryUncarried
from app.suites.errors import MemberBlocked, MemberMustAct, MissingScope, NotFound, SuiteError
from app.suites.protocol import CalendarSuite, DirectoryPage, RoomDirectory

DIRECTORY_REFUSED = (MissingScope, NotFound)
"""The suite does not list rooms to this person: no rights in its administration, told or hidden."""

_CARRIERS_OWN = (*DIRECTORY_REFUSED, MemberMustAct, MemberBlocked)
"""What is wrong with one carrier and need not be with the next."""

_log = structlog.get_logger(__name__)


class RoomDirectories:
    """Opens directories, and keeps in mind whom a suite does not list its rooms to."""

    def __init__(self, registry: Suites, tokens: Tokens, bus: EventsBus) -> None:
        self._registry = registry
        self._tokens = tokens
        self._bus = bus
        self._standing = StandingKeeper(bus)
        self._health = HealthKeeper(bus)

    async def open(self, integration: Integration) -> RoomDirectory:
        """The directory of the integration's tenant. Raises MissingScope where it is not approved, SuiteError.

        Reading one that is carried raises DirectoryUncarried once nobody is left.
        """
        suite = self._registry.get(integration.suite)
        if not suite.capabilities.directory_by_application:
            return _CarriedDirectory(self, integration, suite)
        try:
            directory = await self.of_application(integration)
        except SuiteError as error:
            await self.met(integration, error)
            raise
        return _ApplicationsDirectory(self, integration, directory)

    async def of_application(self, integration: Integration) -> RoomDirectory:
        """The directory on the application's own credentials, for whoever says themselves what comes of it.

        Raises MissingScope where it is not approved, SuiteError.
        """
        if integration.tenant is None:
            raise MissingScope
        suite = self._registry.get(integration.suite)
        credentials = await suite.application_tokens(integration.tenant)
        if not suite.grants_room_directory(credentials):
            raise MissingScope
        return suite.directory(ApplicationTokens(suite, integration.tenant, credentials))

    def of_administrator(self, connection: CalendarConnection) -> RoomDirectory:
        """The directory on this administrator's own consent; loaded with the integration."""
        suite = self._registry.get(connection.integration.suite)
        return suite.directory(self._tokens.for_connection(connection))

    async def refused(self, connection: CalendarConnection) -> None:
        """The suite does not list rooms to this administrator: others carry, until they consent again."""
        if await remember_refusal(connection):
            await tell_of_carrier(self._bus, connection)

    async def allowed(self, connection: CalendarConnection) -> None:
        """The suite lists rooms to this administrator, whatever it said before."""
        if await forget_refusal(connection):
            await tell_of_carrier(self._bus, connection)

    async def met(self, integration: Integration, error: SuiteError) -> None:
        """A reading failed for everybody of the organisation."""
        if isinstance(error, DirectoryUncarried):
            await self._health.directory_uncarried(integration)
        elif isinstance(error, MissingScope):
            await self._health.directory_refused(integration)
        else:
            await self._health.met(integration.organisation_id, integration.id, error)

    async def lost(self, connection: CalendarConnection, error: SuiteError) -> None:
        """A carrier failed for a reason of their own."""
        _log.info(
            "room_directory_carrier_lost",
            connection=str(connection.id),
            error=type(error).__name__,
            provider_code=error.provider_code,
        )
        if isinstance(error, DIRECTORY_REFUSED):
            await self.refused(connection)
        else:
            await self._standing.record(connection, error)


class _ApplicationsDirectory:
    """Implements `RoomDirectory` with the application's own credentials."""

    def __init__(self, directories: RoomDirectories, integration: Integration, directory: RoomDirectory) -> None:
        self._directories = directories
        self._integration = integration
        self._directory = directory

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        try:
            async for page in self._directory.pages(resume):
                yield page
        except SuiteError as error:
            await self._directories.met(self._integration, error)
            raise


class _CarriedDirectory:
    """Implements `RoomDirectory` with one carrier after the other; nobody's rooms are given twice."""

    def __init__(self, directories: RoomDirectories, integration: Integration, suite: CalendarSuite) -> None:
        self._directories = directories
        self._integration = integration
        self._suite = suite
        self._tried: set[tuple[UUID, datetime]] = set()
        """Consents, each tried once: somebody who consents anew meanwhile is tried anew."""

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        given: set[str] = set()
        while carrier := await self._next_carrier():
            # A successor goes on at the page that its predecessor had not read: what was given before is left out.
            before = frozenset(given)
            try:
                async for page in self._directories.of_administrator(carrier).pages(resume):
                    given.update(room.address for room in page.rooms)
                    resume = page.resume
                    yield replace(page, rooms=[room for room in page.rooms if room.address not in before])
            except _CARRIERS_OWN as error:
                await self._directories.lost(carrier, error)
            else:
                return
        uncarried = DirectoryUncarried()
        await self._directories.met(self._integration, uncarried)
        raise uncarried

    async def _next_carrier(self) -> CalendarConnection | None:
        for carrier in await carriers_of(self._integration, self._suite):
            consent = (carrier.id, carrier.connected_at)
            if consent not in self._tried:
                self._tried.add(consent)
                return carrier
        return None
