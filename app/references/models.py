"""The references that our own data on events hangs on."""

from uuid import UUID

from tortoise import fields

from app.connections.models import CalendarConnection
from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation
from app.suites.protocol import SuiteName


class EventReference(OrganisationModel):
    """The identity that an event (and occurrence) shares across mailboxes, carries our own data, never the event's."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="event_references", on_delete=fields.CASCADE
    )
    suite = enum_field(SuiteName, max_length=32)
    key_hash = fields.CharField(max_length=64)
    sealed_key = fields.BinaryField()
    created_at = fields.DatetimeField()
    closed_at = fields.DatetimeField(null=True)
    """When a re-read found the event over; the reference goes thirty days later."""
    next_look_at = fields.DatetimeField(null=True, db_index=True)
    """When we look whether the event is over, where our own data hangs on it; by our back-off, not the event's time."""
    look_attempts = fields.SmallIntField(default=0, db_default=0)
    look_claimed_until = fields.DatetimeField(null=True)

    class Meta:
        table = "event_reference"
        unique_together = (("organisation", "key_hash"),)


class MailboxReference(OrganisationModel):
    """One mailbox's own id of an event, for calls with that member's consent."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="mailbox_references", on_delete=fields.CASCADE
    )
    connection: fields.ForeignKeyRelation[CalendarConnection] = fields.ForeignKeyField(
        "hybrid_meetings.CalendarConnection", related_name="mailbox_references", on_delete=fields.CASCADE
    )
    connection_id: UUID
    event_reference: fields.ForeignKeyRelation[EventReference] = fields.ForeignKeyField(
        "hybrid_meetings.EventReference", related_name="mailbox_references", on_delete=fields.CASCADE
    )
    event_reference_id: UUID
    id_hash = fields.CharField(max_length=64)
    sealed_id = fields.BinaryField()
    created_at = fields.DatetimeField()

    class Meta:
        table = "mailbox_reference"
        unique_together = (("connection", "id_hash"),)
        indexes = (("event_reference_id",),)


class EventAttendance(OrganisationModel):
    """How a member attends an event, by their own word: our data, on the reference only."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="attendances", on_delete=fields.CASCADE
    )
    event_reference: fields.ForeignKeyRelation[EventReference] = fields.ForeignKeyField(
        "hybrid_meetings.EventReference", related_name="attendances", on_delete=fields.CASCADE
    )
    event_reference_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="attendances", on_delete=fields.CASCADE
    )
    member_id: UUID
    in_person = fields.BooleanField()

    class Meta:
        table = "event_attendance"
        unique_together = (("event_reference", "member"),)


class EventNote(OrganisationModel):
    """A note for colleagues of the same organisation: our data, on the reference only."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="event_notes", on_delete=fields.CASCADE
    )
    event_reference: fields.ForeignKeyRelation[EventReference] = fields.ForeignKeyField(
        "hybrid_meetings.EventReference", related_name="notes", on_delete=fields.CASCADE
    )
    event_reference_id: UUID
    author: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="event_notes", on_delete=fields.CASCADE
    )
    author_id: UUID
    text = fields.BinaryField()
    """Sealed: people write about the meeting in here."""
    updated_at = fields.DatetimeField()

    class Meta:
        table = "event_note"
        unique_together = (("event_reference", "author"),)
