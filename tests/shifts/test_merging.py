"""Two members who are one: their shifts are one member's, who works in one place at a time."""

from datetime import date, timedelta

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app import clock
from app.identity import merging, roles
from app.identity.models import Member
from app.shifts.models import Shift, ShiftEnd
from app.shifts.spans import Part, Slot
from tests.support.people import make_member, make_organisation
from tests.support.workplaces import make_shift


@pytest.fixture
async def both(database: TortoiseContext) -> tuple[Member, Member]:
    """Who is emptied, and who survives."""
    organisation = await make_organisation()
    return await make_member(organisation, "Ada Vos"), await make_member(organisation, "Ada V.")


def _day(offset: int) -> date:
    return clock.now().date() + timedelta(days=offset)


async def _merge(both: tuple[Member, Member]) -> None:
    async with in_transaction():
        await roles.one_at_a_time(both[0].organisation_id)
        await merging.merge(*both)


async def _of(member: Member) -> list[tuple[date, Slot, ShiftEnd | None]]:
    rows = await Shift.of(member.organisation_id).filter(member_id=member.id).order_by("starts_at", "created_at")
    return [(row.date, row.slot, row.end_reason) for row in rows]


async def test_shifts_that_stand_in_nobodys_way_become_the_survivors(both: tuple[Member, Member]) -> None:
    emptied, survivor = both
    await make_shift(emptied, _day(1))
    await make_shift(emptied, _day(2), part=Part(Slot.MORNING))
    await make_shift(survivor, _day(2), part=Part(Slot.AFTERNOON))

    await _merge(both)

    assert await _of(emptied) == []
    assert await _of(survivor) == [
        (_day(1), Slot.WHOLE_DAY, None),
        (_day(2), Slot.MORNING, None),
        (_day(2), Slot.AFTERNOON, None),
    ]


async def test_where_both_had_a_shift_the_survivors_stays(both: tuple[Member, Member]) -> None:
    emptied, survivor = both
    await make_shift(emptied, _day(1))
    kept = await make_shift(survivor, _day(1), part=Part(Slot.MORNING))

    await _merge(both)

    present = await Shift.of(survivor.organisation_id).filter(cancelled_at__isnull=True)
    assert [row.id for row in present] == [kept.id]
    assert sorted(reason is ShiftEnd.MERGED for _, _, reason in await _of(survivor)) == [False, True]


async def test_a_cancelled_shift_of_the_survivors_stands_in_no_way(both: tuple[Member, Member]) -> None:
    emptied, survivor = both
    moved = await make_shift(emptied, _day(1))
    await make_shift(survivor, _day(1), is_cancelled=True)

    await _merge(both)

    present = await Shift.of(survivor.organisation_id).filter(cancelled_at__isnull=True)
    assert [row.id for row in present] == [moved.id]


async def test_what_one_of_them_booked_for_the_other_was_booked_by_the_member_themself(
    both: tuple[Member, Member],
) -> None:
    emptied, survivor = both
    shift = await make_shift(survivor, _day(1), booked_by=emptied)

    await _merge(both)

    assert (await Shift.of(survivor.organisation_id).get(id=shift.id)).booked_by_id is None
