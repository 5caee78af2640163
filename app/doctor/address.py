"""The public address: whether it can be the server's, and which addresses have to be registered at the suites."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from urllib.parse import urlsplit

import aiohttp

from app.connections.flows import callback_path
from app.findings import Finding, doubtful, failing, well
from app.integrations.approval import approval_callback_path
from app.settings import Settings, is_loopback
from app.suites.registry import DESCRIPTIONS

ABOUT = "public address"
PATIENCE_SECONDS = 8.0


async def public_address(settings: Settings) -> Sequence[Finding]:
    """Whether it resolves, and whether a server of ours answers there: as far as that can be known from here."""
    parts = urlsplit(settings.public_url)
    host = parts.hostname or ""
    findings = []
    if is_loopback(host):
        remedy = (
            "Set HYBRID_MEETINGS_PUBLIC_URL to the https address that others use, unless this server is for you alone."
        )
        findings.append(
            doubtful(ABOUT, "it is of this machine alone: nobody else can sign in, no suite can call.", remedy)
        )
    try:
        await asyncio.get_running_loop().getaddrinfo(host, None)
    except socket.gaierror:
        remedy = f"Make {host} known to the name service, or mend HYBRID_MEETINGS_PUBLIC_URL."
        return [*findings, failing(ABOUT, f"{host} does not resolve.", remedy)]
    return [*findings, await _answers(settings.public_url)]


async def _answers(public_url: str) -> Finding:
    timeout, trusted = aiohttp.ClientTimeout(total=PATIENCE_SECONDS), ssl.create_default_context()
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.get(f"{public_url}/health/live", allow_redirects=False, ssl=trusted) as answer,
        ):
            is_ours = answer.status == 200 and b'"live"' in await answer.content.read(1_000)
    except (aiohttp.ClientConnectorCertificateError, ssl.SSLError):
        says = "its certificate is not believed from here, and the suites will hardly believe it either."
        return failing(ABOUT, says, "Renew the certificate of the proxy in front, with every intermediate one in it.")
    except (aiohttp.ClientError, OSError, TimeoutError) as error:
        says = f"nothing answers there when asked from here ({type(error).__name__})."
        remedy = (
            "Start the server, and see that the proxy in front leads to it. Some networks cannot reach their own "
            "public address from within: then ask from outside, `curl <PUBLIC_URL>/health/live`."
        )
        return doubtful(ABOUT, says, remedy)
    if not is_ours:
        says = f"something else than this server answers there (HTTP {answer.status})."
        return failing(
            ABOUT, says, "Lead the proxy in front, with the path of HYBRID_MEETINGS_PUBLIC_URL, to the server."
        )
    return well(ABOUT, "the server answers there.")


async def callbacks(settings: Settings) -> Sequence[Finding]:
    """What to register at each suite that is set up, and whether its posts can arrive."""
    present = {type(group) for group in settings.suites}
    return [
        finding
        for name, description in DESCRIPTIONS.items()
        if description.settings in present
        for finding in (
            _to_register(settings.public_url, name.display_name, callback_path(name), approval_callback_path(name)),
            _notifications(settings, name.display_name, description.webhook_path),
        )
    ]


def _to_register(public_url: str, suite: str, *paths: str | None) -> Finding:
    addresses = " and ".join(f"{public_url}{path}" for path in paths if path is not None)
    return well(suite, f"registered there must be {addresses} (whether it is shows when somebody signs in).")


def _notifications(settings: Settings, suite: str, path: str) -> Finding:
    if not settings.change_notifications:
        return well(suite, "change notifications are switched off: bookings are polled.")
    address = f"{settings.public_url}{path}"
    if not settings.secure_cookies:
        remedy = "Suites post to public https addresses only. Bookings are polled until there is one."
        return doubtful(suite, f"change notifications cannot come to {address}.", remedy)
    return well(suite, f"it posts to {address}, which the internet must reach (that cannot be seen from here).")
