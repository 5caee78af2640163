"""Connections, the visits to a suite's authorise page, and watches for changes."""

from enum import StrEnum
from uuid import UUID

from tortoise import fields

from app.database.fields import enum_field
from app.database.tenancy import OrganisationModel, Row
from app.identity.models import Identity, Member, Organisation
from app.integrations.models import Integration
from app.suites.protocol import PermissionVariant, SuiteName


class ConnectionStatus(StrEnum):
    """How a member's calendar access stands."""

    NOT_CONNECTED = "NOT_CONNECTED"
    CONNECTED = "CONNECTED"
    RECONNECT_REQUIRED = "RECONNECT_REQUIRED"
    BLOCKED = "BLOCKED"
    SUSPENDED = "SUSPENDED"


class ConnectionReason(StrEnum):
    """Why a connection does not work."""

    CONSENT_NEEDED = "CONSENT_NEEDED"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    EXPIRED = "EXPIRED"
    MFA = "MFA"
    ACCOUNT_DISABLED = "ACCOUNT_DISABLED"
    CONDITIONAL_ACCESS = "CONDITIONAL_ACCESS"
    NOT_ASSIGNED = "NOT_ASSIGNED"
    NO_MAILBOX = "NO_MAILBOX"
    INTEGRATION_DISABLED = "INTEGRATION_DISABLED"


_S = ConnectionStatus

TRANSITIONS: dict[ConnectionStatus, frozenset[ConnectionStatus]] = {
    _S.NOT_CONNECTED: frozenset({_S.CONNECTED, _S.BLOCKED}),
    _S.CONNECTED: frozenset({_S.NOT_CONNECTED, _S.RECONNECT_REQUIRED, _S.BLOCKED, _S.SUSPENDED}),
    _S.RECONNECT_REQUIRED: frozenset({_S.CONNECTED, _S.NOT_CONNECTED, _S.BLOCKED, _S.SUSPENDED}),
    _S.BLOCKED: frozenset({_S.CONNECTED, _S.NOT_CONNECTED, _S.RECONNECT_REQUIRED, _S.SUSPENDED}),
    _S.SUSPENDED: frozenset({_S.CONNECTED, _S.NOT_CONNECTED, _S.RECONNECT_REQUIRED, _S.BLOCKED}),
}
"""From each status, those that can follow."""


class CalendarConnection(OrganisationModel):
    """Our record of one member's consent under one integration. No row means NOT_CONNECTED."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="connections", on_delete=fields.CASCADE
    )
    integration: fields.ForeignKeyRelation[Integration] = fields.ForeignKeyField(
        "hybrid_meetings.Integration", related_name="connections", on_delete=fields.CASCADE
    )
    integration_id: UUID
    member: fields.ForeignKeyRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="connections", on_delete=fields.CASCADE
    )
    member_id: UUID
    identity: fields.ForeignKeyRelation[Identity] = fields.ForeignKeyField(
        "hybrid_meetings.Identity", related_name="connections", on_delete=fields.CASCADE
    )
    identity_id: UUID
    status = enum_field(ConnectionStatus, max_length=32)
    """Never SUSPENDED: that follows from the integration, so enabling it again restores what is written here."""
    reason = enum_field(ConnectionReason, max_length=32, null=True)
    scopes: fields.JSONField[list[str]] = fields.JSONField()
    address = fields.CharField(max_length=320)
    """The mailbox's own address, lower case: the member's, not a calendar's content."""
    credentials = fields.BinaryField(null=True)
    """Sealed; null once disconnected."""
    generation = fields.IntField(default=1)
    """Grows whenever the credentials change: a late refresh swaps nothing that is not there any more."""
    access_expires_at = fields.DatetimeField(null=True)
    refresh_lock_until = fields.DatetimeField(null=True)
    refresh_lock_owner = fields.UUIDField(null=True)
    connected_at = fields.DatetimeField()
    """When the member last consented."""
    status_since = fields.DatetimeField()
    directory_refused_at = fields.DatetimeField(null=True)
    """When the suite refused this administrator its room directory although the permission was granted; null again
    once they consent anew, or the suite lists its rooms to them."""

    class Meta:
        table = "calendar_connection"
        unique_together = (("integration", "member"),)
        indexes = (("member_id",), ("identity_id",))


