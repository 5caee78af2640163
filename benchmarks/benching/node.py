"""The peers that run on Node: installed once, from the lock beside them, where `node` and `npm` are present."""

import asyncio
import shutil
from pathlib import Path

from benchmarks.benching.rows import Missing

FOLDER = Path(__file__).parents[1] / "peers"
_MODULES = FOLDER / "node_modules"
_INSTALLED = _MODULES / ".package-lock.json"
"""npm writes it at the end of an installation."""


async def peer(script: str, *arguments: str) -> list[str]:
    """The command of a peer, ready to run. Raises Missing."""
    node, npm = programs()
    if not _is_current():
        await _install(npm)
    return [node, str(FOLDER / script), *arguments]


def programs() -> tuple[str, str]:
    """Where node and npm are. Raises Missing."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Missing("node and npm are not installed")
    return node, npm


def _is_current() -> bool:
    wanted = FOLDER / "package-lock.json"
    return _INSTALLED.exists() and _INSTALLED.stat().st_mtime >= wanted.stat().st_mtime


async def _install(npm: str) -> None:
    command = (npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
    process = await asyncio.create_subprocess_exec(
        *command, cwd=FOLDER, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    _, complaint = await process.communicate()
    if process.returncode:
        raise Missing(f"npm could not install the peers: {complaint.decode(errors='replace').strip()[-200:]}")
