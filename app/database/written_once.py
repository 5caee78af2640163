"""Look-ups that every request makes: Tortoise writes their statement once, and later only its values differ.

Writing the SQL of a query takes Tortoise several times as long as a database takes to answer a look-up by key. What is
kept is the text for each dialect; the connection is that of the moment, of a transaction where there is one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tortoise import connections
from tortoise.queryset import ValuesListQuery

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Written:
    """A statement: its text, which argument goes where, and what makes Python's values of a row's."""

    sql: str
    places: Sequence[int | None]
    """For each parameter which argument it is; None where it is always the same, as in `constants`."""
    constants: Sequence[Any]
    conversions: Sequence[Callable[[Any], Any]]


class WrittenOnce:
    """One look-up with arguments."""

    def __init__(self, write: Callable[..., ValuesListQuery[Any]]) -> None:
        """`write` makes the query of arguments; each of them goes into it once, unchanged, and is never None."""
        self._write = write
        self._written: dict[str, _Written] = {}

    async def rows(self, *arguments: Any) -> list[Row]:
        """What is found, as `values_list` would answer it."""
        client = connections.get("default")
        dialect = client.capabilities.dialect
        written = self._written.get(dialect)
        if written is None:
            written = self._written[dialect] = self._written_for(arguments)
        values = [
            constant if place is None else arguments[place]
            for place, constant in zip(written.places, written.constants, strict=True)
        ]
        _, found = await client.execute_query(written.sql, values)
        return [tuple(convert(value) for convert, value in zip(written.conversions, row, strict=True)) for row in found]

    def _written_for(self, arguments: Sequence[Any]) -> _Written:
        query = self._write(*arguments)
        query.sql()  # has it written
        sql, parameters = query.query.get_parameterized_sql()
        places = [_place_of(parameter, arguments) for parameter in parameters]
        if sorted(place for place in places if place is not None) != list(range(len(arguments))):
            raise ValueError("Each argument of a look-up goes into its query once.")
        conversions = [query.resolve_to_python_value(query.model, name) for name in query.fields.values()]
        return _Written(sql, places, parameters, conversions)


def _place_of(parameter: Any, arguments: Sequence[Any]) -> int | None:
    """The same object, and nothing that merely equals it."""
    return next((place for place, argument in enumerate(arguments) if argument is parameter), None)
