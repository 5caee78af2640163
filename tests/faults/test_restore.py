"""A backup is taken while the server runs; the world goes on; the database is lost, and what was kept is put back.

The commands are those of the operators' guide, and what happens afterwards is what it says.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.faults import documented
from tests.journeys.bad_input.world import ACCESS, DISCONNECT
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import BOOK, BOOKINGS, CONNECT, PENDING, Slot, Story, story_on
from tests.journeys.test_five_days import DISABLE, PREVIEW
from tests.support.client import Client

pytestmark = pytest.mark.long

WAIT_SECONDS = 20
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on Problem { code message } } }"""
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { subject rooms { email state } } } }
  ... on Problem { code message } } }"""
NOTIFICATIONS = "{ notifications { nodes { kind room { name } } } }"
VIEWER = "{ viewer { member { name } } }"
OTHER = {NEWBRIDGE.name: "lars.holm@newbridge.example", BROOKSIDE.name: "joy.adeyemi@brookside.example"}
CREDENTIALS = "SELECT count(*) FROM calendar_connection WHERE credentials IS NOT NULL"


def _sqlite(folder: Path) -> str:
    return f"sqlite://{folder / 'hybrid-meetings.sqlite3'}"


async def _booked(story: Story, member: Client, days: int, subject: str) -> dict[str, Any]:
    """A booking that its room has accepted; the room's name with the booking's id."""
    slot = Slot.in_days(days)
    async with member.subscribe(PENDING) as updates:
        room = await story.free_room(member, slot)
        wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
        booked = await member.field(BOOK, input=wanted)
        assert booked["__typename"] == "RoomsBooked", booked
        [booking] = booked["bookings"]
        async with asyncio.timeout(WAIT_SECONDS):
            while True:
                heard = (await updates.next())["booking"]
                if heard["id"] == booking["id"] and heard["state"] == "ACCEPTED":
                    return {"id": booking["id"], "room": room, "subject": subject}


async def _until(client: Client, document: str, holds: Callable[[Any], bool]) -> Any:
    async with asyncio.timeout(WAIT_SECONDS):
        while not holds(answer := await client.field(document)):
            continue
    return answer


async def _is_signed_in(story: Story, token: str) -> bool:
    async with story.speaking_for(token) as member:
        return "errors" not in await member.send(VIEWER)


async def _back_up(story: Story, folder: Path) -> None:
    engine = "SQLite" if _url(story).startswith("sqlite") else "PostgreSQL"
    await documented.run(f"back {engine} up", folder, story.server.environment)


async def _lose_and_restore(story: Story, folder: Path) -> str:
    """The server dies, nothing of the database is left, and the guide is followed; what the commands said."""
    await story.server.kill()
    url = _url(story)
    if url.startswith("sqlite"):
        Path(url.removeprefix("sqlite://")).write_bytes(b"damaged" * 10_000)  # noqa: ASYNC240
        said = await documented.run("restore SQLite", folder, story.server.environment)
    else:
        await documented.run("what was done since", folder, story.server.environment)
        connection = await asyncpg.connect(url)
        await connection.execute("DROP TABLE room_booking, calendar_connection CASCADE")
        await connection.close()
        said = await documented.run("restore PostgreSQL", folder, story.server.environment)
    await story.server.start()
    return said


def _url(story: Story) -> str:
    return story.server.environment["HYBRID_MEETINGS_DATABASE_URL"]


async def _told(story: Story, folder: Path, url: str, company: Company) -> None:
    await story.enabled()
    token, other = await story.connected_member(), await story.connected_member(OTHER[company.name])
    async with story.speaking_for(token) as member:
        kept = await _booked(story, member, 6, "Kept")
        cancelled = await _booked(story, member, 7, "Cancelled since")
        await _back_up(story, folder)
        later = await _booked(story, member, 8, "Booked since")
        assert (await member.field(CANCEL, input={"bookingId": cancelled["id"], "cancelEvent": True}))[
            "__typename"
        ] == "BookingCancelled"
    async with story.speaking_for(other) as leaving:
        await leaving.field(DISCONNECT)
    since = await story.token_by_sign_in(company.member)

    said = await _lose_and_restore(story, folder)

    assert "open bookings are looked at now" in said
    # Nobody is signed in by what was known then, or since.
    assert [await _is_signed_in(story, old) for old in (token, other, since)] == [False, False, False]
    again = await story.token_by_sign_in(company.member)
    async with story.speaking_for(again) as member:
        assert (await member.field(ACCESS))["connection"]["status"] == "CONNECTED"
        bookings = await _until(member, BOOKINGS, lambda found: "CANCELLED" in str(found))
        assert {booking["id"]: booking["state"] for booking in bookings["nodes"]} == {
            kept["id"]: "ACCEPTED",
            cancelled["id"]: "CANCELLED",
        }
        # What was booked since stands in the calendar, with its room, and is no booking of ours.
        agenda = await member.field(AGENDA, **Slot.in_days(8).as_window())
        [event] = [event for event in agenda["events"]["nodes"] if event["subject"] == "Booked since"]
        assert [room["email"] for room in event["rooms"]] == [later["room"]["email"]]
        # What the rooms say from now on is heard.
        await company.change_mind(story.sandbox, kept["room"]["email"], "Kept")
        await _until(member, BOOKINGS, lambda found: "REJECTED" in str(found))
        rejected = (await member.field(NOTIFICATIONS))["nodes"]
        assert [note["kind"] for note in rejected if note["room"] == {"name": kept["room"]["name"]}] == [
            "ROOM_REJECTED"
        ]


async def test_what_was_kept_is_put_back_and_made_true_by_itself_on_sqlite(tmp_path: Path) -> None:
    url = _sqlite(tmp_path)
    async with story_on(url, tmp_path, BROOKSIDE, PENDING_POLL_INTERVAL="0.3") as story:
        await _told(story, tmp_path, url, BROOKSIDE)

        # Google was told that this consent is over, and says so.
        again = await story.token_by_sign_in(OTHER[BROOKSIDE.name])
        async with story.speaking_for(again) as returned:
            await returned.send(AGENDA, **Slot.in_days(8).as_window())
            assert (await returned.field(ACCESS))["connection"]["status"] == "RECONNECT_REQUIRED"


@pytest.mark.postgresql
async def test_what_was_kept_is_put_back_and_made_true_by_itself_on_postgresql(
    postgresql_url: str, tmp_path: Path
) -> None:
    async with story_on(postgresql_url, tmp_path, NEWBRIDGE, PENDING_POLL_INTERVAL="0.3") as story:
        await _told(story, tmp_path, postgresql_url, NEWBRIDGE)

        # Microsoft was told nothing, so whoever disconnected since would be connected again, unless all are asked.
        again = await story.token_by_sign_in(OTHER[NEWBRIDGE.name])
        async with story.speaking_for(again) as returned:
            assert (await returned.field(ACCESS))["connection"]["status"] == "CONNECTED"
            said = await story.server.command("restored", "--reconnect", "--yes")
            assert "3 members were asked to connect their calendar again." in said
        again = await story.token_by_sign_in(OTHER[NEWBRIDGE.name])
        async with story.speaking_for(again) as returned:
            assert (await returned.field(ACCESS))["connection"]["status"] == "RECONNECT_REQUIRED"
            assert (await returned.field(CONNECT))["__typename"] == "ConsentRequested"


async def test_an_organisation_whose_five_days_ended_since_is_purged_anew_before_anybody_can_enable_it(
    tmp_path: Path,
) -> None:
    url = _sqlite(tmp_path)
    async with story_on(url, tmp_path, BROOKSIDE, moves_clock=True) as story:
        token = await story.enabled()
        async with story.speaking_for(token) as administrator:
            shown = await administrator.field(PREVIEW)
            await administrator.field(DISABLE, input={"confirmation": shown["confirmation"]})
        await _back_up(story, tmp_path)
        await story.advance(timedelta(days=5, minutes=1))
        await _until_nothing_is_kept(url)

        await story.server.kill()
        restored = await documented.run("restore SQLite", tmp_path, story.server.environment, module="app.demo.server")
        assert _count(url) == 1
        await story.server.start()

        assert "sessions and access tokens have ended" in restored
        await _until_nothing_is_kept(url)


async def test_a_member_who_was_erased_since_is_back_and_is_erased_again_by_the_id_that_was_noted(
    tmp_path: Path,
) -> None:
    url = _sqlite(tmp_path)
    async with story_on(url, tmp_path, BROOKSIDE, PENDING_POLL_INTERVAL="0.3") as story:
        await story.enabled()
        await story.connected_member()
        await _back_up(story, tmp_path)
        erased = await story.server.command("member", "erase", BROOKSIDE.name, BROOKSIDE.member, "--yes")
        noted = erased.partition(", id ")[2].split()[0]

        await _lose_and_restore(story, tmp_path)
        assert BROOKSIDE.member in await story.server.command("member", "export", BROOKSIDE.name, noted)
        again = await story.server.command("member", "erase", BROOKSIDE.name, noted, "--yes")

        assert "The member is erased" in again
        with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
            assert connection.execute("SELECT count(*) FROM member WHERE id = ?", (noted,)).fetchone() == (0,)


def _count(url: str) -> int:
    with closing(sqlite3.connect(url.removeprefix("sqlite://"))) as connection:
        count: int = connection.execute(CREDENTIALS).fetchone()[0]
        return count


async def _until_nothing_is_kept(url: str) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while _count(url):  # noqa: ASYNC110  # another process erases
            await asyncio.sleep(0.05)
