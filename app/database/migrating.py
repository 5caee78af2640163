"""Tortoise's migrations, each noted in the transaction in which it happens.

Tortoise notes a migration after its transaction. Whoever dies in between leaves one that happened and that nobody knows
of, and no later run gets past it.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.recorder import MigrationRecorder


class NotingExecutor(MigrationExecutor):
    """Goes forward only."""

    def __init__(self, connection: Any, apps: dict[str, dict[str, Any]]) -> None:
        super().__init__(connection, apps)
        self.recorder = _NotedAlready(connection)

    def _migration_plan(
        self, targets: Iterable[MigrationTarget] | None, applied: set[MigrationKey], graph: MigrationGraph
    ) -> list[PlanStep]:
        steps = super()._migration_plan(targets, applied, graph)
        noting: Any = _Noting
        return [replace(step, migration=noting(step.migration)) for step in steps]


class _Noting:
    """A migration that ends with its own note."""

    def __init__(self, migration: Any) -> None:
        self._migration = migration

    def __getattr__(self, name: str) -> Any:
        return getattr(self._migration, name)

    async def apply(self, state: Any, *, dry_run: bool, schema_editor: Any) -> Any:
        applied = await self._migration.apply(state, dry_run=dry_run, schema_editor=schema_editor)
        await MigrationRecorder(schema_editor.client).record_applied(self._migration.app_label, self._migration.name)
        return applied


class _NotedAlready(MigrationRecorder):
    async def record_applied(self, app: str, name: str) -> None:
        """The migration has done it."""
