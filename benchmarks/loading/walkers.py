"""Members who go about their day: each asks, reads, books and cancels, at one server and then another."""

import asyncio
import random
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp
import orjson

from benchmarks.loading import operations
from benchmarks.loading.connected import Connected
from benchmarks.loading.crowd import CrowdSocket
from benchmarks.loading.deployment import Deployment
from benchmarks.loading.operations import CANCELS, WEIGHTS, Operation, OwnTime

ANSWER_SECONDS = 30
MOST_WORDS = 200
SEED = 20_260_101


@dataclass
class Measured:
    """What all walkers together met in one stretch of time."""

    seconds: float = 0
    times: dict[Operation, list[float]] = field(default_factory=dict)
    """Of answers, in seconds."""
    failures: list[str] = field(default_factory=list)

    @property
    def asked(self) -> int:
        return len(self.failures) + sum(len(times) for times in self.times.values())


@dataclass
class Hearing:
    """What one member's socket says of their bookings."""

    answered: dict[str, float] = field(default_factory=dict)
    """When our own answer came that a room was asked, by booking."""
    heard: dict[str, float] = field(default_factory=dict)
    """When the socket told that the room has decided."""
    given_up: set[str] = field(default_factory=set)
    """Bookings that were cancelled."""

    def take(self, data: Any) -> None:
        told = (data or {}).get("pendingRooms") or {}
        booking = told.get("booking")
        if booking is not None and booking["state"] != "PENDING":
            self.heard.setdefault(booking["id"], time.monotonic())

    @property
    def delays(self) -> list[float]:
        """From our answer to the room's; nought where the room's was there first."""
        both = self.answered.keys() & self.heard.keys()
        return [max(0.0, self.heard[booking] - self.answered[booking]) for booking in both]

    @property
    def missing(self) -> set[str]:
        return self.answered.keys() - self.heard.keys() - self.given_up


class Walker:
    """One member and their client."""

    def __init__(self, member: Connected, room_ids: Sequence[str], building_id: str) -> None:
        self.member = member
        self.hearing = Hearing()
        self.room_id = room_ids[member.number % len(room_ids)]
        self._building_id = building_id
        self._time = OwnTime.of(member.number)
        self._random = random.Random(SEED + member.number)  # noqa: S311 - what somebody does next
        self._booked: dict[Operation, str] = {}
        """What there is to cancel, by the operation that made it."""

    async def walk(self, crowd: "Walkers", until: float, think: float, measured: Measured) -> None:
        """One thing after another, with a pause of so many seconds on average."""
        while True:
            if think:
                await asyncio.sleep(self._random.expovariate(1 / think))
            if time.monotonic() >= until:
                return
            [wanted] = self._random.choices(list(WEIGHTS), list(WEIGHTS.values()))
            operation = CANCELS[wanted] if wanted in self._booked else wanted
            await self._do(crowd, wanted, operation, measured)

    async def _do(self, crowd: "Walkers", wanted: Operation, operation: Operation, measured: Measured) -> None:
        document, variables = self._question(wanted, operation)
        began = time.perf_counter()
        try:
            answer = await crowd.ask(self._random.choice(crowd.addresses), self.member.token, document, variables)
        except (aiohttp.ClientError, TimeoutError) as error:
            measured.failures.append(f"{operation}: {type(error).__name__}")
            return
        took = time.perf_counter() - began
        trouble = _trouble(answer)
        if trouble is not None:
            measured.failures.append(f"{operation}: {trouble}"[:MOST_WORDS])
            return
        measured.times.setdefault(operation, []).append(took)
        self._note(wanted, operation, next(iter(answer["data"].values())))

    def _question(self, wanted: Operation, operation: Operation) -> tuple[str, dict[str, Any]]:
        key = uuid4().hex
        match operation:
            case Operation.AGENDA:
                return operations.AGENDA, operations.week()
            case Operation.VIEWER:
                return operations.VIEWER, {}
            case Operation.NOTIFICATIONS:
                return operations.NOTIFICATIONS, {}
            case Operation.SHIFTS:
                return operations.SHIFTS, operations.days()
            case Operation.OCCUPANCY:
                return operations.OCCUPANCY, {"date": operations.days()["to"]}
            case Operation.AVAILABLE:
                return operations.AVAILABLE, self._time.as_window()
            case Operation.BOOK_ROOM:
                event = self._time.as_event(f"Load {key}")
                wish = {"roomIds": [self.room_id], "event": event, "idempotencyKey": key}
                return operations.BOOK_ROOM, {"input": wish}
            case Operation.CANCEL_BOOKING:
                return operations.CANCEL_BOOKING, {"input": {"bookingId": self._booked[wanted], "cancelEvent": True}}
            case Operation.BOOK_SHIFT:
                day = {"dates": [self._time.start.date().isoformat()]}
                place = {"buildingId": self._building_id}
                wish = {"days": day, "kind": "AT_OFFICE", "place": place, "idempotencyKey": key}
                return operations.BOOK_SHIFT, {"input": wish}
            case Operation.CANCEL_SHIFT:
                return operations.CANCEL_SHIFT, {"input": {"shiftId": self._booked[wanted]}}

    def _note(self, wanted: Operation, operation: Operation, told: Any) -> None:
        match operation:
            case Operation.BOOK_ROOM:
                [booking] = told["bookings"]
                self._booked[wanted] = booking["id"]
                self.hearing.answered[booking["id"]] = time.monotonic()
            case Operation.BOOK_SHIFT:
                self._booked[wanted] = told["shifts"][0]["id"]
            case Operation.CANCEL_BOOKING:
                self.hearing.given_up.add(self._booked.pop(wanted))
            case Operation.CANCEL_SHIFT:
                del self._booked[wanted]


