"""A suite in a world of its own, as the contract needs it: people, rooms, trouble to order.

The contract test knows only `World`; a further suite joins by one more implementation and one entry in `WORLDS`.
"""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from app import clock
from app.sandbox.process import SandboxClient
from app.suites.errors import SuiteError
from app.suites.events import Event, Person
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
    DECLINES_SINGLE_DATES = "DECLINES_SINGLE_DATES"
    """Takes a series of which a few dates conflict, and declines those alone."""
    REPLACED_BY_SIMILAR = "REPLACED_BY_SIMILAR"


class Oddity(StrEnum):
    """What other programs, migrations and the suites themselves leave behind in calendars."""

    NO_SUBJECT = "NO_SUBJECT"
    NO_ORGANISER = "NO_ORGANISER"
    NO_TIMES = "NO_TIMES"
    """A cancelled date of a series of which the suite knows no more than that it was."""
    NAMELESS_ATTENDEE = "NAMELESS_ATTENDEE"
    """Somebody invited of whom no address is known."""
    THOUSAND_ATTENDEES = "THOUSAND_ATTENDEES"
    UNHEARD_OF_VALUES = "UNHEARD_OF_VALUES"
    """Words of a later version of the suite, where each member knows a few."""
    YEAR_ONE = "YEAR_ONE"
    WORKING_LOCATION = "WORKING_LOCATION"
    BIRTHDAY = "BIRTHDAY"


@dataclass(frozen=True, kw_only=True)
class Written:
    """An event as somebody writes it in the suite's own program; whole days where both ends are dates."""

    start: datetime | date
    end: datetime | date
    subject: str = "Written by hand"
    time_zone: str = "Europe/Amsterdam"
    weeks: int | None = None
    """For a weekly series: how many dates it has."""
    is_private: bool = False


Provocation = Callable[["World"], Awaitable[object]]
"""Calls of a suite that end in one of its errors."""


class World(ABC):
    """One suite with an organiser, a colleague and an administrator of the same tenant, a stranger and two rooms."""

    suite: CalendarSuite
    sandbox: SandboxClient
    organiser: str
    colleague: str
    administrator: str
    stranger: str
    rooms: tuple[Person, Person]
    room_count: int
    callback_url: str
    tells_missed_notifications: bool
    tells_how_long_to_wait: bool
    """Whether an answer that throttles says for how long."""
    zone_names: Mapping[str | None, str]
    """Names of time zones as this suite may give them for an event, and what each means as an IANA name."""
    absent_oddities: Mapping[Oddity, str]
    """Those that do not exist at this suite, and why."""
    provocations: Mapping[type[SuiteError], Provocation]
    """How this suite is brought to each error that every suite does not raise alike."""
    absent_errors: Mapping[type[SuiteError], str]
    """Those that this suite has no reason to raise, and why."""

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
    async def room_decides(self, room: str, event: Event, *, accepts: bool) -> None:
        """Let the person in charge of a room answer the organiser's event, or one date, whatever it said before."""

    @abstractmethod
    async def room_gives_up(self, room: str, event: Event) -> None:
        """Make a room let go, in the suite's own way, of a slot that it had accepted."""

    @abstractmethod
    async def room_is_taken_off(self, room: str, event: Event) -> None:
        """Let the organiser take a room off in the suite's own program."""

    @abstractmethod
    async def write(self, address: str, written: Written, calendar_id: str | None = None) -> str:
        """Let somebody write an event in the suite's own program; its id in their mailbox."""

    @abstractmethod
    async def move_date(self, address: str, series_id: str, day: date, to: Written) -> None:
        """Let the organiser move one date of a series."""

    @abstractmethod
    async def plant(self, oddity: Oddity, at: datetime) -> None:
        """Put an odd event of an hour into the organiser's calendar."""

    @abstractmethod
    async def plant_in_zone(self, name: str | None, subject: str, at: datetime) -> None:
        """Put an event of an hour into the organiser's calendar, made in what the suite calls this time zone."""

    @abstractmethod
    async def add_calendar(self, address: str, name: str) -> str:
        """Give somebody a further calendar of their own; its id."""

    @abstractmethod
    async def share_calendar(self, owner: str, reader: str) -> None:
        """Let a colleague see somebody's calendar beside their own."""

    @abstractmethod
    async def stand_in_both(self, event_id: str, calendar_id: str) -> None:
        """Let an event of the organiser's default calendar stand in a further calendar of theirs too."""

    @abstractmethod
    async def fill(self, address: str, events: int, week: datetime) -> None:
        """Put many events into the week that begins then."""

    @abstractmethod
    async def expire_access_tokens(self) -> None: ...

    @abstractmethod
    async def kill_grants(self, address: str) -> None:
        """Make the suite refuse this person's refresh tokens."""

    async def directory(self) -> RoomDirectory:
        """The room directory, with the right to read it."""
        return self.suite.directory(FixedTokens(await self.directory_credentials()))

    @abstractmethod
    async def forbidden_directory(self) -> RoomDirectory:
        """The room directory without that right."""

    @abstractmethod
    async def directory_credentials(self) -> Credentials:
        """Credentials that may read the room directory: the application's, or an administrator's."""

    async def lifecycle(self, watch_id: str) -> None:
        """Make the suite say that notifications of this watch were missed, where it tells."""
        raise NotImplementedError

    @abstractmethod
    async def calls(self) -> int:
        """How many calls of the calendar API there were since the world began or this was asked last."""

    async def sign_in(self, address: str, scopes: frozenset[str] | None = None) -> Grant:
        """A person's grant, through the suite's own pages."""
        request = self.request(scopes or self.suite.scopes(PermissionVariant.FULL, administrator=False))
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
