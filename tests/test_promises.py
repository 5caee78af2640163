"""The README's promises are kept by tests that exist, and no threat that we know of is without one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
THREATS = ROOT.parent / "shared" / "trust.md"
"""What the promises answer; it lies beside the project and is not part of it."""

_ROW = re.compile(r"^\| (?P<threat>[^|]+) \| (?P<promise>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"def (test_\w+)\(")


def _promises() -> dict[str, list[str]]:
    """The tests of each row of the chapter, by the threat."""
    text = (ROOT / "README.md").read_text()
    chapter = text.partition("## What we promise, and how it is tested\n")[2].partition("\n## ")[0]
    rows = [row for row in _ROW.finditer(chapter) if set(row["threat"]) != {"-"} and row["threat"] != "threat"]
    return {row["threat"]: re.findall(r"`(test_\w+)`", row["tests"]) for row in rows}


def _tests() -> set[str]:
    return {name for path in ROOT.glob("tests/**/*.py") for name in _TEST.findall(path.read_text())}


def test_every_promise_names_the_tests_that_keep_it_and_all_of_them_exist() -> None:
    promises, tests = _promises(), _tests()

    assert promises
    assert [threat for threat, named in promises.items() if not named] == []
    assert {name for named in promises.values() for name in named} - tests == set()


def test_every_threat_that_we_know_of_has_its_promise() -> None:
    if not THREATS.exists():
        pytest.skip("the table of threats is not beside the project")
    table = THREATS.read_text().partition("## 1. Threats\n")[2].partition("\n## ")[0]
    threats = [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")]

    assert [threat for threat in threats[2:] if threat not in _promises()] == []
