"""What we promise is kept by tests that exist, and no threat and no fault that we know of is without one."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TRUST = ROOT.parent / "shared" / "trust.md"
"""What the promises answer; it lies beside the project and is not part of it."""
CHAPTERS = {"threat": "## 1. Threats\n", "fault": "## 2. Faults\n"}
"""By what the tables are about, the chapters of that document."""

_ROW = re.compile(r"^\| (?P<about>[^|]+) \| (?P<promise>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE)
_TEST = re.compile(r"def (test_\w+)\(")


def _promises(about: str) -> dict[str, list[str]]:
    """The tests of each row of the chapter's table about threats, or about faults."""
    page = (ROOT / "docs" / "promises.md").read_text()
    table = page.partition(f"| {about} | promise | tests |\n")[2].partition("\n\n")[0]
    rows = [row for row in _ROW.finditer(table) if set(row["about"]) != {"-"}]
    return {row["about"]: re.findall(r"`(test_\w+)`", row["tests"]) for row in rows}


def _known(about: str) -> list[str]:
    """Every threat, or every fault, that we know of, in the order of the document."""
    if not TRUST.exists():
        pytest.skip("what the promises answer is not beside the project")
    table = TRUST.read_text().partition(CHAPTERS[about])[2].partition("\n## ")[0]
    return [line.split("|")[1].strip() for line in table.splitlines() if line.startswith("|")][2:]


def _tests() -> set[str]:
    return {name for path in ROOT.glob("tests/**/*.py") for name in _TEST.findall(path.read_text())}


@pytest.mark.parametrize("about", CHAPTERS)
def test_every_promise_names_the_tests_that_keep_it_and_all_of_them_exist(about: str) -> None:
    promises, tests = _promises(about), _tests()

    assert promises
    assert [row for row, named in promises.items() if not named] == []
    assert {name for named in promises.values() for name in named} - tests == set()


@pytest.mark.parametrize("about", CHAPTERS)
def test_every_threat_and_every_fault_that_we_know_of_has_its_promise(about: str) -> None:
    assert list(_promises(about)) == _known(about)
