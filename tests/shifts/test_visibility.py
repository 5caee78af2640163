"""Which shifts a member may see outside events, asked of the database as lists do."""

from datetime import date
from itertools import product

import pytest
from tortoise.context import TortoiseContext

from app.identity.models import LocationSharing, Member, Role
from app.identity.principal import Principal
from app.shifts.sharing import in_force, shown_everywhere
from app.shifts.visibility import shifts_in_view
from tests.support.database import open_database
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, organisation_shares, shares

DAY = date(2026, 12, 3)


@pytest.fixture
async def ada(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


async def _colleague(member: Member, name: str = "Ben Moor", role: Role = Role.MEMBER) -> Member:
    return await make_member(await member.organisation, name, role=role)


async def _seen_by(principal: Principal) -> list[Member]:
    return [await shift.member for shift in await shifts_in_view(principal).order_by("created_at")]


@pytest.mark.parametrize(
    ("choice", "default", "widest"), list(product([*LocationSharing, None], LocationSharing, LocationSharing))
)
async def test_a_colleagues_shifts_are_seen_exactly_where_everyone_is_in_force(
    ada: Member, choice: LocationSharing | None, default: LocationSharing, widest: LocationSharing
) -> None:
    ben = await _colleague(ada)
    await make_shift(ben, DAY)
    await shares(ben, choice)
    await organisation_shares(ada.organisation_id, default, widest)

    seen = await _seen_by(principal_of(ada))

    word = choice or LocationSharing.NOBODY
    expected = shown_everywhere(in_force(word, chose=choice is not None, default=default, widest=widest))
    assert seen == ([ben] if expected else [])


async def test_members_see_their_own_shifts_whatever_they_chose(ada: Member) -> None:
    await make_shift(ada, DAY)
    await shares(ada, LocationSharing.NOBODY)

    assert await _seen_by(principal_of(ada)) == [ada]


async def test_whoever_booked_a_shift_for_somebody_sees_that_one_and_no_other(ada: Member) -> None:
    ben = await _colleague(ada)
    booked = await make_shift(ben, DAY, booked_by=ada)
    await make_shift(ben, date(2026, 12, 4))

    seen = await shifts_in_view(principal_of(ada))

    assert seen == [booked]


async def test_an_administrator_sees_no_more_than_anybody_else(ada: Member) -> None:
    boss = await _colleague(ada, "Cleo Brandt", Role.SUBSCRIPTION_ADMINISTRATOR)
    for sharing in LocationSharing:
        member = await _colleague(ada, f"Member {sharing.value.title()}")
        await shares(member, sharing)
        await make_shift(member, DAY)

    assert await _seen_by(principal_of(boss)) == await _seen_by(principal_of(ada))
    assert [member.name for member in await _seen_by(principal_of(boss))] == ["Member Everyone"]


async def test_another_organisations_shifts_are_not_there_even_shared_with_everyone(ada: Member) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Noor Kip", address="noor@newbridge.example")
    await make_shift(stranger, DAY)
    await shares(stranger, LocationSharing.EVERYONE)

    assert await _seen_by(principal_of(ada)) == []


async def test_what_may_be_seen_is_one_statement_for_however_many_shifts(ada: Member) -> None:
    for number in range(12):
        member = await _colleague(ada, f"Member {number}")
        await shares(member, LocationSharing.EVERYONE)
        await make_shift(member, DAY)

    async with counted_queries() as queries:
        seen = await shifts_in_view(principal_of(ada))

    assert (len(seen), len(queries)) == (12, 1)


@pytest.mark.postgresql
async def test_postgresql_answers_alike(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        ada = await make_member(await make_organisation())
        people = [ada]
        for choice in [*LocationSharing, None]:
            people.append(await _colleague(ada, f"Member {choice}"))
            await shares(people[-1], choice)
        for member in people:
            await make_shift(member, DAY)

        seen = await _seen_by(principal_of(ada))

    assert [member.name for member in seen] == [ada.name, "Member EVERYONE"]