class FlowPurpose(StrEnum):
    """Why somebody visits the suite's authorise page."""

    SIGN_IN = "SIGN_IN"
    ACCEPT_INVITATION = "ACCEPT_INVITATION"
    START_INTEGRATION = "START_INTEGRATION"
    CONNECT_CALENDAR = "CONNECT_CALENDAR"
    LINK_IDENTITY = "LINK_IDENTITY"


class AuthorisationFlow(Row):
    """One visit to a suite's authorise page, from the ticket to the callback: single use, ten minutes.

    A sign-in begins before anybody is known, so a flow may have neither organisation nor member.
    """

    organisation: fields.ForeignKeyNullableRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="flows", null=True, on_delete=fields.CASCADE
    )
    organisation_id: UUID | None
    member: fields.ForeignKeyNullableRelation[Member] = fields.ForeignKeyField(
        "hybrid_meetings.Member", related_name="flows", null=True, on_delete=fields.CASCADE
    )
    member_id: UUID | None
    integration: fields.ForeignKeyNullableRelation[Integration] = fields.ForeignKeyField(
        "hybrid_meetings.Integration", related_name="flows", null=True, on_delete=fields.CASCADE
    )
    integration_id: UUID | None
    invitation_id = fields.UUIDField(null=True)
    suite = enum_field(SuiteName, max_length=32)
    purpose = enum_field(FlowPurpose, max_length=32)
    ticket_hash = fields.CharField(max_length=64, unique=True)
    state_hash = fields.CharField(max_length=64, unique=True)
    cookie_hash = fields.CharField(max_length=64, null=True)
    """Set when the ticket is opened in a browser: the callback must come from that browser."""
    secrets = fields.BinaryField(null=True)
    """Sealed: state, nonce and PKCE verifier; dropped once consumed."""
    scopes: fields.JSONField[list[str]] = fields.JSONField()
    variant = enum_field(PermissionVariant, max_length=32, null=True)
    """Which set of permissions an administrator asks for; null for visits of other purposes."""
    tenant = fields.CharField(max_length=255, null=True)
    return_to = fields.CharField(max_length=2000, null=True)
    created_at = fields.DatetimeField()
    expires_at = fields.DatetimeField()
    opened_at = fields.DatetimeField(null=True)
    consumed_at = fields.DatetimeField(null=True)

    class Meta:
        table = "authorisation_flow"


class WatchStatus(StrEnum):
    """How a watch on a mailbox stands."""

    REQUESTED = "REQUESTED"
    RUNNING = "RUNNING"
    LOST = "LOST"


class MailboxWatch(OrganisationModel):
    """Our subscription to one mailbox's changes, the row is written before the suite is asked."""

    organisation: fields.ForeignKeyRelation[Organisation] = fields.ForeignKeyField(
        "hybrid_meetings.Organisation", related_name="watches", on_delete=fields.CASCADE
    )
    connection: fields.ForeignKeyRelation[CalendarConnection] = fields.ForeignKeyField(
        "hybrid_meetings.CalendarConnection", related_name="watches", on_delete=fields.CASCADE
    )
    connection_id: UUID
    status = enum_field(WatchStatus, max_length=16)
    suite_id_hash = fields.CharField(max_length=64, null=True, unique=True)
    suite_id = fields.BinaryField(null=True)
    """Sealed."""
    secret_hash = fields.CharField(max_length=64)
    expires_at = fields.DatetimeField(null=True)
    next_attempt_at = fields.DatetimeField()
    """When the watch is created, renewed or tried again."""
    attempts = fields.IntField(default=0)
    claimed_until = fields.DatetimeField(null=True)
    created_at = fields.DatetimeField()

    class Meta:
        table = "mailbox_watch"
        unique_together = (("connection",),)
