"""A provider on this machine that answers what it was told to, and time that passes only when somebody waits."""

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import orjson
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.suites.retries import Timing

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class FakeTime:
    """Seconds that pass when somebody sleeps."""

    seconds: float = 1000.0
    pauses: list[float] = field(default_factory=list)

    async def sleep(self, pause: float) -> None:
        self.pauses.append(pause)
        self.seconds += pause

    def timing(self) -> Timing:
        return Timing(monotonic=lambda: self.seconds, sleep=self.sleep, jitter=lambda: 0.5)


@dataclass(frozen=True)
class Seen:
    """One request as the provider saw it."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, object]:
        parsed = orjson.loads(self.body)
        assert isinstance(parsed, dict)
        return parsed


@dataclass
class Provider:
    """Answers each path in the order it was told; the last answer stands for all later calls."""

    origin: str = ""
    seen: list[Seen] = field(default_factory=list)
    connections: set[object] = field(default_factory=set)
    """The other ends of all connections that brought a request."""
    _answers: dict[tuple[str, str], list[Handler]] = field(default_factory=dict)

    def answer(self, path: str, body: object = None, *, method: str = "GET", status: int = 200, **headers: str) -> None:
        """Add the next answer for a path. A str or bytes body is sent as it is, anything else as JSON."""
        raw = body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else orjson.dumps(body)
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        async def reply(request: web.Request) -> web.StreamResponse:
            return web.Response(status=status, body=b"" if body is None else raw, headers=named)

        self.handle(path, reply, method=method)

    def handle(self, path: str, handler: Handler, *, method: str = "GET") -> None:
        self._answers.setdefault((method, path), []).append(handler)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            self.connections.add(request.transport.get_extra_info("peername"))
        self.seen.append(
            Seen(request.method, request.path, dict(request.query), dict(request.headers), await request.read())
        )
        planned = self._answers.get((request.method, request.path))
        if not planned:
            return web.json_response({"error": {"code": "NoSuchPath", "message": "never read"}}, status=500)
        return await (planned.pop(0) if len(planned) > 1 else planned[0])(request)


@asynccontextmanager
async def provider(tls: SSLContext | None = None) -> AsyncIterator[Provider]:
    """A provider that listens for as long as the block runs."""
    double = Provider()
    app = web.Application(client_max_size=64 * 1024 * 1024)
    app.router.add_route("*", "/{tail:.*}", double.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    host, port = runner.addresses[0][:2]
    double.origin = f"{'http' if tls is None else 'https'}://{host}:{port}"
    try:
        yield double
    finally:
        server = runner.server
        await runner.cleanup()
        # What was accepted at the last moment is made a connection only now, when nobody is left to close it.
        await asyncio.sleep(0)
        if server is not None:
            await server.shutdown(0.1)


def loopback_tls(directory: Path) -> tuple[SSLContext, Path]:
    """A server context for 127.0.0.1 and the CA file that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "loopback.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, pem
