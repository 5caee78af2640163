"""A suite in a world of its own, as the contract needs it: people, rooms, trouble to order.

The contract test knows only `World`; a further suite joins by one more implementation and one entry in `WORLDS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from app import clock
from app.suites.events import Person
from app.suites.http import Recorder
from app.suites.protocol import (
    AccessTokens,
    AuthorisationRequest,
    CalendarSuite,
    Credentials,
    Grant,
    Mailbox,
    PermissionVariant,
    RoomDirectory,
)


class Trouble(StrEnum):
    """What can be ordered for the next calls of the suite's calendar API."""

    THROTTLED = "THROTTLED"
    THROTTLED_FOR_A_DAY = "THROTTLED_FOR_A_DAY"
    UNAVAILABLE = "UNAVAILABLE"
    DONE_BUT_UNANSWERED = "DONE_BUT_UNANSWERED"
    DROPPED = "DROPPED"
    MALFORMED = "MALFORMED"
    TOKEN_REFUSED = "TOKEN_REFUSED"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"


class Operation(StrEnum):
    """Which calls the trouble meets."""

    LIST_EVENTS = "LIST_EVENTS"
    CREATE_EVENT = "CREATE_EVENT"
    CHANGE_EVENT = "CHANGE_EVENT"
    ANY = "ANY"


class RoomHabit(StrEnum):
    """How a room treats requests."""

    ACCEPTS_WHEN_FREE = "ACCEPTS_WHEN_FREE"
    NEEDS_APPROVAL = "NEEDS_APPROVAL"


class World(ABC):
    """One suite with an organiser, a colleague of the same tenant, a stranger and two rooms."""

    suite: CalendarSuite
    organiser: str
    colleague: str
    stranger: str
    rooms: tuple[Person, Person]
    room_count: int
    callback_url: str

    @abstractmethod
    async def visit(self, address: str, request: AuthorisationRequest) -> dict[str, str]:
        """Let a person consent; the parameters that come back to the callback."""

    @abstractmethod
    async def order(self, trouble: Trouble, operation: Operation, times: int | None = 1) -> None: ...

    @abstractmethod
    async def mend(self) -> None:
        """End every trouble."""

    @abstractmethod
    async def room_habit(self, room: str, habit: RoomHabit) -> None: ...

    @abstractmethod
    async def rooms_answer(self) -> None:
        """Let every room that was asked answer now."""

    @abstractmethod
    async def fill(self, address: str, events: int, week: datetime) -> None:
        """Put many events into the week that begins then."""

    @abstractmethod
    async def expire_access_tokens(self) -> None: ...

    @abstractmethod
    async def kill_grants(self, address: str) -> None:
        """Make the suite refuse this person's refresh tokens."""

    @abstractmethod
    async def directory(self) -> RoomDirectory:
        """The room directory, with the right to read it."""

    @abstractmethod
    async def forbidden_directory(self) -> RoomDirectory:
        """The room directory without that right."""

    @abstractmethod
    async def lifecycle(self, watch_id: str) -> None:
        """Make the suite say that notifications of this watch were missed."""

    @abstractmethod
    async def calls(self) -> int:
        """How many calls of the calendar API there were since the world began or this was asked last."""

    async def sign_in(self, address: str, scopes: frozenset[str] | None = None) -> Grant:
        """A person's grant, through the suite's own pages."""
        request = self.request(scopes or self.suite.scopes(PermissionVariant.FULL, administrator=True))
        parameters = await self.visit(address, request)
        return await self.suite.redeem(parameters["code"], request)

    def request(self, scopes: frozenset[str], **changes: object) -> AuthorisationRequest:
        fields = {
            "redirect_uri": self.callback_url,
            "state": "state-of-this-flow",
            "nonce": "nonce-of-this-flow",
            "code_verifier": "verifier-of-this-flow-that-is-long-enough-to-be-one",
            **changes,
        }
        return AuthorisationRequest(scopes=scopes, **fields)  # type: ignore[arg-type]  # all of them are texts

    async def mailbox(self, address: str) -> Mailbox:
        grant = await self.sign_in(address)
        return self.suite.mailbox(GrantTokens(self.suite, grant), key=address)


@dataclass
class GrantTokens(AccessTokens):
    """One person's tokens, refreshed whenever one is refused."""

    suite: CalendarSuite
    grant: Grant
    refreshes: int = 0

    async def current(self) -> str:
        return self.grant.credentials.access_token

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        self.refreshes += 1
        fresh = await self.suite.refresh(self.grant.credentials, self.grant.identity.tenant, claims)
        self.grant = Grant(self.grant.identity, fresh)
        return fresh.access_token


@dataclass(frozen=True)
class FixedTokens(AccessTokens):
    """Credentials that nobody can renew."""

    credentials: Credentials

    async def current(self) -> str:
        return self.credentials.access_token

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        return self.credentials.access_token


def some_monday() -> datetime:
    """Midnight in UTC of a Monday eight weeks ahead, where no calendar holds anything yet."""
    today = clock.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return today + timedelta(days=56 - today.weekday())


BuildWorld = Callable[[Recorder], AbstractAsyncContextManager[World]]
