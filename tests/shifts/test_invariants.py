"""Whatever members do one after the other: no level is ever above its capacity, nobody is in two places at once, and
what was refused changed nothing.
"""

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.buildings.models import Building
from app.errors import ProblemError
from app.identity.models import Member
from app.shifts.capacity import Place, most_at_once, takings
from app.shifts.commands import BookShifts, ChangeShift, ShiftScope
from app.shifts.models import Shift, WorkKind
from app.shifts.spans import Part, Slot, Span
from tests.bookings.house import Ticker
from tests.buildings.making import make_area, make_building, make_floor
from tests.shifts.contending import shift_service
from tests.support.people import make_member, make_organisation, principal_of

MONDAY = date(2031, 5, 12)
DAYS = [MONDAY + timedelta(days=offset) for offset in range(1, 4)]
ACTS = 60


@dataclass(frozen=True)
class Small:
    """A building of eight, whose floor takes four and its two areas two and three; and who works there."""

    building: Building
    capacities: dict[Place, int]
    members: list[Member]


@pytest.fixture
async def small(database: TortoiseContext) -> AsyncIterator[Small]:
    with clock.use(Ticker(datetime(2031, 5, 12, 9, tzinfo=UTC))):
        organisation = await make_organisation()
        building = await make_building(organisation.id, capacity=8)
        floor = await make_floor(building, capacity=4)
        north, south = await make_area(floor, "North", capacity=2), await make_area(floor, "South", capacity=3)
        capacities = {Place(building.id): 8, Place(building.id, floor.id): 4}
        capacities |= {Place(building.id, floor.id, north.id): 2, Place(building.id, floor.id, south.id): 3}
        members = [await make_member(organisation, f"Member {number}") for number in range(12)]
        yield Small(building, capacities, members)


async def _check(small: Small) -> None:
    there = await takings(small.building.organisation_id, [small.building.id], DAYS)
    for place, capacity in small.capacities.items():
        for day in DAYS:
            whole = Span(datetime.combine(day, datetime.min.time(), UTC) - timedelta(days=1), _after(day))
            people = [taking for taking in there[small.building.id] if taking.date == day]
            assert most_at_once(people, place, whole) <= capacity
    for member in small.members:
        rows = await Shift.of(member.organisation_id).filter(member_id=member.id, cancelled_at__isnull=True)
        spans = sorted(Span(row.starts_at, row.ends_at) for row in rows)
        assert not any(earlier.overlaps(later) for earlier, later in pairwise(spans))


def _after(day: date) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=2)


def _part(dice: random.Random) -> Part:
    slot = dice.choice(list(Slot))
    if slot is not Slot.TIMES:
        return Part(slot)
    start = dice.randrange(8, 17)
    opens = datetime(2031, 5, 12, start, tzinfo=UTC)
    return Part(slot, opens.time(), (opens + timedelta(hours=dice.randint(1, 18 - start))).time())


async def _state(small: Small) -> list[tuple[object, ...]]:
    columns = ("id", "kind", "building_id", "floor_id", "area_id", "starts_at", "ends_at", "cancelled_at")
    rows = await Shift.of(small.building.organisation_id).order_by("id").values_list(*columns)
    return [tuple(row) for row in rows]


@pytest.mark.parametrize("seed", range(4))
async def test_no_sequence_of_acts_fills_a_place_too_much_or_puts_a_member_in_two_places(
    small: Small, seed: int
) -> None:
    dice, service, done = random.Random(seed), shift_service(), 0  # noqa: S311  # chances for a test, not secrets
    for _ in range(ACTS):
        member = dice.choice(small.members)
        principal, place = principal_of(member), dice.choice(list(small.capacities))
        own = await Shift.of(member.organisation_id).filter(member_id=member.id).order_by("created_at", "id")
        scope, before = dice.choice(list(ShiftScope)), await _state(small)
        try:
            match dice.choice(("book", "book", "change", "cancel") if own else ("book",)):
                case "book":
                    dates = tuple(dice.sample(DAYS, dice.randint(1, 3)))
                    kind = dice.choice((WorkKind.AT_OFFICE, WorkKind.AT_OFFICE, WorkKind.REMOTE))
                    await service.book(
                        principal,
                        BookShifts(
                            idempotency_key=uuid4().hex,
                            kind=kind,
                            dates=dates,
                            place=place if kind is WorkKind.AT_OFFICE else None,
                            part=_part(dice),
                            skips_unavailable=dice.random() < 0.5,
                        ),
                    )
                case "change":
                    day = dice.choice(DAYS) if scope is ShiftScope.THIS else None
                    change = ChangeShift(
                        shift_id=dice.choice(own).id,
                        scope=scope,
                        day=day,
                        kind=WorkKind.AT_OFFICE,
                        place=place,
                        part=_part(dice),
                    )
                    await service.change(principal, change)
                case "cancel":
                    await service.cancel(principal, dice.choice(own).id, scope)
            done += 1
        except ProblemError:
            assert await _state(small) == before
        await _check(small)

    assert done > ACTS // 3
