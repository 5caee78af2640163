"""Each way in which a mail server would take no mail is told apart."""

import ssl
from datetime import timedelta
from pathlib import Path

import pytest

from app.notifications.smtp import MailTrouble, trouble_with
from app.sandbox.certificates import TlsFiles, provide
from app.settings import MailServer
from tests.doctor.asking import ask, on_sqlite
from tests.support.database import sqlite_file
from tests.support.mail_server import Inbox, mail_server
from tests.support.server import free_port

PATIENCE = timedelta(seconds=5)


@pytest.fixture
def certificates(tmp_path: Path) -> TlsFiles:
    return provide(tmp_path / "certificates")


@pytest.fixture
def tls(certificates: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context


def _server(port: int, password: str | None = None) -> MailServer:
    """As one on another machine is spoken to: by STARTTLS."""
    return MailServer(
        host="127.0.0.1",
        port=port,
        is_tls_from_start=False,
        upgrades_to_tls=True,
        username=password and "rooms",
        password=password,
    )


async def test_a_server_that_takes_our_mail_is_well_and_is_given_none(
    tls: ssl.SSLContext, certificates: TlsFiles
) -> None:
    async with mail_server(Inbox(), tls=tls, demands_login=True) as inbox:
        trouble = await trouble_with(_server(inbox.port, "h:u/sh"), certificates.ca_bundle, PATIENCE)

    assert trouble is None
    assert inbox.mails == []


async def test_a_password_that_it_refuses_is_told(tls: ssl.SSLContext, certificates: TlsFiles) -> None:
    async with mail_server(Inbox(), tls=tls, demands_login=True) as inbox:
        trouble = await trouble_with(_server(inbox.port, "wrong"), certificates.ca_bundle, PATIENCE)

    assert trouble is MailTrouble.LOGIN


async def test_a_certificate_that_nobody_vouches_for_is_told(tls: ssl.SSLContext) -> None:
    async with mail_server(Inbox(), tls=tls) as inbox:
        trouble = await trouble_with(_server(inbox.port), None, PATIENCE)

    assert trouble is MailTrouble.CERTIFICATE


async def test_a_server_without_tls_is_told() -> None:
    async with mail_server(Inbox()) as inbox:
        trouble = await trouble_with(_server(inbox.port), None, PATIENCE)

    assert trouble is MailTrouble.NO_TLS


async def test_a_server_that_is_not_there_is_told() -> None:
    assert await trouble_with(_server(free_port()), None, PATIENCE) is MailTrouble.UNREACHABLE


async def test_the_operator_reads_what_to_mend_and_no_password(tmp_path: Path) -> None:
    url = f"smtp://rooms:hush-hush@127.0.0.1:{free_port()}"

    answer = await ask(on_sqlite(sqlite_file(tmp_path), SMTP_URL=url, MAIL_FROM="rooms@tidewater.example"))

    assert answer.not_well("mail") == [("FAILURE", "the mail server cannot be reached.")]
    assert "HYBRID_MEETINGS_SMTP_URL" in answer.text
    assert "hush-hush" not in answer.text
