"""An organisation at Google on one server, and how everything that was broken there is put right."""

import asyncio
from dataclasses import dataclass
from typing import Any

from tests.journeys.story import ROOM_SYNC_SECONDS, Story
from tests.support.client import Client

JOY = "joy.adeyemi@brookside.example"
"""A member of Brookside who connects only to be disconnected."""
OLENA = "olena.koval@farfield.example"
"""Of another customer of Google's."""
SAM = "sam.rivers@mail.example"
"""Of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brookside:
    """Mara of Brookside is connected; users of Farfield never come by."""

    story: Story
    administrator: str
    """The access token of Brookside's administrator."""
    mara: str

    @property
    def secret(self) -> str:
        """Ours at Google."""
        return self.story.sandbox.description.google_client_secret

    async def order(self, **fault: Any) -> None:
        """Order a fault at Google's accounts."""
        await self.story.sandbox.control("POST", "faults", {"host": "google-accounts", **fault})

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
