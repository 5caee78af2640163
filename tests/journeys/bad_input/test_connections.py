"""Consents that end, credentials that are taken back, notifications that nobody sent: told once, and nothing lost."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.sandbox.visitor import Visitor
from tests.journeys.bad_input.world import (
    ACCESS,
    AGENDA,
    BOOK_OR_SAY_WHY,
    DISCONNECT,
    NEW_TOKEN,
    REVOKE,
    World,
    in_plain_words,
)
from tests.journeys.story import BOOKINGS, CONNECT, PENDING, Slot
from tests.support.client import Client, Items

pytestmark = pytest.mark.asyncio(loop_scope="package")

WINDOW = Slot.in_days(2).as_window()
SIGN_OUT = "mutation { signOut { __typename } }"
SEAN = "sean.oceallaigh@newbridge.example"


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def sean(world: World) -> str:
    """The access token of a connected member whom these tests disconnect and connect again."""
    return await world.story.connected_member(SEAN)


async def _connect(world: World, token: str) -> None:
    async with world.story.speaking_for(token) as member:
        if (await member.field(ACCESS))["connection"]["status"] != "CONNECTED":
            landing = await world.story.visit(SEAN, (await member.field(CONNECT))["consentUrl"])
            assert landing.status == 200, landing.text


async def _book(world: World, member: Client, subject: str, days: int) -> dict[str, Any]:
    room, slot = await world.room(), Slot.in_days(days)
    wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
    booked = await member.field(BOOK_OR_SAY_WHY, input=wanted)
    assert booked["__typename"] == "RoomsBooked", booked
    return {"room": room["email"], **booked}


async def _until(updates: Items, booking_id: str, state: str) -> dict[str, Any]:
    while True:
        update: dict[str, Any] = await updates.next()
        if (update["booking"]["id"], update["booking"]["state"]) == (booking_id, state):
            return update


@asynccontextmanager
async def _silent(world: World) -> AsyncIterator[str]:
    """A room that does not answer until it is told to."""
    room = (await world.room())["email"]
    await world.story.sandbox.control("PATCH", f"graph/rooms/{room}", {"behaviour": "SILENT"})
    yield room
    await world.story.sandbox.control("PATCH", f"graph/rooms/{room}", {"behaviour": "AUTO_ACCEPT"})


async def _withdraw_consent(world: World) -> None:
    await world.story.sandbox.control("POST", f"users/{SEAN}/revoke-refresh-tokens")
    await world.story.sandbox.control("POST", f"users/{SEAN}/expire-access-tokens")


async def test_a_lost_connection_is_told_once_and_reconnecting_keeps_and_resumes_the_bookings(
    world: World, sean: str
) -> None:
    await _connect(world, sean)
    async with _silent(world) as room, world.story.speaking_for(sean) as member:
        before = (await member.field(ACCESS))["unreadNotificationCount"]
        booked = await _book(world, member, "Kept over a reconnect", 20)
        [booking] = booked["bookings"]

        await _withdraw_consent(world)
        problems = [await member.field(AGENDA, **WINDOW) for _ in range(3)]
        broken = await member.field(ACCESS)
        kept = [row["id"] for row in (await member.field(BOOKINGS))["nodes"]]
        [event] = await world.story.sandbox.control(
            "GET", f"graph/mailboxes/{SEAN}/items?subject=Kept over a reconnect"
        )
        answer = {"organizer": SEAN, "event_id": event["id"], "response": "accept"}
        await world.story.sandbox.control("POST", f"graph/rooms/{room}/answer", answer)
        async with member.subscribe(PENDING, since=datetime.now(UTC).isoformat()) as updates:
            await _connect(world, sean)
            heard = await _until(updates, booking["id"], "ACCEPTED")
        mended = await member.field(ACCESS)

    assert {problem["code"] for problem in problems} == {"RECONNECT_REQUIRED"}
    assert all(in_plain_words(problem) for problem in problems)
    assert broken["connection"]["status"] == "RECONNECT_REQUIRED"
    assert broken["unreadNotificationCount"] == before + 1
    assert kept == [booking["id"]]
    assert heard["previousState"] == "PENDING"
    assert mended["connection"] == {"status": "CONNECTED", "reason": None}


async def test_while_reconnecting_is_required_nothing_is_booked(world: World, sean: str) -> None:
    await _connect(world, sean)
    before = await world.items(SEAN)
    await _withdraw_consent(world)
    room, slot = await world.room(), Slot.in_days(21)

    async with world.story.speaking_for(sean) as member:
        wanted = {"roomIds": [room["id"]], "event": slot.as_event("Not booked"), "idempotencyKey": "not booked"}
        problems = [await member.field(BOOK_OR_SAY_WHY, input=wanted) for _ in range(2)]
        await _connect(world, sean)
        booked = await member.field(BOOK_OR_SAY_WHY, input=wanted)

    assert {problem["code"] for problem in problems} == {"RECONNECT_REQUIRED"}
    assert booked["__typename"] == "RoomsBooked", booked
    assert await world.items(SEAN) == sorted([*before, "Not booked"])


async def test_disconnecting_while_the_suite_is_down_erases_everything_here_and_ends_the_subscription(
    world: World, sean: str
) -> None:
    await _connect(world, sean)
    async with world.story.speaking_for(sean) as member, member.subscribe(PENDING) as updates:
        booked = await _book(world, member, "Left behind", 22)
        await _until(updates, booked["bookings"][0]["id"], "ACCEPTED")
        await world.order(path="/**", times=None, status=503, user=SEAN)
        await world.order(host="entra", path="/**", times=None, status=503)

        disconnected = await member.field(DISCONNECT)
        again = await member.field(DISCONNECT)
        last = await updates.next()
        while last["__typename"] != "SubscriptionEnded":
            last = await updates.next()
        completed = await updates.next()
        bookings = (await member.field(BOOKINGS))["nodes"]
        agenda = await member.field(AGENDA, **WINDOW)
        node = await member.field("query ($id: ID!) { node(id: $id) { id } }", id=booked["bookings"][0]["id"])

    assert disconnected == {
        "__typename": "CalendarDisconnected",
        "suiteWasTold": False,
        "connection": {"status": "NOT_CONNECTED"},
    }
    assert again["code"] == "CONNECTION_REQUIRED"
    assert (last["reason"], completed) == ("CALENDAR_DISCONNECTED", None)
    assert (bookings, node) == ([], None)
    assert agenda["code"] == "CONNECTION_REQUIRED"
    assert "Left behind" in await world.items(SEAN)


async def test_forged_notifications_are_taken_and_change_nothing(world: World, sean: str) -> None:
    await _connect(world, sean)
    async with _silent(world), world.story.speaking_for(sean) as member:
        booked = await _book(world, member, "Watched", 23)
        subscriptions = await world.story.sandbox.control("GET", "graph/subscriptions")
        forged = [
            {
                "subscriptionId": subscription["id"],
                "clientState": "guessed",
                "changeType": "deleted",
                "resource": f"Users/{SEAN}/Events/AAMk",
                "tenantId": "00000000-0000-0000-0000-000000000000",
                "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "id": "AAMk"},
            }
            for subscription in subscriptions
        ]
        async with aiohttp.ClientSession() as session:
            statuses = []
            for body in (json.dumps({"value": forged}), json.dumps({"value": [{}, None, 3]}), "{", "[]", ""):
                async with session.post(
                    f"{world.story.server.address}/webhooks/microsoft365",
                    data=body,
                    headers={"Content-Type": "application/json"},
                ) as response:
                    statuses.append(response.status)
        [booking] = [row for row in (await member.field(BOOKINGS))["nodes"] if row["id"] == booked["bookings"][0]["id"]]

    assert forged
    assert statuses[0] == 202
    assert all(status in {202, 400} for status in statuses)
    assert booking["state"] == "PENDING"


async def _closing_code(url: str, token: str | None, headers: Mapping[str, str], then: Any) -> int | None:
    """Subscribe, let something happen, and wait for the server to close the socket; its code."""
    async with connect(
        url.replace("http", "ws", 1) + "/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers=headers,
    ) as socket:
        payload = {"Authorization": f"Bearer {token}"} if token else {}
        await socket.send(json.dumps({"type": "connection_init", "payload": payload}))
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": PENDING}}))
        await then()
        async with asyncio.timeout(5):
            await socket.wait_closed()
    return socket.close_code


async def test_revoking_an_access_token_closes_the_sockets_that_it_opened(world: World) -> None:
    async with world.story.speaking_for(world.mia) as mia:
        made = await mia.field(NEW_TOKEN, input={"name": "Kiosk", "idempotencyKey": "kiosk"})

        async def revoke() -> None:
            assert "revokedAt" in (await mia.field(REVOKE, id=made["accessToken"]["id"]))["accessToken"]

        code = await _closing_code(world.story.server.address, made["token"], {}, revoke)

        still = await mia.field(ACCESS)

    assert code == 4401
    assert still["connection"]["status"] == "CONNECTED"


async def test_signing_out_ends_the_session_and_its_sockets_and_nothing_else(world: World) -> None:
    address = world.story.server.address
    async with Visitor("mia.chen@newbridge.example") as browser:
        await browser.open(f"{address}/auth/sign-in?suite=MICROSOFT_365")
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in browser.session.cookie_jar)
        headers = {"Cookie": cookies, "Origin": address, "X-Requested-With": "test"}

        async def ask(document: str) -> dict[str, Any]:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{address}/graphql", json={"query": document}, headers=headers) as response,
            ):
                answer: dict[str, Any] = await response.json(content_type=None)
                return answer

        async def sign_out() -> None:
            assert (await ask(SIGN_OUT))["data"] == {"signOut": {"__typename": "SessionEnded"}}

        before = await ask(ACCESS)
        code = await _closing_code(address, None, {"Cookie": cookies, "Origin": address}, sign_out)
        after = await ask(ACCESS)

    assert before["data"]["viewer"]["connection"]["status"] == "CONNECTED"
    assert code == 4401
    assert [error["extensions"]["code"] for error in after["errors"]] == ["UNAUTHENTICATED"]
    async with world.story.speaking_for(world.mia) as mia:
        assert (await mia.field(ACCESS))["connection"]["status"] == "CONNECTED"
