"""Bookings, their occurrences, and the intents that make booking safe against a crash."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields

from app.bookings.status import BookingReason, BookingState
from app.connections.models import CalendarConnection
from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import IdempotencyRecord, Member, Organisation
from app.references.models import EventReference, MailboxReference
from app.rooms.models import Room


class BookingKind(StrEnum):
    """Whether a booking covers one event or a whole series."""

    EVENT = "EVENT"
    SERIES = "SERIES"


class RoomBooking(OrganisationModel):
    """A room invited to an event or a series through us."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="bookings", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="bookings", on_delete=fields.CASCADE
    )
    member_id: UUID
    connection: fields.ForeignKeyRelation[CalendarConnection] = fields.ForeignKeyField(
        "hybrid_meetings.CalendarConnection", related_name="bookings", on_delete=fields.CASCADE
    )
    connection_id: UUID
    room: fields.ForeignKeyRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="bookings", on_delete=fields.CASCADE
    )
    room_id: UUID
    """The room that stands on the event: the one asked for, or that which the suite put in its place by itself."""
    requested_room: fields.ForeignKeyNullableRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="replaced_bookings", null=True, on_delete=fields.SET_NULL
    )
    requested_room_id: UUID | None
    """The room that was asked for, where another stands in its place; else null."""
    wanted_room: fields.ForeignKeyNullableRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="wanting_bookings", null=True, on_delete=fields.SET_NULL
    )
    wanted_room_id: UUID | None
    """The room that its member wants in this one's place, while the suite is asked for the swap; else null."""
    event_reference: fields.ForeignKeyRelation[EventReference] = fields.ForeignKeyField(
        "hybrid_meetings.EventReference", related_name="bookings", on_delete=fields.CASCADE
    )
    event_reference_id: UUID
    mailbox_reference: fields.ForeignKeyRelation[MailboxReference] = fields.ForeignKeyField(
        "hybrid_meetings.MailboxReference", related_name="bookings", on_delete=fields.CASCADE
    )
    mailbox_reference_id: UUID
    kind = enum_field(BookingKind, max_length=8)
    state = enum_field(BookingState, max_length=16)
    reason = enum_field(BookingReason, max_length=24, null=True)
    previous_state = enum_field(BookingState, max_length=16, null=True)
    state_since = fields.DatetimeField(db_index=True)
    version = fields.IntField(default=1)
    """Grows with every change of state, reason or room: compare-and-swap, and what subscribers have seen."""
    created_at = fields.DatetimeField()
    last_checked_at = fields.DatetimeField(null=True)
    next_check_at = fields.DatetimeField(null=True, db_index=True)
    """When to look again, from our clock and back-off only; null once nothing is expected any more."""
    check_attempts = fields.IntField(default=0)
    claimed_until = fields.DatetimeField(null=True)
    closed_at = fields.DatetimeField(null=True)
    """When the booking was cancelled or its event found over; open bookings have none."""
    live_slot = fields.SmallIntField(null=True)
    """1 until the booking is cancelled, then null: one live booking of a room per event, and it can be booked again."""

    class Meta:
        table = "room_booking"
        unique_together = (("event_reference", "room", "live_slot"),)
        indexes = (("member_id",), ("connection_id",), ("mailbox_reference_id",))


class BookingOccurrence(OrganisationModel):
    """One date of a series booking with a state of its own."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="booking_occurrences", on_delete=fields.CASCADE
    )
    booking: fields.ForeignKeyRelation[RoomBooking] = fields.ForeignKeyField(
        "hybrid_meetings.RoomBooking", related_name="occurrences", on_delete=fields.CASCADE
    )
    booking_id: UUID
    room: fields.ForeignKeyNullableRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="booking_occurrences", null=True, on_delete=fields.CASCADE
    )
    room_id: UUID | None
    """The room of this date where it is not the booking's: chosen for this date alone, or put there by the suite."""
    requested_room: fields.ForeignKeyNullableRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="requesting_occurrences", null=True, on_delete=fields.SET_NULL
    )
    requested_room_id: UUID | None
    """The room that was asked for on this date alone; null where it is the one asked for on the series."""
    wanted_room: fields.ForeignKeyNullableRelation[Room] = fields.ForeignKeyField(
        "hybrid_meetings.Room", related_name="wanting_occurrences", null=True, on_delete=fields.SET_NULL
    )
    wanted_room_id: UUID | None
    """As of a booking, for this date alone."""
    event_reference: fields.ForeignKeyRelation[EventReference] = fields.ForeignKeyField(
        "hybrid_meetings.EventReference", related_name="booking_occurrences", on_delete=fields.CASCADE
    )
    event_reference_id: UUID
    mailbox_reference: fields.ForeignKeyRelation[MailboxReference] = fields.ForeignKeyField(
        "hybrid_meetings.MailboxReference", related_name="booking_occurrences", on_delete=fields.CASCADE
    )
    mailbox_reference_id: UUID
    state = enum_field(BookingState, max_length=16)
    reason = enum_field(BookingReason, max_length=24, null=True)
    state_since = fields.DatetimeField()

    class Meta:
        table = "booking_occurrence"
        unique_together = (("booking", "event_reference"),)
        indexes = (("event_reference_id",), ("mailbox_reference_id",))


class IntentState(StrEnum):
    """How far a booking got at the suite."""

    OPEN = "OPEN"
    DONE = "DONE"
    ABANDONED = "ABANDONED"


class BookingIntent(OrganisationModel):
    """Written before the suite is asked to create an event, its id is the command the suite sees.

    Holds no content: only the client's repeat can create the event again, and the sweep adopts one that exists.
    """

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="booking_intents", on_delete=fields.CASCADE
    )
    connection: fields.ForeignKeyRelation[CalendarConnection] = fields.ForeignKeyField(
        "hybrid_meetings.CalendarConnection", related_name="booking_intents", on_delete=fields.CASCADE
    )
    connection_id: UUID
    record: fields.ForeignKeyRelation[IdempotencyRecord] = fields.ForeignKeyField(
        "hybrid_meetings.IdempotencyRecord", related_name="booking_intents", on_delete=fields.CASCADE
    )
    record_id: UUID
    room_ids: fields.JSONField[list[str]] = fields.JSONField()
    """Ids of our own rooms."""
    state = enum_field(IntentState, max_length=16)
    created_at = fields.DatetimeField()
    next_check_at = fields.DatetimeField(null=True, db_index=True)
    check_attempts = fields.IntField(default=0)
    claimed_until = fields.DatetimeField(null=True)

    class Meta:
        table = "booking_intent"
        unique_together = (("record",),)
        indexes = (("connection_id",),)
