"""Handing mail to a mail server: a real one, in this process."""

import ssl
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest

from app.notifications.mails import Letter, MailRoom
from app.notifications.models import NotificationKind
from app.notifications.smtp import MailDeferred, MailRefused, MailServerUnavailable, SmtpPost
from app.notifications.words import mail_words
from app.sandbox.certificates import TlsFiles, provide
from app.settings import MailServer
from tests.bookings.house import START
from tests.support.mail_server import Inbox, mail_server

ADDRESS = "ada.vos@tidewater.example"
MAIL_ROOM = MailRoom(mail_from="Rooms <rooms@tidewater.example>", public_url="https://meetings.tidewater.example")


def _mail(address: str = ADDRESS, name: str = "Ada Vos", room: str = "Lighthouse") -> EmailMessage:
    words = mail_words(NotificationKind.ROOM_REJECTED, name, room, None, None)
    return MAIL_ROOM.write(Letter(notification_id=uuid4(), name=name, address=address, words=words), START)


def _at(inbox: Inbox, **values: object) -> MailServer:
    server = {"host": "127.0.0.1", "port": inbox.port, "is_tls_from_start": False, "upgrades_to_tls": False}
    return MailServer(**{**server, **values})  # type: ignore[arg-type]


async def _send(post: SmtpPost, *mails: EmailMessage) -> None:
    async with post.open() as hand_over:
        for mail in mails:
            await hand_over(mail)


@pytest.fixture
def certificates(tmp_path: Path) -> TlsFiles:
    return provide(tmp_path)


@pytest.fixture
def tls(certificates: TlsFiles) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificates.certificate, certificates.key)
    return context


async def test_several_mails_arrive_by_one_connection() -> None:
    async with mail_server(Inbox()) as inbox:
        await _send(SmtpPost(_at(inbox)), _mail(), _mail("ben.kok@tidewater.example"))

    assert inbox.recipients == [[ADDRESS], ["ben.kok@tidewater.example"]]
    assert [mail["From"] for mail in inbox.mails] == ["Rooms <rooms@tidewater.example>"] * 2


@pytest.mark.parametrize("from_start", [False, True], ids=["STARTTLS", "TLS"])
async def test_the_password_travels_encrypted(tls: ssl.SSLContext, certificates: TlsFiles, from_start: bool) -> None:
    async with mail_server(Inbox(), tls=tls, from_start=from_start, demands_login=True) as inbox:
        server = _at(
            inbox,
            is_tls_from_start=from_start,
            upgrades_to_tls=not from_start,
            username="rooms",
            password="h:u/sh",
        )
        await _send(SmtpPost(server, certificates.ca_bundle), _mail())

    assert inbox.logins == [("rooms", "h:u/sh")]
    assert inbox.was_encrypted == [True]


@pytest.mark.parametrize("from_start", [False, True], ids=["STARTTLS", "TLS"])
async def test_a_server_that_nobody_vouches_for_is_told_nothing(tls: ssl.SSLContext, from_start: bool) -> None:
    async with mail_server(Inbox(), tls=tls, from_start=from_start) as inbox:
        server = _at(
            inbox,
            is_tls_from_start=from_start,
            upgrades_to_tls=not from_start,
            username="rooms",
            password="h:u/sh",
        )
        with pytest.raises(MailServerUnavailable):
            await _send(SmtpPost(server), _mail())

    assert (inbox.logins, inbox.mails) == ([], [])


async def test_one_that_offers_no_encryption_is_told_nothing_where_that_is_needed() -> None:
    async with mail_server(Inbox()) as inbox:
        with pytest.raises(MailServerUnavailable):
            await _send(SmtpPost(_at(inbox, upgrades_to_tls=True)), _mail())

    assert inbox.mails == []


async def test_a_wrong_password_is_no_mail_and_no_crash(tls: ssl.SSLContext, certificates: TlsFiles) -> None:
    async with mail_server(Inbox(), tls=tls, demands_login=True) as inbox:
        server = _at(inbox, upgrades_to_tls=True, username="rooms", password="guessed")
        with pytest.raises(MailServerUnavailable):
            await _send(SmtpPost(server, certificates.ca_bundle), _mail())


async def test_a_server_that_is_down_is_unavailable() -> None:
    async with mail_server(Inbox()) as inbox:
        pass

    with pytest.raises(MailServerUnavailable):
        await _send(SmtpPost(_at(inbox)), _mail())


@pytest.mark.parametrize(
    ("answer", "error"),
    [("550 5.1.1 Nobody here", MailRefused), ("450 4.2.1 Try later", MailDeferred)],
)
async def test_whom_it_takes_no_mail_for_for_good_is_told_from_later(answer: str, error: type[Exception]) -> None:
    async with mail_server(Inbox(answers={ADDRESS: answer})) as inbox, SmtpPost(_at(inbox)).open() as hand_over:
        with pytest.raises(error):
            await hand_over(_mail())
        await hand_over(_mail("ben.kok@tidewater.example"))

    assert inbox.recipients == [["ben.kok@tidewater.example"]]


async def test_a_mail_that_it_does_not_take_now_holds_no_other_up() -> None:
    async with mail_server(Inbox(answer="452 4.3.1 Full")) as inbox, SmtpPost(_at(inbox)).open() as hand_over:
        with pytest.raises(MailDeferred):
            await hand_over(_mail())
        inbox.answer = None
        await hand_over(_mail())

    assert len(inbox.mails) == 1


async def test_a_mail_says_the_same_as_text_and_as_html() -> None:
    async with mail_server(Inbox()) as inbox:
        await _send(SmtpPost(_at(inbox)), _mail(room="Größe & <b>Wind</b>"))

    [mail] = inbox.mails
    text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    assert "Größe & <b>Wind</b> is not available for your event. Choose another room." in text.get_content()
    assert "Größe &amp; &lt;b&gt;Wind&lt;/b&gt; is not available for your event." in html.get_content()
    for part in (text, html):
        assert "https://meetings.tidewater.example/" in part.get_content()
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "en")


async def test_a_name_writes_no_headers() -> None:
    async with mail_server(Inbox()) as inbox:
        mail = _mail(name="Ada\r\nBcc: spy@elsewhere.example", room="Light\nhouse\x00")
        await _send(SmtpPost(_at(inbox)), mail)

    assert inbox.recipients == [[ADDRESS]]
    assert inbox.mails[0]["Bcc"] is None
    assert inbox.mails[0]["Subject"] == "Light house is not available"


@pytest.mark.parametrize("address", ["nobody", "", "a b@c.example", "ada@x.example\r\nBcc: spy@elsewhere.example"])
def test_what_is_no_address_is_not_written_to(address: str) -> None:
    with pytest.raises(ValueError, match="no mail can be sent"):
        _mail(address)
