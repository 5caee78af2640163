"""What `--help` and `--version` tell, over the whole tree of commands."""

import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
import typer
from typer.core import TyperGroup

from app import __version__
from app.cli import cli
from tests.commands.typed import inherited, typed
from tests.support.server import ROOT

FIRST_STEPS = ("keys generate", "migrate", "doctor", "serve", "organisation create")
WIDTH = 80


def _tree(command: object, *names: str) -> Iterator[tuple[tuple[str, ...], typer.core.TyperCommand | TyperGroup]]:
    assert isinstance(command, typer.core.TyperCommand | TyperGroup)
    yield names, command
    if isinstance(command, TyperGroup):
        for name, below in command.commands.items():
            yield from _tree(below, *names, name)


TREE = dict(_tree(typer.main.get_command(cli)))
LEAVES = [names for names, command in TREE.items() if not isinstance(command, TyperGroup)]
BELOW = [names for names in TREE if names]
EVERY = pytest.mark.parametrize("names", BELOW, ids=" ".join)


def _examples(names: tuple[str, ...]) -> list[str]:
    return re.findall(r"^  hybrid-meetings (.*)$", TREE[names].epilog or "", re.MULTILINE)


@EVERY
def test_every_command_says_what_it_does_and_gives_an_example_of_itself(names: tuple[str, ...]) -> None:
    assert TREE[names].help
    assert _examples(names)
    assert all(example.split()[: len(names)] == list(names) for example in _examples(names))


@EVERY
def test_every_example_is_understood(names: tuple[str, ...]) -> None:
    for example in _examples(names):
        words = re.split(r" (?:\||>|>>|2>>) ", example)[0].split()
        options = {option for parameter in _command(words).params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def _command(words: list[str]) -> typer.core.TyperCommand | TyperGroup:
    return TREE[tuple(words[:2])] if tuple(words[:2]) in TREE else TREE[tuple(words[:1])]


@EVERY
def test_every_option_and_argument_has_words_of_help(names: tuple[str, ...]) -> None:
    silent = [parameter.name for parameter in TREE[names].params if not getattr(parameter, "help", None)]

    assert silent == []


@EVERY
def test_every_command_says_how_it_can_end(names: tuple[str, ...]) -> None:
    assert "Exit codes: 0 " in (TREE[names].epilog or "")


@pytest.mark.parametrize("names", LEAVES, ids=" ".join)
def test_every_command_with_json_says_which_document_it_prints(names: tuple[str, ...]) -> None:
    has_json = any("--json" in parameter.opts for parameter in TREE[names].params)

    assert has_json == ("standard output is one document" in (TREE[names].epilog or ""))


def test_every_command_stands_in_a_panel() -> None:
    loose = [names for names in TREE if len(names) == 1 and not getattr(TREE[names], "rich_help_panel", None)]

    assert loose == []


def test_the_help_of_the_whole_begins_with_what_to_do_first_in_its_order() -> None:
    shown = typed("--help", env=inherited()).stdout

    places = [re.search(rf"\d\. hybrid-meetings {step}", shown) for step in FIRST_STEPS]
    assert all(places)
    assert [place.start() for place in places if place] == sorted(place.start() for place in places if place)


@pytest.mark.parametrize("names", [(), ("organisation",), ("member", "erase"), ("keys", "rotate")], ids=" ".join)
def test_without_a_terminal_help_has_80_columns_and_no_colours(names: tuple[str, ...]) -> None:
    shown = typed(*names, "--help", env=inherited())

    assert (shown.returncode, shown.stderr) == (0, "")
    assert "\x1b" not in shown.stdout
    assert max(len(line) for line in shown.stdout.splitlines()) <= WIDTH


@pytest.mark.parametrize("names", TREE, ids=" ".join)
def test_no_example_or_document_is_broken_over_two_lines(names: tuple[str, ...]) -> None:
    meant = [line for text in (TREE[names].help, TREE[names].epilog) for line in (text or "").splitlines()]

    assert [line for line in meant if line.startswith("  ") and len(line) > WIDTH - 2] == []


def test_the_version_is_one_line() -> None:
    shown = typed("--version", env=inherited())

    assert (shown.returncode, shown.stdout, shown.stderr) == (0, f"hybrid-meetings {__version__}\n", "")


def test_help_and_completion_load_neither_the_schema_nor_the_database() -> None:
    loaded = "import sys, app.cli; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    names = subprocess.run([sys.executable, "-c", loaded], cwd=ROOT, capture_output=True, text=True, check=True)

    assert not {"schema", "strawberry", "tortoise", "pydantic", "aiohttp", "msal", "uvicorn"} & set(
        names.stdout.split()
    )
