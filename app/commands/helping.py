"""How commands are shown by `--help`: in which panel, with which examples, and how they end."""

import inspect
import re
from collections.abc import Callable, Sequence
from enum import IntEnum, StrEnum
from typing import Annotated

import typer

PROGRAM = "hybrid-meetings"


class Panel(StrEnum):
    """What commands are for; panels stand in this order."""

    SET_UP = "Set up"
    RUN = "Run"
    TRY = "Try it out"
    KEEP_SAFE = "Keep safe"
    PEOPLE = "Organisations and people"


class Ends(IntEnum):
    """How a command ends, as the shell sees it."""

    DONE = 0
    REFUSED = 1
    """It was not done, or something does not work; standard error says why."""
    USAGE = 2
    """What was typed is not understood: typer's own."""
    SETTINGS = 78
    """`EX_CONFIG` of sysexits.h. Starting again does not help, so systemd may be told so."""
    BROKEN_OFF = 130
    """By Ctrl-C, as shells count it."""


CODES = (
    "Exit codes: 0 done; 1 refused or not done, and standard error says why; 2 not understood; "
    "78 the settings are not complete, or do not fit the database; 130 broken off with Ctrl-C."
)
ENDED_BY_CTRL_C = (
    "Exit codes: 0 ended, with Ctrl-C too; 1 it cannot start, and standard error says why; 2 not understood; "
    "78 the settings are not complete, or do not fit the database."
)
JSON_SHAPE = "With --json standard output is one document"
Named = Annotated[str, typer.Argument(metavar="ORGANISATION", help="The organisation's name, or its id.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for a program to read.")]
Unasked = Annotated[bool, typer.Option("--yes", help="Do not ask whether it is meant.")]


def add(
    to: typer.Typer,
    command: Callable[..., None],
    *,
    examples: Sequence[str],
    name: str | None = None,
    panel: Panel | None = None,
    codes: str = CODES,
    json_shape: str | None = None,
) -> None:
    """Have the function be a command. Its help is its docstring; `json_shape` says what `--json` prints."""
    shape = "" if json_shape is None else f"{JSON_SHAPE}:\n\n  {json_shape}\n\n"
    to.command(
        name,
        help=joined(inspect.getdoc(command) or ""),
        epilog=_literal(f"{_shown(examples)}{shape}{codes}"),
        rich_help_panel=panel,
    )(command)


def group(to: typer.Typer, name: str, *, about: str, panel: Panel, examples: Sequence[str]) -> typer.Typer:
    """A group of commands, empty as yet."""
    made = typer.Typer(no_args_is_help=True)
    to.add_typer(made, name=name, help=about, epilog=_literal(f"{_shown(examples)}{CODES}"), rich_help_panel=panel)
    return made


def joined(text: str) -> str:
    """The text with each paragraph on one line, for a terminal of any width; what is indented stays as it is."""
    paragraphs = text.strip().split("\n\n")
    whole = [part if part.startswith("  ") else re.sub(r"\s*\n\s*", " ", part) for part in paragraphs]
    return _literal("\n\n".join(whole))


def _shown(examples: Sequence[str]) -> str:
    lines = "\n".join(f"  {PROGRAM} {example}" for example in examples)
    return f"{'Example' if len(examples) == 1 else 'Examples'}:\n\n{lines}\n\n"


def _literal(text: str) -> str:
    """Brackets are words of ours and no markup."""
    return re.sub(r"\[(?=[a-z/@#])", r"\\[", text)
