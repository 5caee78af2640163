"""An address at which nobody would find the server is told, as far as it can be known from here."""

import asyncio
import ssl
from pathlib import Path

import pytest

from app.sandbox.certificates import provide
from tests.doctor.asking import ask, on_sqlite
from tests.support.database import sqlite_file
from tests.support.server import free_port

ANOTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nHello"


async def _answer_otherwise(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readuntil(b"\r\n\r\n")
    writer.write(ANOTHER)
    await writer.drain()
    writer.close()


async def test_an_address_of_this_machine_alone_is_a_warning(tmp_path: Path) -> None:
    answer = await ask(on_sqlite(sqlite_file(tmp_path), PUBLIC_URL=f"http://127.0.0.1:{free_port()}"))

    assert [level for level, _ in answer.not_well("public address")] == ["WARNING", "WARNING"]
    assert "of this machine alone" in answer.text
    assert "nothing answers there" in answer.text


async def test_an_address_that_does_not_resolve_is_a_failure(tmp_path: Path) -> None:
    answer = await ask(on_sqlite(sqlite_file(tmp_path), PUBLIC_URL="https://meetings.invalid"))

    assert answer.not_well("public address") == [("FAILURE", "meetings.invalid does not resolve.")]


async def test_an_address_where_something_else_answers_is_a_failure(tmp_path: Path) -> None:
    async with await asyncio.start_server(_answer_otherwise, "127.0.0.1", 0) as other:
        port = other.sockets[0].getsockname()[1]

        answer = await ask(on_sqlite(sqlite_file(tmp_path), PUBLIC_URL=f"http://127.0.0.1:{port}/rooms"))

    assert ("FAILURE", "something else than this server answers there (HTTP 200).") in answer.not_well("public address")


async def test_a_certificate_that_is_not_believed_is_a_failure(tmp_path: Path) -> None:
    files = provide(tmp_path / "certificates")
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(files.certificate, files.key)
    async with await asyncio.start_server(_answer_otherwise, "127.0.0.1", 0, ssl=tls) as other:
        port = other.sockets[0].getsockname()[1]

        answer = await ask(on_sqlite(sqlite_file(tmp_path), PUBLIC_URL=f"https://127.0.0.1:{port}"))

    assert [level for level, says in answer.not_well("public address") if "certificate" in says] == ["FAILURE"]


@pytest.mark.parametrize(("changes", "level"), [({}, "WARNING"), ({"CHANGE_NOTIFICATIONS": "false"}, "OK")])
async def test_where_no_suite_can_post_to_us_it_is_said_unless_nobody_asks_it_to(
    tmp_path: Path, changes: dict[str, str], level: str
) -> None:
    nobody = f"https://127.0.0.1:{free_port()}"
    suite = {"MICROSOFT_365_CLIENT_ID": "id", "MICROSOFT_365_CLIENT_SECRET": "hush"}
    suite |= {"MICROSOFT_365_AUTHORITY": nobody, "MICROSOFT_365_GRAPH_URL": nobody, "SUITE_TIMEOUT": "0.2"}

    answer = await ask(on_sqlite(sqlite_file(tmp_path), PUBLIC_URL=nobody.replace("https", "http"), **suite, **changes))

    [found] = [finding for finding in answer.findings if "change notifications" in finding["says"]]
    assert found["level"] == level
