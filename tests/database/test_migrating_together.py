"""Migrations make only the models that they look at, and the schema becomes what Tortoise alone would make of it."""

from pathlib import Path
from typing import Any

import pytest
from tortoise.context import TortoiseContext
from tortoise.migrations.executor import MigrationExecutor

from app.database import engine
from app.database.migrating import NotingExecutor

BIRDS = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    initial = True
    operations = [
        ops.CreateModel(
            name="Tree",
            options={"table": "tree", "app": "grove", "pk_attr": "id"},
            fields=[("id", fields.IntField(primary_key=True)), ("name", fields.CharField(max_length=9))],
        ),
        ops.CreateModel(
            name="Bird",
            options={"table": "bird", "app": "grove", "pk_attr": "id"},
            fields=[
                ("id", fields.IntField(primary_key=True)),
                ("name", fields.CharField(max_length=9)),
                ("tree", fields.ForeignKeyField("grove.Tree", related_name="birds")),
            ],
        ),
    ]
"""
SETTLING = """
from tortoise import fields, migrations
from tortoise.migrations import operations as ops

async def settle(apps, editor):
    tree, bird = apps.get_model("grove.Tree"), apps.get_model("grove.Bird")
    await tree.create(id=1, name="elm")
    await bird.create(id=1, name="wren", tree_id=1)
    assert await tree.filter(birds__id=1).count() == 1

class Migration(migrations.Migration):
    dependencies = [("grove", "0001_birds")]
    operations = [
        ops.RunPython(settle),
        ops.RenameField(model_name="Bird", old_name="name", new_name="called"),
    ]
"""
HEIGHT = """
from tortoise import fields, migrations
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

class Migration(migrations.Migration):
    dependencies = [("grove", "0002_settling")]
    operations = [
        ops.AddField(model_name="Tree", name="height", field=fields.IntField(null=True)),
        ops.AddIndex(model_name="Tree", index=Index(fields=["name", "height"])),
        ops.AddField(
            model_name="Bird", name="nest", field=fields.ForeignKeyField("grove.Tree", related_name="nests", null=True)
        ),
    ]
"""


@pytest.fixture
def grove(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """An app whose second migration does something else than add."""
    folder = tmp_path / "grove_migrations"
    folder.mkdir()
    for name, text in (("__init__", ""), ("0001_birds", BIRDS), ("0002_settling", SETTLING), ("0003_height", HEIGHT)):
        (folder / f"{name}.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    return {"grove": {"default_connection": "default", "migrations": folder.name}}


async def _made_by(
    executor: type[MigrationExecutor], file: Path, apps: dict[str, dict[str, Any]], also: str = "SELECT 1"
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """The schema of a file that was migrated, and what it answers to one more statement."""
    async with TortoiseContext() as context:
        await context.init(config=engine.tortoise_config(f"sqlite://{file}"))
        await executor(context.db(), apps).migrate(None)
        _, schema = await context.db().execute_query("SELECT type, name, sql FROM sqlite_master ORDER BY type, name")
        _, found = await context.db().execute_query(also)
    return [tuple(row) for row in schema], [tuple(row) for row in found]


async def test_what_comes_between_additions_sees_all_models_with_their_relations(
    tmp_path: Path, grove: dict[str, dict[str, Any]]
) -> None:
    statement = "SELECT tree.name, called, height, nest_id FROM tree JOIN bird ON tree_id = tree.id"

    schema, birds = await _made_by(NotingExecutor, tmp_path / "grove.sqlite3", grove, statement)

    assert birds == [("elm", "wren", None, None)]
    assert schema == (await _made_by(MigrationExecutor, tmp_path / "same.sqlite3", grove))[0]


async def test_the_schema_is_the_one_that_tortoise_makes_by_itself(tmp_path: Path) -> None:
    apps = engine.TORTOISE_ORM["apps"]

    schema, _ = await _made_by(NotingExecutor, tmp_path / "ours.sqlite3", apps)

    assert len(schema) > 100
    assert schema == (await _made_by(MigrationExecutor, tmp_path / "theirs.sqlite3", apps))[0]
