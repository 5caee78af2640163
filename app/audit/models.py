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
    ROOM_SYNC_REQUESTED = "ROOM_SYNC_REQUESTED"
    ROOM_CREATED = "ROOM_CREATED"
    ACCESS_TOKEN_CREATED = "ACCESS_TOKEN_CREATED"  # noqa: S105  # an action's name
    ACCESS_TOKEN_REVOKED = "ACCESS_TOKEN_REVOKED"  # noqa: S105  # an action's name


class AuditEntry(OrganisationModel):
    """One act. `details` holds codes, counts and ids of ours, never content or addresses."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="audit_entries", on_delete=fields.CASCADE
    )
    actor: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="audit_entries", null=True, on_delete=fields.SET_NULL
    )
    actor_id: UUID | None
    """Null where an operator acted on the server itself."""
    action = enum_field(AuditAction, max_length=48)
    target_id = fields.UUIDField(null=True)
    details: fields.JSONField[dict[str, Any]] = fields.JSONField()
    at = fields.DatetimeField()

    class Meta:
        table = "audit_entry"
