"""Handing mail to the operator's mail server (https://www.rfc-editor.org/rfc/rfc5321), by aiosmtplib.

One connection serves one round of mails. Whether a failure is the mail's own, or the server's and over later, is told
apart here and nowhere else. What the server says is never kept: it can repeat addresses.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import aiosmtplib

from app.settings import MailServer

TIMEOUT = timedelta(seconds=20)
_PERMANENT = 500


class MailServerUnavailable(Exception):
    """The server cannot be spoken to just now."""


class MailDeferred(Exception):
    """The server does not take this mail at the moment, and may take others."""


class MailRefused(Exception):
    """The server will never take this mail for this person."""


class Handover(Protocol):
    """One connection to a mail server."""

    async def __call__(self, message: EmailMessage) -> None:
        """Hand one mail in. Raises MailServerUnavailable, MailDeferred, MailRefused."""
        ...


class Post(Protocol):
    """Where mail is handed in."""

    def open(self) -> AbstractAsyncContextManager[Handover]:
        """A connection for a few mails. Raises MailServerUnavailable."""
        ...


class SmtpPost:
    """The operator's mail server."""

    def __init__(self, server: MailServer, ca_bundle: Path | None = None) -> None:
        self._server = server
        self._tls = _tls_context(ca_bundle)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Handover]:
        """A connection for a few mails. Raises MailServerUnavailable."""
        client = _client(self._server, self._tls, TIMEOUT)

        async def hand_over(message: EmailMessage) -> None:
            try:
                await client.send_message(message)
            except aiosmtplib.SMTPRecipientsRefused as error:
                is_final = all(refusal.code >= _PERMANENT for refusal in error.recipients)
                raise (MailRefused if is_final else MailDeferred) from None
            except aiosmtplib.SMTPServerDisconnected:
                raise MailServerUnavailable from None
            except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPNotSupported):
                raise MailDeferred from None
            except (aiosmtplib.SMTPException, OSError):
                raise MailServerUnavailable from None
            except ValueError:  # what no header can hold
                raise MailRefused from None

        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError):
            raise MailServerUnavailable from None
        try:
            yield hand_over
        finally:
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit()
            client.close()


class MailTrouble(StrEnum):
    """What keeps us from handing mail in."""

    UNREACHABLE = "UNREACHABLE"
    NO_TLS = "NO_TLS"
    CERTIFICATE = "CERTIFICATE"
    LOGIN = "LOGIN"


async def trouble_with(server: MailServer, ca_bundle: Path | None, patience: timedelta) -> MailTrouble | None:
    """Connect as for a mail, and leave again; None where a mail could be handed in."""
    client = _client(server, _tls_context(ca_bundle), patience)
    try:
        await client.connect()
    except (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPNotSupported):
        return MailTrouble.LOGIN
    except (aiosmtplib.SMTPException, OSError) as error:
        if _is_about_certificate(error):
            return MailTrouble.CERTIFICATE
        # The plain root of the library's errors is what it raises for this alone.
        return MailTrouble.NO_TLS if type(error) is aiosmtplib.SMTPException else MailTrouble.UNREACHABLE
    with suppress(aiosmtplib.SMTPException, OSError):
        await client.quit()
    client.close()
    return None


def _is_about_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


def _tls_context(ca_bundle: Path | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca_bundle is not None:
        context.load_verify_locations(ca_bundle)
    return context


def _client(server: MailServer, tls: ssl.SSLContext, timeout: timedelta) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.is_tls_from_start,
        start_tls=server.upgrades_to_tls,
        tls_context=tls if server.is_tls_from_start or server.upgrades_to_tls else None,
        timeout=timeout.total_seconds(),
    )
