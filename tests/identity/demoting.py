"""A process in which one administrator takes the role from another, in many organisations one after the other."""

import asyncio
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from uuid import UUID

from app.database import engine
from app.errors import Forbidden, LastAdministrator
from app.events_bus.memory import MemoryBus
from app.identity.models import Member, Role
from app.identity.roles import RoleService
from tests.support.people import principal_of


@dataclass(frozen=True)
class Round:
    """Who takes the role from whom in one organisation."""

    by: UUID
    whose: UUID


def run(url: str, rounds: tuple[Round, ...], gate: Barrier, results: "Queue[list[str]]") -> None:
    """Go through the rounds, beginning each together with the other processes."""
    results.put(asyncio.run(_demote_all(url, rounds, gate)))


async def _demote_all(url: str, rounds: tuple[Round, ...], gate: Barrier) -> list[str]:
    async with engine.database(url):
        service = RoleService(MemoryBus())
        principals = [principal_of(await Member.get(id=each.by)) for each in rounds]
        told: list[str] = []
        for each, principal in zip(rounds, principals, strict=True):
            await asyncio.to_thread(gate.wait, 30)
            try:
                await service.set(principal, each.whose, Role.MEMBER)
                told.append("DEMOTED")
            except (Forbidden, LastAdministrator) as refused:
                told.append(type(refused).__name__)
        return told
