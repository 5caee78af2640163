"""Google is busy, down, or answers what makes no sense: Finn is told in words, and nothing is half done."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.brookside import FINN, NILS, Brookside
from tests.journeys.bad_input.world import ACCESS, AGENDA, BOOK_OR_SAY_WHY, CANCEL, in_plain_words
from tests.journeys.story import BOOKINGS, PENDING, Slot

pytestmark = pytest.mark.asyncio(loop_scope="package")

WINDOW = Slot.in_days(2).as_window()
EVENTS = "/calendar/v3/calendars/*/events"
EVERYWHERE = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to, calendars: ALL_OWNED) {
  __typename ... on Agenda { events(first: 100) { nodes { subject } } problems { code message } }
  ... on Problem { code message remedy } } }"""
HTML = "<!DOCTYPE html><html><title>Error 502 (Server Error)!!1</title></html>"
DOWN: dict[str, dict[str, Any]] = {
    "unavailable": {"status": 503},
    "a page": {"status": 502, "body": HTML},
    "a page that says all is well": {"status": 200, "body": HTML},
    "dropped": {"effect": "drop"},
    "half an answer": {"effect": "malformed"},
    "hanging": {"effect": "hold", "moment": "before"},
    "the token is refused": {"status": 401},
    "a list": {"status": 200, "body": []},
}
ENDLESS: dict[str, dict[str, Any]] = {
    "a page that leads to itself": {"items": [], "nextPageToken": "again"},
    "items that are none": {"items": {"id": "x"}},
}
BUSY = ["userRateLimitExceeded", "rateLimitExceeded", "quotaExceeded", "dailyLimitExceeded"]


@pytest_asyncio.fixture(autouse=True, loop_scope="package")
async def _well_again(brookside: Brookside) -> AsyncIterator[None]:
    yield
    await brookside.until_well()


async def _wanted(brookside: Brookside, subject: str, days: int) -> dict[str, Any]:
    room = (await brookside.rooms())[0]
    return {
        "roomIds": [room["id"]],
        "event": Slot.in_days(days).as_event(subject),
        "idempotencyKey": subject,
    }


@pytest.mark.parametrize("fault", DOWN.values(), ids=DOWN)
async def test_while_google_is_in_trouble_an_agenda_is_a_problem_that_passes(
    brookside: Brookside, fault: dict[str, Any]
) -> None:
    await brookside.trouble(**fault)

    async with brookside.nothing_done() as finn:
        problem = await finn.field(AGENDA, **WINDOW)

    assert (problem["code"], problem["retryable"], problem["whoActs"]) == ("SUITE_UNAVAILABLE", True, "MEMBER")
    assert in_plain_words(problem)


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
async def test_pages_that_make_no_sense_are_trouble_of_googles(brookside: Brookside, answer: dict[str, Any]) -> None:
    await brookside.trouble(EVENTS, status=200, body=answer)

    async with brookside.nothing_done() as finn:
        problem = await finn.field(AGENDA, **WINDOW)

    assert problem["code"] == "SUITE_UNAVAILABLE"


@pytest.mark.parametrize("status", [409, 412])
async def test_a_collision_where_nothing_was_written_is_trouble_of_googles(brookside: Brookside, status: int) -> None:
    await brookside.trouble(status=status)

    async with brookside.nothing_done() as finn:
        problems = [await finn.field(document, **WINDOW) for document in (AGENDA, EVERYWHERE)]

    assert [problem["code"] for problem in problems] == ["SUITE_UNAVAILABLE"] * 2


@pytest.mark.parametrize("reason", BUSY)
async def test_a_google_that_is_too_busy_says_so_by_403_and_finn_hears_when_to_come_again(
    brookside: Brookside, reason: str
) -> None:
    await brookside.trouble(status=403, code=reason, headers={"Retry-After": "77"})

    async with brookside.nothing_done() as finn:
        problem = await finn.field(AGENDA, **WINDOW)

    assert (problem["code"], problem["retryAfterSeconds"], problem["retryable"]) == ("SUITE_THROTTLED", 77, True)
    assert in_plain_words(problem)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 403, "code": "userRateLimitExceeded", "headers": {"Retry-After": "0.1"}},
        {"status": 503, "headers": {"Retry-After": "0.1"}},
        {"status": 401},
    ],
    ids=["busy", "unavailable", "the token is refused"],
)
async def test_trouble_that_passes_at_once_is_not_even_noticed(brookside: Brookside, fault: dict[str, Any]) -> None:
    await brookside.trouble(times=1, **fault)

    async with brookside.nothing_done() as finn:
        agenda = await finn.field(AGENDA, **WINDOW)

    assert (agenda["__typename"], agenda["problems"]) == ("Agenda", [])


