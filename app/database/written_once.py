"""Look-ups that every request makes: Tortoise writes their statement once, and later only its values differ.

Writing the SQL of a query takes Tortoise several times as long as a database takes to answer a look-up by key. What is
kept is the text for each dialect; the connection is that of the moment, of a transaction where there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from tortoise import connections
from tortoise.models import Model
from tortoise.queryset import QuerySet, ValuesListQuery

Row = tuple[Any, ...]
Found = TypeVar("Found", bound=Model)


@dataclass(frozen=True, slots=True)
class _Statement:
    """Its text, and which argument goes where."""

    sql: str
    places: Sequence[int | None]
    """For each parameter which argument it is; None where it is always the same, as in `constants`."""
    constants: Sequence[Any]

    @classmethod
    def of(cls, query: Any, arguments: Sequence[Any]) -> "_Statement":
        """That of a query which was made of these arguments."""
        query.sql()  # has it written
        sql, parameters = query.query.get_parameterized_sql()
        places = [_place_of(parameter, arguments) for parameter in parameters]
        if sorted(place for place in places if place is not None) != list(range(len(arguments))):
            raise ValueError("Each argument of a look-up goes into its query once.")
        return cls(sql, places, parameters)

    def values(self, arguments: Sequence[Any]) -> list[Any]:
        """Its parameters for these arguments."""
        return [
            constant if place is None else arguments[place]
            for place, constant in zip(self.places, self.constants, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A statement, and what makes Python's values of a row's."""

    statement: _Statement
    conversions: Sequence[Callable[[Any], Any]]


class WrittenOnce:
    """One look-up with arguments."""

    def __init__(self, write: Callable[..., ValuesListQuery[Any]]) -> None:
        """`write` makes the query of arguments; each of them goes into it once, unchanged, and is never None."""
        self._write = write
        self._written: dict[str, _Rows] = {}

    async def rows(self, *arguments: Any) -> list[Row]:
        """What is found, as `values_list` would answer it."""
        client = connections.get("default")
        dialect = client.capabilities.dialect
        written = self._written.get(dialect)
        if written is None:
            written = self._written[dialect] = self._written_for(arguments)
        _, found = await client.execute_query(written.statement.sql, written.statement.values(arguments))
        return [tuple(convert(value) for convert, value in zip(written.conversions, row, strict=True)) for row in found]

    def _written_for(self, arguments: Sequence[Any]) -> _Rows:
        query = self._write(*arguments)
        statement = _Statement.of(query, arguments)
        return _Rows(statement, [query.resolve_to_python_value(query.model, name) for name in query.fields.values()])


@dataclass(frozen=True, slots=True)
class _Models:
    """A statement, and of which models a row consists, as Tortoise's executor wants to know it."""

    statement: _Statement
    model: type[Model]
    related: Any


class ModelsWrittenOnce(Generic[Found]):
    """One look-up with arguments that answers with models, those that `select_related` names included."""

    def __init__(self, write: Callable[..., QuerySet[Found]]) -> None:
        """`write` as above; it prefetches and annotates nothing. Of an id's text a query keeps the same object."""
        self._write = write
        self._written: dict[str, _Models] = {}

    async def found(self, *arguments: Any) -> list[Found]:
        """What is found, as the query would answer it."""
        client = connections.get("default")
        dialect = client.capabilities.dialect
        written = self._written.get(dialect)
        if written is None:
            query = self._write(*arguments)
            statement = _Statement.of(query, arguments)
            written = self._written[dialect] = _Models(statement, query.model, query._select_related_idx)
        statement = written.statement
        executor = client.executor_class(model=written.model, db=client, select_related_idx=written.related)
        found: list[Found] = await executor.execute_select(statement.sql, statement.values(arguments))
        return found


def _place_of(parameter: Any, arguments: Sequence[Any]) -> int | None:
    """The same object, and nothing that merely equals it."""
    return next((place for place, argument in enumerate(arguments) if argument is parameter), None)
