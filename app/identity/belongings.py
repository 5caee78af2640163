"""What belongs to a member, table by table: what goes when they are erased, and what they are given a copy of."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from tortoise.queryset import QuerySet

from app.bookings.models import BookingIntent, BookingOccurrence, RoomBooking
from app.connections.models import AuthorisationFlow, CalendarConnection, MailboxWatch
from app.database.tenancy import OrganisationModel
from app.identity.models import AccessToken, IdempotencyRecord, Identity, Invitation, Member, MemberAlias, Session
from app.notifications.models import Notification
from app.references.models import EventAttendance, EventNote, MailboxReference
from app.shifts.models import Shift, ShiftEntry

BOOKINGS, SHIFTS = "room bookings", "shifts"

OWN: tuple[tuple[type[OrganisationModel] | type[AuthorisationFlow], str, str], ...] = (
    (CalendarConnection, "member_id", "connected calendars"),
    (MailboxWatch, "connection__member_id", "watches on a mailbox"),
    (MailboxReference, "connection__member_id", "references to events"),
    (RoomBooking, "member_id", BOOKINGS),
    (BookingOccurrence, "booking__member_id", "dates of room bookings"),
    (BookingIntent, "connection__member_id", "bookings begun"),
    (EventAttendance, "member_id", "words on how they attend"),
    (EventNote, "author_id", "notes on events"),
    (ShiftEntry, "connection__member_id", "shifts shown in a calendar"),
    (Shift, "member_id", SHIFTS),
    (Notification, "member_id", "notifications"),
    (AuthorisationFlow, "member_id", "visits to a suite"),
    (Session, "member_id", "sessions"),
    (AccessToken, "member_id", "access tokens"),
    (IdempotencyRecord, "member_id", "idempotency keys"),
    (Invitation, "member_id", "invitations to them"),
    (Invitation, "used_by_id", "invitations that they took"),
    (MemberAlias, "member_id", "further addresses"),
    (Identity, "member_id", "accounts of a suite"),
)
"""What is a member's own, by the column that leads to them."""

LOOSENED = {
    "audit_entry.actor_id": "the entry stays, without a name",
    "invitation.invited_by_id": "whoever took it is a member in their own right; one that is open goes",
    "integration.started_by_id": "the organisation's, whoever began it",
    "integration.enabled_by_id": "the organisation's, whoever enabled it",
    "room_sync.requested_by_id": "the organisation's, whoever asked for it",
    "shift.booked_by_id": "the shift is a colleague's",
    "member.merged_into_id": "the shell goes with who they turned out to be",
}
"""By table and column: what refers to a member and stays when they go, with nobody named there any more."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member, first, and the shells of those who turned out to be them."""

    organisation_id: UUID
    member_ids: Sequence[UUID]


async def person(member: Member) -> Person:
    """All that somebody is and was."""
    shells = Member.of(member.organisation_id).filter(merged_into_id=member.id).order_by("created_at", "id")
    return Person(member.organisation_id, [member.id, *(shell.id for shell in await shells)])


def rows_of(who: Person, model: type[OrganisationModel] | type[AuthorisationFlow], path: str) -> QuerySet[Any]:
    """The rows that lead to them; a visit to a suite may belong to no organisation, but theirs belong to their own."""
    theirs = {f"{path}__in": list(who.member_ids)}
    if issubclass(model, OrganisationModel):
        return model.of(who.organisation_id).filter(**theirs)
    return AuthorisationFlow.filter(organisation_id=who.organisation_id, **theirs)


def untaken(who: Person) -> QuerySet[Invitation]:
    """Invitations that they sent and nobody took: these count on their word."""
    sent = Invitation.of(who.organisation_id).filter(invited_by_id__in=list(who.member_ids))
    return sent.filter(used_at__isnull=True)
