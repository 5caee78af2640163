"""The sandbox as a process: two servers on one loop, and a file that says where they are."""

import asyncio
import contextlib
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import orjson
import uvicorn
from starlette.applications import Starlette

from app.sandbox import certificates, log
from app.sandbox.application import pages_application, protocol_application
from app.sandbox.google import seed as google_seed
from app.sandbox.google.directory import Application as GoogleApplication
from app.sandbox.google.seed_calendars import seed_calendars as seed_google_calendars
from app.sandbox.microsoft.directory import Application
from app.sandbox.middleware import DroppableProtocol
from app.sandbox.seed import application_of, seed, seed_directory
from app.sandbox.state import Addresses, SandboxState

LOOPBACK = "127.0.0.1"
DESCRIPTION_FILE = "sandbox.json"
CALLBACK_PATHS = ("/auth/callback/microsoft-365", "/auth/callback/microsoft-365/admin")
"""The reply addresses that the product registers at Microsoft, below its public address."""
GOOGLE_CALLBACK_PATHS = ("/auth/callback/google-workspace",)
SHUTDOWN_GRACE = timedelta(milliseconds=500)
"""For answers under way; a client that keeps its connection open does not keep the sandbox."""
BACKLOG = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a sandbox is started; port 0 means any that is free, ``client_secret`` None one made up here."""

    directory: Path
    http_port: int
    tls_port: int
    public_url: str
    redirect_uris: tuple[str, ...]
    client_id: str
    client_secret: str | None
    seeded: bool


class Server(uvicorn.Server):
    """Uvicorn's server, leaving signals to whoever runs two of them."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def run(options: Options) -> None:
    """Serve until SIGTERM or SIGINT. Raises OSError when a port is taken."""
    files = certificates.provide(options.directory)
    http_socket, tls_socket = _listen(options.http_port), _listen(options.tls_port)
    addresses = Addresses(
        pages=f"http://{LOOPBACK}:{http_socket.getsockname()[1]}",
        tls=f"https://{LOOPBACK}:{tls_socket.getsockname()[1]}",
    )
    state = SandboxState(addresses=addresses)
    secret = options.client_secret or secrets.token_urlsafe(30)
    application = application_of(options.client_id, secret, _redirect_uris(options, CALLBACK_PATHS))
    google_client = google_seed.application_of(secret, _redirect_uris(options, GOOGLE_CALLBACK_PATHS))

    def begin() -> None:
        state.clear()
        (seed if options.seeded else seed_directory)(state, application)
        google_seed.seed_directory(state, google_client)
        if options.seeded:
            seed_google_calendars(state)

    begin()
    pages = _server(pages_application(state, reset=begin, ca_bundle=files.ca_bundle))
    protocols = _server(protocol_application(state), files)
    description = options.directory / DESCRIPTION_FILE
    loop = asyncio.get_running_loop()

    def force() -> None:
        pages.force_exit = protocols.force_exit = True

    def stop() -> None:
        state.faults.clear()
        pages.should_exit = protocols.should_exit = True
        loop.call_later(SHUTDOWN_GRACE.total_seconds(), force)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(pages.serve(sockets=[http_socket]))
            tasks.create_task(protocols.serve(sockets=[tls_socket]))
            while not (pages.started and protocols.started):  # noqa: ASYNC110  # uvicorn offers no event
                await asyncio.sleep(0.005)
            content = _description(addresses, files, application, google_client)
            certificates.write_private(description, content)
            log.event("listening", http=addresses.pages, tls=addresses.tls, directory=str(options.directory))
    finally:
        description.unlink(missing_ok=True)
        log.event("stopped")


def _listen(port: int) -> socket.socket:
    listener = socket.create_server((LOOPBACK, port), backlog=BACKLOG)
    # asyncio leaves a socket that it was given as it is; without this each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.setblocking(False)
    return listener


def _server(application: Starlette, files: certificates.TlsFiles | None = None) -> Server:
    config = uvicorn.Config(
        application,
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        # Each answer bears the time of the sandbox's own clock.
        date_header=False,
        ssl_certfile=None if files is None else files.certificate,
        ssl_keyfile=None if files is None else files.key,
    )
    return Server(config)


def _redirect_uris(options: Options, paths: tuple[str, ...]) -> tuple[str, ...]:
    return options.redirect_uris or tuple(options.public_url.rstrip("/") + path for path in paths)


def _description(
    addresses: Addresses, files: certificates.TlsFiles, application: Application, google_client: GoogleApplication
) -> bytes:
    return orjson.dumps(
        {
            "http": addresses.pages,
            "tls": addresses.tls,
            "authority": addresses.authority,
            "graph_url": addresses.graph,
            "ca_bundle": str(files.ca_bundle.resolve()),
            "client_id": application.client_id,
            "client_secret": application.secret,
            "google_accounts": addresses.pages,
            "google_apis": addresses.tls,
            "google_client_id": google_client.client_id,
            "google_client_secret": google_client.secret,
            "pid": os.getpid(),
        },
        option=orjson.OPT_INDENT_2,
    )
