"""The audit log's rows."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation


class AuditAction(StrEnum):
    """The administrative acts that are recorded."""

    ORGANISATION_CREATED = "ORGANISATION_CREATED"
    INVITATION_ACCEPTED = "INVITATION_ACCEPTED"
    INTEGRATION_STARTED = "INTEGRATION_STARTED"
    INTEGRATION_CANCELLED = "INTEGRATION_CANCELLED"
    ADMIN_APPROVAL_AWAITED = "ADMIN_APPROVAL_AWAITED"
    ADMIN_APPROVAL_GIVEN = "ADMIN_APPROVAL_GIVEN"
    TEST_FLOW_RUN = "TEST_FLOW_RUN"
    INTEGRATION_ENABLED = "INTEGRATION_ENABLED"
    INTEGRATION_DISABLED = "INTEGRATION_DISABLED"
    INTEGRATION_PURGED = "INTEGRATION_PURGED"
    CONSENTS_REVOKED = "CONSENTS_REVOKED"
    PERMISSIONS_CHANGED = "PERMISSIONS_CHANGED"
    MEMBER_INVITED = "MEMBER_INVITED"
    ROLE_CHANGED = "ROLE_CHANGED"
    IDENTITY_LINKED = "IDENTITY_LINKED"
    MEMBER_DATA_EXPORTED = "MEMBER_DATA_EXPORTED"
    MEMBER_ERASED = "MEMBER_ERASED"
    BACKUP_RESTORED = "BACKUP_RESTORED"
    ROOM_SYNC_REQUESTED = "ROOM_SYNC_REQUESTED"
    ROOM_CREATED = "ROOM_CREATED"
    ROOM_UPDATED = "ROOM_UPDATED"
    ROOM_PAIRED = "ROOM_PAIRED"
    ROOM_UNPAIRED = "ROOM_UNPAIRED"
    ROOM_REMOVED = "ROOM_REMOVED"
    BUILDING_CREATED = "BUILDING_CREATED"
    BUILDING_UPDATED = "BUILDING_UPDATED"
    BUILDING_REMOVED = "BUILDING_REMOVED"
    SHIFTS_BOOKED_FOR_MEMBER = "SHIFTS_BOOKED_FOR_MEMBER"
    SHIFTS_CHANGED_FOR_MEMBER = "SHIFTS_CHANGED_FOR_MEMBER"
    SHIFTS_CANCELLED_FOR_MEMBER = "SHIFTS_CANCELLED_FOR_MEMBER"
    WORKPLACE_SETTINGS_CHANGED = "WORKPLACE_SETTINGS_CHANGED"
    NOTIFICATION_SETTINGS_CHANGED = "NOTIFICATION_SETTINGS_CHANGED"
    ACCESS_TOKEN_CREATED = "ACCESS_TOKEN_CREATED"  # noqa: S105  # an action's name
    ACCESS_TOKEN_REVOKED = "ACCESS_TOKEN_REVOKED"  # noqa: S105  # an action's name
    ATTEMPT_REFUSED = "ATTEMPT_REFUSED"


class AuditOrigin(StrEnum):
    """By which way an act came in."""

    SESSION = "SESSION"
    ACCESS_TOKEN = "ACCESS_TOKEN"  # noqa: S105  # a way's name
    SUITE_VISIT = "SUITE_VISIT"
    """A browser that came back from a page of the suite."""
    COMMAND_LINE = "COMMAND_LINE"
    SERVER = "SERVER"
    """The server itself, when something became due."""


class AuditOutcome(StrEnum):
    """What became of an act."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    """It was carried out and what it tried did not pass, such as a test."""
    REFUSED = "REFUSED"
    """It was not carried out; nothing changed."""


class AuditEntry(OrganisationModel):
    """One act. `details` holds codes, counts and ids of ours, never content or addresses."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="audit_entries", on_delete=fields.CASCADE
    )
    actor: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="audit_entries", null=True, on_delete=fields.SET_NULL
    )
    actor_id: UUID | None
    """Null where an operator acted on the server itself, and once the member was erased."""
    action = enum_field(AuditAction, max_length=48)
    target_id = fields.UUIDField(null=True)
    details: fields.JSONField[dict[str, Any]] = fields.JSONField()
    outcome = enum_field(AuditOutcome, max_length=16, default=AuditOutcome.SUCCEEDED, db_default="SUCCEEDED")
    origin = enum_field(AuditOrigin, max_length=16, null=True)
    """Null for entries older than this column."""
    network_address = fields.CharField(max_length=64, null=True)
    """Where the request came from; null where no request did, and once the member was erased."""
    at = fields.DatetimeField()

    class Meta:
        table = "audit_entry"
        indexes = (("organisation_id", "at"),)
