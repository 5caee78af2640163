"""The demo as a newcomer starts it, for tests that look at it through a browser or a client."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import requests

from tests.support.server import ROOT, free_port

READY_SECONDS = 60
POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class RunningDemo:
    """Where it is, and what it wrote down."""

    address: str
    folder: Path

    @property
    def people(self) -> dict[str, dict[str, str]]:
        """Name, role, organisation, suite and token of the sample people, by email address."""
        people = json.loads((self.folder / ".demo" / "people.json").read_text())
        return {person["email"]: person for person in people}

    @property
    def sandbox(self) -> str:
        """Where faults are ordered and approvals given."""
        described: dict[str, Any] = json.loads((self.folder / ".demo" / "sandbox" / "sandbox.json").read_text())
        return str(described["http"])


@contextlib.contextmanager
def running_demo(folder: Path) -> Iterator[RunningDemo]:
    """`hybrid-meetings demo` in this folder, ready; ended with all that it started."""
    port = free_port()
    with (folder / "demo.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo", "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        until_ready(process, f"http://127.0.0.1:{port}", folder / "demo.log")
        yield RunningDemo(f"http://127.0.0.1:{port}", folder)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(READY_SECONDS)


def until_ready(process: "subprocess.Popen[bytes]", address: str, log: Path) -> None:
    """Returns once the demo answers that it is ready; fails with its log where it has ended or does not in time."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(requests.ConnectionError):
            if requests.get(f"{address}/health/ready", timeout=READY_SECONDS).status_code == HTTPStatus.OK:
                return
        time.sleep(POLL_SECONDS)
    raise AssertionError(log.read_text())
