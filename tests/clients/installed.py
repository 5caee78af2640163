"""Published clients, in the versions pinned beside this file, installed for one run of the tests."""

import sys
from pathlib import Path

from tests.support.installing import from_npm, install

HERE = Path(__file__).parent


def npm_clients(folder: Path) -> Path:
    """A folder with the scripts and what they import."""
    return from_npm(HERE, folder, "clients.mjs", "audits.mjs")


def python_client(folder: Path) -> Path:
    """A folder to put on the path of Python: what our own environment lacks of the client."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    install(*pip, "--require-hashes", "--target", str(folder), "-r", str(HERE / "requirements.txt"), cwd=folder)
    return folder
