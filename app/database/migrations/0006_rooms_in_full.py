from tortoise import migrations
from tortoise.migrations import operations as ops
from orjson import loads
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0005_whole_life")]

    initial = False

    operations = [
        ops.AddField(
            model_name="BookingOccurrence",
            name="requested_room",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Room",
                source_field="requested_room_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="requesting_occurrences",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="BookingOccurrence",
            name="wanted_room",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Room",
                source_field="wanted_room_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="wanting_occurrences",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="Notification",
            name="mail_attempts",
            field=fields.SmallIntField(default=0, db_default=0),
        ),
        ops.AddField(
            model_name="Notification",
            name="mailed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Notification",
            name="next_mail_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="Organisation",
            name="mails_subjects",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Organisation",
            name="no_answer_after_minutes",
            field=fields.IntField(null=True),
        ),
        ops.AddField(
            model_name="Room",
            name="beneath_overrides",
            field=fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads),
        ),
        ops.AddField(
            model_name="Room",
            name="kept_unpaired",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AddField(
            model_name="Room",
            name="removed_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="RoomBooking",
            name="wanted_room",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Room",
                source_field="wanted_room_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="wanting_bookings",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
        ops.AddField(
            model_name="RoomSync",
            name="begun_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
        ops.AddField(
            model_name="RoomSync",
            name="resume_token",
            field=fields.TextField(null=True, unique=False),
        ),
        ops.AddField(
            model_name="RoomSync",
            name="rooms_total",
            field=fields.IntField(null=True),
        ),
    ]
