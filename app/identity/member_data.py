"""Everything that is kept of a member, as the member is given it: a document with a format that others can read.

The General Data Protection Regulation gives everybody a copy of what is kept about them, in a structured, commonly used
and machine-readable format: https://eur-lex.europa.eu/eli/reg/2016/679/oj (articles 15 and 20). The document is JSON;
the classes here are its objects and their fields its keys. Instants are in UTC by RFC 3339, days and zones as the
product writes them, ids those of our rows. It holds no credential, no hash, nothing sealed, and nobody else's name.

`VERSION` grows when a key is renamed, goes, or comes to mean something else; new keys may come without that.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

import orjson

FORMAT = "hybrid-meetings/member-data"
VERSION = 1
MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Who the member is here, and what they chose."""

    id: UUID
    name: str
    address: str
    role: str
    created_at: datetime
    location_sharing: str
    """Their own word, where they `chose_sharing`; else the organisation's default holds."""
    chose_sharing: bool
    takes_suggestions: bool
    shows_shifts: bool
    shows_shifts_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormerProfile:
    """A member that turned out to be this one, as they were then."""

    id: UUID
    name: str
    address: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a suite knows them as."""

    id: UUID
    suite: str
    tenant: str
    subject: str
    address: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """The consent to their calendar; the credentials that came with it are left out."""

    id: UUID
    suite: str
    status: str
    reason: str | None
    scopes: Sequence[str]
    address: str
    connected_at: datetime
    status_since: datetime
    directory_refused_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedDate:
    """One date of a booking of a series, where it has a state of its own."""

    id: UUID
    event_reference_id: UUID
    room: str | None
    state: str
    reason: str | None
    state_since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """A room that they booked. Of the event there is our own random id, the same wherever it is the same event."""

    id: UUID
    event_reference_id: UUID
    room: str
    requested_room: str | None
    wanted_room: str | None
    kind: str
    state: str
    reason: str | None
    previous_state: str | None
    state_since: datetime
    created_at: datetime
    last_checked_at: datetime | None
    closed_at: datetime | None
    dates: Sequence[BookedDate]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attendance:
    """How they said that they attend an event."""

    id: UUID
    event_reference_id: UUID
    in_person: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What they noted on an event for colleagues."""

    id: UUID
    event_reference_id: UUID
    text: str | None
    """Null where its key is lost, so that nobody can read it any more."""
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftRecord:
    """Where they work, or worked."""

    id: UUID
    kind: str
    building: str | None
    floor: str | None
    area: str | None
    date: date
    slot: str
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    pattern_id: UUID | None
    created_at: datetime
    cancelled_at: datetime | None
    end_reason: str | None
    booked_by_another: bool
    """Whether an administrator booked it for them, or changed it last."""
    is_shown_in_calendar: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notification."""

    id: UUID
    kind: str
    subject_id: UUID
    room: str | None
    former_room: str | None
    created_at: datetime
    read_at: datetime | None
    mailed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIn:
    """A browser's session."""

    id: UUID
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token; its value is kept by nobody here."""

    id: UUID
    name: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class InvitationPart(StrEnum):
    """What the member has to do with an invitation."""

    SENT = "SENT"
    RECEIVED = "RECEIVED"
    TAKEN = "TAKEN"


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationRecord:
    """An invitation that they sent, that was made for them, or that they took."""

    id: UUID
    part: InvitationPart
    role: str
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit to a suite's page, to sign in or to consent."""

    id: UUID
    suite: str
    purpose: str
    scopes: Sequence[str]
    variant: str | None
    tenant: str | None
    return_to: str | None
    created_at: datetime
    expires_at: datetime
    opened_at: datetime | None
    consumed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUse:
    """A request that came with an idempotency key, of which only hashes are kept."""

    operation: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct:
    """What they did, as the audit log keeps it; whom or what it was done to is the organisation's."""

    id: UUID
    action: str
    outcome: str
    origin: str | None
    network_address: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberData:
    """The document."""

    format: str = FORMAT
    version: int = VERSION
    created_at: datetime
    organisation: str
    profile: Profile
    former_profiles: Sequence[FormerProfile]
    accounts: Sequence[Account]
    aliases: Sequence[str]
    """Further addresses of their mailbox."""
    calendars: Sequence[Calendar]
    bookings: Sequence[Booking]
    attendances: Sequence[Attendance]
    notes: Sequence[Note]
    shifts: Sequence[ShiftRecord]
    notifications: Sequence[Told]
    sessions: Sequence[SignIn]
    access_tokens: Sequence[Token]
    invitations: Sequence[InvitationRecord]
    visits: Sequence[Visit]
    idempotency_keys: Sequence[KeyUse]
    acts: Sequence[RecordedAct]


def as_json(data: MemberData) -> str:
    """The document as text, indented for people."""
    return orjson.dumps(data, _plain, orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z).decode()


def _plain(value: object) -> str:
    """PostgreSQL's driver gives ids of a class of its own."""
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(type(value).__name__)
