from tortoise import migrations
from tortoise.migrations import operations as ops
from app.integrations.issues import IssueCode
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0003_room_directory_refused")]

    initial = False

    operations = [
        ops.AddField(
            model_name="Integration",
            name="trouble",
            field=fields.CharEnumField(null=True, description="one of IssueCode", enum_type=IssueCode, max_length=64),
        ),
    ]
