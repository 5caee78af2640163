"""A calendar suite in memory: it keeps the suite protocol's promises, refusals included, and opens no connection.

A test plays the person in front of the authorise page: `answer = suite.approve(url, person)` gives the parameters with
which the suite's redirect comes back. Faults are ordered with `fail_next`.
"""

import base64
import hashlib
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID, uuid4

from app import clock
from app.suites.errors import (
    ConsentDeclined,
    ConsentNeeded,
    DuplicateCommand,
    FlowExpired,
    NotFound,
    NotOrganiser,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    WrongAccount,
)
from app.suites.events import (
    WHOLE,
    Availability,
    Calendar,
    Event,
    EventKind,
    EventPart,
    EventParts,
    EventStatus,
    EventTime,
    NewEvent,
    NewTime,
    Person,
    Response,
    RoomAnswer,
    RoomInvitation,
    RoomsChange,
    ScheduleOfAddress,
    Sensitivity,
    ShowAs,
    SuiteRoom,
)
from app.suites.protocol import (
    AccessTokens,
    AuthorisationRequest,
    Capabilities,
    ChangeNotification,
    Credentials,
    DirectoryPage,
    Grant,
    Mailbox,
    Permission,
    PermissionVariant,
    Purpose,
    RoomDirectory,
    SuiteIdentity,
    SuiteName,
    Watch,
)
from app.suites.windows import Reach
from app.suites.working_days import WorkingDay, WorkingLocation

