"""Shifts, and the entries in their members' own calendars."""

from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from tortoise import fields

from app.buildings.models import Area, Building, Floor
from app.connections.models import CalendarConnection
from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation
from app.shifts.spans import Part, Slot, Span


class WorkKind(StrEnum):
    """Where a member works in a shift."""

    AT_OFFICE = "AT_OFFICE"
    REMOTE = "REMOTE"
    NOT_WORKING = "NOT_WORKING"


class ShiftEnd(StrEnum):
    """Why a shift was cancelled."""

    CANCELLED_BY_MEMBER = "CANCELLED_BY_MEMBER"
    CANCELLED_BY_ADMINISTRATOR = "CANCELLED_BY_ADMINISTRATOR"
    NO_LONGER_FITS = "NO_LONGER_FITS"
    """Its building changed, or was removed."""
    MERGED = "MERGED"
    """Two members turned out to be one, who cannot be in two places."""


class Shift(OrganisationModel):
    """Where a member works on a day, or on a part of it. A cancelled one stays until it is as old as past ones."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="shifts", on_delete=fields.CASCADE
    )
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="shifts", on_delete=fields.CASCADE
    )
    member_id: UUID
    booked_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="booked_shifts", null=True, on_delete=fields.SET_NULL
    )
    booked_by_id: UUID | None
    """Who booked it for the member, or changed it last; null once it is as the member made it."""
    kind = enum_field(WorkKind, max_length=16)
    building: fields.ForeignKeyNullableRelation[Building] = fields.ForeignKeyField(
        "hybrid_meetings.Building", related_name="shifts", null=True, on_delete=fields.CASCADE
    )
    building_id: UUID | None
    floor: fields.ForeignKeyNullableRelation[Floor] = fields.ForeignKeyField(
        "hybrid_meetings.Floor", related_name="shifts", null=True, on_delete=fields.CASCADE
    )
    floor_id: UUID | None
    """Given wherever an area is."""
    area: fields.ForeignKeyNullableRelation[Area] = fields.ForeignKeyField(
        "hybrid_meetings.Area", related_name="shifts", null=True, on_delete=fields.CASCADE
    )
    area_id: UUID | None
    date = fields.DateField()
    """The day in `time_zone`."""
    slot = enum_field(Slot, max_length=16)
    starts_at = fields.DatetimeField()
    ends_at = fields.DatetimeField()
    """Half-open, in UTC; a member's shifts of one day never overlap, unless they are cancelled."""
    time_zone = fields.CharField(max_length=64)
    """The building's, or where the member works."""
    pattern_id = fields.UUIDField(null=True)
    """The same for the shifts that one call booked together, null for one that was booked alone."""
    last_change_id = fields.UUIDField()
    """The same for everything that one call booked, changed or cancelled."""
    created_at = fields.DatetimeField()
    cancelled_at = fields.DatetimeField(null=True)
    end_reason = enum_field(ShiftEnd, max_length=32, null=True)

    class Meta:
        table = "shift"
        # By their columns: at SQLite the name of a relation would be taken for a text.
        indexes = (("organisation_id", "member_id", "starts_at"), ("organisation_id", "building_id", "date"))

    @property
    def span(self) -> Span:
        """The instants that it covers."""
        return Span(self.starts_at, self.ends_at)

    def clashes_with(self, other: "Shift") -> bool:
        """Whether one member cannot have both: they are of one day, and share a moment of it.

        The days of two zones may overlap, when somebody travels.
        """
        return self.date == other.date and self.span.overlaps(other.span)

    @property
    def part(self) -> Part:
        """The part of its day, in its own wall time."""
        if self.slot is not Slot.TIMES:
            return Part(self.slot)
        zone = ZoneInfo(self.time_zone)
        return Part(Slot.TIMES, self.starts_at.astimezone(zone).time(), self.ends_at.astimezone(zone).time())


class EntryState(StrEnum):
    """How a shift's entry in the calendar stands."""

    TO_WRITE = "TO_WRITE"
    WRITTEN = "WRITTEN"
    TO_REMOVE = "TO_REMOVE"


class ShiftEntry(OrganisationModel):
    """A shift's entry in its member's own calendar, written and removed by a job. It holds nothing of the calendar."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="shift_entries", on_delete=fields.CASCADE
    )
    connection: fields.ForeignKeyRelation[CalendarConnection] = fields.ForeignKeyField(
        "hybrid_meetings.CalendarConnection", related_name="shift_entries", on_delete=fields.CASCADE
    )
    connection_id: UUID
    shift_id = fields.UUIDField()
    """No foreign key: the entry may have to be removed after the shift is."""
    command_id = fields.UUIDField()
    """The command by which the suite made it, and by which it is found again."""
    state = enum_field(EntryState, max_length=16)
    attempts = fields.SmallIntField(default=0)
    next_try_at = fields.DatetimeField(null=True, db_index=True)
    claimed_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "shift_entry"
        unique_together = (("command_id",),)
        indexes = (("organisation_id", "shift_id"), ("connection_id",))
