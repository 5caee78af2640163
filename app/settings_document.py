"""Writes every setting out for operators, in `docs/settings.md`: name, default, and what its docstring says of it."""

import ast
import inspect
import sys
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from itertools import chain, pairwise
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from app.settings import PREFIX, Settings, SuiteSettings, fields_of, prefix_of
from app.suites.registry import DESCRIPTIONS

PAGE = Path(__file__).parents[1] / "docs" / "settings.md"

_HEAD = f"""# Settings

Environment variables with the prefix `{PREFIX}`. A server that lacks one it needs, or has one that makes no sense, does
not start and names all of them; `hybrid-meetings doctor` does so too. Durations are numbers of seconds. All servers and
workers of a deployment have the same settings but for `HOST`, `PORT` and those of monitoring.

Written from the code by `python -m app.settings_document`; a test fails where they differ.
"""
_SUITE = """## {suite}

[Registering the application](registering-{page}.md) says where id and secret come from. A server without these two does
not offer the suite.
"""


def document() -> str:
    """The page as it should be."""
    suites = [
        [
            _SUITE.format(suite=suite.display_name, page=suite.lower().replace("_", "-")),
            *_table(description.settings),
            "",
        ]
        for suite, description in DESCRIPTIONS.items()
    ]
    return "\n".join([_HEAD, "## The server", "", *_table(Settings), "", *chain.from_iterable(suites)])


def _table(group: type[BaseSettings]) -> Iterator[str]:
    prefix = prefix_of(group).removeprefix(PREFIX)
    words = {name: text for base in reversed(group.__mro__) if base is not object for name, text in _docstrings(base)}
    yield "| setting | default | |"
    yield "| --- | --- | --- |"
    for name, field in fields_of(group).items():
        yield f"| `{prefix}{name.upper()}` | {_default(field)} | {words[name]} |"


def _default(field: FieldInfo) -> str:
    value = field.default
    if field.is_required():
        return "required"
    if isinstance(value, timedelta):
        return f"`{value.total_seconds():g}` (seconds)"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, StrEnum):
        return f"`{value.value}`"
    return f"`{value}`" if value not in (None, ()) else "none"


def _docstrings(group: type) -> Iterator[tuple[str, str]]:
    """What stands below each field of the class, in one line."""
    if not issubclass(group, Settings | SuiteSettings):
        return
    source = ast.parse(textwrap.dedent(inspect.getsource(group)))
    body = next(node.body for node in ast.walk(source) if isinstance(node, ast.ClassDef))
    for field, below in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            yield field.target.id, " ".join(str(ast.literal_eval(below.value)).split())


def main() -> None:
    """Write it, or say with `--check` whether it is stale (exit status 1)."""
    is_stale = not PAGE.exists() or PAGE.read_text() != document()
    if "--check" in sys.argv[1:]:
        sys.exit("stale: docs/settings.md. Run python -m app.settings_document" if is_stale else 0)
    PAGE.write_text(document())


if __name__ == "__main__":
    main()
