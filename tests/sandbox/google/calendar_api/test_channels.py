"""Push channels: how they are opened and stopped, and what is told to whom."""

import itertools
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from app.sandbox.google.calendar_api.scopes import scopes
from tests.sandbox.google.conftest import (
    CLIENT,
    HUGO,
    IRIS,
    OTHER_CLIENT,
    ROOM,
    ROOM_ELSEWHERE,
    STRANGER,
    SmallGoogle,
)
from tests.sandbox.google.receiver import Receiver, receiving
from tests.sandbox.graph.client import AsgiClient, Reply

WATCH = "/calendar/v3/calendars/primary/events/watch"
STOP = "/calendar/v3/channels/stop"
DELIVERY = "/control/google/delivery"


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


def wanted(receiver: Receiver, **more: Any) -> dict[str, Any]:
    return {"id": "channel-1", "type": "web_hook", "address": receiver.url, "token": "secret", **more}


def reason(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["errors"][0]["reason"]


def changed(google: SmallGoogle, calendar_id: str = IRIS) -> None:
    google.state.google.calendars.feed.changed(calendar_id)


async def opened(client: AsgiClient, receiver: Receiver, **more: Any) -> dict[str, Any]:
    """A channel whose first message has arrived."""
    before = len(receiver.messages)
    reply = await client.post(WATCH, wanted(receiver, **more))
    assert reply.status == 200, reply.body
    await receiver.until(lambda r: len(r.messages) > before)
    return dict(reply.body)


async def test_a_channel_answers_who_it_is_and_lasts_a_week(google: SmallGoogle, receiver: Receiver) -> None:
    made = await opened(google.as_user(IRIS), receiver)

    lasts = int(made["expiration"]) / 1000 - google.state.clock.now().timestamp()
    assert made.keys() == {"kind", "id", "resourceId", "resourceUri", "token", "expiration"}
    assert (made["kind"], made["id"], made["token"]) == ("api#channel", "channel-1", "secret")
    assert made["resourceUri"].endswith(f"/calendar/v3/calendars/{IRIS}/events?alt=json")
    assert timedelta(days=7) - timedelta(minutes=1) < timedelta(seconds=lasts) <= timedelta(days=7)


async def test_the_first_message_says_sync_and_means_no_change(google: SmallGoogle, receiver: Receiver) -> None:
    made = await opened(google.as_user(IRIS), receiver)

    [first] = receiver.messages
    expires_at = parsedate_to_datetime(first.headers["x-goog-channel-expiration"])
    assert (first.state, first.number, first.body) == ("sync", 1, b"")
    assert first.headers["x-goog-channel-id"] == "channel-1"
    assert first.headers["x-goog-channel-token"] == "secret"
    assert first.headers["x-goog-resource-id"] == made["resourceId"]
    assert first.headers["x-goog-resource-uri"] == made["resourceUri"]
    assert int(expires_at.timestamp()) == int(made["expiration"]) // 1000


async def test_the_first_message_can_arrive_before_the_answer(google: SmallGoogle, receiver: Receiver) -> None:
    await google.control.patch(DELIVERY, {"sync_comes_first": True})

    await google.as_user(IRIS).post(WATCH, wanted(receiver))

    assert receiver.states == ["sync"]


async def test_each_change_is_told_without_content_and_with_rising_numbers(
    google: SmallGoogle, receiver: Receiver
) -> None:
    await opened(google.as_user(IRIS), receiver)

    changed(google)
    await receiver.until(lambda r: len(r.messages) == 2)
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    numbers = [one.number for one in receiver.messages]
    assert receiver.states == ["sync", "exists", "exists"]
    assert {one.body for one in receiver.messages} == {b""}
    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(numbers))


async def test_a_burst_of_changes_is_one_message(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)

    for _ in range(20):
        changed(google)
    await receiver.until(lambda r: len(r.messages) == 2)
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert receiver.states == ["sync", "exists", "exists"]


async def test_changes_of_another_calendar_are_not_told(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver, token="iris")
    await opened(google.as_user(HUGO), receiver, id="channel-2", token="hugo")

    changed(google, HUGO)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert [one.headers["x-goog-channel-token"] for one in receiver.messages] == ["iris", "hugo", "hugo"]


async def test_channels_of_one_person_on_one_calendar_share_the_resource_and_those_of_others_do_not(
    google: SmallGoogle, receiver: Receiver
) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)

    first, second = await opened(iris, receiver), await opened(iris, receiver, id="channel-2")
    others = await opened(hugo, receiver, id="channel-3")

    assert first["resourceId"] == second["resourceId"] != others["resourceId"]


