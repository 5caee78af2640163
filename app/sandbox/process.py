"""Starts a sandbox as the separate process it is, waits until it listens, and stops it again.

For tests and the demo: ``async with SandboxProcess.spawn(directory, …) as sandbox`` gives the addresses and a
client of the control address.
"""

import asyncio
import contextlib
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import orjson

START_TIMEOUT = timedelta(seconds=20)
STOP_TIMEOUT = timedelta(seconds=5)
POLL_SECONDS = 0.02
DESCRIPTION_FILE = "sandbox.json"


class SandboxStartError(Exception):
    """The sandbox ended, or did not listen in time; the message has what it wrote last."""


class SandboxControlError(Exception):
    """The control address refused a call; ``status`` and the message say why."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxDescription:
    """What a listening sandbox says about itself in ``sandbox.json``."""

    http: str
    tls: str
    authority: str
    graph_url: str
    ca_bundle: Path
    client_id: str
    client_secret: str
    google_accounts: str
    """Where people meet Google's pages."""
    google_apis: str
    """The base of every Google address that an application calls."""
    google_client_id: str
    google_client_secret: str
    pid: int

    @classmethod
    def read(cls, directory: Path) -> "SandboxDescription":
        """The description in this directory; FileNotFoundError while no sandbox listens there."""
        fields = orjson.loads((directory / DESCRIPTION_FILE).read_bytes())
        return cls(**{**fields, "ca_bundle": Path(fields["ca_bundle"])})


class SandboxClient:
    """A sandbox that runs already: its addresses and its control address; closes as an async context manager."""

    def __init__(self, description: SandboxDescription) -> None:
        self._session = aiohttp.ClientSession(description.http)
        self._trust = trust(description.ca_bundle)
        self.description = description

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def trust(self) -> ssl.SSLContext:
        """A TLS context that trusts this sandbox and nobody else."""
        return self._trust

    async def control(self, method: str, path: str, json: Any = None) -> Any:
        """Call the control address (``path`` with or without ``/control``). Raises SandboxControlError."""
        address = path if path.startswith("/control") else f"/control/{path.lstrip('/')}"
        async with self._session.request(method, address, json=json) as response:
            body = await response.read()
            if response.status >= 400:
                raise SandboxControlError(response.status, body.decode(errors="replace"))
            return orjson.loads(body) if body else None

    async def close(self) -> None:
        """Close the connections; the sandbox goes on."""
        await self._session.close()


class SandboxProcess(SandboxClient):
    """A sandbox of one's own: started here, and stopped here."""

    def __init__(self, process: asyncio.subprocess.Process, description: SandboxDescription, log_file: Path) -> None:
        super().__init__(description)
        self._process = process
        self.log_file = log_file

    @classmethod
    @contextlib.asynccontextmanager
    async def spawn(
        cls,
        directory: Path,
        *,
        public_url: str = "http://127.0.0.1:8000",
        redirect_uris: Sequence[str] = (),
        client_id: str | None = None,
        client_secret: str | None = None,
        http_port: int = 0,
        tls_port: int = 0,
        seeded: bool = True,
        start: Callable[..., Awaitable[Any]] = asyncio.create_subprocess_exec,
    ) -> AsyncIterator[Self]:
        """Start a sandbox on free ports and stop it at the end. Raises SandboxStartError.

        `start` begins the process: by default anew, from nothing.
        """
        log_file = _prepare(directory)
        arguments = ["--directory", str(directory), "--log-file", str(log_file), "--public-url", public_url]
        arguments += ["--http-port", str(http_port), "--tls-port", str(tls_port)]
        arguments += [part for uri in redirect_uris for part in ("--redirect-uri", uri)]
        arguments += ["--client-id", client_id] if client_id else []
        arguments += ["--client-secret", client_secret] if client_secret else []
        arguments += [] if seeded else ["--no-seed"]
        process = await start(
            sys.executable,
            "-m",
            "app.sandbox",
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        try:
            description = await asyncio.wait_for(_until_listening(process, directory), START_TIMEOUT.total_seconds())
        except TimeoutError:
            process.kill()
            raise SandboxStartError(f"no answer within {START_TIMEOUT}; see {log_file}") from None
        sandbox = cls(process, description, log_file)
        try:
            yield sandbox
        finally:
            await sandbox.stop()

    async def stop(self) -> None:
        """Ask it to stop, and end it when it does not."""
        await self.close()
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.communicate(), STOP_TIMEOUT.total_seconds())
        except TimeoutError:
            self._process.kill()
            await self._process.communicate()


def _prepare(directory: Path) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / DESCRIPTION_FILE).unlink(missing_ok=True)
    return directory / "sandbox.log"


def trust(ca_bundle: Path) -> ssl.SSLContext:
    """A TLS context that trusts the authority in this file and no other."""
    return ssl.create_default_context(cafile=ca_bundle)


async def _until_listening(process: asyncio.subprocess.Process, directory: Path) -> SandboxDescription:
    while True:
        with contextlib.suppress(FileNotFoundError):
            return SandboxDescription.read(directory)
        if process.returncode is not None:
            _, errors = await process.communicate()
            raise SandboxStartError(errors.decode(errors="replace").strip() or f"ended: {process.returncode}")
        await asyncio.sleep(POLL_SECONDS)