@pytest.mark.parametrize("name", ["unavailable", "a page", "dropped", "hanging", "the token is refused"])
async def test_a_booking_that_google_never_saw_leaves_nothing_and_the_same_request_makes_it_later(
    brookside: Brookside, name: str
) -> None:
    wanted = await _wanted(brookside, f"Not seen, {name}", 30)
    await brookside.trouble(EVENTS, method="POST", **DOWN[name])

    async with brookside.nothing_done() as finn:
        problem = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
    await brookside.until_well()
    async with brookside.story.speaking_for(brookside.finn) as finn:
        booked = await finn.field(BOOK_OR_SAY_WHY, input=wanted)

    assert (problem["code"], problem["retryable"]) == ("SUITE_UNAVAILABLE", True)
    assert booked["__typename"] == "RoomsBooked", booked
    assert len(await brookside.items(wanted["event"]["subject"])) == 1


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 503, "moment": "after", "headers": {"Retry-After": "0.1"}},
        {"status": 502, "moment": "after", "body": HTML},
        {"status": 401, "moment": "after"},
        {"status": 403, "moment": "after", "code": "userRateLimitExceeded", "headers": {"Retry-After": "0.1"}},
        {"effect": "drop", "moment": "after"},
        {"effect": "hold", "moment": "after"},
        {"effect": "malformed"},
    ],
    ids=lambda fault: str(fault.get("effect", fault.get("status"))),
)
async def test_an_answer_that_is_lost_after_the_event_was_made_leaves_one_event_and_one_booking(
    brookside: Brookside, fault: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    wanted = await _wanted(brookside, f"Lost {request.node.callspec.id}", 31)
    await brookside.trouble(EVENTS, method="POST", times=1, **fault)

    async with brookside.story.speaking_for(brookside.finn) as finn:
        before = len((await finn.field(BOOKINGS))["nodes"])
        answers = [await finn.field(BOOK_OR_SAY_WHY, input=wanted) for _ in range(3)]
        after = len((await finn.field(BOOKINGS))["nodes"])

    assert answers[-1]["__typename"] == "RoomsBooked", answers
    assert len(await brookside.items(wanted["event"]["subject"])) == 1
    assert after == before + 1


@pytest.mark.parametrize(("status", "reason"), [(412, "conditionNotMet"), (409, "conflict")])
async def test_an_event_that_changes_under_every_change_keeps_its_rooms(
    brookside: Brookside, status: int, reason: str
) -> None:
    first, other = (await brookside.rooms())[:2]
    wanted = await _wanted(brookside, f"Restless {status}", 32)
    async with brookside.story.speaking_for(brookside.finn) as finn:
        booked = await finn.field(BOOK_OR_SAY_WHY, input=wanted)
        await brookside.trouble(f"{EVENTS}/*", method="PATCH", status=status, code=reason)

        more = {"roomIds": [other["id"]], "eventId": booked["event"]["id"], "idempotencyKey": f"restless {status}"}
        answers = [
            await finn.field(BOOK_OR_SAY_WHY, input=more),
            await finn.field(CANCEL, input={"bookingId": booked["bookings"][0]["id"]}),
        ]
        state, _ = await brookside.state(finn, booked["bookings"][0]["id"])

    [item] = await brookside.items(wanted["event"]["subject"])
    assert [answer["code"] for answer in answers] == ["EVENT_CHANGED"] * 2
    assert all(in_plain_words(answer) for answer in answers)
    assert state in {"PENDING", "ACCEPTED"}
    assert [guest["email"] for guest in item["attendees"]] == [first["email"]]


async def test_a_further_calendar_in_trouble_leaves_the_others_and_is_called_a_calendar(brookside: Brookside) -> None:
    further = {"summary": "Team"}
    made = await brookside.story.sandbox.control("POST", f"google/mailboxes/{FINN}/secondary", further)
    async with brookside.nothing_done() as finn:
        problems = []
        for fault in ({"status": 404}, {"status": 410}, {"status": 500}, {"status": 403, "code": "rateLimitExceeded"}):
            await brookside.trouble(f"/calendar/v3/calendars/{made['id']}/events", **fault)
            agenda = await finn.field(EVERYWHERE, **WINDOW)
            problems += agenda["problems"]
            await brookside.put_right()
    await brookside.story.sandbox.control("DELETE", f"google/mailboxes/{FINN}/secondary")

    assert [problem["code"] for problem in problems] == ["NOT_FOUND"] * 2 + ["SUITE_UNAVAILABLE", "SUITE_THROTTLED"]
    assert problems[0]["message"] == "There is no such calendar."
    assert all(in_plain_words(problem) for problem in problems)


async def test_events_that_lack_everything_spoil_no_others(brookside: Brookside) -> None:
    slot, lie = Slot.in_days(33), f"google/mailboxes/{FINN}/raw"
    times = {name: {"dateTime": value.isoformat()} for name, value in (("start", slot.start), ("end", slot.end))}
    guests = [{"email": f"guest.{number}@partner.example"} for number in range(1_000)]
    for odd in (
        {"id": "oddaaaaa1", "status": "cancelled"},
        {"id": "oddaaaaa2", "summary": "No times", "start": {}, "end": {}},
        {"id": "oddaaaaa3", "summary": "No organiser", **times},
        {"id": "oddaaaaa4", "summary": "Strange zone", **times, "start": times["start"] | {"timeZone": "tzone://x/y"}},
        {"id": "oddaaaaa5", "summary": "Strange guests", **times, "attendees": [{}, {"email": None}, {"self": True}]},
        {"id": "oddaaaaa6", "summary": "A thousand", **times, "attendees": guests},
    ):
        await brookside.story.sandbox.control("POST", lie, odd)

    async with brookside.story.speaking_for(brookside.finn) as finn:
        agenda = await finn.field(AGENDA, **slot.as_window())

    subjects = {event["subject"] for event in agenda["events"]["nodes"]}
    assert subjects == {"No organiser", "Strange zone", "Strange guests", "A thousand"}


async def test_tokens_that_cannot_be_renewed_now_are_no_reason_to_connect_again(brookside: Brookside) -> None:
    wanted = await _wanted(brookside, "Not renewed", 34)
    await brookside.order(path="/**/token", times=None, status=503)
    await brookside.trouble(status=401)

    async with brookside.nothing_done() as finn:
        problems = [await finn.field(AGENDA, **WINDOW), await finn.field(BOOK_OR_SAY_WHY, input=wanted)]
        connection = (await finn.field(ACCESS))["connection"]

    assert [problem["code"] for problem in problems] == ["SUITE_UNAVAILABLE"] * 2
    assert connection == {"status": "CONNECTED", "reason": None}


@pytest_asyncio.fixture(loop_scope="package")
async def polling(brookside: Brookside) -> AsyncIterator[Brookside]:
    """The same server, which also looks by itself."""
    usual = brookside.story.server
    await usual.stop()
    settings = {"HYBRID_MEETINGS_PENDING_POLLING": "true", "HYBRID_MEETINGS_PENDING_POLL_INTERVAL": "0.2"}
    looking = replace(usual, environment={**usual.environment, **settings})
    await looking.start()
    yield brookside
    await looking.stop()
    await usual.start()


async def test_where_google_will_not_post_the_rooms_answer_arrives_by_polling(polling: Brookside) -> None:
    await polling.trouble(f"{EVENTS}/watch", status=400, code="push.webhookUrlNotHttps")
    wanted = await _wanted(polling, "Polled", 35)
    token = await polling.story.connected_member(NILS)

    async with polling.story.speaking_for(token) as nils, nils.subscribe(PENDING) as updates:
        booked = await nils.field(BOOK_OR_SAY_WHY, input=wanted)
        update = await updates.next()
        while (update["booking"]["id"], update["booking"]["state"]) != (booked["bookings"][0]["id"], "ACCEPTED"):
            update = await updates.next()

    assert update["previousState"] == "PENDING"
