"""An organisation at Google on one server, and how everything that was broken there is put right."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from tests.journeys.bad_input.world import ACCESS, AGENDA
from tests.journeys.story import BOOKINGS, ROOM_SYNC_SECONDS, Slot, Story
from tests.support.client import Client

JOY = "joy.adeyemi@brookside.example"
"""A member of Brookside who connects only to be disconnected."""
FINN = "finn.osuilleabhain@brookside.example"
"""A connected member whom bad input comes from."""
NILS = "nils.ostby@brookside.example"
"""A member who connects where nothing is posted."""
OLENA = "olena.koval@farfield.example"
"""Of another customer of Google's."""
SAM = "sam.rivers@mail.example"
"""Of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brookside:
    """Mara and Finn of Brookside are connected; users of Farfield never come by."""

    story: Story
    administrator: str
    """The access token of Brookside's administrator."""
    mara: str
    finn: str

    @property
    def secret(self) -> str:
        """Ours at Google."""
        return self.story.sandbox.description.google_client_secret

    async def order(self, **fault: Any) -> None:
        """Order a fault at Google's accounts."""
        await self.story.sandbox.control("POST", "faults", {"host": "google-accounts", **fault})

    async def trouble(self, path: str = "/calendar/v3/**", **fault: Any) -> None:
        """Order a fault at Google Calendar, for as long as it is not put right unless it says otherwise."""
        await self.order(**{"host": "google-calendar", "path": path, "times": None} | fault)

    async def until_well(self) -> None:
        """Nothing stays on order, and Finn's calendar is read again: after much trouble it is left alone a while."""
        await self.put_right()
        async with self.story.speaking_for(self.finn) as finn, asyncio.timeout(ROOM_SYNC_SECONDS):
            while (await finn.field(AGENDA, **Slot.in_days(2).as_window()))["__typename"] != "Agenda":
                pass

    async def items(self, subject: str | None = None) -> list[dict[str, Any]]:
        """What lies in Finn's calendar, under this subject where one is named; cancelled ones are left out."""
        found = await self.story.sandbox.control("GET", f"google/mailboxes/{FINN}/items")
        live = [item for item in found if item.get("status") != "cancelled"]
        return [item for item in live if subject in (None, item.get("summary"))]

    async def rooms(self) -> list[dict[str, Any]]:
        """Brookside's own rooms, none of those that tests add."""
        async with self.story.speaking_for(self.finn) as finn:
            found = await finn.field('{ rooms(filter: {search: "weir"}) { nodes { id name email } } }')
        return list(found["nodes"])

    async def state(self, client: Client, booking_id: str) -> tuple[str, str | None]:
        """How a booking stands, and why."""
        [found] = [row for row in (await client.field(BOOKINGS))["nodes"] if row["id"] == booking_id]
        return found["state"], found["reason"]

    async def until(self, client: Client, booking_id: str, state: str, reason: str | None = None) -> None:
        """Wait for a booking to stand like that."""
        async with asyncio.timeout(ROOM_SYNC_SECONDS):
            while await self.state(client, booking_id) != (state, reason):
                pass

    @contextlib.asynccontextmanager
    async def nothing_done(self) -> AsyncIterator[Client]:
        """Finn's client; afterwards her bookings, her calendar and her connection are what they were."""
        async with self.story.speaking_for(self.finn) as finn:
            before = await self._present(finn)

            yield finn

            assert await self._present(finn) == before

    async def _present(self, finn: Client) -> tuple[object, ...]:
        bookings = [row["id"] for row in (await finn.field(BOOKINGS))["nodes"]]
        access = (await finn.field(ACCESS))["connection"]
        return bookings, access, sorted(item["id"] for item in await self.items())

    async def put_right(self) -> None:
        """Nothing stays on order."""
        for orders in ("faults", "google/token-error", "google/authorise-error", "google/answered-scopes"):
            await self.story.sandbox.control("DELETE", orders)
        await self.story.sandbox.control("PATCH", "google/delivery", {})

    async def room_sync(self, client: Client) -> dict[str, Any]:
        """The last reading of the rooms, once it has ended."""
        async with asyncio.timeout(ROOM_SYNC_SECONDS):
            while True:
                sync: dict[str, Any] = (await client.field("{ integration { roomSync { state } } }"))["roomSync"]
                if sync["state"] in {"SUCCEEDED", "FAILED", "PARTIAL"}:
                    return sync
