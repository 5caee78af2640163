"""One sandbox process for all tests of this directory, put back to its seed before each."""

import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.sandbox.process import SandboxClient, SandboxDescription

CALLBACK = "http://127.0.0.1:8000/auth/callback/microsoft-365"
START_SECONDS = 20.0
TIDEWATER = "tidewater.example"
NEWBRIDGE = "newbridge.example"


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxDescription]:
    directory = tmp_path_factory.mktemp("sandbox")
    arguments = ["--directory", str(directory), "--http-port", "0", "--tls-port", "0", "--no-seed"]
    arguments += ["--redirect-uri", CALLBACK, "--log-file", str(directory / "sandbox.log")]
    process = subprocess.Popen([sys.executable, "-m", "app.sandbox", *arguments])
    try:
        yield _wait_for(process, directory)
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
async def sandbox(running_sandbox: SandboxDescription) -> AsyncIterator[SandboxClient]:
    async with SandboxClient(running_sandbox) as client:
        await client.control("POST", "reset")
        yield client


def _wait_for(process: "subprocess.Popen[bytes]", directory: Path) -> SandboxDescription:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            return SandboxDescription.read(directory)
        except FileNotFoundError:
            time.sleep(0.02)
    raise AssertionError("the sandbox did not start")
