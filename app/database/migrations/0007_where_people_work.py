from tortoise import migrations
from tortoise.migrations import operations as ops
from app.identity.models import LocationSharing
from app.shifts.models import EntryState, ShiftEnd, WorkKind
from app.shifts.spans import Slot
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from uuid import uuid4
from tortoise import fields
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0006_rooms_in_full")]

    initial = False

    operations = [
        ops.CreateModel(
            name="Building",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="buildings",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=256)),
                ("present_name", fields.CharField(null=True, max_length=512)),
                ("suite_names", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("time_zone", fields.CharField(max_length=64)),
                ("capacity", fields.IntField(null=True)),
                ("opening_hours", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("slots", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("afternoon_starts", fields.CharField(max_length=5)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "building",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "present_name"),),
                "pk_attr": "id",
                "table_description": "A building where people work. A removed one stays, so that past shifts can name it.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Floor",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="floors",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "building",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Building",
                        source_field="building_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="floors",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=64)),
                ("capacity", fields.IntField(null=True)),
                ("position", fields.IntField()),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "floor",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A floor of a building.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Area",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="areas",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "floor",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Floor",
                        source_field="floor_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="areas",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("name", fields.CharField(max_length=64)),
                ("capacity", fields.IntField(null=True)),
                ("position", fields.IntField()),
                ("removed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "area",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "A part of a floor.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="MemberAlias",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="member_aliases",
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
                        related_name="aliases",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("address", fields.CharField(max_length=320)),
            ],
            options={
                "table": "member_alias",
                "app": "hybrid_meetings",
                "unique_together": (("organisation", "address"),),
                "pk_attr": "id",
                "table_description": "A further address of a member's own mailbox, lower case, as the suite last told with their consent.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="Shift",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="shifts",
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
                        related_name="shifts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "booked_by",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Member",
                        source_field="booked_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="booked_shifts",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("kind", fields.CharEnumField(description="one of WorkKind", enum_type=WorkKind, max_length=16)),
                (
                    "building",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Building",
                        source_field="building_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="shifts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "floor",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Floor",
                        source_field="floor_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="shifts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "area",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Area",
                        source_field="area_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="shifts",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("date", fields.DateField()),
                ("slot", fields.CharEnumField(description="one of Slot", enum_type=Slot, max_length=16)),
                ("starts_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("ends_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("time_zone", fields.CharField(max_length=64)),
                ("pattern_id", fields.UUIDField(null=True)),
                ("last_change_id", fields.UUIDField()),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("cancelled_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                (
                    "end_reason",
                    fields.CharEnumField(null=True, description="one of ShiftEnd", enum_type=ShiftEnd, max_length=32),
                ),
            ],
            options={
                "table": "shift",
                "app": "hybrid_meetings",
                "indexes": [
                    Index(fields=["organisation_id", "member_id", "starts_at"]),
                    Index(fields=["organisation_id", "building_id", "date"]),
                ],
                "pk_attr": "id",
                "table_description": "Where a member works on a day, or on a part of it. A cancelled one stays until it is as old as past ones.",
            },
            bases=["OrganisationModel"],
        ),
        ops.CreateModel(
            name="ShiftEntry",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                (
                    "organisation",
                    fields.ForeignKeyField(
                        "hybrid_meetings.Organisation",
                        source_field="organisation_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="shift_entries",
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
                        related_name="shift_entries",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("shift_id", fields.UUIDField()),
                ("command_id", fields.UUIDField()),
                ("state", fields.CharEnumField(description="one of EntryState", enum_type=EntryState, max_length=16)),
                ("attempts", fields.SmallIntField(default=0)),
                ("next_try_at", fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False)),
                ("claimed_until", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "shift_entry",
                "app": "hybrid_meetings",
                "unique_together": (("command_id",),),
                "indexes": [Index(fields=["organisation_id", "shift_id"])],
                "pk_attr": "id",
                "table_description": "A shift's entry in its member's own calendar, written and removed by a job. It holds nothing of the calendar.",
            },
            bases=["OrganisationModel"],
        ),
        ops.AddField(
            model_name="EventReference",
            name="look_attempts",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="EventReference",
            name="look_claimed_until",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="EventReference",
            name="next_look_at",
            field=fields.DatetimeField(null=True, db_index=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Member",
            name="chose_sharing",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Member",
            name="shows_shifts",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Member",
            name="shows_shifts_since",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Member",
            name="takes_suggestions",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Organisation",
            name="default_sharing",
            field=fields.CharEnumField(
                default=LocationSharing.PEOPLE_I_MEET,
                description="one of LocationSharing",
                db_default="PEOPLE_I_MEET",
                enum_type=LocationSharing,
                max_length=16,
            ),
        ),
        ops.AddField(
            model_name="Organisation",
            name="shift_retention_days",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Organisation",
            name="widest_sharing",
            field=fields.CharEnumField(
                default=LocationSharing.EVERYONE,
                description="one of LocationSharing",
                db_default="EVERYONE",
                enum_type=LocationSharing,
                max_length=16,
            ),
        ),
        ops.AddIndex(
            model_name="Identity",
            index=Index(fields=["organisation_id", "address"]),
        ),
    ]
