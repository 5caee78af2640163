"""Rooms and the runs that sync them."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation
from app.integrations.models import Integration


class RoomPairing(StrEnum):
    """Whether a room is tied to a resource of the suite."""

    PAIRED = "PAIRED"
    UNPAIRED = "UNPAIRED"


class Room(OrganisationModel):
    """A meeting room. Its details outlive the pairing, details from the suite never overwrite our overrides."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="rooms", on_delete=fields.CASCADE
    )
    integration: fields.ForeignKeyNullableRelation[Integration] = fields.ForeignKeyField(
        "hybrid_meetings.Integration", related_name="rooms", null=True, on_delete=fields.SET_NULL
    )
    integration_id: UUID | None
    address = fields.CharField(max_length=320)
    """Lower case; what ties the room to the suite's resource."""
    suite_room_id = fields.CharField(max_length=255, null=True)
    pairing = enum_field(RoomPairing, max_length=16)
    pairing_retained = fields.BooleanField(default=False, db_default=False)
    """Unpaired only because the integration was disabled: enabling it again pairs the room."""
    kept_unpaired = fields.BooleanField(default=False, db_default=False)
    """Unpaired by an administrator: no sync pairs it again."""
    removed_at = fields.DatetimeField(null=True)
    """When an administrator removed it. The row stays, for past bookings to name it and for syncs to pass it over."""
    name = fields.CharField(max_length=256)
    building = fields.CharField(max_length=256, null=True)
    floor = fields.CharField(max_length=64, null=True)
    capacity = fields.IntField(null=True)
    equipment: fields.JSONField[list[str]] = fields.JSONField()
    is_accessible = fields.BooleanField(null=True)
    is_bookable = fields.BooleanField(default=True)
    beneath_overrides: fields.JSONField[dict[str, Any] | None] = fields.JSONField(null=True)
    """For each detail that an administrator overrode: what would hold without that; see `app.rooms.details`."""
    created_at = fields.DatetimeField()
    synced_at = fields.DatetimeField(null=True)

    class Meta:
        table = "room"
        unique_together = (("organisation", "address"),)


class RoomSyncState(StrEnum):
    """How a sync run stands."""

    DUE = "DUE"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


class RoomSync(OrganisationModel):
    """One run that reads the suite's room directory, at most one is open per organisation."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="room_syncs", on_delete=fields.CASCADE
    )
    integration: fields.ForeignKeyRelation[Integration] = fields.ForeignKeyField(
        "hybrid_meetings.Integration", related_name="room_syncs", on_delete=fields.CASCADE
    )
    integration_id: UUID
    requested_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="room_syncs", null=True, on_delete=fields.SET_NULL
    )
    state = enum_field(RoomSyncState, max_length=16)
    open_slot = fields.SmallIntField(null=True)
    """1 while the run is open, null afterwards: the database refuses a second."""
    rooms_read = fields.IntField(default=0)
    rooms_added = fields.IntField(default=0)
    rooms_unpaired = fields.IntField(default=0)
    rooms_total = fields.IntField(null=True)
    """How many rooms the directory holds, where the suite told."""
    begun_at = fields.DatetimeField(null=True)
    """When this reading of the directory began; every room that it meets bears it as `synced_at`."""
    resume_token: fields.Field[str | None] = fields.TextField(null=True)  # type: ignore[assignment]  # its stub knows no null
    """The suite's mark of the page to read next; null before the first, and where it gives none."""
    failure_code = fields.CharField(max_length=64, null=True)
    created_at = fields.DatetimeField()
    claimed_until = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)

    class Meta:
        table = "room_sync"
        unique_together = (("organisation", "open_slot"),)
