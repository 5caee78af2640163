from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.fields.base import OnDelete
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0001_first")]

    initial = False

    operations = [
        ops.AddField(
            model_name="BookingOccurrence",
            name="room",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Room",
                source_field="room_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="booking_occurrences",
                on_delete=OnDelete.CASCADE,
            ),
        ),
        ops.AddField(
            model_name="Notification",
            name="former_room_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="Notification",
            name="room_id",
            field=fields.UUIDField(null=True),
        ),
        ops.AddField(
            model_name="RoomBooking",
            name="requested_room",
            field=fields.ForeignKeyField(
                "hybrid_meetings.Room",
                source_field="requested_room_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="replaced_bookings",
                on_delete=OnDelete.SET_NULL,
            ),
        ),
    ]
