"""The suites' side of a soak: people and rooms, what goes wrong, what rooms and owners do, and how events stand."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from app.sandbox.process import SandboxClient
from benchmarks.soaking.plan import Change, Decider, PlannedBooking
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company

SECONDS_TO_WAIT = "1"
STATES = {
    "accepted": "ACCEPTED",
    "declined": "REJECTED",
    "none": "PENDING",
    "notResponded": "PENDING",
    "needsAction": "PENDING",
    "tentativelyAccepted": "PENDING",
    "tentative": "PENDING",
}
"""What a room's answer, in either suite's words, makes of a booking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What became of the notifications so far."""

    messages: int
    dropped: int
    doubled: int


class SuiteSide(ABC):
    """One suite, as the soak orders it about; a class for each says how that one differs."""

    company: Company
    domain: str
    refusal: Mapping[str, object]
    """How this suite says that it is asked too often."""

    def __init__(self, sandbox: SandboxClient) -> None:
        self._sandbox = sandbox

    async def _order(self, method: str, path: str, body: object = None) -> Any:
        """Call the control address, again where a connection that had been idle was closed at that moment."""
        try:
            return await self._sandbox.control(method, path, body)
        except aiohttp.ClientConnectionError:
            return await self._sandbox.control(method, path, body)

    def address(self, member: int) -> str:
        return f"soak.{member:03}@{self.domain}"

    def room_address(self, room: str) -> str:
        return f"{room}@{self.domain}"

    async def throttle(self, share: float, seed: int) -> None:
        """So many of all calls about calendars are refused from now on; Entra's and Google's sign-in is left alone."""
        order = {"headers": {"Retry-After": SECONDS_TO_WAIT}, "times": None, "probability": share, "seed": seed}
        await self._order("POST", "faults", {**self.refusal, **order})

    async def disturb(self, dropped: float, doubled: float, seed: int) -> None:
        """So many notifications are lost, so many come twice, and all of them in another order."""
        await self._order(
            "PATCH",
            f"{self.company.control}/delivery",
            {
                "drop_probability": dropped,
                "duplicate_probability": doubled,
                "shuffle": True,
                "spread_milliseconds": 400,
                "seed": seed,
            },
        )

    async def delivered(self) -> Delivered:
        """Counted since the last order."""
        told = await self._order("GET", f"{self.company.control}/delivery")
        return Delivered(messages=told["messages"], dropped=told["dropped"], doubled=told["doubled"])

    async def put_right(self) -> None:
        """Every notification comes once from now on."""
        await self._order("PATCH", f"{self.company.control}/delivery", {})

    async def states(self, member: int, bookings: Sequence[PlannedBooking]) -> dict[str, str]:
        """How each of the member's bookings stands at the suite, by subject."""
        where = f"{self.company.control}/mailboxes/{self.address(member)}/items"
        items = {item.get(self.company.subject): item for item in await self._order("GET", where)}
        return {booking.subject: self._state(items.get(booking.subject), booking) for booking in bookings}

    async def change(self, booking: PlannedBooking, change: Change) -> None:
        """What the plan says that happens at the suite."""
        event_id = await self.event_id(booking)
        event = f"{self.company.control}/mailboxes/{self.address(booking.member)}/events/{event_id}"
        match change:
            case Change.ACCEPTED | Change.DECLINED:
                await self.answer(booking, event_id, accepts=change is Change.ACCEPTED)
            case Change.ROOM_REMOVED:
                room = {"address": self.room_address(booking.room)}
                await self._order("POST", f"{event}/remove-attendee", room)
            case Change.EVENT_DELETED:
                await self._order("DELETE", event)
            case Change.EVENT_MOVED:
                length = booking.end - booking.start
                moved = self.times(booking.moved_to, booking.moved_to + length)
                await self._order("PATCH", event, moved)

    async def event_id(self, booking: PlannedBooking) -> str:
        """Of the event in its organiser's calendar."""
        where = f"{self.company.control}/mailboxes/{self.address(booking.member)}/items"
        [item] = await self._order("GET", f"{where}?{self.company.subject}={booking.subject}")
        found: str = item["id"]
        return found

    async def answer(self, booking: PlannedBooking, event_id: str, *, accepts: bool) -> None:
        """Somebody in charge of the room decides."""
        order = {"event_id": event_id, "response": "accept" if accepts else "decline", **self.organiser(booking)}
        room = self.room_address(booking.room)
        await self._order("POST", f"{self.company.control}/rooms/{room}/answer", order)

    def _state(self, item: Mapping[str, Any] | None, booking: PlannedBooking) -> str:
        if item is None or item.get("status") == "cancelled":
            return "CANCELLED"
        answer = self.answers(item).get(self.room_address(booking.room))
        return "REJECTED" if answer is None else STATES[answer]

    @abstractmethod
    async def add_member(self, member: int) -> None:
        """Somebody new at the company."""

    @abstractmethod
    async def add_room(self, room: str, decider: Decider) -> None:
        """A room that decides so."""

    @abstractmethod
    async def trouble(self, number: int) -> int:
        """Forge, replay, and end so many watches without and with a word; how many there were to do so with."""

    @abstractmethod
    def answers(self, item: Mapping[str, Any]) -> Mapping[str, str]:
        """What each attendee answered, in the suite's words, by address."""

    @abstractmethod
    def organiser(self, booking: PlannedBooking) -> Mapping[str, str]:
        """Whose event it is, where the suite has to be told."""

    @abstractmethod
    def times(self, start: datetime, end: datetime) -> Mapping[str, object]:
        """Times as the suite writes them."""


