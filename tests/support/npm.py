"""Published programs from npm, in the versions that a lock beside the tests names, installed for one run of them."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

INSTALL_SECONDS = 120


def installed(source: Path, folder: Path, *scripts: str) -> Path:
    """The folder, with the packages of the source's lock and these scripts. Skips without npm, except in CI."""
    missing = [command for command in ("node", "npm") if shutil.which(command) is None]
    if missing and not os.environ.get("CI"):
        pytest.skip(f"{' and '.join(missing)} not installed: {source.name} was not tried")
    assert not missing, f"{' and '.join(missing)} must be there in CI"
    for file in ("package.json", "package-lock.json", *scripts):
        shutil.copy(source / file, folder)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip(f"npm could install nothing: {source.name} was not tried")
    assert done.returncode == 0, done.stderr
    return folder
