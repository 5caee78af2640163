"""A member's notifications."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation


class NotificationKind(StrEnum):
    """What a notification is about."""

    ROOM_REJECTED = "ROOM_REJECTED"
    ROOM_REPLACED = "ROOM_REPLACED"
    """The suite put another room in the booked one's place by itself, and the booking followed."""
    ROOM_NOT_ANSWERING = "ROOM_NOT_ANSWERING"
    """A pending room has been silent for longer than the organisation lets pass; once for each booking and room."""
    ROOM_REMOVED = "ROOM_REMOVED"
    """An administrator removed a room, and its bookings were closed."""
    SHIFTS_BOOKED = "SHIFTS_BOOKED"
    """An administrator booked shifts for the member."""
    SHIFTS_CHANGED = "SHIFTS_CHANGED"
    SHIFTS_CANCELLED = "SHIFTS_CANCELLED"
    """By an administrator, or because they do not fit their building any more."""
    RECONNECT_REQUIRED = "RECONNECT_REQUIRED"
    INTEGRATION_UNHEALTHY = "INTEGRATION_UNHEALTHY"
    """For administrators: what members are served with has got worse."""


class Notification(OrganisationModel):
    """One thing a member is told, `occasion` makes it at most one each."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="notifications", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="notifications", on_delete=fields.CASCADE
    )
    member_id: UUID
    kind = enum_field(NotificationKind, max_length=32)
    subject_id = fields.UUIDField()
    """The booking, connection, integration or change of shifts it is about."""
    former_room_id = fields.UUIDField(null=True)
    """Where a room was replaced: the one that went, as it was then. A booking's room may change again."""
    room_id = fields.UUIDField(null=True)
    """The room that said no, or the one that came in another's place; null where several did, or none is meant."""
    occasion = fields.CharField(max_length=100)
    created_at = fields.DatetimeField()
    read_at = fields.DatetimeField(null=True)
    mailed_at = fields.DatetimeField(null=True)
    mail_attempts = fields.SmallIntField(default=0, db_default=0)
    next_mail_at = fields.DatetimeField(null=True)
    """When the mail about it is tried next; null once it was sent, is not wanted any more, or was given up."""

    class Meta:
        table = "notification"
        unique_together = (("member", "occasion"),)
        indexes = (("subject_id",),)
