"""One member: acts one after another as the plan says, each until there is an answer, and remembers the answers."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from app.sandbox.visitor import VisitorLostError
from tests.faults.randomised import documents
from tests.faults.randomised.asking import Answered, Asker
from tests.faults.randomised.houses import House
from tests.faults.randomised.known import Knowledge, KnownBooking, KnownShift, Response
from tests.faults.randomised.plan import Kind, PlannedAct
from tests.journeys.story import Story

LENGTH = timedelta(minutes=30)
VISIT_SECONDS = 20
UNEXPLAINED = frozenset(
    {
        "RECONNECT_REQUIRED",
        "CONNECTION_BLOCKED",
        "PERMISSION_MISSING",
        "SUITE_NOT_CONFIGURED",
        "IDEMPOTENCY_KEY_REUSED",
        "NOT_ORGANISER",
        "INVALID_VALUE",
        "EVENT_IN_THE_PAST",
        "MALFORMED_ID",
    }
)
"""Nobody in the run ends a consent, books a past time, or sends what is wrong."""
OF_THE_INTEGRATION = frozenset({"CONNECTION_REQUIRED", "INTEGRATION_UNAVAILABLE", "ROOM_NOT_PAIRED"})
"""What whoever's integration is disabled or purged is told."""


class RandomMember:
    """Somebody with a calendar."""

    def __init__(
        self, *, asker: Asker, story: Story, house: House, number: int, knowledge: Knowledge, today: datetime
    ) -> None:
        self.address = house.member_address(number)
        self.asker = asker
        self.shifts: list[KnownShift] = []
        self.acts_done = 0
        self.disconnected_at = 0
        """The last act after which nothing was left of what had been done before."""
        self._story = story
        self._house = house
        self._number = number
        self._knowledge = knowledge
        self._today = today
        self._is_connected = True
        self._own: list[KnownBooking] = []

    @property
    def bookings(self) -> Sequence[KnownBooking]:
        """What they were told of, whatever became of it."""
        return self._own

    def number_of(self, subject: str) -> int | None:
        """The act that made this event; None where it was no act of theirs."""
        whose, _, number = subject.rpartition("-")
        return int(number) if whose == f"{self._house.company.name} {self._number}" else None

    async def act(self, act: PlannedAct) -> None:
        """Returns once it is answered."""
        match act.kind:
            case Kind.BOOK_SHIFT:
                await self._book_shift(act)
            case Kind.CANCEL_SHIFT:
                await self._cancel_shift(act)
            case Kind.RECONNECT:
                self.disconnected_at = act.number
                await self._disconnect()
                await self.connect()
            case _ if not self._is_connected:
                await self.connect()
            case Kind.BOOK:
                await self._book(act)
            case Kind.REPLACE:
                await self._replace(act)
            case Kind.RESCHEDULE:
                await self._reschedule(act)
            case Kind.CANCEL:
                await self._cancel(act)
            case Kind.RESPOND:
                await self._respond(act)
            case Kind.READ_AGENDA:
                await self._events(self._time(act))
        self.acts_done += 1

    async def connect(self) -> None:
        """As often as it takes; where the integration is not enabled, another time."""
        self._is_connected = False
        while not self._is_connected:
            asked = await self._ask("connectCalendar", documents.CONNECT)
            if asked.kind != "ConsentRequested":
                return
            try:
                async with asyncio.timeout(VISIT_SECONDS):
                    await self._story.visit(self.address, asked.answer["consentUrl"])
            except (aiohttp.ClientError, OSError, TimeoutError, VisitorLostError):
                await asyncio.sleep(self.asker.front.pause())
            access = await self._ask("viewer", documents.ACCESS)
            self._is_connected = access.answer["connection"]["status"] == "CONNECTED"

    async def _book(self, act: PlannedAct) -> None:
        start = self._time(act)
        subject = f"{self._house.company.name} {self._number}-{act.number}"
        guest = self._colleague(act)
        wanted = {
            "roomIds": [self._house.rooms[self._room(act)]],
            "event": {
                "subject": subject,
                "start": start.isoformat(),
                "end": (start + LENGTH).isoformat(),
                "timeZone": "UTC",
                "attendees": [{"email": guest}],
            },
            "idempotencyKey": f"book-{act.number}",
        }
        answered = await self._ask("bookRoom", documents.BOOK, input=wanted)
        if answered.kind != "RoomsBooked":
            return
        [booked] = answered.answer["bookings"]
        known = KnownBooking(booked["id"], subject, self._room(act), start, start + LENGTH, guest)
        known.is_touched = subject in self._knowledge.touched
        self._own.append(known)
        self._knowledge.bookings[subject] = known
        if act.is_repeated:
            again = await self._ask("bookRoom", documents.BOOK, input=wanted)
            if again.kind == "RoomsBooked" and [one["id"] for one in again.answer["bookings"]] != [known.id]:
                self._knowledge.complaints.append(f"{subject}: a repeat was answered with other bookings")

    async def _replace(self, act: PlannedAct) -> None:
        known = self._one_of_own(act)
        if known is None:
            return
        known.changes += 1
        room = self._room(act, known.room)
        wanted = {"bookingId": known.id, "roomId": self._house.rooms[room], "idempotencyKey": f"replace-{act.number}"}
        answered = await self._ask("replaceRoom", documents.REPLACE, known, input=wanted)
        if answered.kind == "RoomReplaced":
            known.room = room
            if act.is_repeated:
                await self._ask("replaceRoom", documents.REPLACE, known, input=wanted)
        else:
            self._refused(known, answered)

    async def _reschedule(self, act: PlannedAct) -> None:
        known = self._one_of_own(act)
        if known is None:
            return
        known.changes += 1
        start = self._time(act)
        wanted = {
            "bookingId": known.id,
            "start": start.isoformat(),
            "end": (start + LENGTH).isoformat(),
            "timeZone": "UTC",
        }
        answered = await self._ask("rescheduleBooking", documents.RESCHEDULE, known, input=wanted)
        if answered.kind == "BookingRescheduled":
            known.start, known.end = start, start + LENGTH
        else:
            self._refused(known, answered)

    async def _cancel(self, act: PlannedAct) -> None:
        known = self._one_of_own(act)
        if known is None:
            return
        known.changes += 1
        wanted = {"bookingId": known.id, "cancelEvent": act.takes_all}
        answered = await self._ask("cancelBooking", documents.CANCEL, known, input=wanted)
        if answered.kind == "BookingCancelled":
            known.is_cancelled = True
            known.is_event_cancelled = act.takes_all
        else:
            self._refused(known, answered)

    async def _respond(self, act: PlannedAct) -> None:
        invited = self._knowledge.others(self.address)
        if not invited:
            return
        known = invited[int(act.which * len(invited))]
        event_id = (await self._events(known.start)).get(known.subject)
        if event_id is None:
            return
        answer = ("ACCEPT", "TENTATIVE", "DECLINE")[act.hour % 3]
        before = known.changes
        wanted = {"eventId": event_id, "response": answer}
        answered = await self._ask("respondToEvent", documents.RESPOND, input=wanted)
        key = known.subject, self.address
        self._knowledge.responses.pop(key, None)
        if answered.kind == "EventResponded":
            self._knowledge.responses[key] = Response(known, self.address, answer, before)

    async def _events(self, start: datetime) -> dict[str, str]:
        """The ids of what the agenda shows around this time, by subject."""
        window: dict[str, Any] = {"from": (start - LENGTH).isoformat(), "to": (start + 2 * LENGTH).isoformat()}
        answered = await self._ask("agenda", documents.AGENDA, **window)
        if answered.kind != "Agenda":
            return {}
        return {event["subject"]: event["id"] for event in answered.answer["events"]["nodes"]}

    async def _book_shift(self, act: PlannedAct) -> None:
        day = (self._today + timedelta(days=act.day + act.hour)).date()
        wanted = {
            "kind": "REMOTE",
            "days": {"dates": [day.isoformat()]},
            "timeZone": "Europe/Amsterdam",
            "idempotencyKey": f"shift-{act.number}",
        }
        answered = await self._ask("bookShift", documents.BOOK_SHIFT, input=wanted)
        if answered.kind == "ShiftsBooked":
            [shift] = answered.answer["shifts"]
            self.shifts.append(KnownShift(shift["id"]))

    async def _cancel_shift(self, act: PlannedAct) -> None:
        standing = [shift for shift in self.shifts if not shift.is_cancelled]
        if not standing:
            return
        shift = standing[int(act.which * len(standing))]
        answered = await self._ask("cancelShift", documents.CANCEL_SHIFT, input={"shiftId": shift.id})
        shift.is_cancelled = answered.kind == "ShiftsCancelled"
        shift.is_unsure = answered.code is not None

    async def _disconnect(self) -> None:
        answered = await self._ask("disconnectCalendar", documents.DISCONNECT)
        if answered.kind == "CalendarDisconnected" or answered.is_open or answered.code == "CONNECTION_REQUIRED":
            self._is_connected = False
            self.forget()

    def forget(self) -> None:
        """Their consent is gone, and with it everything that hung on it."""
        for known in self._own:
            known.is_erased = True

    async def _ask(
        self, operation: str, document: str, about: KnownBooking | None = None, **variables: Any
    ) -> Answered:
        answered = await self.asker.until_answered(operation, document, **variables)
        is_missed = answered.code == "NOT_FOUND" and about is not None and about.is_plain
        if answered.code in UNEXPLAINED or is_missed:
            what = f"{operation} of {about.subject if about else self.address}"
            self._knowledge.complaints.append(f"{what}: {answered.code}: {answered.answer.get('message')}")
        if answered.code == "CONNECTION_REQUIRED" and operation != "disconnectCalendar":
            self._is_connected = False
        return answered

    def _refused(self, known: KnownBooking, answered: Answered) -> None:
        """Perhaps an earlier try had done it."""
        known.is_unsure = known.is_unsure or answered.is_open

    def _one_of_own(self, act: PlannedAct) -> KnownBooking | None:
        present = [one for one in self._own if one.is_open and not one.is_event_cancelled]
        return present[int(act.which * len(present))] if present else None

    def _time(self, act: PlannedAct) -> datetime:
        return self._today + timedelta(days=act.day, hours=act.hour)

    def _room(self, act: PlannedAct, but: str | None = None) -> str:
        rooms = [address for address, _ in self._house.room_addresses() if address != but]
        return rooms[int(act.room * len(rooms))]

    def _colleague(self, act: PlannedAct) -> str:
        others = [one for one in self._house.member_addresses() if one != self.address]
        return others[int(act.which * len(others))]
