"""What a member has not read is mailed, by the server as operators start it, to a real mail server."""

import asyncio
from datetime import timedelta
from pathlib import Path

from tests.journeys.companies import NEWBRIDGE
from tests.journeys.story import BOOK, ROOM_SYNC_SECONDS, Slot, story_on
from tests.support.database import sqlite_url
from tests.support.mail_server import Inbox, mail_server

SUBJECT = "Lock gates"
UNREAD = "{ notifications(unreadOnly: true) { nodes { kind message room { name } } } }"


async def test_a_room_that_said_no_is_in_the_members_mail_and_nothing_of_the_calendar(tmp_path: Path) -> None:
    async with (
        mail_server(Inbox()) as inbox,
        story_on(
            sqlite_url(tmp_path),
            tmp_path,
            NEWBRIDGE,
            moves_clock=True,
            PENDING_POLLING="false",
            SMTP_URL=f"smtp://127.0.0.1:{inbox.port}",
            MAIL_FROM="Meeting rooms <rooms@newbridge.example>",
        ) as story,
    ):
        await story.enabled()
        async with story.speaking_for(await story.connected_member()) as member:
            slot = Slot.in_days(4)
            room = await story.free_room(member, slot)
            await story.company.decline_everything(story.sandbox, room["email"])
            await member.field(
                BOOK, input={"roomIds": [room["id"]], "event": slot.as_event(SUBJECT), "idempotencyKey": "gates"}
            )
            async with asyncio.timeout(ROOM_SYNC_SECONDS):
                while not (told := (await member.field(UNREAD))["nodes"]):
                    continue
            assert inbox.mails == []

            await story.advance(timedelta(minutes=2))
            async with asyncio.timeout(ROOM_SYNC_SECONDS):
                while not inbox.mails:
                    await member.field(UNREAD)

    [mail] = inbox.mails
    assert inbox.recipients == [[story.company.member]]
    assert (mail["From"], mail["Subject"]) == (
        "Meeting rooms <rooms@newbridge.example>",
        f"{told[0]['room']['name']} is not available",
    )
    body = mail.get_body(("plain",))
    assert body is not None
    assert told[0]["message"] in " ".join(body.get_content().split())
    assert story.server.address in body.get_content()
    assert SUBJECT not in mail.as_string()
    assert SUBJECT not in story.server.log()
    assert story.company.member not in story.server.log()
