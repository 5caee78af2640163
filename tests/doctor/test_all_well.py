"""A deployment as it should be: every finding is OK, while it runs, and nothing of anybody is told."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import asyncpg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.doctor.asking import ask
from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import Story, story_on


def _own_address() -> str:
    """Where others would reach this machine: to where nothing is sent, only the way there is looked up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as unsent:
        unsent.connect(("192.0.2.1", 9))
        address: str = unsent.getsockname()[0]
        return address


@pytest.fixture
async def story(postgresql_url: str, redis_url: str, tmp_path: Path) -> AsyncIterator[Story]:
    async with story_on(postgresql_url, tmp_path, NEWBRIDGE, REDIS_URL=redis_url) as story, story.server.worker():
        yield story


@pytest.mark.postgresql
@pytest.mark.redis
async def test_beside_servers_that_run_all_is_well_and_everything_stays_as_it_was(story: Story, tmp_path: Path) -> None:
    await story.enabled()
    member = await story.connected_member()
    url = story.server.environment["HYBRID_MEETINGS_DATABASE_URL"]
    before = await _rows(url)
    async with _https_in_front(story.server.port, tmp_path) as (address, authority):
        settings = {"HYBRID_MEETINGS_PUBLIC_URL": address, "SSL_CERT_FILE": str(authority)}

        answer = await ask({**story.server.environment, **settings})

    assert answer.not_well() == []
    assert answer.exit_code == 0
    assert {finding["about"] for finding in answer.findings} >= {
        *("settings", "public address", "database", "keys", "jobs", "Redis", "worker"),
        *("Microsoft 365", "Google Workspace", "mail", "open files"),
    }
    assert await _rows(url) == before
    secrets = [value for name, value in story.server.environment.items() if name.endswith(("_KEY", "_KEYS", "_SECRET"))]
    assert len(secrets) == 4
    for untold in (*secrets, member, NEWBRIDGE.member, NEWBRIDGE.administrator):
        assert untold not in answer.text


@asynccontextmanager
async def _https_in_front(port: int, folder: Path) -> AsyncIterator[tuple[str, Path]]:
    """A proxy that speaks TLS and passes everything on; its address, and a certificate to trust."""
    host = _own_address()
    tls, authority = _certificate(folder, host)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
        await asyncio.gather(_pipe(reader, behind_writer), _pipe(behind_reader, writer))

    async with await asyncio.start_server(pass_on, host, 0, ssl=tls) as proxy:
        yield f"https://{host}:{proxy.sockets[0].getsockname()[1]}", authority


async def _pipe(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while piece := await source.read(65_536):
        target.write(piece)
        await target.drain()
    target.close()


def _certificate(folder: Path, host: str) -> tuple[ssl.SSLContext, Path]:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path, key_path = folder / "public.pem", folder / "public.key"
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    key_path.write_bytes(key.private_bytes(*form))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(path, key_path)
    return context, path


async def _rows(url: str) -> Mapping[str, str]:
    """Every table's content, as a hash."""
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        statement = "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM \"{}\" AS t"
        return {name: await connection.fetchval(statement.format(name)) for (name,) in tables}
    finally:
        await connection.close()
