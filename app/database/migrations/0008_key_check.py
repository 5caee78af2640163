from tortoise import migrations
from tortoise.migrations import operations as ops
from uuid import uuid4
from tortoise import fields


class Migration(migrations.Migration):
    dependencies = [("hybrid_meetings", "0007_where_people_work")]

    initial = False

    operations = [
        ops.CreateModel(
            name="KeyProof",
            fields=[
                ("id", fields.UUIDField(primary_key=True, default=uuid4, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=64)),
                ("proof", fields.CharField(null=True, max_length=64)),
                ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("given_up_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
            ],
            options={
                "table": "key_proof",
                "app": "hybrid_meetings",
                "pk_attr": "id",
                "table_description": "One key that a server was started with, known again by a value that leads back to nothing.",
            },
            bases=["Row"],
        ),
    ]
