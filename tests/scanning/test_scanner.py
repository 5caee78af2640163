"""A scanner that others wrote looks for holes in the demo, run as production is.

It is Wapiti (https://wapiti-scanner.github.io), in the version pinned beside this file, in an environment of its own.
It follows every link and form under our address, with a member's token, and tries what it knows on each.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import venv
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.support.server import ROOT, free_port

pytestmark = [pytest.mark.scanner, pytest.mark.long]

HERE = Path(__file__).parent
INSTALL_SECONDS = 300
READY_SECONDS = 60
POLL_SECONDS = 0.1
CRAWL_SECONDS = 20
ATTACK_SECONDS = 8
"""For each kind of attack; what is not tried by then is left out."""
ATTACKS = "csp,http_headers,cookieflags,redirect,crlf,csrf,methods,htaccess,file,exec,sql,xss"
ENTRANCES = (
    "/auth/sign-in?suite=MICROSOFT_365&returnTo=/",
    "/auth/callback/microsoft-365?code=a&state=b",
    "/graphql?query=%7B__typename%7D",
    "/webhooks/microsoft365?validationToken=abc",
    "/health/ready",
)
LOW = 1
"""Wapiti's levels go from 0, for information, to 4."""


@dataclass(frozen=True)
class Demo:
    address: str
    token: str


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scanner's command. Skips the test where it cannot be installed, except in CI."""
    folder = tmp_path_factory.mktemp("scanner")
    venv.create(folder, with_pip=True)
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    wanted = ["--require-hashes", "-r", str(HERE / "requirements.txt")]
    done = subprocess.run([*pip, *wanted], capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("pip could install nothing: the demo was not scanned")
    assert done.returncode == 0, done.stderr
    return folder / "bin" / "wapiti"


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncIterator[Demo]:
    address = f"http://127.0.0.1:{(port := free_port())}"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "app.cli", "demo", "--port", str(port), "--as-in-production"),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        start_new_session=True,
    )
    async with asyncio.timeout(READY_SECONDS):
        while True:
            if await _is_ready(address):
                break
            await asyncio.sleep(POLL_SECONDS)
    people = json.loads((tmp_path / ".demo" / "people.json").read_text())
    yield Demo(address, next(person["token"] for person in people if person["role"] == "MEMBER"))
    os.killpg(process.pid, signal.SIGKILL)
    await process.wait()


async def _is_ready(address: str) -> bool:
    try:
        async with aiohttp.ClientSession() as session, session.get(f"{address}/health/ready") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def _scan(scanner: Path, demo: Demo, folder: Path) -> dict[str, Any]:
    entrances = [option for path in ENTRANCES for option in ("-s", demo.address + path)]
    process = await asyncio.create_subprocess_exec(
        *(str(scanner), "-u", f"{demo.address}/", *entrances, "--scope", "folder"),
        *("-H", f"Authorization: Bearer {demo.token}", "-m", ATTACKS, "--flush-session"),
        *("--max-scan-time", str(CRAWL_SECONDS), "--max-attack-time", str(ATTACK_SECONDS)),
        *("--store-session", str(folder), "-f", "json", "-o", str(folder / "report.json")),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    await process.wait()
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


async def test_a_scanner_finds_nothing_of_more_than_low_severity(scanner: Path, demo: Demo, tmp_path: Path) -> None:
    report = await _scan(scanner, demo, tmp_path)

    assert report["infos"]["crawled_pages_nbr"] > len(ENTRANCES)
    found = [
        (kind, hole["method"], hole["path"], hole["info"])
        for kinds in (report["vulnerabilities"], report["anomalies"])
        for kind, holes in kinds.items()
        for hole in holes
        if hole["level"] > LOW
    ]
    assert found == []
