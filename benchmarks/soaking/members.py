"""The members of a soak: each signed in, connected, and listening over a socket of their own."""

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from benchmarks.soaking.plan import PlannedBooking
from tests.support.client import Client

LISTEN = """subscription { pendingRooms { __typename
  ... on RoomBookingUpdate { snapshot booking { id state reason } }
  ... on SubscriptionEnded { reason }
} }"""
BOOK = """mutation ($input: BookRoomInput!) { bookRoom(input: $input) { __typename
  ... on RoomsBooked { bookings { id state } } ... on Problem { code message }
} }"""
STATES = "{ bookings(first: 100) { nodes { id state } } }"
TOLD = """query ($after: String) { notifications(first: 100, after: $after) {
  nodes { kind booking { id } } pageInfo { hasNextPage endCursor }
} }"""
ATTEMPTS = 12
PAUSE_SECONDS = 0.5
A_LONG_TIME = 24 * 3600.0


class NotBookedError(Exception):
    """A room could not be asked for, however often that was tried; the message has what was answered last."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One thing that the client was told of a booking, and when by the machine's monotonic clock."""

    state: str
    reason: str | None
    at: float


@dataclass
class SoakMember:
    """One person with their client and what it heard."""

    number: int
    client: Client
    bookings: dict[str, PlannedBooking] = field(default_factory=dict)
    """By the id that the client knows them by."""
    frames: dict[str, list[Frame]] = field(default_factory=dict)
    repeats: int = 0
    """How often a booking had to be asked for again."""

    def __post_init__(self) -> None:
        self._heard = asyncio.Condition()

    async def listen(self, stack: AsyncExitStack) -> None:
        """Follow one's bookings until the stack is closed."""
        items = await stack.enter_async_context(self.client.subscribe(LISTEN))

        async def follow() -> None:
            while (item := await items.next(A_LONG_TIME)) is not None:
                if item["__typename"] != "RoomBookingUpdate":
                    continue
                booking = item["booking"]
                frame = Frame(booking["state"], booking["reason"], time.monotonic())
                async with self._heard:
                    self.frames.setdefault(booking["id"], []).append(frame)
                    self._heard.notify_all()

        following = asyncio.create_task(follow())

        async def stop() -> None:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)

        stack.push_async_callback(stop)

    async def book(self, booking: PlannedBooking, room_id: str) -> str:
        """Ask for the room, again by the same key where the suite had no time; the booking's id."""
        wanted = {
            "roomIds": [room_id],
            "event": {
                "subject": booking.subject,
                "start": booking.start.isoformat(),
                "end": booking.end.isoformat(),
                "timeZone": "UTC",
            },
            "idempotencyKey": booking.subject,
        }
        for _ in range(ATTEMPTS):
            answer = await self._ask(BOOK, input=wanted)
            booked = (answer.get("data") or {}).get("bookRoom") or {}
            if booked.get("__typename") == "RoomsBooked":
                booking_id: str = booked["bookings"][0]["id"]
                self.bookings[booking_id] = booking
                return booking_id
            self.repeats += 1
            await asyncio.sleep(PAUSE_SECONDS)
        raise NotBookedError(f"{booking.subject}: {answer}")

    async def heard(self, booking_id: str, state: str) -> float:
        """When the client was first told this state."""
        async with self._heard:
            while True:
                for frame in self.frames.get(booking_id, ()):
                    if frame.state == state:
                        return frame.at
                await self._heard.wait()

    async def states(self) -> dict[str, str]:
        """What the server says of each booking, by subject."""
        found = (await self._ask(STATES))["data"]["bookings"]["nodes"]
        return {self.bookings[entry["id"]].subject: entry["state"] for entry in found if entry["id"] in self.bookings}

    async def rejections_told(self) -> dict[str, int]:
        """How many notifications say that a room said no, by the booking's subject."""
        counts: dict[str, int] = {}
        after: str | None = None
        while True:
            page = (await self._ask(TOLD, after=after))["data"]["notifications"]
            for entry in page["nodes"]:
                booking = self.bookings.get((entry["booking"] or {}).get("id", ""))
                if entry["kind"] == "ROOM_REJECTED" and booking is not None:
                    counts[booking.subject] = counts.get(booking.subject, 0) + 1
            if not page["pageInfo"]["hasNextPage"]:
                return counts
            after = page["pageInfo"]["endCursor"]

    async def _ask(self, document: str, **variables: object) -> dict[str, Any]:
        """The answer; asked again where a connection that had been idle was closed at that moment."""
        try:
            return await self.client.send(document, **variables)
        except aiohttp.ClientConnectionError:
            return await self.client.send(document, **variables)
