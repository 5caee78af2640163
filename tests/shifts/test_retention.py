"""Past shifts are erased after the period that the organisation keeps them, by our own clock."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.identity.models import Member, Organisation
from app.shifts import retention
from app.shifts.models import Shift
from app.shifts.retention import ShiftRetention
from tests.bookings.house import Ticker
from tests.support.people import make_member, make_organisation
from tests.support.workplaces import make_shift

NOW = datetime(2031, 5, 12, 13, 0, tzinfo=UTC)
TODAY = NOW.date()


@pytest.fixture
async def ticker(database: TortoiseContext) -> AsyncIterator[Ticker]:
    ticker = Ticker(NOW)
    with clock.use(ticker):
        yield ticker


@pytest.fixture
async def member(ticker: Ticker) -> Member:
    return await make_member(await make_organisation())


async def _days(member: Member) -> list[date]:
    return [row.date for row in await Shift.of(member.organisation_id).order_by("date")]


def _ago(days: int) -> date:
    return TODAY - timedelta(days=days)


async def test_shifts_are_kept_for_ninety_days_where_the_organisation_set_nothing(member: Member) -> None:
    for days in (91, 90, 0, -30):
        await make_shift(member, _ago(days))

    await ShiftRetention().run_due()

    assert await _days(member) == [_ago(90), TODAY, _ago(-30)]


async def test_each_organisation_keeps_its_shifts_for_its_own_period(member: Member) -> None:
    other = await make_member(await make_organisation("Newbridge"))
    await Organisation.filter(id=other.organisation_id).update(shift_retention_days=7)
    for one in (member, other):
        await make_shift(one, _ago(8))
        await make_shift(one, _ago(7))

    await ShiftRetention().run_due()

    assert (await _days(member), await _days(other)) == ([_ago(8), _ago(7)], [_ago(7)])


async def test_cancelled_shifts_are_erased_with_the_others(member: Member) -> None:
    await make_shift(member, _ago(100), is_cancelled=True)

    await ShiftRetention().run_due()

    assert await _days(member) == []


async def test_a_day_counts_as_past_only_once_it_is_over_everywhere_on_earth(member: Member, ticker: Ticker) -> None:
    """At eleven in the morning of UTC somebody far west still has yesterday."""
    await make_shift(member, _ago(91))
    ticker.moment = datetime(2031, 5, 12, 11, 0, tzinfo=UTC)

    await ShiftRetention().run_due()
    kept = await _days(member)
    ticker.moment = datetime(2031, 5, 12, 12, 0, tzinfo=UTC)
    await ShiftRetention().run_due()

    assert (kept, await _days(member)) == ([_ago(91)], [])


async def test_more_than_one_batch_is_erased_in_one_run(member: Member) -> None:
    rows = [await make_shift(member, _ago(200))]
    copies = [
        Shift(**{name: getattr(rows[0], name) for name in Shift._meta.db_fields if name != "id"})
        for _ in range(retention.BATCH + 10)
    ]
    await Shift.bulk_create(copies)

    await ShiftRetention().run_due()

    assert await Shift.of(member.organisation_id).count() == 0


async def test_two_that_erase_at_once_do_not_disturb_each_other(member: Member) -> None:
    for days in range(91, 131):
        await make_shift(member, _ago(days))

    await asyncio.gather(ShiftRetention().run_due(), ShiftRetention().run_due())

    assert await _days(member) == []


async def test_the_job_looks_once_an_hour(member: Member, ticker: Ticker) -> None:
    job = ShiftRetention()
    following = await job.run_due()
    await make_shift(member, _ago(91))

    await job.run_due()
    kept = await _days(member)
    ticker.moment = following
    await job.run_due()

    assert (kept, await _days(member)) == ([_ago(91)], [])
