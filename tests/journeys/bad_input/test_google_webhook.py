"""Strangers post to the address where Google tells of changes: nothing comes of it, and they learn nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from tests.journeys.bad_input.brookside import Brookside
from tests.journeys.story import BOOK, PENDING, Slot

pytestmark = pytest.mark.asyncio(loop_scope="package")

Headers = dict[str, str]

WEBHOOK, MICROSOFTS_WEBHOOK = "/webhooks/google", "/webhooks/microsoft365"
READ_SECONDS = 10
IRIS = "iris.moreau@fernhill.example"


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _nothing_left_on_order(brookside: Brookside) -> AsyncIterator[None]:
    yield
    await brookside.put_right()


async def _watched(brookside: Brookside, token: str, subject: str) -> Headers:
    """Book a room that does not answer; what Google posts when something changes in its organiser's calendar."""
    sandbox = brookside.story.sandbox
    before = {channel["id"] for channel in await sandbox.control("GET", "google/channels")}
    slot = Slot.in_days(9)
    async with brookside.story.speaking_for(token) as member:
        room = await brookside.story.free_room(member, slot)
        await sandbox.control("PATCH", f"google/rooms/{room['email']}", {"behaviour": "MANUAL"})
        wanted = {"roomIds": [room["id"]], "event": slot.as_event(subject), "idempotencyKey": subject}
        booked = await member.field(BOOK, input=wanted)
    assert booked["bookings"][0]["state"] == "PENDING", booked
    async with asyncio.timeout(READ_SECONDS):
        while not (new := [one for one in await sandbox.control("GET", "google/channels") if one["id"] not in before]):
            pass
    [channel] = new
    return {
        "X-Goog-Channel-ID": channel["id"],
        "X-Goog-Channel-Token": channel["token"],
        "X-Goog-Resource-ID": channel["resource_id"],
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": "7",
    }


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def genuine(brookside: Brookside) -> Headers:
    """What Google posts of Mara's calendar."""
    return await _watched(brookside, brookside.mara, "Watched")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def foreign(brookside: Brookside) -> Headers:
    """What Google posts of a calendar at another organisation on the same server."""
    iris = await brookside.story.enabled("Fernhill", IRIS, approved_already=True)
    return await _watched(brookside, iris, "Theirs")


async def _post(
    brookside: Brookside, headers: Headers, body: bytes | None = None, path: str = WEBHOOK, method: str = "POST"
) -> tuple[int, str, Headers]:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, brookside.story.server.address + path, headers=headers, data=body) as response,
    ):
        return response.status, await response.text(), dict(response.headers)


async def _reads(brookside: Brookside) -> int:
    """How often events were read at Google since the counting began."""
    counted: dict[str, list[dict[str, Any]]] = await brookside.story.sandbox.control("GET", "calls")
    return sum(
        call["count"]
        for call in counted["counts"]
        if (call["host"], call["method"]) == ("google-calendar", "GET") and "/events" in call["path"]
    )


async def _until_read(brookside: Brookside) -> int:
    async with asyncio.timeout(READ_SECONDS):
        while not (reads := await _reads(brookside)):
            pass
    return reads


def _dropped(brookside: Brookside) -> int:
    """How many posts the server did not believe so far."""
    return brookside.story.server.log().count('"notifications_dropped"')


def _request(lines: str) -> bytes:
    """A post with these lines of headers."""
    return f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{lines}\r\n".encode("latin-1")


