from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise.indexes import Index


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0008_key_check")]

    initial = False

    operations = [
        ops.AddIndex(
            model_name="AuditEntry",
            index=Index(fields=["organisation_id", "at"]),
        ),
        ops.AddIndex(
            model_name="BookingIntent",
            index=Index(fields=["connection_id"]),
        ),
        ops.AddIndex(
            model_name="BookingOccurrence",
            index=Index(fields=["event_reference_id"]),
        ),
        ops.AddIndex(
            model_name="BookingOccurrence",
            index=Index(fields=["mailbox_reference_id"]),
        ),
        ops.AddIndex(
            model_name="CalendarConnection",
            index=Index(fields=["member_id"]),
        ),
        ops.AddIndex(
            model_name="CalendarConnection",
            index=Index(fields=["identity_id"]),
        ),
        ops.AddIndex(
            model_name="Identity",
            index=Index(fields=["member_id"]),
        ),
        ops.AddIndex(
            model_name="MailboxReference",
            index=Index(fields=["event_reference_id"]),
        ),
        ops.AddIndex(
            model_name="Member",
            index=Index(fields=["organisation_id", "name"]),
        ),
        ops.AddIndex(
            model_name="Notification",
            index=Index(fields=["subject_id"]),
        ),
        ops.AddIndex(
            model_name="RoomBooking",
            index=Index(fields=["member_id"]),
        ),
        ops.AddIndex(
            model_name="RoomBooking",
            index=Index(fields=["connection_id"]),
        ),
        ops.AddIndex(
            model_name="RoomBooking",
            index=Index(fields=["mailbox_reference_id"]),
        ),
        ops.AddIndex(
            model_name="ShiftEntry",
            index=Index(fields=["connection_id"]),
        ),
    ]
