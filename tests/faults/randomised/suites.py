"""The suites' side: people, rooms, what happens to events there without us, and how everything stands in truth."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from app.sandbox.process import SandboxClient, SandboxControlError
from benchmarks.soaking.suites import STATES
from tests.faults.randomised.houses import Decider, House

BEHAVIOURS = {
    "graph": {Decider.ACCEPTS: "AUTO_ACCEPT", Decider.DECLINES: "DECLINE_ALL", Decider.IS_ASKED: "SILENT"},
    "google": {Decider.ACCEPTS: "AUTO_ACCEPT", Decider.DECLINES: "DECLINE_ALL", Decider.IS_ASKED: "MANUAL"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueEvent:
    """An event in its organiser's calendar, as the suite has it."""

    organiser: str
    subject: str
    ids: frozenset[str]
    """In every form that the suite has."""
    start: datetime
    end: datetime
    is_cancelled: bool
    rooms: Mapping[str, str]
    """What each room said, in our words."""


@dataclass(frozen=True, slots=True)
class Item:
    """An event in one person's calendar."""

    subject: str
    ids: frozenset[str]
    command: str | None
    """The command of ours that made it, in hexadecimal digits."""
    is_gone: bool
    answers: Mapping[str, str]
    """What people answered, in the suite's words, by address."""


@dataclass
class Truth:
    """Everything about bookings at one organisation."""

    events: list[TrueEvent]
    declines: dict[str, int] = field(default_factory=dict)
    """How often a room newly said no to an event, or was taken off it, by the event's id in any form."""


class SuiteSide(ABC):
    """One organisation's part of the sandbox; a class for each suite says how that one differs."""

    def __init__(self, sandbox: SandboxClient, house: House) -> None:
        self._sandbox = sandbox
        self.house = house

    @property
    def control(self) -> str:
        return self.house.company.control

    async def order(self, method: str, path: str, body: object = None) -> Any:
        """Call the control address, again where a connection that had been idle was closed at that moment."""
        try:
            return await self._sandbox.control(method, path, body)
        except aiohttp.ClientConnectionError:
            return await self._sandbox.control(method, path, body)

    async def add_rooms(self) -> None:
        for address, decider in self.house.room_addresses():
            await self._add_room(address)
            await self.order(
                "PATCH", f"{self.control}/rooms/{address}", {"behaviour": BEHAVIOURS[self.control][decider]}
            )

    async def truth(self) -> Truth:
        """How every event with a room stands, and what rooms have answered so far."""
        found = await self.order("GET", f"{self.control}/bookings")
        mine = [entry for entry in found if entry["organizer"].lower().endswith(f"@{self.house.domain}")]
        truth = Truth([_event(entry) for entry in mine])
        for entry in await self.order("GET", f"{self.control}/answers"):
            if entry["answer"] in {"declined", "released", "replaced"} and entry["was"] != "declined":
                truth.declines[entry["event_id"]] = truth.declines.get(entry["event_id"], 0) + 1
        return truth

    async def items(self, address: str) -> Sequence[Item]:
        """What lies in somebody's calendar."""
        found = await self.order("GET", f"{self.control}/mailboxes/{address}/items")
        return [self._item(entry) for entry in found]

    async def answer(self, event: TrueEvent, room: str, *, accepts: bool) -> None:
        """Somebody in charge of the room decides."""
        order = {"response": "accept" if accepts else "decline", **self._named(event)}
        with suppress(SandboxControlError):  # the room was taken off meanwhile
            await self.order("POST", f"{self.control}/rooms/{room}/answer", order)

    async def remove_room(self, event: TrueEvent, room: str) -> None:
        with suppress(SandboxControlError):
            await self.order("POST", f"{self._path(event)}/remove-attendee", {"address": room})

    async def move(self, event: TrueEvent, start: datetime, end: datetime) -> None:
        with suppress(SandboxControlError):
            await self.order("PATCH", self._path(event), self._times(start, end))

    async def delete(self, event: TrueEvent) -> None:
        with suppress(SandboxControlError):
            await self.order("DELETE", self._path(event))

    def _path(self, event: TrueEvent) -> str:
        event_id = min(event.ids)
        return f"{self.control}/mailboxes/{event.organiser}/events/{event_id}"

    @abstractmethod
    async def add_member(self, number: int) -> None:
        """Somebody new."""

    @abstractmethod
    async def watches(self) -> Sequence[Mapping[str, Any]]:
        """What of the organisation's mailboxes is watched, with `id` and `address`."""

    @abstractmethod
    async def forge(self, watch: Mapping[str, Any]) -> None:
        """Send what the suite never sent."""

    @abstractmethod
    async def end_watch(self, watch: Mapping[str, Any]) -> None:
        """Without a word."""

    @abstractmethod
    async def _add_room(self, address: str) -> None: ...

    @abstractmethod
    def _item(self, entry: Mapping[str, Any]) -> Item: ...

    @abstractmethod
    def _named(self, event: TrueEvent) -> Mapping[str, str]: ...

    @abstractmethod
    def _times(self, start: datetime, end: datetime) -> Mapping[str, object]: ...


