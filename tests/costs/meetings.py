"""A booked room whose answer is outstanding, and the post in which its suite says that something has changed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson

from app import clock
from app.bookings.models import RoomBooking
from app.connections.models import MailboxWatch, WatchStatus
from app.keys import token_hash
from app.suites.google_workspace.watches import watch_id
from app.suites.registry import DESCRIPTIONS
from app.webhooks.watches import WATCH_SPACE
from benchmarks.growing.world import FIRST_DAY, World
from tests.journeys.companies import NEWBRIDGE

SILENT = {NEWBRIDGE.suite: "SILENT"}
"""What a room's behaviour is called that never answers by itself, where it is not called MANUAL."""
CHANNEL, RESOURCE, SECRET = str(uuid4()), "resource-of-the-mailbox", "what-only-the-suite-was-told"
LIFETIME = timedelta(days=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """A notification as it travels."""

    path: str
    body: bytes
    headers: dict[str, str]


async def keep_silent(world: World, room: str) -> None:
    """The room answers nobody from now on."""
    await world.control("PATCH", f"rooms/{room}", {"behaviour": SILENT.get(world.company.suite, "MANUAL")})


def wish(room_id: str, number: int) -> dict[str, Any]:
    """Input of `bookRoom` for a time of its own."""
    start = FIRST_DAY + timedelta(days=20 + number, hours=10)
    event = {
        "subject": f"Planning {number:03}",
        "start": start.isoformat(),
        "end": (start + timedelta(minutes=25)).isoformat(),
        "timeZone": "Europe/Amsterdam",
    }
    return {"input": {"roomIds": [room_id], "event": event, "idempotencyKey": uuid4().hex}}


async def watched(world: World) -> None:
    """The member's mailbox is watched, as far as we know: no worker has asked the suite for it."""
    connection = await world.connection()
    await MailboxWatch.of(connection.organisation_id).delete()
    name = CHANNEL if world.company is NEWBRIDGE else watch_id(CHANNEL, RESOURCE)
    await MailboxWatch.create(
        organisation_id=connection.organisation_id,
        connection_id=connection.id,
        status=WatchStatus.RUNNING,
        suite_id_hash=world.keys.lookup_hash(WATCH_SPACE, "watch", name),
        secret_hash=token_hash(SECRET),
        expires_at=clock.now() + LIFETIME,
        next_attempt_at=clock.now() + LIFETIME,
        created_at=clock.now(),
    )


async def post_about_the_only_booking(world: World) -> Post:
    """What the suite posts once the booked event has changed."""
    connection = await world.connection()
    path = DESCRIPTIONS[connection.integration.suite].webhook_path
    if world.company is not NEWBRIDGE:
        return Post(path=path, body=b"", headers=_of_google())
    booked = await world.control("GET", "bookings")
    [event_id] = [booking["event_id"] for booking in booked if booking["organizer"] == connection.address]
    body = orjson.dumps({"value": [_of_graph(event_id, connection.integration.tenant)]})
    return Post(path=path, body=body, headers={"Content-Type": "application/json"})


async def not_due() -> None:
    """Nothing waits for a look now."""
    await RoomBooking.filter(closed_at__isnull=True).update(next_check_at=clock.now() + LIFETIME)


def _of_graph(event_id: str, tenant: str | None) -> dict[str, Any]:
    """https://learn.microsoft.com/graph/change-notifications-delivery-webhooks"""
    resource = f"Users/{uuid4()}/Events/{event_id}"
    return {
        "subscriptionId": CHANNEL,
        "subscriptionExpirationDateTime": (clock.now() + LIFETIME).isoformat(timespec="seconds"),
        "changeType": "updated",
        "resource": resource,
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": resource, "id": event_id},
        "clientState": SECRET,
        "tenantId": tenant,
    }


def _of_google() -> dict[str, str]:
    """https://developers.google.com/workspace/calendar/api/guides/push"""
    return {
        "X-Goog-Channel-ID": CHANNEL,
        "X-Goog-Channel-Token": SECRET,
        "X-Goog-Resource-ID": RESOURCE,
        "X-Goog-Resource-State": "exists",
        "X-Goog-Message-Number": "7",
    }
