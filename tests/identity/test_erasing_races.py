"""Erasing beside whatever the same person does at that moment, on the database that really lets them."""

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from app.errors import LastAdministrator, NotFound
from app.identity.belongings import OWN, Person, rows_of
from app.identity.erasing import MemberErasing
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member, Role
from app.keys import Keys, Vault
from app.notifications.service import notify
from app.shifts.commands import BookShifts
from app.shifts.models import WorkKind
from app.shifts.service import ShiftService
from tests.bookings.house import Ticker, make_house
from tests.connections.stack import Stack, account_of
from tests.identity.whole_member import DAY
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of

pytestmark = pytest.mark.postgresql

INTERLEAVINGS = 20


@pytest.fixture
async def stack(postgresql_url: str, keys: Keys, vault: Vault) -> AsyncIterator[Stack]:
    async with open_database(postgresql_url):
        yield Stack(keys, vault)


def _erasing(stack: Stack) -> MemberErasing:
    return MemberErasing(stack.registry, stack.tokens, stack.bus)


async def _left(member: Member) -> set[str]:
    """What is there of the member still, by its noun."""
    who = Person(member.organisation_id, [member.id])
    return {noun for model, path, noun in OWN if await rows_of(who, model, path).exists()}


async def test_of_a_shift_that_is_booked_while_its_member_is_erased_nothing_stays(stack: Stack) -> None:
    shifts = ShiftService(IdempotencyService(stack.keys), notify, stack.bus)
    for turn in range(INTERLEAVINGS):
        member = await make_member(await make_organisation(f"Organisation {turn}"))
        command = BookShifts(idempotency_key=uuid4().hex, kind=WorkKind.REMOTE, dates=(DAY,))

        erased, _ = await asyncio.gather(
            _erasing(stack).erase(member), shifts.book(principal_of(member), command), return_exceptions=True
        )

        assert not isinstance(erased, BaseException), erased
        # What the member asked for at that moment may be refused or broken off: it has changed nothing.
        assert await _left(member) == set()
        assert not await Member.of(member.organisation_id).exists()


async def test_a_room_that_is_booked_while_its_member_is_erased_leaves_nothing_here(
    postgresql_url: str, keys: Keys, vault: Vault
) -> None:
    async with open_database(postgresql_url):
        for _ in range(5):
            house = await make_house(keys, vault, Ticker())
            room = await house.room()

            erased, _ = await asyncio.gather(
                _erasing(house.stack).erase(house.member), house.book(room), return_exceptions=True
            )

            assert not isinstance(erased, BaseException), erased
            assert await _left(house.member) == set()


async def test_whoever_signs_in_while_they_are_erased_is_out_or_a_new_member(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        member = await make_member(await make_organisation(f"Organisation {turn}"), tenant=f"tenant-{turn}")
        identity = (await account_of(member)).identity(stack.suite.name)

        erased, _ = await asyncio.gather(
            _erasing(stack).erase(member), stack.sign_in.complete(identity), return_exceptions=True
        )

        assert not isinstance(erased, BaseException), erased
        assert await _left(member) == set()


async def test_two_administrators_who_are_erased_at_once_leave_one(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        organisation = await make_organisation(f"Organisation {turn}")
        both = [
            await make_member(organisation, name, role=Role.SUBSCRIPTION_ADMINISTRATOR) for name in ("Ada Vos", "Bo Li")
        ]

        results = await asyncio.gather(*(_erasing(stack).erase(one) for one in both), return_exceptions=True)

        assert len([result for result in results if isinstance(result, LastAdministrator)]) == 1
        assert await Member.of(organisation.id).count() == 1


async def test_a_member_who_is_erased_twice_at_once_is_erased_once(stack: Stack) -> None:
    for turn in range(INTERLEAVINGS):
        member = await make_member(await make_organisation(f"Organisation {turn}"))

        results = await asyncio.gather(*(_erasing(stack).erase(member) for _ in range(2)), return_exceptions=True)

        assert len([result for result in results if isinstance(result, NotFound)]) == 1
        assert await _left(member) == set()
