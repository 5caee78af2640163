"""The sandbox as a process: its files, its certificates, its end."""

import asyncio
import os
import ssl
import stat
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import orjson
import pytest
from cryptography import x509

from app.sandbox import certificates
from app.sandbox.process import SandboxClient, SandboxDescription, SandboxProcess, SandboxStartError
from app.sandbox.visitor import Visitor


def test_the_authority_is_used_again_and_its_keys_are_private(tmp_path: Path) -> None:
    first = certificates.provide(tmp_path)
    trusted = first.ca_bundle.read_bytes()

    second = certificates.provide(tmp_path)

    assert second.ca_bundle.read_bytes() == trusted
    for name in ("ca.key", "tls.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_a_broken_authority_is_replaced(tmp_path: Path) -> None:
    trusted = certificates.provide(tmp_path).ca_bundle.read_bytes()
    (tmp_path / "ca.key").write_bytes(b"not a key")

    assert certificates.provide(tmp_path).ca_bundle.read_bytes() != trusted


def test_the_certificate_is_for_loopback_and_valid_now(tmp_path: Path) -> None:
    files = certificates.provide(tmp_path)
    leaf = x509.load_pem_x509_certificate(files.certificate.read_bytes())

    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value

    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert {str(address) for address in names.get_values_for_type(x509.IPAddress)} == {"127.0.0.1", "::1"}
    assert leaf.not_valid_before_utc < datetime.now(UTC) < leaf.not_valid_after_utc
    leaf.verify_directly_issued_by(x509.load_pem_x509_certificate(files.ca_bundle.read_bytes()))


async def test_a_sandbox_says_where_it_is_and_stops_cleanly(tmp_path: Path) -> None:
    async with SandboxProcess.spawn(tmp_path, client_secret="a-secret") as sandbox:
        description = SandboxDescription.read(tmp_path)
        mode = stat.S_IMODE((tmp_path / "sandbox.json").stat().st_mode)
        tenants = await sandbox.control("GET", "tenants")
        async with Visitor("ada.vos@tidewater.example") as visitor:
            index = await visitor.open(description.http + "/")

    assert description == sandbox.description
    assert description.client_secret == "a-secret"
    assert mode == 0o600
    assert {tenant["display_name"] for tenant in tenants} == {"Tidewater", "Newbridge", "Elsewhere", "Harbourside"}
    assert "grace.oconnor@tidewater.example" in index.text
    assert not (tmp_path / "sandbox.json").exists()
    with pytest.raises(ProcessLookupError):
        os.kill(description.pid, 0)
    last = orjson.loads(sandbox.log_file.read_bytes().splitlines()[-1])
    assert last["event"] == "stopped"


async def test_a_taken_port_is_said_plainly(tmp_path: Path) -> None:
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    with pytest.raises(SandboxStartError, match="cannot start"):
        async with SandboxProcess.spawn(tmp_path, tls_port=port):
            pass

    server.close()
    await server.wait_closed()


async def test_nobody_trusts_the_sandbox_without_its_authority(sandbox: SandboxClient) -> None:
    address = f"{sandbox.description.tls}/common/v2.0/.well-known/openid-configuration"

    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(address, ssl=ssl.create_default_context())


async def test_no_query_reaches_the_log(sandbox: SandboxClient, running_sandbox: SandboxDescription) -> None:
    log_file = running_sandbox.ca_bundle.with_name("sandbox.log")

    async with Visitor("ada.vos@tidewater.example") as visitor:
        await visitor.open(f"{running_sandbox.http}/organizations/oauth2/v2.0/authorize?state=canary-in-a-query")
    await sandbox.control("GET", "calls")  # by its answer, the call before has been logged

    assert "canary-in-a-query" not in log_file.read_text()
    assert "/{tenant}/oauth2/v2.0/authorize" in log_file.read_text()
