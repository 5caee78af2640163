"""Typing commands as an operator does, in processes of their own: where signals, streams and terminals matter."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.doctor.asking import on_sqlite
from tests.support.database import sqlite_file
from tests.support.server import ROOT

COMMAND = (sys.executable, "-m", "app.cli")
PATIENCE_SECONDS = 60


def environment(folder: Path, **settings: str) -> dict[str, str]:
    """Complete settings on an SQLite database in this folder; others lack their prefix."""
    return (
        inherited() | on_sqlite(sqlite_file(folder)) | {f"HYBRID_MEETINGS_{name}": to for name, to in settings.items()}
    )


def inherited() -> dict[str, str]:
    """Our own surroundings without any setting, and without what styles output."""
    unwanted = ("HYBRID_MEETINGS_", "FORCE_COLOR", "NO_COLOR", "GITHUB_ACTIONS", "PY_COLORS", "COLUMNS")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}


def typed(*arguments: str, env: Mapping[str, str], answer: str = "") -> "subprocess.CompletedProcess[str]":
    """What came of a command."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=env,
        input=answer,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )


@contextmanager
def running(*arguments: str, env: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A command under way, which somebody may still answer."""
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env={**env, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def until(words: str, stream: IO[str] | None) -> str:
    """Everything up to these words, which a question ends with no line after."""
    assert stream is not None
    read = ""
    while words not in read:
        letter = stream.read(1)
        assert letter, f"{words!r} was not said: {read}"
        read += letter
    return read


def broken_off(process: "subprocess.Popen[str]") -> tuple[int, str, str]:
    """How the command ended at Ctrl-C, and the rest of what it printed and said aside."""
    process.send_signal(signal.SIGINT)
    output, aside = process.communicate(timeout=PATIENCE_SECONDS)
    return process.returncode, output, aside