async def test_a_stopped_channel_is_silent_and_cannot_be_stopped_again(google: SmallGoogle, receiver: Receiver) -> None:
    iris = google.as_user(IRIS)
    made = await opened(iris, receiver)
    await opened(iris, receiver, id="channel-2", token="stays")
    named = {"id": made["id"], "resourceId": made["resourceId"]}

    stopped, again = await iris.post(STOP, named), await iris.post(STOP, named)
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert (stopped.status, stopped.body) == (204, None)
    assert reason(again) == (404, "notFound")
    assert receiver.messages[-1].headers["x-goog-channel-token"] == "stays"


async def test_only_the_person_and_client_that_opened_a_channel_stop_it(
    google: SmallGoogle, receiver: Receiver
) -> None:
    made = await opened(google.as_user(IRIS), receiver)
    named = {"id": made["id"], "resourceId": made["resourceId"]}

    other_person = await google.as_user(HUGO).post(STOP, named)
    other_client = await google.as_user(IRIS, client_id=OTHER_CLIENT).post(STOP, named)
    other_resource = await google.as_user(IRIS).post(STOP, {**named, "resourceId": "other"})

    assert [reason(one) for one in (other_person, other_client, other_resource)] == [(404, "notFound")] * 3


async def test_an_id_is_good_once(google: SmallGoogle, receiver: Receiver) -> None:
    iris = google.as_user(IRIS)
    made = await opened(iris, receiver)

    while_it_lives = await iris.post(WATCH, wanted(receiver))
    await iris.post(STOP, {"id": made["id"], "resourceId": made["resourceId"]})
    afterwards = await google.as_user(HUGO).post(WATCH, wanted(receiver))

    assert [reason(one) for one in (while_it_lives, afterwards)] == [(400, "channelIdNotUnique")] * 2


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": ""}, "required"),
        ({"id": "x" * 65}, "invalid"),
        ({"token": "x" * 257}, "invalid"),
        ({"type": "carrier_pigeon"}, "channelUnknown"),
        ({"type": None}, "required"),
        ({"address": ""}, "required"),
        ({"address": "http://receiver.example/hook"}, "push.webhookUrlNotHttps"),
        ({"address": "ftp://127.0.0.1/hook"}, "push.webhookUrlNotHttps"),
        ({"expiration": "1000"}, "invalid"),
        ({"expiration": "tomorrow"}, "invalid"),
        ({"params": {"ttl": "0"}}, "invalid"),
        ({"params": {"ttl": "-1"}}, "invalid"),
        ({"params": "week"}, "invalid"),
    ],
)
async def test_a_channel_that_cannot_be_is_refused(
    google: SmallGoogle, receiver: Receiver, changes: dict[str, Any], expected: str
) -> None:
    refused = await google.as_user(IRIS).post(WATCH, wanted(receiver, **changes))

    assert reason(refused) == (400, expected)


@pytest.mark.parametrize(
    ("changes", "lasts"),
    [
        ({"params": {"ttl": "3600"}}, timedelta(hours=1)),
        ({"params": {"ttl": "999999999999"}}, timedelta(days=30)),
    ],
)
async def test_a_channel_lasts_as_long_as_asked_for_and_not_longer_than_there_is(
    google: SmallGoogle, receiver: Receiver, changes: dict[str, Any], lasts: timedelta
) -> None:
    made = await opened(google.as_user(IRIS), receiver, **changes)

    seconds = int(made["expiration"]) / 1000 - google.state.clock.now().timestamp()
    assert lasts - timedelta(minutes=1) < timedelta(seconds=seconds) <= lasts


async def test_an_end_can_be_given_as_a_moment(google: SmallGoogle, receiver: Receiver) -> None:
    moment = int((google.state.clock.now() + timedelta(days=2)).timestamp()) * 1000

    made = await opened(google.as_user(IRIS), receiver, expiration=str(moment))

    assert abs(int(made["expiration"]) - moment) <= 1


async def test_a_channel_dies_when_its_time_is_over(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver, params={"ttl": "3600"}, token="short")
    await opened(google.as_user(IRIS), receiver, id="channel-2", token="long")

    google.state.clock.advance(timedelta(hours=2))
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert receiver.messages[-1].headers["x-goog-channel-token"] == "long"
    assert [one["id"] for one in (await google.control.get("/control/google/channels")).body] == ["channel-2"]


async def test_a_channel_dies_with_the_grant_it_was_opened_under(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)
    await opened(google.as_user(IRIS, client_id=OTHER_CLIENT), receiver, id="channel-2")
    await opened(google.as_user(HUGO), receiver, id="channel-3")

    google.state.google.tokens.revoke(google.user(IRIS).sub, CLIENT)

    listed = (await google.control.get("/control/google/channels")).body
    assert [one["id"] for one in listed] == ["channel-2", "channel-3"]


async def test_a_room_of_ones_own_customer_can_be_watched_and_another_customers_calendars_cannot(
    google: SmallGoogle, receiver: Receiver
) -> None:
    iris = google.as_user(IRIS)

    room = await iris.post(f"/calendar/v3/calendars/{ROOM}/events/watch", wanted(receiver))
    foreign = [
        await iris.post(f"/calendar/v3/calendars/{one}/events/watch", wanted(receiver, id="channel-2"))
        for one in (ROOM_ELSEWHERE, STRANGER, "nobody@meadow.example")
    ]

    assert room.status == 200
    assert [reason(one) for one in foreign] == [(404, "notFound")] * 3