AUTHORISE_PAGE = "https://suite.example/authorise"
TOKEN_LIFETIME = timedelta(hours=1)
PERMISSIONS = (
    Permission(scope="openid", delegated=True, purpose=Purpose.SIGN_IN, why="Tells who signs in."),
    Permission(scope="calendar", delegated=True, purpose=Purpose.CALENDAR, why="Reads and writes the calendar."),
    Permission(scope="offline_access", delegated=True, purpose=Purpose.CALENDAR, why="Keeps the consent working."),
    Permission(scope="rooms", delegated=False, purpose=Purpose.ROOM_DIRECTORY, why="Lists the rooms."),
)
CAPABILITIES = Capabilities(
    admin_approval_link=True,
    directory_by_application=True,
    room_answer_for_attendees=False,
    revocable_by_us=False,
    rotates_refresh_tokens=True,
    replaces_rooms=False,
    room_answer_for_dates=True,
    tells_awaiting_approval=True,
    availability_batch=20,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody with a work account at the suite."""

    tenant: str
    address: str
    name: str
    subject: str = field(default_factory=lambda: str(uuid4()))

    def identity(self, suite: SuiteName) -> SuiteIdentity:
        return SuiteIdentity(
            suite=suite, tenant=self.tenant, subject=self.subject, address=self.address, name=self.name
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    account: Account
    challenge: str
    nonce: str
    redirect_uri: str
    granted: frozenset[str]


class FakeSuite:
    """Implements `CalendarSuite`."""

    def __init__(self, name: SuiteName = SuiteName.MICROSOFT_365) -> None:
        self.name = name
        self.capabilities = CAPABILITIES
        self.permissions: Sequence[Permission] = PERMISSIONS
        self.application_id = "hybrid-meetings"
        self.asked = frozenset({"openid", "calendar", "offline_access"})
        """The scopes that everybody consents to."""
        self.token_calls = 0
        """How often the token endpoint was asked, successes and refusals alike."""
        self.refreshes = 0
        self.calls: Counter[str] = Counter()
        """How often each operation was asked for, refusals included."""
        self.before_refresh: Callable[[], Awaitable[None]] | None = None
        """Awaited while the token endpoint is thinking."""
        self.mailboxes: dict[str, FakeMailbox] = defaultdict(FakeMailbox)
        """By address."""
        self.rooms: list[SuiteRoom] = []
        self.roles: dict[str, frozenset[str]] = {}
        """The application permissions granted in each tenant."""
        self._codes: dict[str, _Code] = {}
        self._grants: dict[str, Account] = {}
        """By refresh token; every one that was issued works until its grant is withdrawn, as at Microsoft."""
        self._owners: dict[str, Account] = {}
        """By access token."""
        self._failures: dict[str, list[Exception]] = defaultdict(list)

    # What a test does

    def fail_next(self, operation: str, error: Exception, times: int = 1) -> None:
        """The next calls of `operation` (a method's name) raise this."""
        self._failures[operation].extend([error] * times)

    def approve(self, url: str, account: Account, *, scopes: frozenset[str] | None = None) -> dict[str, str]:
        """The person signs in and accepts; `scopes` where they tick fewer boxes than asked."""
        asked = dict(parse_qsl(urlsplit(url).query))
        code = uuid4().hex
        self._codes[code] = _Code(
            account=account,
            challenge=asked["code_challenge"],
            nonce=asked["nonce"],
            redirect_uri=asked["redirect_uri"],
            granted=frozenset(asked["scope"].split()) if scopes is None else scopes,
        )
        return {"code": code, "state": asked["state"]}

    def decline(self, url: str, error: str = "access_denied") -> dict[str, str]:
        """The person leaves the page."""
        return {"error": error, "error_description": "in words", "state": dict(parse_qsl(urlsplit(url).query))["state"]}

    def withdraw(self, account: Account) -> None:
        """The person removes the application's consent: nothing refreshes any more."""
        self._grants = {token: owner for token, owner in self._grants.items() if owner != account}

    def credentials_of(self, account: Account, scopes: frozenset[str] | None = None) -> Credentials:
        """As if the person had consented just now."""
        return self._issue(account, scopes or self.scopes(PermissionVariant.FULL, administrator=False))

    # What the product does

    def scopes(self, variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
        return self.asked

    @property
    def sign_in_scopes(self) -> frozenset[str]:
        return frozenset({"openid"})

    async def authorisation_url(self, request: AuthorisationRequest) -> str:
        self._strike("authorisation_url")
        query = {
            "redirect_uri": request.redirect_uri,
            "state": request.state,
            "nonce": request.nonce,
            "code_challenge": _challenge(request.code_verifier),
            "scope": " ".join(sorted(request.scopes)),
            "tenant": request.tenant or "",
            "login_hint": request.login_hint or "",
            "prompt": request.prompt or "",
        }
        return f"{AUTHORISE_PAGE}?{urlencode(query)}"

    def refusal(self, parameters: dict[str, str]) -> SuiteError:
        if parameters.get("error") == "access_denied":
            return ConsentDeclined("access_denied")
        return SuiteError(parameters.get("error"))

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        self.token_calls += 1
        self._strike("redeem")
        issued = self._codes.pop(code, None)
        if issued is None or issued.challenge != _challenge(request.code_verifier):
            raise FlowExpired("invalid_grant")
        if issued.redirect_uri != request.redirect_uri or issued.nonce != request.nonce:
            raise FlowExpired("invalid_grant")
        if request.tenant is not None and request.tenant != issued.account.tenant:
            raise WrongAccount("tenant")
        missing = request.scopes - issued.granted
        if missing:
            raise ConsentNeeded("scopes", missing_scopes=missing)
        return Grant(issued.account.identity(self.name), self._issue(issued.account, issued.granted))

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        self.token_calls += 1
        self.refreshes += 1
        if self.before_refresh is not None:
            await self.before_refresh()
        self._strike("refresh")
        account = self._grants.get(credentials.refresh_token or "")
        if account is None:
            raise ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN, "invalid_grant")
        if account.tenant != tenant:
            raise WrongAccount("tenant")
        return self._issue(account, credentials.scopes)

    async def revoke(self, credentials: Credentials) -> bool:
        self._strike("revoke")
        if not self.capabilities.revocable_by_us:
            return False
        self._grants.pop(credentials.refresh_token or "", None)
        return True

    async def application_tokens(self, tenant: str) -> Credentials:
        self.token_calls += 1
        self._strike("application_tokens")
        return Credentials(
            access_token=f"application-{uuid4().hex}",
            expires_at=clock.now() + TOKEN_LIFETIME,
            refresh_token=None,
            scopes=self.roles.get(tenant, frozenset()),
        )

    def grants_room_directory(self, credentials: Credentials) -> bool:
        return "rooms" in credentials.scopes

    async def admin_approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> str | None:
        query = urlencode({"redirect_uri": redirect_uri, "state": state})
        return f"https://suite.example/{tenant or 'organizations'}/approve?{query}"

    def mailbox(self, tokens: AccessTokens, *, key: str, tenant: str | None = None) -> Mailbox:
        return _OpenMailbox(self, tokens)

    def directory(self, tokens: AccessTokens) -> RoomDirectory:
        return _Directory(self, tokens)

    def notifications(self, body: bytes, headers: dict[str, str]) -> Sequence[ChangeNotification]:
        self._strike("notifications")
        return ()

    async def close(self) -> None:
        """Nothing is open."""

    async def mailbox_behind(self, tokens: AccessTokens, operation: str) -> "tuple[Account, FakeMailbox]":
        """Whose mailbox the token opens; a token that died is renewed once."""
        token = await tokens.current()
        if self._failures[f"token:{operation}"]:
            self._failures[f"token:{operation}"].pop()
            token = await tokens.renewed(token)
        self._strike(operation)
        account = self._owners[token]
        return account, self.mailboxes[account.address]

    def _strike(self, operation: str) -> None:
        self.calls[operation] += 1
        if self._failures[operation]:
            raise self._failures[operation].pop(0)

    def _issue(self, account: Account, scopes: frozenset[str]) -> Credentials:
        access_token, refresh_token = f"access-{uuid4().hex}", f"refresh-{uuid4().hex}"
        self._grants[refresh_token] = account
        self._owners[access_token] = account
        return Credentials(
            access_token=access_token,
            expires_at=clock.now() + TOKEN_LIFETIME,
            refresh_token=refresh_token,
            scopes=scopes,
        )


class FakeMailbox:
    """What one person's calendar holds."""

    def __init__(self) -> None:
        self.events: dict[str, Event] = {}
        self.commands: dict[UUID, str] = {}
        self.busy: dict[str, ScheduleOfAddress] = {}
        self.further_addresses: tuple[str, ...] = ()
        self.plans: list[WorkingLocation] = []
        """Where its owner told the suite that they work."""
        self.working_days: dict[UUID, WorkingDay] = {}
        """What was written to say where they work, by command."""


class _OpenMailbox:
    """Implements `Mailbox` over a `FakeMailbox`."""

    def __init__(self, suite: FakeSuite, tokens: AccessTokens) -> None:
        self._suite = suite
        self._tokens = tokens

    async def address(self) -> str:
        account, _ = await self._suite.mailbox_behind(self._tokens, "address")
        return account.address.lower()

    async def addresses(self) -> Sequence[str]:
        account, mailbox = await self._suite.mailbox_behind(self._tokens, "addresses")
        return (account.address.lower(), *mailbox.further_addresses)

    async def calendars(self) -> Sequence[Calendar]:
        await self._suite.mailbox_behind(self._tokens, "calendars")
        return (Calendar(id="default", name="Calendar", is_default=True, is_owned=True, tracks_responses=True),)

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "events")
        held = [event for event in mailbox.events.values() if _overlaps(event, start, end)]
        return sorted((reduced(event, parts) for event in held), key=lambda event: _instant(event.start))

    async def event(self, mailbox_id: str) -> Event:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "event")
        if mailbox_id not in mailbox.events:
            raise NotFound("gone")
        return mailbox.events[mailbox_id]

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "occurrences")
        if series_mailbox_id not in mailbox.events:
            raise NotFound("gone")
        held = [event for event in mailbox.events.values() if event.series_mailbox_id == series_mailbox_id]
        return [event for event in held if _overlaps(event, start, end)]

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        account, mailbox = await self._suite.mailbox_behind(self._tokens, "create")
        if command_id in mailbox.commands:
            present = mailbox.events[mailbox.commands[command_id]]
            if present.subject != event.subject:
                raise DuplicateCommand("duplicate")
            return present
        created = _created(event, command_id, account)
        mailbox.events[created.mailbox_id] = created
        mailbox.commands[command_id] = created.mailbox_id
        return created

    async def find_created(self, command_id: UUID) -> Event | None:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "find_created")
        return mailbox.events.get(mailbox.commands.get(command_id, ""))

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        event = await self._own(mailbox_id, "change_rooms")
        kept = [invitation for invitation in event.rooms if invitation.room.address not in change.remove]
        present = {invitation.room.address for invitation in kept}
        added = [RoomInvitation(room, RoomAnswer.PENDING) for room in change.add if room.address not in present]
        return await self._write(replace(event, rooms=(*kept, *added)))

    async def move(self, mailbox_id: str, time: NewTime) -> Event:
        event = await self._own(mailbox_id, "move")
        start, end = EventTime(time.time_zone, time.start), EventTime(time.time_zone, time.end)
        asked = tuple(replace(invitation, answer=RoomAnswer.PENDING) for invitation in event.rooms)
        return await self._write(replace(event, start=start, end=end, rooms=asked))

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        event = await self._own(mailbox_id, "cancel")
        await self._write(replace(event, status=EventStatus.CANCELLED))

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        event = await self.event(mailbox_id)
        await self._write(replace(event, response=response))

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "schedules")
        return [mailbox.busy.get(a, ScheduleOfAddress(address=a, availability=Availability.FREE)) for a in addresses]

    async def watch(self, callback_url: str, secret: str) -> Watch:
        await self._suite.mailbox_behind(self._tokens, "watch")
        return Watch(suite_id=uuid4().hex, expires_at=clock.now() + timedelta(days=2))

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        await self._suite.mailbox_behind(self._tokens, "renew_watch")
        return Watch(suite_id=suite_id, expires_at=clock.now() + timedelta(days=2))

    async def unwatch(self, suite_id: str) -> None:
        await self._suite.mailbox_behind(self._tokens, "unwatch")

    async def working_locations(self, first: date, last: date) -> Sequence[WorkingLocation]:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "working_locations")
        return [plan for plan in mailbox.plans if first <= plan.day <= last]

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "write_working_day")
        mailbox.working_days.setdefault(command_id, day)

    async def remove_working_day(self, command_id: UUID) -> None:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "remove_working_day")
        mailbox.working_days.pop(command_id, None)

    async def _own(self, mailbox_id: str, operation: str) -> Event:
        await self._suite.mailbox_behind(self._tokens, operation)
        event = await self.event(mailbox_id)
        if not event.is_organiser:
            raise NotOrganiser("not the organiser")
        return event

    async def _write(self, event: Event) -> Event:
        _, mailbox = await self._suite.mailbox_behind(self._tokens, "write")
        written = replace(event, version=str(int(event.version) + 1))
        mailbox.events[written.mailbox_id] = written
        return written


