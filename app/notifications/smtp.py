"""Handing mail to the operator's mail server (https://www.rfc-editor.org/rfc/rfc5321), by aiosmtplib.

One connection serves one round of mails. Whether a failure is the mail's own, or the server's and over later, is told
apart here and nowhere else. What the server says is never kept: it can repeat addresses.
"""

import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from datetime import timedelta
from email.message import EmailMessage
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
        self._tls = ssl.create_default_context()
        if ca_bundle is not None:
            self._tls.load_verify_locations(ca_bundle)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Handover]:
        """A connection for a few mails. Raises MailServerUnavailable."""
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            username=server.username,
            password=server.password,
            use_tls=server.is_tls_from_start,
            start_tls=server.upgrades_to_tls,
            tls_context=self._tls if server.is_tls_from_start or server.upgrades_to_tls else None,
            timeout=TIMEOUT.total_seconds(),
        )

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
