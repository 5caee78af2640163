"""Two organisations on one server, and what has to be the same after a refusal as before it."""

import contextlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from tests.journeys.story import BOOK, BOOKINGS, MEMBER, Slot, Story
from tests.support.client import Client

LARS = "lars.holm@newbridge.example"
"""A member of Newbridge who never connects."""
ADA = "ada.vos@tidewater.example"
BEN = "ben.kok@tidewater.example"
OLGA = "olga.petrova@elsewhere.example"

ACCESS = "{ viewer { connection { status reason } unreadNotificationCount } }"
AGENDA = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { __typename
  ... on Agenda { events(first: 100) { nodes { id subject } } problems { code message } }
  ... on Problem { code message remedy retryable whoActs }
  ... on SuiteUnavailable { retryAfterSeconds }
} }"""
BOOK_OR_SAY_WHY = """mutation ($input: BookRoomInput!) { bookRoom(input: $input) { __typename
  ... on RoomsBooked { event { id } bookings { id state } problems { code } }
  ... on Problem { code message remedy retryable whoActs }
  ... on InvalidInput { field }
} }"""
CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) { __typename
  ... on BookingCancelled { booking { id state } } ... on Problem { code message remedy retryable whoActs }
} }"""
DISCONNECT = """mutation { disconnectCalendar { __typename
  ... on CalendarDisconnected { suiteWasTold connection { status } } ... on Problem { code }
} }"""
NEW_TOKEN = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) { __typename
  ... on AccessTokenCreated { token accessToken { id } } ... on Problem { code message }
} }"""
REVOKE = """mutation ($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) { __typename
  ... on AccessTokenRevoked { accessToken { revokedAt } } ... on Problem { code message remedy }
} }"""

_PROVIDER_WORDS = re.compile(
    r"AADSTS|OData|\bGraph\b|\bError[A-Z]|error_|https?:|refresh|\bHTTP\b|exception|[{}<>]|\b(40\d|429|50[0-4])\b|null"
)


def in_plain_words(problem: dict[str, Any]) -> bool:
    """Whether a problem speaks to a member: whole sentences, nothing of the provider's or the program's."""
    sentences = [problem["message"], *([problem["remedy"]] if problem.get("remedy") else [])]
    return all(
        text[:1].isalnum() and text.endswith(".") and not _PROVIDER_WORDS.search(text) and len(text) < 300
        for text in sentences
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """Real ids of the other organisation's."""

    room: str
    event: str
    booking: str
    access_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Mia of Newbridge is connected; Ada administers Tidewater."""

    story: Story
    administrator: str
    """The access token of Newbridge's administrator."""
    mia: str
    ada: str
    foreign: Foreign

    async def items(self, address: str = MEMBER) -> list[str]:
        """What lies in a mailbox, by its subjects."""
        found = await self.story.sandbox.control("GET", f"graph/mailboxes/{address}/items")
        return sorted(item["subject"] for item in found)

    async def order(self, **fault: Any) -> None:
        """Order a fault at the sandbox."""
        await self.story.sandbox.control("POST", "faults", fault)

    async def room(self, name: str = "annex") -> dict[str, Any]:
        """The first of Newbridge's rooms with this in its name."""
        async with self.story.speaking_for(self.mia) as mia:
            found = await mia.field("query ($s: String) { rooms(filter: {search: $s}) { nodes { id email } } }", s=name)
        return dict(found["nodes"][0])

    @contextlib.asynccontextmanager
    async def nothing_done(self) -> AsyncIterator[Client]:
        """Mia's client; afterwards her bookings, her mailbox and her connection are what they were."""
        async with self.story.speaking_for(self.mia) as mia:
            before = await self._state(mia)

            yield mia

            assert await self._state(mia) == before

    async def _state(self, mia: Client) -> tuple[object, ...]:
        """What only Mia's own doing changes; rooms answer earlier bookings meanwhile."""
        bookings = [row["id"] for row in (await mia.field(BOOKINGS))["nodes"]]
        access = (await mia.field(ACCESS))["connection"]
        return bookings, access, await self.items()


async def foreign_ids(story: Story, token: str) -> Foreign:
    """One id of each kind that Ada owns."""
    slot = Slot.in_days(5)
    async with story.speaking_for(token) as ada:
        room = await story.free_room(ada, slot)
        booked = await ada.field(
            BOOK, input={"roomIds": [room["id"]], "event": slot.as_event("Theirs"), "idempotencyKey": "theirs"}
        )
        made = await ada.field(NEW_TOKEN, input={"name": "Theirs", "idempotencyKey": "theirs"})
    return Foreign(
        room=room["id"],
        event=booked["event"]["id"],
        booking=booked["bookings"][0]["id"],
        access_token=made["accessToken"]["id"],
    )