class _Directory:
    """Implements `RoomDirectory`."""

    def __init__(self, suite: FakeSuite, tokens: AccessTokens) -> None:
        self._suite = suite
        self._tokens = tokens

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        await self._tokens.current()
        if self._suite.rooms:
            yield DirectoryPage(rooms=tuple(self._suite.rooms))


def _created(event: NewEvent, command_id: UUID, account: Account) -> Event:
    return Event(
        mailbox_id=uuid4().hex,
        shared_key=uuid4().hex,
        series_mailbox_id=None,
        version="1",
        kind=EventKind.SERIES if event.recurrence else EventKind.SINGLE,
        status=EventStatus.CONFIRMED,
        subject=event.subject,
        start=EventTime(event.time_zone, event.start),
        end=EventTime(event.time_zone, event.end),
        is_all_day=False,
        original_start=None,
        sensitivity=Sensitivity.NORMAL,
        show_as=ShowAs.BUSY,
        organiser=Person(account.address.lower(), account.name),
        is_organiser=True,
        response=Response.ORGANISER,
        attendees=(),
        rooms=tuple(RoomInvitation(room, RoomAnswer.PENDING) for room in event.rooms),
        location=None,
        online_meeting_url=None,
        web_url=None,
        body_preview="",
        command_id=str(command_id),
    )


_ABSENT: Mapping[EventPart, Mapping[str, Any]] = {
    EventPart.INVITED: {"attendees": (), "rooms": ()},
    EventPart.RESPONSE: {"response": Response.NOT_RESPONDED},
    EventPart.LOCATION: {"location": None},
    EventPart.ONLINE_MEETING: {"online_meeting_url": None},
    EventPart.WEB_URL: {"web_url": None},
    EventPart.BODY_PREVIEW: {"body_preview": ""},
}


def reduced(event: Event, parts: EventParts) -> Event:
    """The event as a suite tells it that is asked for these parts alone."""
    absent: dict[str, Any] = {}
    for part in WHOLE - parts:
        absent |= _ABSENT[part]
    if event.is_organiser:
        absent.pop("response", None)
    return replace(event, **absent)


def _challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode()


def _instant(time: EventTime) -> datetime:
    if time.date_time is None:
        raise ValueError("this double holds events with times only")
    return time.date_time


def _overlaps(event: Event, start: datetime, end: datetime) -> bool:
    return _instant(event.start) < end and _instant(event.end) > start
