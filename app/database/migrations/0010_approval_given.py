from tortoise import migrations
from tortoise.migrations import operations as ops
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0009_found_at_once")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Integration",
            name="admin_approval_given_at",
            field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
        ),
    ]
