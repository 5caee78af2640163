from tortoise import migrations
from tortoise.migrations import operations as ops
from app.audit.models import AuditAction
from app.bookings.models import BookingKind, IntentState
from app.bookings.status import BookingReason, BookingState
from app.connections.models import ConnectionReason, ConnectionStatus, FlowPurpose, WatchStatus
from app.identity.models import LocationSharing, Role
from app.integrations.models import IntegrationHealth
from app.integrations.status import IntegrationStatus
from app.notifications.models import NotificationKind
from app.rooms.models import RoomPairing, RoomSyncState
from app.suites.protocol import PermissionVariant, SuiteName
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields


class Migration(migrations.Migration):
    initial = True

    operations = [
        ops.CreateModel(
            name="Organisation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("name", fields.CharField(max_length=200)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "organisation",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "Our customer: the boundary between one organisation's data and another's.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="EventReference",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="event_references",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("suite", fields.CharEnumField(description="one of SuiteName", enum_type=SuiteName, max_length=32)),
                ("key_hash", fields.CharField(max_length=64)),
                ("sealed_key", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "event_reference",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "key_hash"),),
                "pk_attr": "id",
                "table_description": "The identity that an event (and occurrence) shares across mailboxes, carries our own data, never the event's.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Member",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="members",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=256)),
                ("address", fields.CharField(db_index=True, max_length=320)),
                ("role", fields.CharEnumField(description="one of Role", enum_type=Role, max_length=32)),
                (
                    "location_sharing",
                    fields.CharEnumField(
                        default=LocationSharing.PEOPLE_I_MEET,
                        description="one of LocationSharing",
                        enum_type=LocationSharing,
                        max_length=16,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "member",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A person in an organisation. `address` is how they are written to, lower case, it never identifies them.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="AccessToken",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="access_tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="access_tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=100)),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "access_token",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A bearer value for front ends and scripts that cannot hold a cookie, only its hash is kept.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="audit_entries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "actor",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="actor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="audit_entries",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "action",
                    fields.CharEnumField(description="one of AuditAction", enum_type=AuditAction, max_length=48),
                ),
                ("target_id", fields.UUIDField(null=True)),
                ("details", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "audit_entry",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "One act. `details` holds codes, counts and ids of ours, never content or addresses.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="EventAttendance",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="attendances",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.EventReference",
                        source_field="event_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="attendances",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="attendances",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("in_person", fields.BooleanField()),
            ],
            options={
                "table": "event_attendance",
                "app": "hybrid_meetings",
                "unique_together": (("event_reference", "member"),),
                "pk_attr": "id",
                "table_description": "How a member attends an event, by their own word: our data, on the reference only.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="EventNote",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="event_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.EventReference",
                        source_field="event_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "author",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="author_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="event_notes",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("text", fields.BinaryField()),
                ("updated_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "event_note",
                "app": "hybrid_meetings",
                "unique_together": (("event_reference", "author"),),
                "pk_attr": "id",
                "table_description": "A note for colleagues of the same organisation: our data, on the reference only.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="IdempotencyRecord",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="idempotency_records",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="idempotency_records",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("operation", fields.CharField(max_length=64)),
                ("key_hash", fields.CharField(max_length=64)),
                ("input_hash", fields.CharField(max_length=64)),
                ("result_ids", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "idempotency_record",
                "app": "hybrid_meetings",
                "unique_together": (("member", "operation", "key_hash"),),
                "pk_attr": "id",
                "table_description": "One use of an idempotency key: a keyed hash of the input, and the ids of what came of it.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Identity",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="identities",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="identities",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("suite", fields.CharEnumField(description="one of SuiteName", enum_type=SuiteName, max_length=32)),
                ("tenant", fields.CharField(max_length=255)),
                ("subject", fields.CharField(max_length=255)),
                ("address", fields.CharField(max_length=320)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "identity",
                "app": "hybrid_meetings",
                "unique_together": (("suite", "tenant", "subject"),),
                "pk_attr": "id",
                "table_description": "What a suite says a person is: one subject of one tenant. It leads to one member, in one organisation only.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Integration",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="integrations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("suite", fields.CharEnumField(description="one of SuiteName", enum_type=SuiteName, max_length=32)),
                ("tenant", fields.CharField(null=True, max_length=255)),
                ("claimed_tenant", fields.CharField(null=True, max_length=255)),
                ("active_slot", fields.SmallIntField(null=True)),
                (
                    "status",
                    fields.CharEnumField(
                        description="one of IntegrationStatus", enum_type=IntegrationStatus, max_length=32
                    ),
                ),
                (
                    "health",
                    fields.CharEnumField(
                        default=IntegrationHealth.HEALTHY,
                        description="one of IntegrationHealth",
                        enum_type=IntegrationHealth,
                        max_length=16,
                    ),
                ),
                (
                    "variant",
                    fields.CharEnumField(
                        default=PermissionVariant.FULL,
                        description="one of PermissionVariant",
                        enum_type=PermissionVariant,
                        max_length=32,
                    ),
                ),
                ("version", fields.IntField(default=1)),
                ("test_report", fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)),
                (
                    "started_by",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="started_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="started_integrations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "enabled_by",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="enabled_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="enabled_integrations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("status_since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("enabled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("disabled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("retained_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "integration",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "active_slot"), ("suite", "claimed_tenant")),
                "pk_attr": "id",
                "table_description": "One organisation joined to one suite and, once proved, to one tenant of it.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="AuthorisationFlow",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="flows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="flows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "integration",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Integration",
                        source_field="integration_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="flows",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("invitation_id", fields.UUIDField(null=True)),
                ("suite", fields.CharEnumField(description="one of SuiteName", enum_type=SuiteName, max_length=32)),
                (
                    "purpose",
                    fields.CharEnumField(description="one of FlowPurpose", enum_type=FlowPurpose, max_length=32),
                ),
                ("ticket_hash", fields.CharField(unique=True, max_length=64)),
                ("state_hash", fields.CharField(unique=True, max_length=64)),
                ("cookie_hash", fields.CharField(null=True, max_length=64)),
                ("secrets", fields.BinaryField(null=True)),
                ("scopes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("tenant", fields.CharField(null=True, max_length=255)),
                ("return_to", fields.CharField(null=True, max_length=2000)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("opened_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("consumed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "authorisation_flow",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "One visit to a suite's authorise page, from the ticket to the callback: single use, ten minutes.",
            },
            bases=["Row"],
        ),
        ops.CreateModel(
            name="CalendarConnection",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="connections",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "integration",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Integration",
                        source_field="integration_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="connections",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="connections",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "identity",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Identity",
                        source_field="identity_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="connections",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="one of ConnectionStatus", enum_type=ConnectionStatus, max_length=32
                    ),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        null=True, description="one of ConnectionReason", enum_type=ConnectionReason, max_length=32
                    ),
                ),
                ("scopes", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("address", fields.CharField(max_length=320)),
                ("credentials", fields.BinaryField(null=True)),
                ("generation", fields.IntField(default=1)),
                ("access_expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("refresh_lock_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("refresh_lock_owner", fields.UUIDField(null=True)),
                ("connected_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("status_since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "calendar_connection",
                "app": "hybrid_meetings",
                "unique_together": (("integration", "member"),),
                "pk_attr": "id",
                "table_description": "Our record of one member's consent under one integration. No row means NOT_CONNECTED.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="BookingIntent",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_intents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "connection",
                    fields.ForeignKeyField(
                        "hybrid_meetings.CalendarConnection",
                        source_field="connection_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_intents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "record",
                    fields.ForeignKeyField(
                        "hybrid_meetings.IdempotencyRecord",
                        source_field="record_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_intents",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("room_ids", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("state", fields.CharEnumField(description="one of IntentState", enum_type=IntentState, max_length=16)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("next_check_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("check_attempts", fields.IntField(default=0)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "booking_intent",
                "app": "hybrid_meetings",
                "unique_together": (("record",),),
                "pk_attr": "id",
                "table_description": "Written before the suite is asked to create an event, its id is the command the suite sees.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Invitation",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="invitations",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("role", fields.CharEnumField(description="one of Role", enum_type=Role, max_length=32)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("used_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "used_by",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="used_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="accepted_invitations",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
            ],
            options={
                "table": "invitation",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A single-use link that binds whoever opens it and signs in.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="MailboxReference",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mailbox_references",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "connection",
                    fields.ForeignKeyField(
                        "hybrid_meetings.CalendarConnection",
                        source_field="connection_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mailbox_references",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.EventReference",
                        source_field="event_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="mailbox_references",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("id_hash", fields.CharField(max_length=64)),
                ("sealed_id", fields.BinaryField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mailbox_reference",
                "app": "hybrid_meetings",
                "unique_together": (("connection", "id_hash"),),
                "pk_attr": "id",
                "table_description": "One mailbox's own id of an event, for calls with that member's consent.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="MailboxWatch",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="watches",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "connection",
                    fields.ForeignKeyField(
                        "hybrid_meetings.CalendarConnection",
                        source_field="connection_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="watches",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(description="one of WatchStatus", enum_type=WatchStatus, max_length=16),
                ),
                ("suite_id_hash", fields.CharField(null=True, unique=True, max_length=64)),
                ("suite_id", fields.BinaryField(null=True)),
                ("secret_hash", fields.CharField(max_length=64)),
                ("expires_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_attempt_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("attempts", fields.IntField(default=0)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "mailbox_watch",
                "app": "hybrid_meetings",
                "unique_together": (("connection",),),
                "pk_attr": "id",
                "table_description": "Our subscription to one mailbox's changes, the row is written before the suite is asked.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Notification",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notifications",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="notifications",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "kind",
                    fields.CharEnumField(
                        description="one of NotificationKind", enum_type=NotificationKind, max_length=32
                    ),
                ),
                ("subject_id", fields.UUIDField()),
                ("occasion", fields.CharField(max_length=100)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("read_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "notification",
                "app": "hybrid_meetings",
                "unique_together": (("member", "occasion"),),
                "pk_attr": "id",
                "table_description": "One thing a member is told, `occasion` makes it at most one each.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Room",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="rooms",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "integration",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Integration",
                        source_field="integration_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="rooms",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("address", fields.CharField(max_length=320)),
                ("suite_room_id", fields.CharField(null=True, max_length=255)),
                (
                    "pairing",
                    fields.CharEnumField(description="one of RoomPairing", enum_type=RoomPairing, max_length=16),
                ),
                ("name", fields.CharField(max_length=256)),
                ("building", fields.CharField(null=True, max_length=256)),
                ("floor", fields.CharField(null=True, max_length=64)),
                ("capacity", fields.IntField(null=True)),
                ("equipment", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("is_accessible", fields.BooleanField(null=True)),
                ("is_bookable", fields.BooleanField(default=True)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("synced_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "room",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "address"),),
                "pk_attr": "id",
                "table_description": "A meeting room. Its details outlive the pairing, details from the suite never overwrite our overrides.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="RoomBooking",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "connection",
                    fields.ForeignKeyField(
                        "hybrid_meetings.CalendarConnection",
                        source_field="connection_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "room",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Room",
                        source_field="room_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.EventReference",
                        source_field="event_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "mailbox_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.MailboxReference",
                        source_field="mailbox_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="bookings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("kind", fields.CharEnumField(description="one of BookingKind", enum_type=BookingKind, max_length=8)),
                (
                    "state",
                    fields.CharEnumField(description="one of BookingState", enum_type=BookingState, max_length=16),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        null=True, description="one of BookingReason", enum_type=BookingReason, max_length=24
                    ),
                ),
                (
                    "previous_state",
                    fields.CharEnumField(
                        null=True, description="one of BookingState", enum_type=BookingState, max_length=16
                    ),
                ),
                ("state_since", fields.DatetimeField(db_index=True, auto_now=False, auto_now_add=False)),
                ("version", fields.IntField(default=1)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("last_checked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("next_check_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("check_attempts", fields.IntField(default=0)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("closed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("live_slot", fields.SmallIntField(null=True)),
            ],
            options={
                "table": "room_booking",
                "app": "hybrid_meetings",
                "unique_together": (("event_reference", "room", "live_slot"),),
                "pk_attr": "id",
                "table_description": "A room invited to an event or a series through us.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="BookingOccurrence",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_occurrences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "booking",
                    fields.ForeignKeyField(
                        "hybrid_meetings.RoomBooking",
                        source_field="booking_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="occurrences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "event_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.EventReference",
                        source_field="event_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_occurrences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "mailbox_reference",
                    fields.ForeignKeyField(
                        "hybrid_meetings.MailboxReference",
                        source_field="mailbox_reference_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="booking_occurrences",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(description="one of BookingState", enum_type=BookingState, max_length=16),
                ),
                (
                    "reason",
                    fields.CharEnumField(
                        null=True, description="one of BookingReason", enum_type=BookingReason, max_length=24
                    ),
                ),
                ("state_since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "booking_occurrence",
                "app": "hybrid_meetings",
                "unique_together": (("booking", "event_reference"),),
                "pk_attr": "id",
                "table_description": "One date of a series booking with a state of its own.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="RoomSync",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="room_syncs",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "integration",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Integration",
                        source_field="integration_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="room_syncs",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "requested_by",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="requested_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="room_syncs",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "state",
                    fields.CharEnumField(description="one of RoomSyncState", enum_type=RoomSyncState, max_length=16),
                ),
                ("open_slot", fields.SmallIntField(null=True)),
                ("rooms_read", fields.IntField(default=0)),
                ("rooms_added", fields.IntField(default=0)),
                ("rooms_unpaired", fields.IntField(default=0)),
                ("failure_code", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "room_sync",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "open_slot"),),
                "pk_attr": "id",
                "table_description": "One run that reads the suite's room directory, at most one is open per organisation.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Session",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="sessions",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("token_hash", fields.CharField(unique=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("expires_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("revoked_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "session",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A browser that is signed in, the cookie holds a random token, the row its hash.",
            },
            bases=["OrganisationModel"],
        ),
    ]
