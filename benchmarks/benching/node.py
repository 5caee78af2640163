"""The peers that run on Node: installed once, from the lock beside them, where `node` and `npm` are present."""

import asyncio
import fcntl
import shutil
import subprocess
from pathlib import Path

from benchmarks.benching.rows import Missing

FOLDER = Path(__file__).parents[1] / "peers"
_LOCK = FOLDER / "package-lock.json"
_MODULES = FOLDER / "node_modules"
_INSTALLED = _MODULES / ".package-lock.json"
"""npm writes it at the end of an installation."""


async def peer(script: str, *arguments: str) -> list[str]:
    """The command of a peer, ready to run. Raises Missing."""
    node, npm = programs()
    if not _is_current():
        await asyncio.to_thread(_install, npm)
    return [node, str(FOLDER / script), *arguments]


def programs() -> tuple[str, str]:
    """Where node and npm are. Raises Missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node and npm are not installed")
    return node, npm


def _is_current() -> bool:
    return _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= _LOCK.stat().st_mtime


def _install(npm: str) -> None:
    """One process at a time: `npm ci` begins by taking away what another one may be using."""
    with _LOCK.open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _is_current():
            return
        command = (npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
        ended = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603  # of ours
        if ended.returncode:
            raise Missing(f"npm could not install the peers: {ended.stderr.strip()[-200:]}")
