"""Published clients, in the versions pinned beside this file, installed for one run of the tests."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
INSTALL_SECONDS = 120


def npm_clients(folder: Path) -> Path:
    """A folder with the scripts and what they import. Skips the test without Node, except in CI."""
    require("node", "npm")
    for file in ("package.json", "package-lock.json", "clients.mjs", "audits.mjs"):
        shutil.copy(HERE / file, folder)
    install("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    return folder


def python_client(folder: Path) -> Path:
    """A folder to put on the path of Python: what our own environment lacks of the client."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    install(*pip, "--require-hashes", "--target", str(folder), "-r", str(HERE / "requirements.txt"), cwd=folder)
    return folder


def require(*commands: str) -> None:
    """Skips the test without these programs, except in CI."""
    missing = [command for command in commands if shutil.which(command) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(missing)} must be there in CI: real clients are part of what is checked")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed: real clients were not tried")


def install(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs what installs something. Skips the test where it cannot, except in CI."""
    finished = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if finished.returncode and not os.environ.get("CI"):
        pytest.skip(f"{command[0]} could install nothing: real clients were not tried")
    assert finished.returncode == 0, finished.stderr
