"""The soak itself: two organisations on one server, their members side by side, and everything that goes wrong."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from app.sandbox.process import SandboxProcess
from benchmarks.soaking.members import SoakMember
from benchmarks.soaking.plan import PlannedBooking, SidePlan, SoakPlan, side_plan
from benchmarks.soaking.suites import Delivered, GoogleSide, MicrosoftSide, SuiteSide
from tests.journeys.story import Story
from tests.support.client import Client
from tests.support.server import ServerProcess

SIDES: Sequence[type[SuiteSide]] = (MicrosoftSide, GoogleSide)
CALENDAR_HOSTS = frozenset({"graph", "google-calendar"})
A_DAYS_LOOK = timedelta(hours=27)
"""After so long every open booking has been looked at: once a day, and a tenth later at the most."""
LOOK_SECONDS = 0.5
HEARD_SECONDS = 60
ROOM_IDS = """query ($after: String) { rooms(first: 100, after: $after) {
  nodes { id email } pageInfo { hasNextPage endCursor }
} }"""

T = TypeVar("T")


class NotConvergedError(AssertionError):
    """The server and a suite did not come to agree in time; the message has what they say."""


@dataclass
class Side:
    """One organisation: its suite, its part of the plan, its members, and how its events stood after each round."""

    suite: SuiteSide
    plan: SidePlan
    members: list[SoakMember] = field(default_factory=list)
    rooms: dict[str, str] = field(default_factory=dict)
    """Their ids at our place, by address."""
    rounds: list[dict[str, str]] = field(default_factory=list)

    def booked_by(self, member: SoakMember) -> list[PlannedBooking]:
        return list(member.bookings.values())


@dataclass
class Figures:
    """What a soak measured."""

    connecting: float = 0
    booking: float = 0
    first_answers: float = 0
    changes: float = 0
    repeats: int = 0
    late: int = 0
    """Bookings on which server and suite agreed only after the day's look, their notification having been lost."""
    delivered: list[Delivered] = field(default_factory=list)
    throttled: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    """Calls about calendars, by phase."""
    settled: dict[str, int] = field(default_factory=dict)
    """Bookings that settled in each phase; those that were open during the day's look."""
    forged: int = 0
    rejections: int = 0
    """How often a room newly said no, as the suites tell it."""
    frames: int = 0
    latencies: list[float] = field(default_factory=list)
    """From before the order that makes the room decide to the client's frame, in seconds."""


