"""Processes that book or move shifts, each for a member, at one moment: forked from one that has loaded everything."""

import asyncio
import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID, uuid4

from app.database import engine
from app.errors import ProblemError
from app.events_bus.memory import MemoryBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member
from app.keys import Keys
from app.notifications.service import notify
from app.shifts.capacity import Place
from app.shifts.commands import BookShifts, ChangeShift
from app.shifts.models import WorkKind
from app.shifts.service import ShiftService
from tests.support.people import principal_of

BOOKED = "booked"
PATIENCE_SECONDS = 120


@dataclass(frozen=True)
class Wish:
    """Who wants to be where on a day; a key of its own unless it is one request that was sent twice."""

    member_id: UUID
    place: Place
    day: date
    key: str | None = None
    moves: UUID | None = None
    """The shift of theirs that is to come there, where they have one already."""


def shift_service() -> ShiftService:
    """As a server of its own would have it."""
    return ShiftService(IdempotencyService(Keys(b"\x02" * 32)), notify, MemoryBus())


def contend(url: str, wishes: Sequence[Wish]) -> list[str]:
    """How each wish ended, `booked` or the problem's name; each in a process of its own, all at one moment."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    gate, results = context.Barrier(len(wishes)), context.Queue()
    processes = [context.Process(target=_run, args=(url, wish, gate, results), daemon=True) for wish in wishes]
    for process in processes:
        process.start()
    told = [results.get(timeout=PATIENCE_SECONDS) for _ in processes]
    for process in processes:
        process.join(PATIENCE_SECONDS)
    return told


def _run(url: str, wish: Wish, gate: Barrier, results: "Queue[str]") -> None:
    try:
        results.put(asyncio.run(_book(url, wish, gate)))
    except BaseException as error:
        results.put(f"{type(error).__name__}: {error}")
        raise


async def _book(url: str, wish: Wish, gate: Barrier) -> str:
    async with engine.database(url):
        principal = principal_of(await Member.get(id=wish.member_id))
        service = shift_service()
        await asyncio.to_thread(gate.wait, PATIENCE_SECONDS)
        try:
            if wish.moves is not None:
                await service.change(principal, ChangeShift(shift_id=wish.moves, place=wish.place, day=wish.day))
            else:
                await service.book(principal, _booking(wish))
        except ProblemError as problem:
            return type(problem).__name__
    return BOOKED


def _booking(wish: Wish) -> BookShifts:
    key = wish.key or uuid4().hex
    return BookShifts(idempotency_key=key, kind=WorkKind.AT_OFFICE, dates=(wish.day,), place=wish.place)
