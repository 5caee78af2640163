"""Tortoise's migrations, each noted in the transaction in which it happens, and without models that nobody looks at.

Tortoise notes a migration after its transaction. Whoever dies in between leaves one that happened and that nobody knows
of, and no later run gets past it. And for each step it makes all models twice, as they were and as they become; a step
that only adds looks at one of them.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from tortoise.fields.relational import ForeignKeyFieldInstance, ManyToManyFieldInstance
from tortoise.migrations.executor import MigrationExecutor, MigrationTarget, PlanStep
from tortoise.migrations.graph import MigrationGraph, MigrationKey
from tortoise.migrations.operations import AddField, AddIndex, CreateModel
from tortoise.migrations.recorder import MigrationRecorder
from tortoise.migrations.schema_generator.state import ModelState, State
from tortoise.migrations.schema_generator.state_apps import StateApps
from tortoise.models import Model

ADDING = (CreateModel, AddField, AddIndex)
"""What asks the new state for the one model that it names, and the old state for nothing."""
RELATIONS = (ForeignKeyFieldInstance, ManyToManyFieldInstance)

ModelStates = dict[tuple[str, str], ModelState]


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

    async def apply(self, state: State, *, dry_run: bool, schema_editor: Any) -> State:
        if all(type(operation) in ADDING for operation in self._migration.operations) and not dry_run:
            applied = await self._add(state, schema_editor)
        else:
            applied = await self._migration.apply(state, dry_run=dry_run, schema_editor=schema_editor)
        await MigrationRecorder(schema_editor.client).record_applied(self._migration.app_label, self._migration.name)
        return applied

    async def _add(self, state: State, schema_editor: Any) -> State:
        adding = _Adding(state.models, _Reached(state.models))
        has_transactions = schema_editor.client.capabilities.supports_transactions
        for operation in self._migration.operations:
            operation.state_forward(self._migration.app_label, adding)
            await self._migration._run_database_forward(operation, adding, adding, schema_editor, has_transactions)
        # Whoever comes next may look at anything.
        state.apps = state.clone().apps
        state.validate_relations_initialized()
        return state


class _Adding(State):
    """A state whose models are made when they are looked at."""

    def reload_model(self, app_label: str, model_name: str) -> None:
        """Nothing was made that could be out of date."""

    def reload_models(self, model_tuples: Iterable[tuple[str, str]]) -> None:
        """Nothing was made that could be out of date."""


class _Reached(StateApps):
    """Makes a model with those that it refers to, and they to, which are all that its table's statement names."""

    def __init__(self, states: ModelStates) -> None:
        super().__init__()
        self._states = states

    def get_model(self, app_label: str, model_name: str | None = None) -> type[Model]:
        named = self.split_reference(app_label) if model_name is None else (app_label, model_name)
        reached = StateApps(connections=self._connections)
        # Only what is complete may be registered: relations are looked for in all of it.
        for app, name in self._from(named):
            reached.register_model(app, self._states[app, name].render(reached))
        reached._init_relations()
        reached._build_initial_querysets()
        return reached.get_model(*named)

    def _from(self, named: tuple[str, str]) -> set[tuple[str, str]]:
        found, open_ends = set(), [named]
        while open_ends:
            if (name := open_ends.pop()) in self._states and name not in found:
                found.add(name)
                fields = self._states[name].fields.values()
                relations = (field for field in fields if isinstance(field, RELATIONS))
                open_ends += [self.split_reference(field.model_name) for field in relations]
        return found


class _NotedAlready(MigrationRecorder):
    async def record_applied(self, app: str, name: str) -> None:
        """The migration has done it."""
