"""The guide for front ends shows code that is run, and types nothing that is not tried."""

import re

from app.graphql.callers import CloseCode
from app.graphql.failures import ErrorCode
from tests.clients.guide import COMMANDS, GUIDE, PROJECTS, answers, parts
from tests.clients.installed import HERE

TYPED = {"sh"}
LANGUAGES = {language for languages in PROJECTS.values() for language in languages}


def test_every_block_of_code_is_a_part_of_the_file_that_it_names() -> None:
    shown = list(parts())

    assert len(shown) > 5
    assert [part for part in shown if not part.is_true] == []


def test_every_block_is_either_a_part_of_a_file_or_typed() -> None:
    languages = {token.info for token in GUIDE.tokens if token.type in {"fence", "code_block"}}

    assert languages <= TYPED | LANGUAGES


def test_most_of_what_is_typed_says_what_it_answers() -> None:
    assert sum(bool(answers(block)) for block in COMMANDS) > len(COMMANDS) / 2


def test_every_code_of_an_error_and_of_a_closed_socket_is_told() -> None:
    told = GUIDE.path.read_text()

    assert {code.value for code in ErrorCode} - set(GUIDE.codes) == set()
    assert {code.value for code in CloseCode} - {CloseCode.NORMAL} <= {
        int(each) for each in re.findall(r"\b\d{4}\b", told)
    }


def test_no_lock_of_published_clients_names_a_registry() -> None:
    locks = list(HERE.rglob("package-lock.json"))

    assert len(locks) > 1
    assert [lock for lock in locks if '"resolved"' in lock.read_text()] == []