async def _raw(brookside: Brookside, request: bytes) -> bytes:
    """The first line of the answer to these very bytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", brookside.story.server.port)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(READ_SECONDS):
            return await reader.readline()
    finally:
        writer.close()


async def test_a_genuine_post_leads_to_a_reading(brookside: Brookside, genuine: Headers) -> None:
    await brookside.story.sandbox.control("DELETE", "calls")

    status, text, _ = await _post(brookside, genuine)

    assert (status, text) == (202, "")
    assert await _until_read(brookside) >= 1


@pytest.mark.parametrize(
    "change",
    [
        {"X-Goog-Channel-Token": "hmw_somebody-elses"},
        {"X-Goog-Channel-ID": "2f0c6a6e-0000-4000-8000-000000000000"},
        {"X-Goog-Resource-ID": "another-resource"},
    ],
    ids=lambda change: next(iter(change)),
)
async def test_a_forged_post_is_acknowledged_and_not_believed(
    brookside: Brookside, genuine: Headers, change: Headers
) -> None:
    dropped = _dropped(brookside)

    status, text, _ = await _post(brookside, genuine | change)

    assert (status, text) == (202, "")
    assert _dropped(brookside) == dropped + 1


async def test_the_greeting_of_a_channel_is_acknowledged_whatever_it_claims(
    brookside: Brookside, genuine: Headers
) -> None:
    status, text, _ = await _post(brookside, genuine | {"X-Goog-Resource-State": "sync", "X-Goog-Channel-Token": "no"})

    assert (status, text) == (202, "")


@pytest.mark.parametrize(
    "name", ["X-Goog-Channel-ID", "X-Goog-Channel-Token", "X-Goog-Resource-ID", "X-Goog-Resource-State"]
)
@pytest.mark.parametrize("value", [None, "", "x" * 5_000, "caf\xe9", "a, b\tc"])
async def test_a_post_without_a_header_or_with_an_odd_one_is_refused(
    brookside: Brookside, genuine: Headers, name: str, value: str | None
) -> None:
    kept = {key: given for key, given in (genuine | {name: value}).items() if given is not None}
    lines = "".join(f"{key}: {given}\r\n" for key, given in kept.items())

    answer = await _raw(
        brookside, f"POST {WEBHOOK} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{lines}\r\n".encode("latin-1")
    )

    assert answer.split()[1] == b"400", answer


async def test_another_organisations_channel_with_our_own_token_is_not_believed(
    brookside: Brookside, genuine: Headers, foreign: Headers
) -> None:
    dropped = _dropped(brookside)
    mixed = [
        genuine | {"X-Goog-Channel-ID": foreign["X-Goog-Channel-ID"]},
        genuine | {name: foreign[name] for name in ("X-Goog-Channel-ID", "X-Goog-Resource-ID")},
        genuine | {"X-Goog-Channel-Token": foreign["X-Goog-Channel-Token"]},
    ]

    answers = [await _post(brookside, headers) for headers in mixed]

    assert [status for status, _, _ in answers] == [202] * 3
    assert _dropped(brookside) == dropped + 3


async def test_a_post_that_comes_a_thousand_times_is_few_readings(brookside: Brookside, genuine: Headers) -> None:
    await brookside.story.sandbox.control("DELETE", "calls")
    room = asyncio.Semaphore(20)

    async def once(session: aiohttp.ClientSession) -> int:
        async with room, session.post(brookside.story.server.address + WEBHOOK, headers=genuine) as response:
            return response.status

    async with aiohttp.ClientSession() as session:
        statuses = await asyncio.gather(*(once(session) for _ in range(1_000)))

    assert set(statuses) <= {202, 503}
    assert await _until_read(brookside) < 100


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_only_posts_are_taken(brookside: Brookside, genuine: Headers, method: str) -> None:
    status, text, _ = await _post(brookside, genuine, method=method)

    assert status == 405
    assert "hmw_" not in text


async def test_nothing_is_echoed_at_googles_address(brookside: Brookside) -> None:
    status, text, _ = await _post(brookside, {}, path=f"{WEBHOOK}?validationToken=echo-me")

    assert (status, "echo-me" in text) == (400, False)


async def test_what_the_other_suite_posts_is_refused(brookside: Brookside, genuine: Headers) -> None:
    microsofts = b'{"value": [{"subscriptionId": "x", "clientState": "y", "changeType": "updated", "resource": "z"}]}'

    at_googles = await _post(brookside, {"Content-Type": "application/json"}, microsofts)
    at_microsofts = await _post(brookside, genuine, path=MICROSOFTS_WEBHOOK)

    assert (at_googles[0], at_microsofts[0]) == (400, 400)


async def test_googles_secret_opens_nothing_at_microsofts_address(brookside: Brookside, genuine: Headers) -> None:
    dropped = _dropped(brookside)
    watch = f"{genuine['X-Goog-Channel-ID']} {genuine['X-Goog-Resource-ID']}"
    body = (
        f'{{"value": [{{"subscriptionId": "{watch}", "clientState": "{genuine["X-Goog-Channel-Token"]}",'
        ' "changeType": "updated", "resource": "Users/x/Events/y", "tenantId": "brookside.example"}]}'
    ).encode()

    status, _, _ = await _post(brookside, {"Content-Type": "application/json"}, body, MICROSOFTS_WEBHOOK)

    assert (status, _dropped(brookside)) == (202, dropped + 1)


async def test_a_huge_body_is_refused_and_one_with_a_thousand_headers_too(
    brookside: Brookside, genuine: Headers
) -> None:
    huge = await _post(brookside, genuine, b"x" * 1_000_000)
    lines = "".join(f"X-Filler-{number}: {'x' * 500}\r\n" for number in range(1_000))
    bomb = await _raw(brookside, _request(lines))

    assert huge[0] == 413
    assert bomb.split()[1] in {b"400", b"431"}, bomb


async def test_the_first_of_two_headers_counts_alone(brookside: Brookside, genuine: Headers) -> None:
    dropped = _dropped(brookside)
    forged = "".join(f"{name}: {value}\r\n" for name, value in (genuine | {"X-Goog-Channel-Token": "hmw_no"}).items())
    second = f"X-Goog-Channel-Token: {genuine['X-Goog-Channel-Token']}\r\n"

    answer = await _raw(brookside, _request(forged + second))

    assert (answer.split()[1], _dropped(brookside)) == (b"202", dropped + 1)


async def test_the_log_names_no_channel_and_no_secret(brookside: Brookside, genuine: Headers, foreign: Headers) -> None:
    log = brookside.story.server.log()

    for headers in (genuine, foreign):
        assert headers["X-Goog-Channel-ID"] not in log
        assert headers["X-Goog-Channel-Token"] not in log
        assert headers["X-Goog-Resource-ID"] not in log


async def test_after_all_that_the_rooms_answer_still_arrives(brookside: Brookside, genuine: Headers) -> None:
    sandbox = brookside.story.sandbox
    async with (
        brookside.story.speaking_for(brookside.mara) as mara,
        mara.subscribe(PENDING) as updates,
    ):
        [booking] = (await mara.field("{ bookings { nodes { id room { email } } } }"))["nodes"]
        [item] = await brookside.story.company.items(sandbox, "Watched")
        said = {"event_id": item["id"], "response": "decline"}
        await sandbox.control("POST", f"google/rooms/{booking['room']['email']}/answer", said)
        update = await updates.next()
        while update["snapshot"]:
            update = await updates.next()

    assert (update["booking"]["id"], update["booking"]["state"]) == (booking["id"], "REJECTED")
