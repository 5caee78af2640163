"""A release installs where nothing is, and runs in a folder elsewhere."""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import venv
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from app import __version__
from tests.releasing.building import Built
from tests.support.demo import READY_SECONDS, until_ready
from tests.support.server import ROOT, free_port

pytestmark = pytest.mark.clients

INSTALL_SECONDS = 300
STOP_SECONDS = 30
NOTHING_OF_OURS = {
    name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "HYBRID_", "VIRTUAL_ENV"))
}


@pytest.fixture(scope="module")
def programs(release: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where its commands are, in an environment that had nothing. Skips where pip reaches no packages, except in CI."""
    folder = tmp_path_factory.mktemp("empty")
    venv.create(folder, symlinks=True)
    install = ["install", "--quiet", "--no-compile", "--no-deps"]
    locked = _pip(folder, *install, "--require-hashes", "-r", ROOT / "requirements.txt")
    if locked.returncode and not os.environ.get("CI"):
        pytest.skip("pip could install nothing: the wheel was not tried")
    assert locked.returncode == 0, locked.stderr
    wheel = _pip(folder, *install, release.wheel)
    assert wheel.returncode == 0, wheel.stderr
    return folder / "bin"


def test_the_lock_satisfies_what_the_wheel_says_that_it_needs(programs: Path) -> None:
    checked = _pip(programs.parent, "check")

    assert (checked.returncode, checked.stdout.strip()) == (0, "No broken requirements found.")


def test_what_is_installed_is_all_of_it_and_of_this_version(programs: Path, tmp_path: Path) -> None:
    told = "import app, app.main, schema, importlib.metadata as m; print(app.__file__, m.version('hybrid-meetings'))"

    asked = _run(programs / "python", "-c", told, cwd=tmp_path)

    assert asked.returncode == 0, asked.stderr
    place, version = asked.stdout.split()
    assert Path(place).is_relative_to(programs.parent)
    assert version == __version__


def test_the_demo_runs_in_an_empty_folder_and_ends_when_it_is_told_to(programs: Path, tmp_path: Path) -> None:
    with _demo(programs, tmp_path) as (process, address):
        page = requests.get(address, timeout=READY_SECONDS)
        files = [
            requests.get(f"{address}{path}", timeout=READY_SECONDS)
            for path in re.findall(r"""(?:href|src)="(/[^"]+\.(?:css|js|svg))\"""", page.text)
        ]
        person, *_ = json.loads((tmp_path / ".demo" / "people.json").read_text())
        answer = requests.post(
            f"{address}/graphql",
            json={"query": "{ viewer { role organisation { name } } }"},
            headers={"Authorization": f"Bearer {person['token']}"},
            timeout=READY_SECONDS,
        ).json()
        process.send_signal(signal.SIGINT)
        status = process.wait(STOP_SECONDS)

    assert (page.status_code, "Hybrid Meetings" in page.text) == (HTTPStatus.OK, True)
    assert files
    assert {file.status_code for file in files} == {HTTPStatus.OK}
    assert answer == {"data": {"viewer": {"role": person["role"], "organisation": {"name": person["organisation"]}}}}
    assert status == 0, (tmp_path / "demo.log").read_text()


@contextlib.contextmanager
def _demo(programs: Path, folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The command as somebody gives it who has just installed it, ready; what is left of it in the end is killed."""
    port = free_port()
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [programs / "hybrid-meetings", "demo", "--port", str(port)],
            cwd=folder,
            env=NOTHING_OF_OURS,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until_ready(process, f"http://127.0.0.1:{port}", folder / "demo.log")
        yield process, f"http://127.0.0.1:{port}"
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(STOP_SECONDS)


def _pip(environment: Path, *arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Our own pip, working in that environment."""
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--python",
        environment / "bin" / "python",
    ]
    return _run(*pip, *arguments, cwd=environment)


def _run(*command: str | Path, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, cwd=cwd, env=NOTHING_OF_OURS, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
