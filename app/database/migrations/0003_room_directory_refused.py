from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0002_replaced_rooms")]

    initial = False

    operations = [
        ops.AddField(
            model_name="CalendarConnection",
            name="directory_refused_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
