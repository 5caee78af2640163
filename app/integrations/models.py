"""The integration's row."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel
from app.identity.models import Member, Organisation
from app.integrations.issues import IssueCode
from app.integrations.status import IntegrationStatus
from app.suites.protocol import PermissionVariant, SuiteName


class IntegrationHealth(StrEnum):
    """How an enabled integration fares."""

    HEALTHY = "HEALTHY"
    DEGRADED = "DEGRADED"
    BROKEN = "BROKEN"


class Integration(OrganisationModel):
    """One organisation joined to one suite and, once proved, to one tenant of it."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="integrations", on_delete=fields.CASCADE
    )
    suite = enum_field(SuiteName, max_length=32)
    tenant = fields.CharField(max_length=255, null=True)
    claimed_tenant = fields.CharField(max_length=255, null=True)
    """Equal to `tenant` from TESTED until the purge: a tenant belongs to one organisation at a time."""
    active_slot = fields.SmallIntField(null=True)
    """1 for the organisation's current integration, null for those that gave way to it or are gone: the database
    refuses a second. One that was disabled stays the current one until another is started."""
    status = enum_field(IntegrationStatus, max_length=32)
    health = enum_field(IntegrationHealth, max_length=16, default=IntegrationHealth.HEALTHY)
    trouble = enum_field(IssueCode, max_length=64, null=True)
    """What made the health worse and stands in no report: met since the last test, or before one that told nothing of
    the organisation. A test that does tell clears it."""
    variant = enum_field(PermissionVariant, max_length=32, default=PermissionVariant.FULL)
    version = fields.IntField(default=1)
    """Grows with every change of status: compare-and-swap."""
    test_report: fields.JSONField[dict[str, Any] | None] = fields.JSONField(null=True)
    """The last test's checks, codes and durations; nothing of any calendar."""
    started_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="started_integrations", null=True, on_delete=fields.SET_NULL
    )
    started_by_id: UUID | None
    enabled_by: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="enabled_integrations", null=True, on_delete=fields.SET_NULL
    )
    enabled_by_id: UUID | None
    created_at = fields.DatetimeField()
    status_since = fields.DatetimeField()
    admin_approval_given_at = fields.DatetimeField(null=True)
    """When a live credential of the application first proved, in this attempt, that the tenant has approved; null again
    once a test or a call finds that it has not."""
    enabled_at = fields.DatetimeField(null=True)
    disabled_at = fields.DatetimeField(null=True)
    retained_until = fields.DatetimeField(null=True)
    """The first moment at which the purge may begin; null unless disabled."""
    revokes_consents = fields.BooleanField(default=False, db_default=False)
    """Whether members' consents are to be ended at the suite too, since the integration was disabled."""
    next_check_at = fields.DatetimeField(null=True)
    """When an enabled integration's health is looked at next."""

    class Meta:
        table = "integration"
        unique_together = (("organisation", "active_slot"), ("suite", "claimed_tenant"))
