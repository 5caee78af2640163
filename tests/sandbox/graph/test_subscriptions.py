"""Change notifications: the handshake, what is delivered to whom, and how long it lasts."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from tests.sandbox.graph.conftest import ADA, BEN, DAVE, ROOM, Sandbox, event
from tests.sandbox.graph.receiver import Receiver, receiving


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as one:
        yield one


def wanted(sandbox: Sandbox, receiver: Receiver, **more: Any) -> dict[str, Any]:
    expiry = sandbox.state.clock.now() + timedelta(days=2)
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": receiver.url,
        "resource": "me/events",
        "expirationDateTime": expiry.isoformat(),
        "clientState": "secret-state",
        **more,
    }


def changes(receiver: Receiver) -> list[str]:
    return [one["changeType"] for one in receiver.notifications]


async def test_a_subscription_is_made_after_the_address_echoed_the_token_and_then_hears_of_changes(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada = sandbox.as_user(ADA)

    made = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver), Prefer='IdType="ImmutableId"')
    created = await ada.post("/v1.0/me/events", event(sandbox.soon()), Prefer='IdType="ImmutableId"')
    await receiver.until(lambda r: changes(r) == ["created"])

    assert made.status == 201
    [told] = receiver.notifications
    assert told["resourceData"]["id"] == created.body["id"]
    assert told["clientState"] == "secret-state"
    assert told["subscriptionId"] == made.body["id"]
    assert told["resource"] == f"Users/{made.body['creatorId']}/Events/{created.body['id']}"


async def test_a_rooms_answer_is_told_to_the_organiser_and_an_invitation_to_the_attendee(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, clientState="ada"))
    await ben.post("/v1.0/subscriptions", wanted(sandbox, receiver, clientState="ben"))

    await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,), people=(BEN,)))
    await receiver.until(lambda r: len(r.notifications) == 2)
    sandbox.rooms_answer()
    await receiver.until(lambda r: len(r.notifications) == 3)

    told = [(one["clientState"], one["changeType"]) for one in receiver.notifications]
    assert told == [("ada", "created"), ("ben", "created"), ("ada", "updated")]
    assert len(receiver.envelopes[0]["value"]) == 2


@pytest.mark.parametrize(
    "echo",
    [
        lambda token: web.Response(text="something else", content_type="text/plain"),
        lambda token: web.Response(text=token, content_type="text/html"),
        lambda token: web.Response(text=token, content_type="text/plain", status=202),
    ],
    ids=["other text", "other type", "other status"],
)
async def test_an_address_that_fails_the_handshake_is_refused(sandbox: Sandbox, receiver: Receiver, echo: Any) -> None:
    receiver.echo = echo

    refused = await sandbox.as_user(ADA).post("/v1.0/subscriptions", wanted(sandbox, receiver))

    assert (refused.status, refused.body["error"]["code"]) == (400, "InvalidRequest")
    assert "validation" in refused.body["error"]["message"]


async def test_plain_http_is_for_loopback_only(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.as_user(ADA)

    refused = await ada.post(
        "/v1.0/subscriptions", wanted(sandbox, receiver, notificationUrl="http://hooks.example/graph")
    )

    assert (refused.status, refused.body["error"]["code"]) == (400, "InvalidRequest")


async def test_only_ones_own_mailbox_can_be_watched(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.as_user(ADA)

    other = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, resource=f"users/{BEN}/events"))
    room = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, resource=f"users/{ROOM}/events"))
    none = await sandbox.as_user(DAVE).post("/v1.0/subscriptions", wanted(sandbox, receiver))

    assert [reply.status for reply in (other, room, none)] == [403, 403, 404]


async def test_a_lifetime_is_cut_to_seven_days_renewed_and_ends_by_the_sandboxs_clock(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada = sandbox.as_user(ADA)
    now = sandbox.state.clock.now()
    far = (now + timedelta(days=30)).isoformat()
    made = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, expirationDateTime=far))
    path = f"/v1.0/subscriptions/{made.body['id']}"
    until = datetime.fromisoformat(made.body["expirationDateTime"][:26] + "+00:00")
    assert timedelta(minutes=10_079) < until - now <= timedelta(minutes=10_081)

    renewed = await ada.patch(path, {"expirationDateTime": (now + timedelta(hours=2)).isoformat()})
    assert renewed.status == 200
    assert renewed.body["expirationDateTime"] < made.body["expirationDateTime"]

    sandbox.state.clock.advance(timedelta(minutes=50))
    assert (await ada.get(path)).status == 200
    assert (await ada.post(f"{path}/reauthorize")).status == 204
    sandbox.state.clock.advance(timedelta(minutes=80))
    ada_later = sandbox.as_user(ADA)
    assert (await ada_later.patch(path, {"expirationDateTime": far})).status == 404
    assert (await ada_later.get("/v1.0/subscriptions")).body["value"] == []


async def test_a_deleted_subscription_hears_nothing_more(sandbox: Sandbox, receiver: Receiver) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    mine = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, clientState="ada"))
    await ben.post("/v1.0/subscriptions", wanted(sandbox, receiver, clientState="ben"))
    foreign = await ben.delete(f"/v1.0/subscriptions/{mine.body['id']}")

    deleted = await ada.delete(f"/v1.0/subscriptions/{mine.body['id']}")
    await ada.post("/v1.0/me/events", event(sandbox.soon(), people=(BEN,)))
    await receiver.until(lambda r: bool(r.notifications))

    assert (foreign.status, deleted.status) == (404, 204)
    assert [one["clientState"] for one in receiver.notifications] == ["ben"]


async def test_a_refused_envelope_is_sent_again_and_every_attempt_is_logged(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver))
    receiver.statuses = [503]

    await ada.post("/v1.0/me/events", event(sandbox.soon()))
    await receiver.until(lambda r: len(r.envelopes) == 2)

    assert receiver.envelopes[0] == receiver.envelopes[1]
    log = (await sandbox.control.get("/control/graph/deliveries")).body
    assert [(one["attempt"], one["status"]) for one in log][:1] == [(1, 503)]


async def test_notifications_can_be_dropped_and_doubled_by_order(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver))
    await sandbox.control.patch("/control/graph/delivery", {"drop": 1, "duplicate": 1})

    created = await ada.post("/v1.0/me/events", event(sandbox.soon()))
    await ada.patch(f"/v1.0/me/events/{created.body['id']}", {"subject": "Renamed"})
    await receiver.until(lambda r: len(r.notifications) == 2)

    assert changes(receiver) == ["updated", "updated"]


async def test_a_subscription_removed_by_the_service_says_so_to_the_lifecycle_address(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada = sandbox.as_user(ADA)
    made = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, lifecycleNotificationUrl=receiver.url))

    path = f"/control/graph/subscriptions/{made.body['id']}/lifecycle"
    await sandbox.control.post(path, {"event": "subscriptionRemoved"})
    await receiver.until(lambda r: bool(r.notifications))

    assert receiver.notifications[0]["lifecycleEvent"] == "subscriptionRemoved"
    assert (await ada.get(f"/v1.0/subscriptions/{made.body['id']}")).status == 404


async def test_notifications_are_dropped_and_doubled_by_chance_and_counted(
    sandbox: Sandbox, receiver: Receiver
) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver))
    orders = {"drop_probability": 0.3, "duplicate_probability": 0.3, "shuffle": True, "seed": 5}
    await sandbox.control.patch("/control/graph/delivery", orders)

    for number in range(40):
        await ada.post("/v1.0/me/events", event(sandbox.soon(hour=number % 20)))
    told = (await sandbox.control.get("/control/graph/delivery")).body
    await receiver.until(lambda r: len(r.notifications) == 40 - told["dropped"] + told["doubled"])

    assert told["messages"] == 40
    assert told["dropped"] > 0
    assert told["doubled"] > 0
    seen = [one["resourceData"]["id"] for one in receiver.notifications]
    assert len(set(seen)) == 40 - told["dropped"]


async def test_notifications_that_are_spread_overtake_each_other(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.as_user(ADA)
    await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver))
    await sandbox.control.patch("/control/graph/delivery", {"spread_milliseconds": 300, "seed": 5})

    made = [(await ada.post("/v1.0/me/events", event(sandbox.soon(hour=n)))).body["id"] for n in range(20)]
    await receiver.until(lambda r: len(r.notifications) == 20)

    seen = [one["resourceData"]["id"] for one in receiver.notifications]
    assert sorted(seen) == sorted(made)
    assert seen != made


async def test_probabilities_that_add_up_to_more_than_certain_are_refused(sandbox: Sandbox) -> None:
    orders = {"drop_probability": 0.6, "duplicate_probability": 0.6}

    assert (await sandbox.control.patch("/control/graph/delivery", orders)).status == 422


async def test_a_notification_can_be_forged_or_told_again_from_outside(sandbox: Sandbox, receiver: Receiver) -> None:
    ada = sandbox.as_user(ADA)
    made = (await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver))).body
    path = f"/control/graph/subscriptions/{made['id']}/forge"

    forged = await sandbox.control.post(path, {"client_state": "guessed"})
    again = await sandbox.control.post(path, {"event_id": "AAMkKnown=", "change": "deleted"})
    unknown = await sandbox.control.post("/control/graph/subscriptions/none/forge", {})

    assert (forged.body, again.body["status"], unknown.status) == ({"sent": True, "status": 202}, 202, 404)
    first, second = receiver.notifications
    assert (first["clientState"], first["subscriptionId"]) == ("guessed", made["id"])
    assert (second["clientState"], second["changeType"]) == ("secret-state", "deleted")
    assert second["resourceData"]["id"] == "AAMkKnown="


@pytest.mark.parametrize("said", ["reauthorizationRequired", "missed"])
async def test_a_lifecycle_event_that_is_no_end_leaves_the_subscription_alive(
    sandbox: Sandbox, receiver: Receiver, said: str
) -> None:
    ada = sandbox.as_user(ADA)
    made = await ada.post("/v1.0/subscriptions", wanted(sandbox, receiver, lifecycleNotificationUrl=receiver.url))

    await sandbox.control.post(f"/control/graph/subscriptions/{made.body['id']}/lifecycle", {"event": said})
    await receiver.until(lambda r: bool(r.notifications))

    assert receiver.notifications[0]["lifecycleEvent"] == said
    assert (await ada.get(f"/v1.0/subscriptions/{made.body['id']}")).status == 200
