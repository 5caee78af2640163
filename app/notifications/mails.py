"""A mail about one notification, as text and as HTML. It names a room and nothing of a calendar, unless told to.

https://www.rfc-editor.org/rfc/rfc5322 for the headers, https://www.rfc-editor.org/rfc/rfc3834 for `Auto-Submitted`.
"""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app.addresses import domain_of, normalised
from app.notifications.words import MailWords

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is mailed to whom."""

    notification_id: UUID
    name: str
    address: str
    words: MailWords


class MailRoom:
    """Writes letters out."""

    def __init__(self, *, mail_from: str, public_url: str) -> None:
        name, address = parseaddr(mail_from)
        self._from = _address(name, address)
        self._domain = domain_of(address)
        self._link = f"{public_url}/"

    def write(self, letter: Letter, now: datetime) -> EmailMessage:
        """The mail. A second one about the same notification has the same id, by which mail systems know it.

        Raises ValueError where the member's address is none that mail can be sent to.
        """
        address = normalised(letter.address)
        if address is None:
            raise ValueError("no mail can be sent to this address")
        message = EmailMessage(policy=SMTP)
        message["From"] = self._from
        message["To"] = _address(letter.name, address)
        message["Subject"] = _one_line(letter.words.heading)
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<notification-{letter.notification_id}@{self._domain}>"
        message["Auto-Submitted"] = "auto-generated"
        values = {"words": letter.words, "link": self._link}
        message.set_content(_TEMPLATES.get_template("mail.txt").render(values))
        message.add_alternative(_TEMPLATES.get_template("mail.html").render(values), subtype="html")
        message["Content-Language"] = letter.words.language
        return message


def _address(name: str, address: str) -> Address:
    return Address(display_name=_one_line(name), addr_spec=address)


def _one_line(text: str) -> str:
    """Without line breaks and control characters, with which a name could write headers of its own."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
