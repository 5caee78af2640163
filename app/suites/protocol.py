"""What every calendar suite can do for us, and how it says what it cannot.

One `CalendarSuite` per configured suite lives as long as the process. It signs people in, keeps their credentials
fresh, and opens a `Mailbox` (one person's calendar, with that person's consent) or the `RoomDirectory`
(the tenant's rooms). Everything raises `app.suites.errors.SuiteError` and nothing else.
"""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from app.suites.errors import SuiteError
from app.suites.events import (
    WHOLE,
    Calendar,
    Event,
    EventParts,
    NewEvent,
    NewTime,
    Response,
    RoomsChange,
    ScheduleOfAddress,
    SuiteRoom,
)
from app.suites.windows import Reach
from app.suites.working_days import WorkingDay, WorkingLocation


class SuiteName(StrEnum):
    """The suites we speak with; the vocabulary's *calendar suite*."""

    MICROSOFT_365 = "MICROSOFT_365"
    GOOGLE_WORKSPACE = "GOOGLE_WORKSPACE"

    @property
    def display_name(self) -> str:
        """The name that people know."""
        return self.replace("_", " ").title()


class Purpose(StrEnum):
    """What a permission is for, so that an organisation can refuse one and know what it loses."""

    SIGN_IN = "SIGN_IN"
    CALENDAR = "CALENDAR"
    AVAILABILITY = "AVAILABILITY"
    ROOM_DIRECTORY = "ROOM_DIRECTORY"
    OWNED_CALENDARS = "OWNED_CALENDARS"


@dataclass(frozen=True, slots=True)
class Permission:
    """One scope that the suite is asked for, before anybody consents."""

    scope: str
    delegated: bool
    purpose: Purpose
    why: str
    required: bool = True
    """A consent without it is of no use; without an optional one that purpose alone is lost."""
    administrators_only: bool = False
    """Asked of subscription administrators and of nobody else."""


class PermissionVariant(StrEnum):
    """Which set of permissions an organisation chose."""

    FULL = "FULL"
    WITHOUT_ROOM_DIRECTORY = "WITHOUT_ROOM_DIRECTORY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What one suite can and cannot do, so that it is said and not guessed."""

    admin_approval_link: bool
    """A tenant administrator can approve by following one link."""
    directory_by_application: bool
    """Rooms are listed with the application's own credentials, with nobody signed in."""
    room_answer_for_attendees: bool
    """An attendee's copy of an event shows what the room answered."""
    revocable_by_us: bool
    """Disconnecting can tell the suite; otherwise the consent stays there until somebody removes it."""
    rotates_refresh_tokens: bool
    replaces_rooms: bool
    """The suite may swap a room by itself."""
    room_answer_for_dates: bool
    """Each date of a series tells what its room answered to it; otherwise a date may show the answer to the series."""
    tells_awaiting_approval: bool
    """A room that awaits a person's approval is told from one that has not answered yet."""
    availability_batch: int
    """How many addresses one free/busy call takes."""


class ApprovalWayKind(StrEnum):
    """A way in which a tenant administrator can give admin approval."""

    CONSENT_FOR_ORGANISATION = "CONSENT_FOR_ORGANISATION"
    ADMIN_APPROVAL_LINK = "ADMIN_APPROVAL_LINK"
    SUITE_REQUEST = "SUITE_REQUEST"
    TRUSTED_APPLICATION = "TRUSTED_APPLICATION"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalWay:
    """One way out of waiting for admin approval, in words for people; the link itself is made for each organisation."""

    kind: ApprovalWayKind
    title: str
    instructions: str


class ConsentPrompt(StrEnum):
    """How the suite's page greets the person."""

    SELECT_ACCOUNT = "SELECT_ACCOUNT"
    CONSENT = "CONSENT"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorisationRequest:
    """One visit to the suite's authorise page; `tenant` is None where any organisation's account may answer."""

    redirect_uri: str
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    """PKCE (RFC 7636); the adapter sends its S256 challenge."""
    scopes: frozenset[str]
    tenant: str | None = None
    login_hint: str | None = None
    prompt: ConsentPrompt | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What keeps a consent working. `expires_at` is when the access token dies, in UTC."""

    access_token: str
    expires_at: datetime
    refresh_token: str | None
    scopes: frozenset[str]

    def __repr__(self) -> str:
        return f"Credentials(expires_at={self.expires_at.isoformat()}, …)"


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteIdentity:
    """Who signed in, every claim checked: `tenant` and `subject` identify, `address` and `name` only describe."""

    suite: SuiteName
    tenant: str
    subject: str
    address: str
    name: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a redeemed authorisation code gave."""

    identity: SuiteIdentity
    credentials: Credentials


