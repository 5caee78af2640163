"""Commands as they stand in the operators' guide, run as they stand there."""

import asyncio
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.support.server import ROOT

GUIDE = ROOT / "docs" / "operating.md"


def commands(name: str) -> str:
    """The block of the guide that bears this name."""
    found = re.search(rf"<!-- commands: {re.escape(name)} -->\n+```sh\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert found is not None, f"the guide has no commands to {name}"
    return found[1]


async def run(name: str, folder: Path, environment: Mapping[str, str], *, module: str = "app.cli") -> str:
    """Run them in this folder, by a shell that stops at the first that fails; what they print."""
    programs = folder / "programs"
    programs.mkdir(exist_ok=True)
    program = programs / "hybrid-meetings"
    program.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m {module} "$@"\n')
    program.chmod(0o755)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}
    process = await asyncio.create_subprocess_exec(
        *("sh", "-euc", commands(name)),
        cwd=folder,
        env={**inherited, **environment, "PATH": f"{programs}:{os.environ['PATH']}"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()
    return output.decode()