async def test_free_and_busy_alone_opens_no_channel(google: SmallGoogle, receiver: Receiver) -> None:
    refused = await google.as_user(IRIS, scopes("calendar.freebusy")).post(WATCH, wanted(receiver))

    assert reason(refused) == (403, "insufficientPermissions")


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_message_is_sent_again_after_a_server_error_and_every_attempt_is_logged(
    google: SmallGoogle, receiver: Receiver, status: int
) -> None:
    await opened(google.as_user(IRIS), receiver)
    receiver.statuses = [status]

    changed(google)
    await receiver.until(lambda r: len(r.messages) == 2)
    google.state.clock.advance(timedelta(minutes=1))
    await receiver.until(lambda r: len(r.messages) == 3)

    assert receiver.messages[1].number == receiver.messages[2].number
    log = (await google.control.get("/control/google/deliveries")).body
    assert [(one["state"], one["attempt"], one["status"]) for one in log][:2] == [
        ("sync", 1, 200),
        ("exists", 1, status),
    ]


@pytest.mark.parametrize("status", [301, 400, 404, 410, 429, 505])
async def test_a_message_answered_otherwise_is_lost(google: SmallGoogle, receiver: Receiver, status: int) -> None:
    await opened(google.as_user(IRIS), receiver)
    receiver.statuses = [status]

    changed(google)
    await receiver.until(lambda r: len(r.messages) == 2)
    google.state.clock.advance(timedelta(hours=1))
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert receiver.messages[1].number < receiver.messages[2].number


async def test_messages_can_be_dropped_and_doubled_by_order(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)
    await opened(google.as_user(IRIS), receiver, id="channel-2", token="doubled")
    await google.control.patch(DELIVERY, {"drop": 1, "duplicate": 1})

    changed(google)
    await receiver.until(lambda r: len(r.messages) == 4)

    assert [one.headers["x-goog-channel-token"] for one in receiver.messages[2:]] == ["doubled", "doubled"]
    assert receiver.messages[2].number == receiver.messages[3].number


async def test_messages_can_be_turned_round_by_order(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)
    await google.control.patch(DELIVERY, {"reverse": True, "delay_milliseconds": 20})

    changed(google)
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    later, earlier = receiver.messages[1:]
    assert later.number > earlier.number


async def test_a_channel_can_be_ended_from_outside_without_a_word(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)
    await opened(google.as_user(IRIS), receiver, id="channel-2", token="stays")

    dropped = await google.control.delete("/control/google/channels/channel-1")
    absent = await google.control.delete("/control/google/channels/channel-1")
    changed(google)
    await receiver.until(lambda r: len(r.messages) == 3)

    assert (dropped.status, absent.status) == (200, 404)
    assert receiver.messages[-1].headers["x-goog-channel-token"] == "stays"


async def test_a_message_can_be_forged_from_outside(google: SmallGoogle, receiver: Receiver) -> None:
    made = await opened(google.as_user(IRIS), receiver)

    await google.control.post("/control/google/channels/channel-1/forge", {"token": "guessed"})
    await receiver.until(lambda r: len(r.messages) == 2)

    forged = receiver.messages[1]
    assert forged.headers["x-goog-channel-token"] == "guessed"
    assert forged.headers["x-goog-resource-id"] == made["resourceId"]
    assert forged.state == "exists"


async def test_messages_are_dropped_doubled_and_mixed_by_chance_and_counted(
    google: SmallGoogle, receiver: Receiver
) -> None:
    await opened(google.as_user(IRIS), receiver)
    orders = {"drop_probability": 0.3, "duplicate_probability": 0.3, "shuffle": True, "seed": 5}
    await google.control.patch(DELIVERY, orders)

    for _ in range(40):
        changed(google)
    told = (await google.control.get(DELIVERY)).body
    await receiver.until(lambda r: len(r.messages) == 1 + 40 - told["dropped"] + told["doubled"])

    numbers = [one.number for one in receiver.messages[1:]]
    assert told["messages"] == 40
    assert told["dropped"] > 0
    assert told["doubled"] > 0
    assert len(set(numbers)) == 40 - told["dropped"]
    assert numbers != sorted(numbers)


async def test_messages_that_are_spread_overtake_each_other(google: SmallGoogle, receiver: Receiver) -> None:
    await opened(google.as_user(IRIS), receiver)
    await google.control.patch(DELIVERY, {"spread_milliseconds": 300, "seed": 5})

    for _ in range(20):
        changed(google)
    await receiver.until(lambda r: len(r.messages) > 3)

    numbers = [one.number for one in receiver.messages[1:]]
    assert numbers != sorted(numbers)
