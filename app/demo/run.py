"""`make demo`: starts the sandbox and the server, brings the people in, and says how to go on."""

import asyncio
import base64
import contextlib
import fcntl
import os
import secrets
import signal
import socket
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import orjson
from pydantic import SecretStr
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from app import clock, logs
from app.database import engine
from app.demo.clock_control import PATH as CLOCK_PATH
from app.demo.clock_control import ClockControl, SandboxTime
from app.demo.people import DemoError, DemoPerson, Preparation
from app.identity.invitations import InvitationService, invitation_link
from app.main import Deployment, deployment
from app.sandbox.process import DESCRIPTION_FILE, SandboxDescription, SandboxProcess
from app.serving.server import web_server
from app.settings import GraphiQLSource, LogFormat, Settings
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.microsoft365.settings import Microsoft365Settings

DIRECTORY = Path(".demo")
PEOPLE_FILE = "people.json"


class ReadyGate:
    """Keeps `/health/ready` closed until the demo's people are there; lets everything else through."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.is_open = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == "/health/ready" and not self.is_open:
            await PlainTextResponse("The demo's people are still coming in.", 503)(scope, receive, send)
            return
        await self._app(scope, receive, send)


async def run(port: int, directory: Path = DIRECTORY, *, as_in_production: bool = False) -> None:
    """Runs until interrupted; as in production there are neither GraphiQL nor introspection.

    Raises DemoError when a step of the preparation fails.
    """
    _require_free(port)
    public_url = f"http://127.0.0.1:{port}"
    with _alone_in(directory):
        async with SandboxProcess.spawn(directory / "sandbox", public_url=public_url) as sandbox:
            settings = _settings(directory, port, public_url, sandbox.description)
            if as_in_production:
                settings = settings.model_copy(update={"graphiql": GraphiQLSource.OFF, "introspection": False})
            with (directory / "server.log").open("w") as log_file:
                logs.configure(settings.log_level, settings.log_format, log_file)
                await engine.migrate(settings.database_url)
                moved = clock.MovedClock()
                with clock.use_everywhere(moved.now):
                    async with deployment(settings) as running, SandboxTime.at(sandbox.description.http) as time:
                        app = ClockControl(running.app, moved, time, running.jobs)
                        await _serve(running, app, directory, sandbox.description)


async def _serve(running: Deployment, app: ASGIApp, directory: Path, sandbox: SandboxDescription) -> None:
    gate = ReadyGate(app)
    server = web_server(gate, running.settings, running.begin_closing)
    serving = asyncio.create_task(server.serve())
    preparing = asyncio.create_task(_bring_people_in(running, directory))
    await asyncio.wait({serving, preparing}, return_when=asyncio.FIRST_COMPLETED)
    if preparing.done() and preparing.exception() is None:
        gate.is_open = True
        print(_welcome(running.settings, directory, preparing.result(), sandbox), flush=True)
    elif not serving.done():
        server.should_exit = True
    await serving
    preparing.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await preparing


async def _bring_people_in(running: Deployment, directory: Path) -> list[DemoPerson]:
    async def invite(organisation: str) -> str:
        _, token = await InvitationService().create_organisation(organisation)
        return invitation_link(running.settings.public_url, token)

    try:
        people = await Preparation(running.settings.public_url, invite).everybody()
    except TimeoutError:
        raise DemoError("the rooms were not synced in time: see server.log") from None
    _write(directory / PEOPLE_FILE, orjson.dumps([asdict(person) for person in people], option=orjson.OPT_INDENT_2))
    return people


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise DemoError(f"something listens on port {port} already: PORT=… moves the demo.") from None


@contextlib.contextmanager
def _alone_in(directory: Path) -> Iterator[None]:
    """The folder prepared, and held against a second demo."""
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)
    with (directory / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DemoError("another demo runs in this folder.") from None
        _clear(directory)
        yield


def _clear(directory: Path) -> None:
    """Remove what an earlier demo left."""
    with contextlib.suppress(FileNotFoundError, ProcessLookupError, PermissionError):
        # A demo that was killed cannot stop its sandbox.
        os.kill(SandboxDescription.read(directory / "sandbox").pid, signal.SIGTERM)
    for leftover in (*directory.glob("*.sqlite3*"), directory / PEOPLE_FILE, directory / "sandbox" / DESCRIPTION_FILE):
        leftover.unlink(missing_ok=True)


def _settings(directory: Path, port: int, public_url: str, sandbox: SandboxDescription) -> Settings:
    keys = _keys(directory / "keys.json")
    return Settings(
        public_url=public_url,
        port=port,
        database_url=f"sqlite://{directory / 'hybrid-meetings.sqlite3'}",
        redis_url=None,
        secret_key=SecretStr(keys["secret_key"]),
        encryption_keys=SecretStr(f"demo:{keys['encryption_key']}"),
        graphiql=GraphiQLSource.CDN,
        introspection=True,
        log_format=LogFormat.JSON,
        suites=(
            Microsoft365Settings(
                client_id=sandbox.client_id,
                client_secret=SecretStr(sandbox.client_secret),
                authority=sandbox.authority,
                graph_url=sandbox.graph_url,
                ca_bundle=sandbox.ca_bundle,
            ),
            GoogleWorkspaceSettings(
                client_id=sandbox.google_client_id,
                client_secret=SecretStr(sandbox.google_client_secret),
                accounts_url=sandbox.google_accounts,
                oauth_url=sandbox.google_apis,
                openid_url=sandbox.google_apis,
                calendar_url=sandbox.google_apis,
                directory_url=sandbox.google_apis,
                ca_bundle=sandbox.ca_bundle,
            ),
        ),
    )


def _keys(path: Path) -> dict[str, str]:
    if not path.exists():
        fresh = {name: base64.b64encode(secrets.token_bytes(32)).decode() for name in ("secret_key", "encryption_key")}
        _write(path, orjson.dumps(fresh))
    keys: dict[str, str] = orjson.loads(path.read_bytes())
    return keys


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and readable by its owner only."""
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    fresh.replace(path)


def _welcome(settings: Settings, directory: Path, people: list[DemoPerson], sandbox: SandboxDescription) -> str:
    member = next(person for person in people if person.role == "MEMBER")
    lines = [
        "",
        "Hybrid Meetings is ready. Ctrl-C stops it.",
        "",
        f"  console     {settings.public_url}/   (sign in as one of the people below)",
        f"  GraphiQL    {settings.public_url}/graphql",
        f"  sandbox     {sandbox.http}   (its pages, its people, and how to order faults)",
        f"  people      {directory / PEOPLE_FILE}   (access tokens: send one as a bearer)",
        f"  clock       {settings.public_url}{CLOCK_PATH}   (curl -d '{{\"days\": 5}}' moves ours and the sandbox's)",
        f"  log         {directory / 'server.log'}",
        "",
        "  " + "".join(f"{name:<28}" for name in ("name", "organisation", "role")),
        *(
            "  " + "".join(f"{value:<28}" for value in (person.name, person.organisation, person.role))
            for person in people
        ),
        "",
        "Newbridge and Brookside have nothing configured: sign in as nora.berg@newbridge.example (Microsoft 365) or",
        "nell.byrne@brookside.example (Google Workspace) to walk the administrator's journey.",
        "",
        f"As {member.name}, in another terminal:",
        "",
        f"  curl -s {settings.public_url}/graphql -H 'Content-Type: application/json' \\",
        f"    -H 'Authorization: Bearer {member.token}' \\",
        """    -d '{"query":"{ viewer { member { name } connection { status } } }"}'""",
        "",
    ]
    return "\n".join(lines)