class AccessTokens(Protocol):
    """Where a mailbox gets its access token from; whoever implements it decides how refreshes are shared."""

    async def current(self) -> str:
        """A token that is valid now, as far as we know."""
        ...

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        """A token other than `rejected`, which the suite just refused; `claims` is the suite's challenge, if any."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A running subscription to one mailbox's changes."""

    suite_id: str
    expires_at: datetime


class ChangeKind(StrEnum):
    """What a notification says happened; only ever a reason to read again."""

    CHANGED = "CHANGED"
    DELETED = "DELETED"
    MISSED = "MISSED"
    """Notifications were lost: look at everything that is open."""
    REAUTHORISE = "REAUTHORISE"
    WATCH_ENDED = "WATCH_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeNotification:
    """One item of what a suite posted to us; nothing in it is believed before `secret` is checked."""

    watch_id: str
    secret: str = field(repr=False)
    tenant: str | None
    kind: ChangeKind
    mailbox_id: str | None
    """The event concerned, where the suite names one."""


class Mailbox(Protocol):
    """One person's calendar, with that person's consent."""

    async def address(self) -> str:
        """The mailbox's own address, lower case; also proves that the profile can be read."""
        ...

    async def addresses(self) -> Sequence[str]:
        """Every address that mail for this mailbox can bear, as far as the suite tells, lower case; its own first."""
        ...

    async def calendars(self) -> Sequence[Calendar]: ...

    async def events(
        self,
        start: datetime,
        end: datetime,
        *,
        calendar_id: str | None = None,
        parts: EventParts = WHOLE,
        reach: Reach | None = None,
    ) -> Sequence[Event]:
        """Every event that overlaps the half-open window, series expanded, in order of start.

        One call where the suite allows it, else as many pages as it takes. `calendar_id` None is the default calendar.
        The suite is asked for no other parts than `parts`; others are missing, unless they come along by themselves.

        With a `reach`, no more of them than that, as far as it can be helped: all those from its moment on that begin
        no later than the last that is told, and where these are fewer than enough, all there are. Raises TooManyEvents.
        """
        ...

    async def event(self, mailbox_id: str) -> Event:
        """One event as it is now. Raises NotFound."""
        ...

    async def occurrences(self, series_mailbox_id: str, start: datetime, end: datetime) -> Sequence[Event]:
        """The occurrences and exceptions of one series that overlap the window."""
        ...

    async def create(self, event: NewEvent, command_id: UUID) -> Event:
        """Create the event once, however often the same command is sent. Raises DuplicateCommand."""
        ...

    async def find_created(self, command_id: UUID) -> Event | None:
        """The event that `create` made for this command, if it exists."""
        ...

    async def change_rooms(self, mailbox_id: str, change: RoomsChange) -> Event:
        """Invite and let go rooms in one write, guarded by the version just read.

        Raises NotOrganiser, ChangedMeanwhile.
        """
        ...

    async def move(self, mailbox_id: str, time: NewTime) -> Event:
        """Have the event, one date or a whole series take place at another time, in one write as of `change_rooms`.

        Its rooms are asked anew. A series keeps its days, and forgets what was changed on single dates. Raises
        NotOrganiser, ChangedMeanwhile, InvalidRequest where a date would meet its neighbour.
        """
        ...

    async def cancel(self, mailbox_id: str, comment: str | None = None) -> None:
        """Cancel the event (or this occurrence) for everybody; done already counts as done. Raises NotOrganiser."""
        ...

    async def respond(self, mailbox_id: str, response: Response, comment: str | None = None) -> None:
        """Accept, tentatively accept or decline as the mailbox's owner."""
        ...

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        """Free/busy of rooms or people, one entry per address in the order asked, in batches of the suite's size."""
        ...

    async def watch(self, callback_url: str, secret: str) -> Watch:
        """Ask for change notifications of this mailbox's events. Raises NotificationsRefused."""
        ...

    async def renew_watch(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        """Prolong a watch, or put another in its place where the suite prolongs none.

        Only another watch, told by its other id, bears the new secret. Raises NotFound where the suite dropped it and
        makes no other, NotificationsRefused.
        """
        ...

    async def unwatch(self, suite_id: str) -> None: ...

    async def working_locations(self, first: date, last: date) -> Sequence[WorkingLocation]:
        """Where the mailbox's owner told the suite that they work on these days, both inclusive, in order of time.

        What `write_working_day` wrote is not among them. Raises WorkingLocationsRefused.
        """
        ...

    async def write_working_day(self, day: WorkingDay, command_id: UUID) -> None:
        """Say in the owner's own calendar where they work that day, once for each command.

        `events` leaves it out: it is no meeting.
        """
        ...

    async def remove_working_day(self, command_id: UUID) -> None:
        """Take away what this command wrote; what is gone already counts as done."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryPage:
    """Some rooms of a directory."""

    rooms: Sequence[SuiteRoom]
    resume: str | None = None
    """The suite's mark of the next page, for a reading that is broken off here; None where it gives none."""
    total: int | None = None
    """How many rooms the directory holds, where the suite tells; with the first page only."""


class RoomDirectory(Protocol):
    """The tenant's rooms."""

    def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        """All rooms, page by page; with the mark of an earlier page, those from that page on.

        Where the suite does not take the mark any more the reading begins anew. Raises MissingScope where the directory
        may not be read.
        """
        ...


class CalendarSuite(Protocol):
    """One calendar suite, configured; safe to share between tasks."""

    name: SuiteName
    capabilities: Capabilities
    permissions: Sequence[Permission]
    application_id: str
    """By which the suite's administrators know this application; no secret."""

    def scopes(self, variant: PermissionVariant, *, administrator: bool) -> frozenset[str]:
        """The delegated scopes that a member, or a subscription administrator, consents to under this variant."""
        ...

    @property
    def sign_in_scopes(self) -> frozenset[str]: ...

    async def authorisation_url(self, request: AuthorisationRequest) -> str:
        """The address of the suite's authorise page for this request."""
        ...

    def refusal(self, parameters: dict[str, str]) -> SuiteError:
        """What the suite meant by an error redirect (`error`, `error_description`, …)."""
        ...

    async def redeem(self, code: str, request: AuthorisationRequest) -> Grant:
        """Exchange the code; checks signature, issuer, audience, times, nonce and tenant. Raises WrongAccount."""
        ...

    async def refresh(self, credentials: Credentials, tenant: str, claims: str | None = None) -> Credentials:
        """New credentials for the same grant; carries the old refresh token on where none came back."""
        ...

    async def revoke(self, credentials: Credentials) -> bool:
        """Tell the suite that this grant is over; False where it cannot be told. Raises SuiteError."""
        ...

    async def application_tokens(self, tenant: str) -> Credentials:
        """Freshly fetched credentials of the application itself in one tenant (no refresh token).

        Raises MissingScope where the suite gives an application none.
        """
        ...

    def grants_room_directory(self, credentials: Credentials) -> bool:
        """Whether these credentials, the application's or an administrator's, may read the room directory."""
        ...

    async def admin_approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> str | None:
        """The direct admin approval link, or None where the suite has none."""
        ...

    def mailbox(self, tokens: AccessTokens, *, key: str, tenant: str | None = None) -> Mailbox:
        """One person's mailbox; `key` names it, and `tenant` its tenant, for the limits on calls side by side."""
        ...

    def directory(self, tokens: AccessTokens) -> RoomDirectory: ...

    def notifications(self, body: bytes, headers: dict[str, str]) -> Sequence[ChangeNotification]:
        """What a post to our webhook says. Raises InvalidRequest where it is not of the suite's form."""
        ...

    async def close(self) -> None: ...