class MicrosoftSide(SuiteSide):
    """An event that is deleted is gone; a declined copy leaves the calendar."""

    async def add_member(self, number: int) -> None:
        address = self.house.member_address(number)
        person = {"address": address, "tenant": self.house.domain, "display_name": f"Member {number}"}
        await self.order("POST", "users", person)

    async def watches(self) -> Sequence[Mapping[str, Any]]:
        people = {one["oid"]: one["address"] for one in await self.order("GET", "users")}
        found = await self.order("GET", "graph/subscriptions")
        watches = [{**one, "address": people.get(one["mailbox"], "")} for one in found]
        return [one for one in watches if one["address"].endswith(f"@{self.house.domain}")]

    async def forge(self, watch: Mapping[str, Any]) -> None:
        for forged in ({"client_state": "guessed"}, {"subscription_id": "00000000-0000-0000-0000-000000000000"}, {}):
            with suppress(SandboxControlError):
                await self.order("POST", f"graph/subscriptions/{watch['id']}/forge", forged)

    async def end_watch(self, watch: Mapping[str, Any]) -> None:
        with suppress(SandboxControlError):
            await self.order("DELETE", f"graph/subscriptions/{watch['id']}")

    async def _add_room(self, address: str) -> None:
        await self.order("POST", "graph/rooms", {"address": address, "name": address.partition("@")[0]})

    def _item(self, entry: Mapping[str, Any]) -> Item:
        answers = {
            attendee["emailAddress"]["address"].lower(): attendee["status"]["response"]
            for attendee in entry.get("attendees", ())
        }
        own = (entry.get("responseStatus") or {}).get("response", "none")
        ids = frozenset({entry["id"]})
        command = (entry.get("transactionId") or "").replace("-", "") or None
        return Item(entry["subject"], ids, command, bool(entry.get("isCancelled")), {**answers, "": own})

    def _named(self, event: TrueEvent) -> Mapping[str, str]:
        return {"organizer": event.organiser, "event_id": min(event.ids)}

    def _times(self, start: datetime, end: datetime) -> Mapping[str, object]:
        form = "%Y-%m-%dT%H:%M:%S"
        return {
            "start": {"dateTime": start.strftime(form), "timeZone": "UTC"},
            "end": {"dateTime": end.strftime(form), "timeZone": "UTC"},
        }


class GoogleSide(SuiteSide):
    """An event has one id in every calendar; a deleted one stays, as cancelled."""

    async def add_member(self, number: int) -> None:
        address = self.house.member_address(number)
        person = {"address": address, "customer": self.house.domain, "display_name": f"Member {number}"}
        await self.order("POST", "google/users", person)

    async def watches(self) -> Sequence[Mapping[str, Any]]:
        found = await self.order("GET", "google/channels")
        watches = [{**one, "address": one["calendar"]} for one in found]
        return [one for one in watches if one["address"].endswith(f"@{self.house.domain}")]

    async def forge(self, watch: Mapping[str, Any]) -> None:
        for forged in ({"token": "guessed"}, {"channel_id": "nobodys"}, {}):
            with suppress(SandboxControlError):
                await self.order("POST", f"google/channels/{watch['id']}/forge", forged)

    async def end_watch(self, watch: Mapping[str, Any]) -> None:
        with suppress(SandboxControlError):
            await self.order("DELETE", f"google/channels/{watch['id']}")

    async def _add_room(self, address: str) -> None:
        added = {"customer": self.house.domain, "name": address.partition("@")[0], "address": address}
        await self.order("POST", "google/rooms", added)

    def _item(self, entry: Mapping[str, Any]) -> Item:
        answers = {one["email"].lower(): one["responseStatus"] for one in entry.get("attendees", ())}
        is_gone = entry.get("status") == "cancelled"
        return Item(entry.get("summary", ""), frozenset({entry["id"]}), entry["id"], is_gone, answers)

    def _named(self, event: TrueEvent) -> Mapping[str, str]:
        return {"event_id": min(event.ids)}

    def _times(self, start: datetime, end: datetime) -> Mapping[str, object]:
        return {
            "start": {"dateTime": start.isoformat(), "timeZone": "UTC"},
            "end": {"dateTime": end.isoformat(), "timeZone": "UTC"},
        }


def side_of(sandbox: SandboxClient, house: House) -> SuiteSide:
    return MicrosoftSide(sandbox, house) if house.is_microsoft else GoogleSide(sandbox, house)


async def until_rooms_have_answered(sandbox: SandboxClient) -> None:
    """Whatever rooms answer by themselves they have answered, and what was to be delivered is under way."""
    for control in ("graph", "google"):
        await sandbox.control("POST", f"{control}/attendant/run")
    await asyncio.sleep(0)


def _event(entry: Mapping[str, Any]) -> TrueEvent:
    return TrueEvent(
        organiser=entry["organizer"].lower(),
        subject=entry["subject"],
        ids=frozenset({entry["event_id"], *([entry["other_id"]] if entry["other_id"] else [])}),
        start=datetime.fromisoformat(entry["start"]),
        end=datetime.fromisoformat(entry["end"]),
        is_cancelled=entry["cancelled"],
        rooms={room["address"].lower(): STATES[room["answer"]] for room in entry["rooms"]},
    )
