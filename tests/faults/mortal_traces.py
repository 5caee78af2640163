"""What stands in the database, in a form in which two lives of the same story can be compared.

Ids that the story did not start with, moments, ciphertexts, random tokens and counters differ from life to life; which
rows there are, and every word and number in them that means something, does not.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from tortoise import Tortoise, fields
from tortoise.connection import get_connection
from tortoise.models import Model

from app.database.engine import APP

Traces = Counter[str]
"""Each row as text, with how many are alike."""

LEFT_OUT = frozenset({"key_proof"})
COUNTERS = frozenset({"version", "generation", "attempts", "check_attempts", "look_attempts", "turn"})
"""Columns that say how often something was tried or written: a life more counts more."""
CLAIMS = frozenset({"claimed_until", "look_claimed_until", "refresh_lock_until", "refresh_lock_owner"})
"""What a process had taken for itself: when it dies, that runs out."""
_ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d([T ][\d:.]+(Z|[+-]\d\d:?\d\d)?)?")
_PACE = re.compile(r'"milliseconds": ?\d+')
_TOKEN = re.compile(r"[A-Za-z0-9+/_=-]{40,}")


async def traces(known: Collection[str], ignored: Collection[str] = ()) -> Traces:
    """Every row of the open database, but for what is ignored; `known` are ids to be told apart."""
    found: Traces = Counter()
    for model in _models():
        table = model._meta.db_table
        if table not in LEFT_OUT and table not in ignored:
            rows = await get_connection("default").execute_query_dict(f'SELECT * FROM "{table}"')  # noqa: S608
            texts = (_text(model, row, known, ignored) for row in rows)
            found.update(text for text in texts if not any(f"{table}:{word}" in ignored for word in _words(text)))
    return found


async def ids() -> list[str]:
    """Every id of a row that is there now."""
    found = []
    for model in _models():
        found += [str(row_id) for row_id in await model.all().values_list("id", flat=True)]
    return found


def counts(seen: Traces) -> Counter[str]:
    """How many rows there are, by table."""
    by_table: Counter[str] = Counter()
    for row, number in seen.items():
        by_table[row.partition(" ")[0]] += number
    return by_table


def differences(seen: Traces, expected: Traces) -> list[str]:
    """What there is too much or too little of, a line for each row."""
    return [f"too many ({n}): {row}" for row, n in sorted((seen - expected).items())] + [
        f"missing ({n}): {row}" for row, n in sorted((expected - seen).items())
    ]


def _models() -> Sequence[type[Model]]:
    apps = Tortoise.apps
    assert apps is not None
    return [model for model in apps[APP].values() if not model._meta.abstract]


def _text(model: type[Model], row: Mapping[str, Any], known: Collection[str], ignored: Collection[str]) -> str:
    table = model._meta.db_table
    columns = {field.model_field_name: field for field in model._meta.fields_map.values()}
    names = {model._meta.fields_db_projection.get(name, name): field for name, field in columns.items()}
    said = {
        name: _value(names.get(name), value, known)
        for name, value in sorted(row.items())
        if name not in COUNTERS | CLAIMS and name != "id" and f"{table}.{name}" not in ignored
    }
    return f"{table} {json.dumps(said)}"


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Z_]+", text)


def _value(field: Any, value: Any, known: Collection[str]) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(field, fields.DatetimeField | fields.DateField | fields.BinaryField) or isinstance(value, bytes):
        return "…"
    if isinstance(value, int | float):
        return value
    text = value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)
    text = _ID.sub(lambda found: found[0] if found[0] in known else "id", text)
    return _TOKEN.sub("token", _MOMENT.sub("when", _PACE.sub("pace", text)))
