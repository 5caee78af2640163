"""Asking the suite when rooms are free: in its batches, side by side, and what each batch could not tell."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.connections.problems import needing
from app.errors import PermissionMissing, ProblemError, RoomTimesUnknown
from app.rooms.models import Room
from app.rooms.ports import Calendars, ConnectedCalendar
from app.suites.events import Availability, BusyInterval, ScheduleOfAddress
from app.suites.protocol import Purpose


@dataclass(frozen=True, slots=True)
class RoomSchedule:
    """When a room is taken in a window; UNKNOWN with the suite's code, or the problem, where it could not tell."""

    availability: Availability
    busy: tuple[BusyInterval, ...] = ()
    provider_code: str | None = None
    problem: PermissionMissing | None = None
    """What was not granted, so that nothing is known."""


@dataclass(frozen=True, slots=True)
class AvailableRoom:
    """A room and whether it is free; a free room may still decline."""

    room: Room
    availability: Availability
    problem: ProblemError | None = None
    """Why it is not known whether it is free."""


async def ask_schedules(
    calendars: Calendars, calendar: ConnectedCalendar, rooms: Sequence[Room], start: datetime, end: datetime
) -> Mapping[UUID, RoomSchedule | ProblemError]:
    """One entry for each room; a batch that fails gives its rooms the problem. Never raises for the suite."""
    size = calendar.suite.capabilities.availability_batch
    batches = [rooms[first : first + size] for first in range(0, len(rooms), size)]
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_ask(calendars, calendar, batch, start, end)) for batch in batches]
    return {room_id: answer for task in tasks for room_id, answer in task.result().items()}


async def _ask(
    calendars: Calendars, calendar: ConnectedCalendar, batch: Sequence[Room], start: datetime, end: datetime
) -> Mapping[UUID, RoomSchedule | ProblemError]:
    try:
        async with calendars.use(calendar.connection):
            with needing(Purpose.AVAILABILITY, calendar.suite, calendar.connection):
                told = await calendar.mailbox.schedules([room.address for room in batch], start, end)
    except PermissionMissing as problem:
        unknown = RoomSchedule(Availability.UNKNOWN, problem=problem)
        return dict.fromkeys((room.id for room in batch), unknown)
    except ProblemError as problem:
        return {room.id: problem for room in batch}
    by_address = {entry.address.lower(): entry for entry in told}
    return {room.id: _schedule(by_address.get(room.address)) for room in batch}


def _schedule(entry: ScheduleOfAddress | None) -> RoomSchedule:
    if entry is None:
        return RoomSchedule(Availability.UNKNOWN)
    return RoomSchedule(entry.availability, entry.busy, entry.provider_code)


def availability_of(answer: RoomSchedule | ProblemError | None) -> Availability:
    """FREE or BUSY where the suite told, else UNKNOWN."""
    return answer.availability if isinstance(answer, RoomSchedule) else Availability.UNKNOWN


def available_rooms(
    rooms: Sequence[Room], answers: Mapping[UUID, RoomSchedule | ProblemError], unasked: ProblemError | None = None
) -> list[AvailableRoom]:
    """Each room with what the suite answered of it; `unasked` is why some rooms were not asked about."""
    return [_available(room, answers.get(room.id, unasked)) for room in rooms]


def _available(room: Room, answer: RoomSchedule | ProblemError | None) -> AvailableRoom:
    availability = availability_of(answer)
    if not isinstance(answer, RoomSchedule):
        return AvailableRoom(room, availability, answer)
    is_silent = availability is Availability.UNKNOWN and answer.problem is None
    return AvailableRoom(room, availability, RoomTimesUnknown(answer.provider_code) if is_silent else answer.problem)


def problems_of(answers: Iterable[RoomSchedule | ProblemError]) -> Iterator[ProblemError]:
    """Why some rooms are unknown."""
    for answer in answers:
        problem = answer.problem if isinstance(answer, RoomSchedule) else answer
        if problem is not None:
            yield problem


def distinct(problems: Sequence[ProblemError]) -> tuple[ProblemError, ...]:
    """Each problem once, however many batches met it."""
    return tuple({(type(problem), problem.code, problem.message): problem for problem in problems}.values())
