"""What documents call by name exists: commands, targets, settings, files, and whatever is of the schema."""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer
from graphql import GraphQLSchema, build_schema, is_enum_type, is_input_object_type, is_interface_type, is_object_type
from graphql import parse as parse_document
from graphql import validate as validate_document

from app import settings_document
from app.cli import cli
from app.settings import names
from app.suites import registry
from tests.documents.pages import ROOT, Page, pages

PAGES = pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
_COMMAND = re.compile(r"hybrid-meetings(?! hybrid-)((?: [a-z][a-z-]*)+[^`\n|#]*)")
_FILE = re.compile(r"(?:app|benchmarks|docker|docs|schema|tests)/[\w./-]+")
_OTHERS = re.compile(r"HYBRID_MEETINGS_TEST\w*")
"""Settings of the tests."""
_WRITTEN_LATER = {"benchmarks/load.json"}
_NAMES_OF_SUITES = {"proxyAddresses"}


def _schema() -> GraphQLSchema:
    return build_schema((ROOT / "schema" / "schema.graphql").read_text())


@PAGES
def test_every_command_that_is_named_exists_with_its_options(page: Page) -> None:
    root = typer.main.get_command(cli)
    wrong = [words for words in _commands(page) if not _is_understood(root, shlex.split(words))]

    assert wrong == []


@PAGES
def test_every_target_of_make_that_is_named_exists(page: Page) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {name for text in _code(page) for name in re.findall(r"\bmake ([a-z]+)", text)}

    assert named - targets == set()


@PAGES
def test_every_setting_that_is_named_exists(page: Page) -> None:
    named = {name for text in _code(page) for name in re.findall(r"(?<!_)HYBRID_MEETINGS_[A-Z0-9_]*[A-Z0-9]", text)}

    assert {name for name in named if not _OTHERS.fullmatch(name)} - names(registry.SETTINGS) == set()


@PAGES
def test_every_file_of_the_project_that_is_named_is_there(page: Page) -> None:
    named = {name.rstrip(".") for code in page.codes for name in _FILE.findall(code) if _FILE.fullmatch(code)}

    assert {name for name in named - _WRITTEN_LATER if not (ROOT / name).exists()} == set()


@pytest.mark.parametrize("page", [page for page in pages() if "sandbox" not in page.name], ids=lambda page: page.name)
def test_every_name_of_the_schema_that_is_named_is_in_it(page: Page) -> None:
    """Camel case is the schema's alone, but in the sandbox's pages, which are about the suites."""
    named = {code.partition("(")[0] for code in page.codes if re.fullmatch(r"[a-z]+[A-Z]\w*(\(.*\))?", code)}

    assert named - _names(_schema()) - _NAMES_OF_SUITES == set()


@PAGES
def test_every_graphql_document_is_valid(page: Page) -> None:
    schema = _schema()
    documents = page.blocks("graphql")
    wrong = {text: error.message for text in documents for error in validate_document(schema, parse_document(text))}

    assert wrong == {}


def test_the_settings_page_says_what_the_code_does() -> None:
    assert settings_document.PAGE.read_text() == settings_document.document(), "run python -m app.settings_document"


def _code(page: Page) -> Iterator[str]:
    yield from page.codes
    yield from page.blocks("sh")


def _commands(page: Page) -> Iterator[str]:
    for text in _code(page):
        yield from (words.strip() for words in _COMMAND.findall(text))


def _is_understood(command: Any, words: list[str]) -> bool:
    """Whether the words are a command of the tree, followed by options that it has."""
    while words and words[0] in getattr(command, "commands", {}):
        command, words = command.commands[words[0]], words[1:]
    options = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    return not hasattr(command, "commands") and {word for word in words if word.startswith("--")} <= options


def _names(schema: GraphQLSchema) -> set[str]:
    names = {value for type_ in schema.type_map.values() if is_enum_type(type_) for value in type_.values}
    for type_ in schema.type_map.values():
        if is_object_type(type_) or is_interface_type(type_) or is_input_object_type(type_):
            names |= set(type_.fields)
        if is_object_type(type_) or is_interface_type(type_):
            names |= {name for field in type_.fields.values() for name in field.args}
    return names
