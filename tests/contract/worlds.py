"""A suite in a world of its own, as the contract needs it: people, rooms, trouble to order.

The contract test knows only `World`; a further suite joins by one more implementation and one entry in `WORLDS`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlsplit

from app import clock
from app.sandbox.process import SandboxClient, SandboxDescription
from app.sandbox.visitor import Visitor
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
from app.suites.retries import Timing
from app.suites.working_days import WorkingKind

TIMEOUT = timedelta(seconds=10)


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


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Where somebody says in the suite's own program that they work, on a day or in a part of it."""

    day: date
    kind: WorkingKind
    building: str | None = None
    hours: tuple[time, time] | None = None
    """On the clocks of their own zone; None for the whole day."""
    by_rule: bool = False
    """Said for many days at once."""


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
    calendar_host: str
    """What the sandbox calls the host of the suite's calendar API."""
    token_host: str
    """What it calls the host of the suite's token endpoint."""
    control_path: str
    """Where the sandbox's control calls on the suite's calendars and rooms stand."""
    written_id: str
    """Which member of a written event is its id in the mailbox."""
    paths: Mapping[Operation, tuple[str | None, str | None]]
    troubles: Mapping[Trouble, Mapping[str, object]]
    habits: Mapping[RoomHabit, Mapping[str, object]]

    def __init__(self, sandbox: SandboxClient) -> None:
        self.sandbox = sandbox
        self.pauses: list[float] = []

    @abstractmethod
    async def begin(self) -> None:
        """Take away what the last test left; a whole reset would make every test wait for the seed."""

    @abstractmethod
    def wire(self, written: Written) -> dict[str, object]:
        """As a client of the suite would write it."""

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """One of the sandbox's control calls on this suite's calendars and rooms."""
        return await self.sandbox.control(method, f"{self.control_path}/{path}", body)

    async def visit(self, address: str, request: AuthorisationRequest) -> dict[str, str]:
        """Let a person consent; the parameters that come back to the callback."""
        return await self.follow(Visitor(address), await self.suite.authorisation_url(request))

    async def follow(self, visitor: Visitor, url: str) -> dict[str, str]:
        """Where a visit that begins there ends up: the parameters at our callback."""
        async with visitor:
            landing = await visitor.open(url, until=self.callback_url)
        assert landing.url.startswith(self.callback_url), landing.text
        return dict(parse_qsl(urlsplit(landing.url).query))

    async def order(self, trouble: Trouble, operation: Operation, times: int | None = 1) -> None:
        """Let the next such calls meet this trouble."""
        method, path = self.paths[operation]
        order = {"host": self.calendar_host, "method": method, "path": path, "times": times}
        await self.sandbox.control("POST", "faults", {**order, **self.troubles[trouble]})

    async def mend(self) -> None:
        """End every trouble."""
        await self.sandbox.control("DELETE", "faults")

    async def room_habit(self, room: str, habit: RoomHabit) -> None:
        """Let a room treat requests so from now on."""
        await self.control("PATCH", f"rooms/{room}", self.habits[habit])

    async def rooms_answer(self) -> None:
        """Let every room that was asked answer now."""
        await self.control("POST", "attendant/run")

    @abstractmethod
    async def room_decides(self, room: str, event: Event, *, accepts: bool) -> None:
        """Let the person in charge of a room answer the organiser's event, or one date, whatever it said before."""

    @abstractmethod
    async def room_gives_up(self, room: str, event: Event) -> None:
        """Make a room let go, in the suite's own way, of a slot that it had accepted."""

    async def room_is_taken_off(self, room: str, event: Event) -> None:
        """Let the organiser take a room off in the suite's own program."""
        where = f"{box(self.organiser)}/events/{event.mailbox_id}/remove-attendee"
        await self.control("POST", where, {"address": room})

    async def write(self, address: str, written: Written, calendar_id: str | None = None) -> str:
        """Let somebody write an event in the suite's own program; its id in their mailbox."""
        where = f"{box(address)}/events" + (f"?calendar={quote(calendar_id)}" if calendar_id else "")
        made = await self.control("POST", where, self.wire(written))
        return str(made[self.written_id])

    async def move_date(self, address: str, series_id: str, day: date, to: Written) -> None:
        """Let the organiser move one date of a series."""
        wire = self.wire(to)
        change = {"start": wire["start"], "end": wire["end"]}
        await self.control("PATCH", f"{box(address)}/events/{series_id}?occurrence={day}", change)

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
    async def plan(self, address: str, *plans: Plan) -> None:
        """Let somebody say where they work; what they said before is forgotten."""

    @abstractmethod
    async def forbid_plans(self) -> None:
        """Give the organiser an edition in which nobody says where they work."""

    async def items(self, address: str) -> Sequence[Mapping[str, Any]]:
        """What lies in somebody's calendar, as the suite shows it."""
        found: Sequence[Mapping[str, Any]] = await self.control("GET", f"{box(address)}/items")
        return found

    async def fill(self, address: str, events: int, week: datetime) -> None:
        """Put many events into the week that begins then."""
        order = {"events": events, "attendees": 3, "start": week.date().isoformat()}
        await self.control("POST", f"{box(address)}/fill", order)

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
    async def rotate_keys(self) -> None:
        """Make the suite sign with a new key from now on."""

    async def calls(self) -> int:
        """How many calls of the calendar API there were since the world began or this was asked last."""
        counted = await self.sandbox.control("GET", "calls")
        await self.sandbox.control("DELETE", "calls")
        return sum(entry["count"] for entry in counted["counts"] if entry["host"] == self.calendar_host)

    def timing(self) -> Timing:
        """Real time, but for the pauses: they are noted and not waited for."""
        loop = asyncio.get_running_loop()

        async def sleep(pause: float) -> None:
            self.pauses.append(pause)

        return Timing(monotonic=loop.time, sleep=sleep, jitter=lambda: 0.5)

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


SomeWorld = TypeVar("SomeWorld", bound=World)


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


def box(address: str) -> str:
    """Where the control calls on somebody's mailbox stand."""
    return f"mailboxes/{address}"


@asynccontextmanager
async def begun(
    build: Callable[[SandboxClient, Recorder], SomeWorld], description: SandboxDescription, recorder: Recorder
) -> AsyncIterator[SomeWorld]:
    """A world of a running sandbox, for one test."""
    async with SandboxClient(description) as sandbox:
        world = build(sandbox, recorder)
        await world.begin()
        try:
            yield world
        finally:
            await world.suite.close()