class Walkers:
    """All of them, with the connections that they share."""

    def __init__(self, running: Deployment, walkers: Sequence[Walker]) -> None:
        self.walkers = walkers
        self.addresses = running.addresses
        self._ports = [server.port for server in running.servers]
        self._sockets: list[CrowdSocket] = []
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = await self._stack.enter_async_context(
            aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=ANSWER_SECONDS))
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        for socket in self._sockets:
            socket.close()
        await self._stack.aclose()

    async def listen(self) -> None:
        """A socket for each, at the servers in turn, from before anything is booked."""
        for number, walker in enumerate(self.walkers):
            port = self._ports[number % len(self._ports)]
            socket = CrowdSocket(port, walker.member.token, operations.PENDING_ROOMS, walker.hearing.take)
            await socket.open()
            self._sockets.append(socket)
            await socket.acknowledged

    async def walk(
        self, seconds: float, think: float, most: int | None = None, measured: Measured | None = None
    ) -> Measured:
        """So many of them, or all, for so long; whoever gives what to write in may look meanwhile."""
        measured, began = measured or Measured(), time.monotonic()
        async with asyncio.TaskGroup() as group:
            for walker in self.walkers[:most]:
                group.create_task(walker.walk(self, began + seconds, think, measured))
        measured.seconds = time.monotonic() - began
        return measured

    async def ask(self, address: str, token: str, document: str, variables: dict[str, Any]) -> dict[str, Any]:
        body = orjson.dumps({"query": document, "variables": variables})
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        async with self._session.post(f"{address}/graphql", data=body, headers=headers) as response:
            answer: dict[str, Any] = orjson.loads(await response.read())
        return answer

    @property
    def lost_sockets(self) -> int:
        return sum(socket.closed_at is not None for socket in self._sockets)


def _trouble(answer: dict[str, Any]) -> str | None:
    """What is wrong with an answer: anything but the success that was asked for, and whole."""
    if answer.get("errors"):
        return f"{answer['errors']}"
    told = next(iter(answer["data"].values()))
    if not isinstance(told, dict):
        return None
    if told.get("code"):
        return f"{told['code']} {told.get('message', '')}"
    return f"{told['problems']}" if told.get("problems") else None
