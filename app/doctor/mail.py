"""The mail server: whether it is there, speaks TLS that we believe, and takes our name and password."""

from collections.abc import Sequence
from datetime import timedelta

from app.findings import Finding, failing, well
from app.notifications.smtp import MailTrouble, trouble_with
from app.settings import Settings

ABOUT = "mail"
PATIENCE = timedelta(seconds=8)

_FINDINGS = {
    MailTrouble.UNREACHABLE: failing(
        ABOUT,
        "the mail server cannot be reached.",
        "See whether HYBRID_MEETINGS_SMTP_URL has its host and port, `smtps` only where it begins with TLS, and "
        "whether a firewall lies between; many hosts close port 25.",
    ),
    MailTrouble.NO_TLS: failing(
        ABOUT,
        "the mail server offers no STARTTLS.",
        "Name a server that does: mail and password go over TLS only, unless the server is on this machine.",
    ),
    MailTrouble.CERTIFICATE: failing(
        ABOUT,
        "the mail server's certificate is not believed.",
        "Call it in HYBRID_MEETINGS_SMTP_URL as its certificate does; for one of your own name its authority in "
        "HYBRID_MEETINGS_SMTP_CA_BUNDLE.",
    ),
    MailTrouble.LOGIN: failing(
        ABOUT,
        "the mail server refuses the name and password.",
        "Mend them in HYBRID_MEETINGS_SMTP_URL; characters such as @, : or / in them are percent-encoded.",
    ),
}


async def mail(settings: Settings) -> Sequence[Finding]:
    """Connects and leaves again; nothing is mailed."""
    server = settings.mail_server
    if server is None:
        return [well(ABOUT, "none is set up: members are told in the product alone.")]
    trouble = await trouble_with(server, settings.smtp_ca_bundle, PATIENCE)
    return [well(ABOUT, "the mail server takes mail from us.")] if trouble is None else [_FINDINGS[trouble]]
