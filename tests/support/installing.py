"""Published programs in the versions that a lock beside the tests names, installed for one run of them.

Where there is no way to them a test is skipped, except in CI: there that is a failure.
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

INSTALL_SECONDS = 120


def require(*commands: str) -> None:
    """These programs have to be there."""
    missing = [command for command in commands if shutil.which(command) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"{' and '.join(missing)} must be there in CI: real programs are part of what is checked")
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")


def install(*command: str, cwd: Path, env: Mapping[str, str] | None = None) -> None:
    """Runs what installs something."""
    finished = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
    )
    if finished.returncode and not os.environ.get("CI"):
        pytest.skip(f"{command[0]} could install nothing")
    assert finished.returncode == 0, finished.stderr


def from_npm(source: Path, folder: Path, *scripts: str) -> Path:
    """The folder, with the packages of the source's lock and these scripts of it."""
    require("node", "npm")
    for file in ("package.json", "package-lock.json", *scripts):
        shutil.copy(source / file, folder)
    install("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", cwd=folder)
    return folder
