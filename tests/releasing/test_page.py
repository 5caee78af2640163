"""What `docs/releasing.md` says can be done as it says, and the changelog is kept in its form."""

import importlib.util
import re
import shlex
import subprocess
from datetime import date

import pytest

from app import __version__
from schema.release import NOTICE
from tests.docker.files import instructions
from tests.support.server import ROOT

PAGE = (ROOT / "docs" / "releasing.md").read_text()
COMMANDS = "".join(re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL))

CHANGELOG = (ROOT / "CHANGELOG.md").read_text()
RELEASE = re.compile(r"\[(\d+)\.(\d+)\.(\d+)\] - (\d{4}-\d\d-\d\d)")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Dependencies"}


def _headings(changelog: str) -> list[str]:
    return re.findall(r"^## (.*)$", changelog, re.MULTILINE)


def _complaints(changelog: str, version: str) -> list[str]:
    """What is wrong with its headings, while the code says that it is this version."""
    unreleased, *released = _headings(changelog)
    found = [] if unreleased == "[Unreleased]" else [f"{unreleased} is first"]
    matches = [RELEASE.fullmatch(heading) for heading in released]
    found += [heading for heading, match in zip(released, matches, strict=True) if match is None]
    numbers = [tuple(int(number) for number in match.groups()[:3]) for match in matches if match]
    days = [date.fromisoformat(match[4]) for match in matches if match]
    if numbers != sorted(set(numbers), reverse=True):
        found.append("versions do not descend")
    if days != sorted(days, reverse=True):
        found.append("days do not descend")
    if numbers and ".".join(map(str, numbers[0])) != version:
        found.append(f"the newest release is not {version}")
    return found


def test_the_changelog_begins_with_what_is_unreleased_and_goes_back_release_by_release() -> None:
    assert _complaints(CHANGELOG, __version__) == []


def test_what_is_in_the_changelog_is_of_a_kind_that_is_known() -> None:
    assert set(re.findall(r"^### (.*)$", CHANGELOG, re.MULTILINE)) <= KINDS


@pytest.mark.parametrize(
    ("headings", "complaint"),
    [
        (["[2.0.0] - 2027-03-01"], "[2.0.0] - 2027-03-01 is first"),
        (["[Unreleased]", "2.0.0 - 2027-03-01"], "2.0.0 - 2027-03-01"),
        (["[Unreleased]", "[2.0.0] - 1 March 2027"], "[2.0.0] - 1 March 2027"),
        (["[Unreleased]", "[2.0.0] - 2027-03-01", "[2.0.0] - 2027-02-01"], "versions do not descend"),
        (["[Unreleased]", "[2.0.0] - 2027-03-01", "[1.10.0] - 2027-03-02"], "days do not descend"),
        (["[Unreleased]", "[2.0.1] - 2027-03-01"], "the newest release is not 2.0.0"),
    ],
)
def test_a_changelog_out_of_form_is_noticed(headings: list[str], complaint: str) -> None:
    assert _complaints("\n".join(f"## {heading}" for heading in headings), "2.0.0") == [complaint]


def test_a_changelog_in_form_is_not() -> None:
    headings = ["[Unreleased]", "[2.0.0] - 2027-03-01", "[1.10.0] - 2027-03-01", "[1.9.0] - 2026-12-24"]

    assert _complaints("\n".join(f"## {heading}" for heading in headings), "2.0.0") == []


def test_the_page_s_commands_can_be_read_by_a_shell() -> None:
    done = subprocess.run(["sh", "-n"], input=COMMANDS, capture_output=True, text=True, check=False)

    assert COMMANDS
    assert (done.returncode, done.stderr) == (0, "")


def test_what_the_page_has_one_run_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    modules = set(re.findall(r"python -m ([\w.]+)", PAGE))

    assert {"check", "locks"} <= set(re.findall(r"`make (\w+)`", PAGE)) <= targets
    assert {"schema.release", "hatchling"} <= modules
    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


def test_the_page_s_build_of_the_image_says_all_that_the_image_asks_for() -> None:
    asked = {
        word.partition("=")[0] for found in instructions() if found.word == "ARG" for word in shlex.split(found.rest)
    }

    assert set(re.findall(r"--build-arg (\w+)=", COMMANDS)) == asked


def test_the_page_says_how_long_what_is_deprecated_stays() -> None:
    assert f"The day is {NOTICE.days} days or more after" in PAGE
