"""Administrators who take the role from each other at the same moment, each in a process of their own."""

import asyncio
import multiprocessing

from app.audit.models import AuditAction, AuditEntry
from app.identity.models import Member, Role
from tests.identity import demoting
from tests.identity.demoting import Round
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation

INTERLEAVINGS = 50
ADMINISTRATOR = Role.SUBSCRIPTION_ADMINISTRATOR


async def test_of_two_administrators_who_demote_each_other_exactly_one_stays(database_url: str) -> None:
    async with open_database(database_url):
        pairs = await _organisations(2)
        rounds = (
            tuple(Round(first.id, second.id) for first, second in pairs),
            tuple(Round(second.id, first.id) for first, second in pairs),
        )

        told = await asyncio.to_thread(_run, database_url, rounds)

        assert [set(outcomes) for outcomes in zip(*told, strict=True)] == [{"DEMOTED", "Forbidden"}] * INTERLEAVINGS
        for first, second in pairs:
            roles = [row.role for row in await Member.of(first.organisation_id).filter(id__in=[first.id, second.id])]
            assert sorted(roles) == sorted([ADMINISTRATOR, Role.MEMBER])
            changes = AuditEntry.of(first.organisation_id).filter(action=AuditAction.ROLE_CHANGED)
            assert await changes.count() == 1


async def test_of_two_administrators_who_step_down_at_once_exactly_one_stays(database_url: str) -> None:
    async with open_database(database_url):
        pairs = await _organisations(2)
        rounds = (
            tuple(Round(first.id, first.id) for first, _ in pairs),
            tuple(Round(second.id, second.id) for _, second in pairs),
        )

        told = await asyncio.to_thread(_run, database_url, rounds)

        outcomes = [set(both) for both in zip(*told, strict=True)]
        assert outcomes == [{"DEMOTED", "LastAdministrator"}] * INTERLEAVINGS
        for first, _ in pairs:
            left = Member.of(first.organisation_id).filter(role=ADMINISTRATOR)
            assert await left.count() == 1


async def test_three_who_demote_in_a_ring_leave_somebody(database_url: str) -> None:
    async with open_database(database_url):
        circles = await _organisations(3)
        rounds = tuple(
            tuple(Round(circle[place].id, circle[(place + 1) % 3].id) for circle in circles) for place in range(3)
        )

        told = await asyncio.to_thread(_run, database_url, rounds)

        for circle, outcomes in zip(circles, zip(*told, strict=True), strict=True):
            left = await Member.of(circle[0].organisation_id).filter(role=ADMINISTRATOR).count()
            assert left == 3 - outcomes.count("DEMOTED")
            assert left >= 1


async def _organisations(administrators: int) -> list[list[Member]]:
    found = []
    for turn in range(INTERLEAVINGS):
        organisation = await make_organisation(f"Organisation {turn}")
        found.append(
            [await make_member(organisation, f"Member {n}", role=ADMINISTRATOR) for n in range(administrators)]
        )
    return found


def _run(url: str, rounds: tuple[tuple[Round, ...], ...]) -> list[list[str]]:
    context = multiprocessing.get_context("spawn")
    gate, results = context.Barrier(len(rounds)), context.Queue()
    processes = [context.Process(target=demoting.run, args=(url, each, gate, results), daemon=True) for each in rounds]
    for process in processes:
        process.start()
    told: list[list[str]] = [results.get(timeout=60) for _ in processes]
    for process in processes:
        process.join(30)
    return told
