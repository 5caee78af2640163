"""A calendar suite in memory that lists its rooms on an administrator's own consent and has boxes to leave unticked."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace

from app.suites.errors import MissingScope
from app.suites.events import SuiteRoom
from app.suites.protocol import (
    AccessTokens,
    Credentials,
    DirectoryPage,
    Permission,
    PermissionVariant,
    Purpose,
    RoomDirectory,
    SuiteName,
)
from tests.support.suites import CAPABILITIES, Account, FakeSuite

Page = Sequence[SuiteRoom] | Exception

MEMBER_SCOPES = frozenset({"openid", "calendar", "freebusy", "calendars"})


PERMISSIONS = (
    Permission(scope="openid", delegated=True, purpose=Purpose.SIGN_IN, why="Tells who signs in."),
    Permission(scope="calendar", delegated=True, purpose=Purpose.CALENDAR, why="Reads and writes the calendar."),
    Permission(
        scope="freebusy", delegated=True, purpose=Purpose.AVAILABILITY, why="Tells who is free.", required=False
    ),
    Permission(
        scope="calendars", delegated=True, purpose=Purpose.OWNED_CALENDARS, why="Names calendars.", required=False
    ),
    Permission(
        scope="rooms",
        delegated=True,
        purpose=Purpose.ROOM_DIRECTORY,
        why="Lists the rooms.",
        required=False,
        administrators_only=True,
    ),
)


class CarriedSuite(FakeSuite):
    """Implements `CalendarSuite`; pages of the directory can be errors, for everybody or for one person."""

    def __init__(self) -> None:
        super().__init__(SuiteName.GOOGLE_WORKSPACE)
        self.capabilities = replace(CAPABILITIES, directory_by_application=False, admin_approval_link=False)
        self.permissions = PERMISSIONS
        self.pages: Sequence[Page] = ()
        self.pages_for: dict[str, Sequence[Page]] = {}
        """By the reader's address, where they see something else."""
        self.withdrawn_scopes: frozenset[str] = frozenset()
        """What a refresh does not grant any more."""
        self.whole_directory: RoomDirectory | None = None
        """In the place of all pages."""
        self.readers: list[str] = []
        """Who read the directory, by address, in order."""

    def scopes(self, variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
        carries = administrator and variant is PermissionVariant.FULL
        return MEMBER_SCOPES | {"rooms"} if carries else MEMBER_SCOPES

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        renewed = await super().refresh(credentials, tenant, claims)
        return replace(renewed, scopes=renewed.scopes - self.withdrawn_scopes)

    async def application_tokens(self, tenant: str) -> Credentials:
        raise MissingScope("NoApplicationTokens")

    def directory(self, tokens: AccessTokens) -> RoomDirectory:
        return self.whole_directory or _OwnDirectory(self, tokens)

    def owners(self) -> Mapping[str, Account]:
        """Whose each access token is."""
        return self._owners


class _OwnDirectory:
    """Implements `RoomDirectory` with what the token's owner sees."""

    def __init__(self, suite: CarriedSuite, tokens: AccessTokens) -> None:
        self._suite = suite
        self._tokens = tokens

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        reader = self._suite.owners()[await self._tokens.current()].address
        self._suite.readers.append(reader)
        for page in self._suite.pages_for.get(reader, self._suite.pages):
            if isinstance(page, Exception):
                raise page
            yield DirectoryPage(rooms=page)
