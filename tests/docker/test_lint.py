"""The image and its composition as published linters see them.

They are hadolint (https://github.com/hadolint/hadolint) and compose_spec, in the versions pinned beside this file and
in an environment of their own: there is no engine here that could build or run anything.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from tests.docker.files import DOCKERFILE, interpolated

pytestmark = pytest.mark.scanner

INSTALL_SECONDS = 300
FILLED_IN = {"POSTGRES_PASSWORD": "0123456789abcdef"}
READ = """
import sys
from compose_spec import PyOptions
options = PyOptions()
options.apply_merge = True
options.from_yaml(sys.stdin.read()).validate()
"""


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the linters are. Skips where they cannot be installed, except in CI."""
    folder = tmp_path_factory.mktemp("linters")
    venv.create(folder, symlinks=True)
    install = [sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    wanted = ["--require-hashes", "-r", str(Path(__file__).with_name("requirements.txt"))]
    done = subprocess.run([*install, *wanted], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("uv could install nothing: the files were not linted")
    assert done.returncode == 0, done.stderr
    return folder / "bin"


def _lint(program: Path, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, "-"], input=text, capture_output=True, text=True, check=False)


def _read(programs: Path, text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([programs / "python", "-c", READ], input=text, capture_output=True, text=True, check=False)


def test_the_image_is_made_as_it_should_be(programs: Path) -> None:
    found = _lint(programs / "hadolint", DOCKERFILE.read_text())

    assert (found.stdout, found.returncode) == ("", 0)


def test_the_linter_would_have_seen_what_is_wrong(programs: Path) -> None:
    found = _lint(programs / "hadolint", DOCKERFILE.read_text().replace("python:3.13-slim-bookworm\n", "python\n"))

    assert "DL3006" in found.stdout


def test_the_composition_is_of_the_compose_specification(programs: Path) -> None:
    read = _read(programs, interpolated(FILLED_IN))

    assert read.returncode == 0, read.stderr


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("stop_grace_period: 60s", "stop_grace_period: soon"),
        ("service_healthy", "service_well"),
        ("restart: unless-stopped", "restart: perhaps"),
    ],
)
def test_what_is_not_of_the_specification_would_have_been_seen(programs: Path, right: str, wrong: str) -> None:
    text = interpolated(FILLED_IN)
    assert right in text

    assert _read(programs, text.replace(right, wrong)).returncode != 0
