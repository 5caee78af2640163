from tortoise import migrations
from tortoise.migrations import operations as ops
from app.audit.models import AuditOrigin, AuditOutcome
from app.suites.protocol import PermissionVariant
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0004_integration_trouble")]

    initial = False

    operations = [
        ops.AddField(
            model_name="AuditEntry",
            name="network_address",
            field=fields.CharField(null=True, max_length=64),
        ),
        ops.AddField(
            model_name="AuditEntry",
            name="origin",
            field=fields.CharEnumField(
                null=True, description="one of AuditOrigin", enum_type=AuditOrigin, max_length=16
            ),
        ),
        ops.AddField(
            model_name="AuditEntry",
            name="outcome",
            field=fields.CharEnumField(
                default=AuditOutcome.SUCCEEDED,
                description="one of AuditOutcome",
                db_default="SUCCEEDED",
                enum_type=AuditOutcome,
                max_length=16,
            ),
        ),
        ops.AddField(
            model_name="AuthorisationFlow",
            name="variant",
            field=fields.CharEnumField(
                null=True, description="one of PermissionVariant", enum_type=PermissionVariant, max_length=32
            ),
        ),
        ops.AddField(
            model_name="Integration",
            name="next_check_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Integration",
            name="revokes_consents",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Invitation",
            name="invited_by",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Member",
                source_field="invited_by_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="sent_invitations",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="Invitation",
            name="member",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Member",
                source_field="member_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="invitations",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField(
            model_name="Member",
            name="merged_into",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Member",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="merged_members",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="Room",
            name="pairing_retained",
            field=fields.BooleanField(default=False, db_default=False),
        ),
    ]
