"""A load balancer in front of two servers: HAProxy, with the configuration that operators are given."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

CONFIGURATION = Path(__file__).parents[2] / "docker" / "haproxy.cfg"
READY_SECONDS = 20
POLL_SECONDS = 0.05


@asynccontextmanager
async def balancer(port: int, first: int, second: int, log_path: Path) -> AsyncIterator[str]:
    """The balancer's address; it spreads what comes there over the two servers' ports. Skips where there is none."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        if "CI" in os.environ:
            raise AssertionError("haproxy is not installed")
        pytest.skip("haproxy is not installed")
    places = {"BALANCER": f"127.0.0.1:{port}", "SERVER_ONE": f"127.0.0.1:{first}", "SERVER_TWO": f"127.0.0.1:{second}"}
    with log_path.open("ab") as log_file:
        process = await asyncio.create_subprocess_exec(
            program, "-db", "-f", str(CONFIGURATION), env={**os.environ, **places}, stdout=log_file, stderr=log_file
        )
    address = f"http://127.0.0.1:{port}"
    try:
        await _until_it_passes_on(address, process)
        yield address
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def _until_it_passes_on(address: str, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(READY_SECONDS), aiohttp.ClientSession() as session:
        while True:
            assert process.returncode is None, "haproxy ended: see its log"
            try:
                async with session.get(f"{address}/health/live") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                pass
            await asyncio.sleep(POLL_SECONDS)
