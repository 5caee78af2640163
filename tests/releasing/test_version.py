"""The version stands in one place, and everybody who tells it reads it there."""

import re
import subprocess
import tomllib
from pathlib import Path

from app import __version__
from app.telemetry.metrics import Metrics
from tests.support.server import ROOT

SEMANTIC = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
PLACE = "app/__init__.py"
TOLD_ELSEWHERE = ("CHANGELOG.md", "package.json", "package-lock.json")
"""The changelog's newest heading says it too, and others have versions of their own."""


def _texts() -> dict[str, str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    paths = [
        path
        for path in map(Path, filter(None, listed.split("\0")))
        if path.suffix in {".py", ".toml", ".md", ".yaml", ".sh", ""}
        and path.name not in TOLD_ELSEWHERE
        and (ROOT / path).is_file()
    ]
    return {str(path): (ROOT / path).read_text() for path in paths}


def _statements(text: str, version: str) -> list[str]:
    """Lines that say this version, of us or of a version."""
    said = re.compile(rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)")
    ours = re.compile("version|hybrid", re.IGNORECASE)
    return [line for line in text.splitlines() if said.search(line) and ours.search(line)]


def test_the_version_is_a_semantic_one() -> None:
    assert SEMANTIC.fullmatch(__version__)


def test_nothing_else_states_the_version() -> None:
    stated = {path: lines for path, text in _texts().items() if (lines := _statements(text, __version__))}

    assert list(stated) == [PLACE]
    assert len(stated[PLACE]) == 1


def test_a_second_statement_would_be_found() -> None:
    assert _statements('LABEL version="1.2.3"\nredis 1.2.3\nversion = "1.2.30"', "1.2.3") == ['LABEL version="1.2.3"']


def test_a_build_reads_the_version_where_it_stands() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert "version" not in project["project"]
    assert project["project"]["dynamic"] == ["version"]
    assert project["tool"]["hatch"]["version"] == {"path": PLACE}


def test_nobody_asks_whether_we_are_installed_to_learn_the_version() -> None:
    asking = [path for path, text in _texts().items() if path.startswith("app/") and "importlib.metadata" in text]

    assert asking == []


def test_a_server_tells_the_version_that_it_runs() -> None:
    told = Metrics().registry.get_sample_value("hybrid_meetings_build_info", {"version": __version__})

    assert told == 1