class Soak:
    """One run."""

    def __init__(self, plan: SoakPlan, sandbox: SandboxProcess, server: ServerProcess) -> None:
        self.plan = plan
        self.figures = Figures()
        self.sides = [Side(kind(sandbox), side_plan(plan, number, len(SIDES))) for number, kind in enumerate(SIDES)]
        self._sandbox = sandbox
        self._server = server
        self._stories = [Story(sandbox, server, kind.company) for kind in SIDES]
        self._places = asyncio.Semaphore(plan.side_by_side)

    @asynccontextmanager
    async def prepared(self) -> AsyncIterator[None]:
        """Both organisations enabled, and every member connected and listening."""
        began = time.monotonic()
        async with AsyncExitStack() as stack:
            for side, story in zip(self.sides, self._stories, strict=True):
                for room, decider in side.plan.rooms:
                    await side.suite.add_room(room, decider)
                token = await story.enabled()
                async with story.speaking_for(token) as administrator:
                    side.rooms = await _room_ids(administrator)
            await self._each(
                self._join(side, story, number, stack)
                for side, story in zip(self.sides, self._stories, strict=True)
                for number in range(side.plan.members)
            )
            self.figures.connecting = time.monotonic() - began
            yield

    async def calm(self) -> None:
        """Nothing goes wrong: how soon a decision is heard, one after another, and what that costs."""
        before = await self._calls()
        todo = list(itertools.zip_longest(*(side.plan.calm for side in self.sides)))
        for number in range(len(self.sides)):
            side = self.sides[number]
            await self._each(self._book(side, pair[number]) for pair in todo if pair[number] is not None)
        for pair in todo:
            for side, booking in zip(self.sides, pair, strict=True):
                if booking is not None:
                    self.figures.latencies.append(await self._timed(side, booking))
        self.figures.calls["calm"] = await self._calls() - before
        self.figures.settled["calm"] = self.plan.calm

    async def first_answers(self) -> None:
        """Everybody books while calls are refused and notifications are lost, doubled and shuffled; rooms answer."""
        await self._make_trouble()
        before, began = await self._calls(), time.monotonic()
        await self._each(self._book_all(side, member) for side in self.sides for member in side.members)
        self.figures.booking = time.monotonic() - began
        await self._agree(HEARD_SECONDS)
        self.figures.first_answers = time.monotonic() - began
        self.figures.calls["first answers"] = await self._calls() - before
        await self._note_round("first answers")

    async def changes(self, patience: float) -> None:
        """Rooms change their minds, owners move and delete; after `patience` seconds a day passes."""
        for side in self.sides:
            self.figures.forged += await side.suite.trouble(6)
        before, began = await self._calls(), time.monotonic()
        await self._each(self._change(side, booking) for side in self.sides for booking in side.plan.bookings)
        self.figures.late = await self._disagreements(patience)
        self.figures.changes = time.monotonic() - began
        self.figures.calls["changes"] = await self._calls() - before
        if self.figures.late:
            await self._a_day_passes()
        await self._note_round("changes")
        await self._count_trouble()

    async def differences(self) -> list[str]:
        """Everything that is not as it must be: states, frames and notifications; empty when all is well."""
        found: list[str] = []
        for side in self.sides:
            at_suite = side.rounds[-1]
            expected = _rejections(side.rounds)
            self.figures.rejections += sum(expected.values())
            for member in side.members:
                ours, told = await member.states(), await member.rejections_told()
                for booking_id, booking in member.bookings.items():
                    subject = booking.subject
                    if subject not in at_suite:
                        continue
                    if ours.get(subject) != at_suite[subject]:
                        found.append(f"{subject}: {at_suite[subject]} at the suite, {ours.get(subject)} with us")
                    if told.get(subject, 0) != expected[subject]:
                        found.append(f"{subject}: {told.get(subject, 0)} notifications of {expected[subject]}")
                    heard = [(frame.state, frame.reason) for frame in member.frames.get(booking_id, ())]
                    self.figures.frames += len(heard)
                    if not heard or heard[-1][0] != at_suite[subject]:
                        found.append(f"{subject}: {at_suite[subject]} at the suite, the client heard {heard}")
                    if any(one == other for one, other in itertools.pairwise(heard)):
                        found.append(f"{subject}: told twice: {heard}")
        return found

    # Steps

    async def _join(self, side: Side, story: Story, number: int, stack: AsyncExitStack) -> None:
        await side.suite.add_member(number)
        token = await story.connected_member(side.suite.address(number))
        member = SoakMember(number, await stack.enter_async_context(story.speaking_for(token)))
        await member.listen(stack)
        side.members.append(member)
        side.members.sort(key=lambda one: one.number)

    async def _book(self, side: Side, booking: PlannedBooking) -> str:
        member = side.members[booking.member]
        return await member.book(booking, side.rooms[side.suite.room_address(booking.room)])

    async def _book_all(self, side: Side, member: SoakMember) -> None:
        for booking in side.plan.bookings:
            if booking.member == member.number:
                await self._book(side, booking)
                if booking.accepts is not None:
                    await side.suite.answer(booking, await side.suite.event_id(booking), accepts=booking.accepts)

    async def _change(self, side: Side, booking: PlannedBooking) -> None:
        if booking.change is not None:
            await side.suite.change(booking, booking.change)

    async def _timed(self, side: Side, booking: PlannedBooking) -> float:
        member = side.members[booking.member]
        booking_id = next(key for key, own in member.bookings.items() if own is booking)
        event_id = await side.suite.event_id(booking)
        began = time.monotonic()
        await side.suite.answer(booking, event_id, accepts=booking.accepts is True)
        async with asyncio.timeout(HEARD_SECONDS):
            return await member.heard(booking_id, "ACCEPTED" if booking.accepts else "REJECTED") - began

    async def _make_trouble(self) -> None:
        for number, side in enumerate(self.sides):
            await side.suite.disturb(self.plan.dropped, self.plan.doubled, self.plan.seed + number)
            await side.suite.throttle(self.plan.throttled, self.plan.seed + number)

    async def _count_trouble(self) -> None:
        self.figures.repeats = sum(member.repeats for side in self.sides for member in side.members)
        self.figures.delivered = [await side.suite.delivered() for side in self.sides]
        faults = await self._sandbox.control("GET", "faults")
        self.figures.throttled = sum(fault["applied"] for fault in faults["faults"])

    # Agreeing

    async def _a_day_passes(self) -> None:
        """The net under notifications that were lost: every open booking is looked at once a day."""
        before = await self._calls()
        await self._server.advance(A_DAYS_LOOK)
        await self._agree(HEARD_SECONDS)
        self.figures.calls["the day's look"] = await self._calls() - before
        at_suite = [state for side in self.sides for state in (await self._at_suite(side)).values()]
        self.figures.settled["the day's look"] = sum(state != "CANCELLED" for state in at_suite)

    async def _note_round(self, name: str) -> None:
        for side in self.sides:
            side.rounds.append(await self._at_suite(side))
        before = [side.rounds[-2] if len(side.rounds) > 1 else {} for side in self.sides]
        self.figures.settled[name] = sum(
            state not in {"PENDING", earlier.get(subject)}
            for side, earlier in zip(self.sides, before, strict=True)
            for subject, state in side.rounds[-1].items()
        )

    async def _agree(self, patience: float) -> None:
        if await self._disagreements(patience):
            raise NotConvergedError("; ".join(await self._both_sides()))

    async def _disagreements(self, patience: float) -> int:
        """On how many bookings server and suite do not agree, once all do or nothing has come for so many seconds."""
        left = [(side, member) for side in self.sides for member in side.members]
        fewest, deadline = len(left) * self.plan.bookings, time.monotonic() + patience
        while True:
            counts = await self._each(self._differing(side, member) for side, member in left)
            left = [pair for pair, count in zip(left, counts, strict=True) if count]
            if sum(counts) < fewest:
                fewest, deadline = sum(counts), time.monotonic() + patience
            if not left or time.monotonic() > deadline:
                return sum(counts)
            await asyncio.sleep(LOOK_SECONDS)

    async def _differing(self, side: Side, member: SoakMember) -> int:
        at_suite = await side.suite.states(member.number, side.booked_by(member))
        ours = await member.states()
        heard = {
            booking.subject: member.frames[key][-1].state
            for key, booking in member.bookings.items()
            if key in member.frames
        }
        return sum(not ours.get(subject) == heard.get(subject) == state for subject, state in at_suite.items())

    async def _at_suite(self, side: Side) -> dict[str, str]:
        planned = {booking.subject for booking in side.plan.bookings}
        states: dict[str, str] = {}
        for member in side.members:
            states |= await side.suite.states(member.number, side.booked_by(member))
        return {subject: state for subject, state in states.items() if subject in planned}

    async def _both_sides(self) -> list[str]:
        lines = []
        for side in self.sides:
            for member in side.members:
                at_suite = await side.suite.states(member.number, side.booked_by(member))
                ours = await member.states()
                lines += [
                    f"{subject}: {state} at the suite, {ours.get(subject)} with us"
                    for subject, state in at_suite.items()
                    if ours.get(subject) != state
                ]
        return lines

    async def _calls(self) -> int:
        """Calls about calendars so far."""
        counts = (await self._sandbox.control("GET", "calls"))["counts"]
        return sum(entry["count"] for entry in counts if entry["host"] in CALENDAR_HOSTS)

    async def _each(self, work: Iterable[Awaitable[T]]) -> list[T]:
        """Side by side, as many as the plan says."""

        async def one(step: Awaitable[T]) -> T:
            async with self._places:
                return await step

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(step)) for step in work]
        return [task.result() for task in tasks]


def _rejections(rounds: Sequence[dict[str, str]]) -> dict[str, int]:
    """How often each booking was newly turned down: once in each round that it ends so and did not begin so."""
    return {
        subject: sum(
            current[subject] == "REJECTED" and earlier.get(subject) != "REJECTED"
            for earlier, current in itertools.pairwise([{}, *rounds])
        )
        for subject in rounds[-1]
    }


async def _room_ids(administrator: Client) -> dict[str, str]:
    found: dict[str, str] = {}
    after: str | None = None
    while True:
        page = await administrator.field(ROOM_IDS, after=after)
        found |= {room["email"]: room["id"] for room in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