class MicrosoftSide(SuiteSide):
    """Rooms that ask say nothing by themselves: one that said "tentative" first could overtake an early decision."""

    company = NEWBRIDGE
    domain = "newbridge.example"
    refusal = {"host": "graph", "status": 429}
    behaviours = {
        Decider.ACCEPTS: "AUTO_ACCEPT",
        Decider.DECLINES: "DECLINE_ALL",
        Decider.IS_ASKED: "SILENT",
    }

    async def add_member(self, member: int) -> None:
        person = {"address": self.address(member), "tenant": self.domain, "display_name": f"Soak {member}"}
        await self._order("POST", "users", person)

    async def add_room(self, room: str, decider: Decider) -> None:
        address = self.room_address(room)
        await self._order("POST", "graph/rooms", {"address": address, "name": room})
        await self._order("PATCH", f"graph/rooms/{address}", {"behaviour": self.behaviours[decider]})

    async def trouble(self, number: int) -> int:
        watches = (await self._order("GET", "graph/subscriptions"))[:number]
        for place, watch in enumerate(watches):
            where = f"graph/subscriptions/{watch['id']}"
            await self._order("POST", f"{where}/forge", {"client_state": "guessed"})
            await self._order("POST", f"{where}/forge", {"subscription_id": "00000000-0000-0000-0000-000000000000"})
            await self._order("POST", f"{where}/forge", {})
            event = ("missed", "reauthorizationRequired", "subscriptionRemoved")[place % 3]
            await self._order("POST", f"{where}/lifecycle", {"event": event})
        return len(watches)

    def answers(self, item: Mapping[str, Any]) -> Mapping[str, str]:
        return {
            attendee["emailAddress"]["address"].lower(): attendee["status"]["response"]
            for attendee in item["attendees"]
        }

    def organiser(self, booking: PlannedBooking) -> Mapping[str, str]:
        return {"organizer": self.address(booking.member)}

    def times(self, start: datetime, end: datetime) -> Mapping[str, object]:
        form = "%Y-%m-%dT%H:%M:%S"
        return {
            "start": {"dateTime": start.strftime(form), "timeZone": "UTC"},
            "end": {"dateTime": end.strftime(form), "timeZone": "UTC"},
        }


class GoogleSide(SuiteSide):
    """An event has one id in every calendar; a deleted one stays, as cancelled."""

    company = BROOKSIDE
    domain = "brookside.example"
    refusal = {"host": "google-calendar", "status": 403}
    behaviours = {
        Decider.ACCEPTS: "AUTO_ACCEPT",
        Decider.DECLINES: "DECLINE_ALL",
        Decider.IS_ASKED: "MANUAL",
    }

    async def add_member(self, member: int) -> None:
        person = {"address": self.address(member), "customer": self.domain, "display_name": f"Soak {member}"}
        await self._order("POST", "google/users", person)

    async def add_room(self, room: str, decider: Decider) -> None:
        address = self.room_address(room)
        added = {"customer": self.domain, "name": room, "address": address}
        await self._order("POST", "google/rooms", added)
        await self._order("PATCH", f"google/rooms/{address}", {"behaviour": self.behaviours[decider]})

    async def trouble(self, number: int) -> int:
        watches = (await self._order("GET", "google/channels"))[:number]
        for watch in watches:
            where = f"google/channels/{watch['id']}"
            await self._order("POST", f"{where}/forge", {"token": "guessed"})
            await self._order("POST", f"{where}/forge", {"channel_id": "nobodys"})
            await self._order("POST", f"{where}/forge", {})
        return len(watches)

    def answers(self, item: Mapping[str, Any]) -> Mapping[str, str]:
        return {attendee["email"].lower(): attendee["responseStatus"] for attendee in item.get("attendees", ())}

    def organiser(self, booking: PlannedBooking) -> Mapping[str, str]:
        return {}

    def times(self, start: datetime, end: datetime) -> Mapping[str, object]:
        return {
            "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        }
