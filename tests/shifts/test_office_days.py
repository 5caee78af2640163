"""On which days most of some people are at an office, from what whoever asks may see."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.agenda.values import UNKNOWN_LOCATION, AgendaAttendee, AgendaEvent, AgendaResult, Colleague
from app.buildings.models import Building
from app.errors import ConnectionRequired, InvalidInput, NotFound, ProblemError
from app.identity.models import LocationSharing, Member, Organisation
from app.identity.principal import Principal
from app.shifts.models import WorkKind
from app.shifts.office_days import MOST_PEOPLE, OfficeDay, OfficeDaysService
from app.shifts.spans import Part, Slot
from app.suites.events import Attendee, AttendeeKind, Event, EventStatus, Person, Response
from app.suites.protocol import SuiteName
from tests.bookings.house import Ticker, make_event
from tests.buildings.making import make_building
from tests.support.people import make_member, make_organisation, principal_of
from tests.support.queries import counted_queries
from tests.support.workplaces import make_shift, organisation_shares, shares

MONDAY = date(2031, 5, 12)
"""Today: the clock stands at nine in London, eleven in Amsterdam."""
TUESDAY, SATURDAY, SUNDAY = (MONDAY + timedelta(days=days) for days in (1, 5, 6))


@dataclass
class HeldAgenda:
    """An agenda of these events, or a problem instead."""

    events: list[AgendaEvent] = field(default_factory=list)
    problem: ProblemError | None = None
    asked: int = 0

    async def agenda(self, principal: Principal, start: Any, end: Any) -> AgendaResult:
        self.asked += 1
        if self.problem is not None:
            raise self.problem
        return AgendaResult(self.events)


@dataclass
class World:
    """Ada who asks, her colleagues who share with everyone, and a building."""

    organisation: Organisation
    ada: Member
    lighthouse: Building
    agenda: HeldAgenda

    async def colleague(self, name: str, sharing: LocationSharing | None = LocationSharing.EVERYONE) -> Member:
        member = await make_member(self.organisation, name)
        await shares(member, sharing)
        return member

    async def suggest(self, members: Iterable[Member] | None, until: date = SUNDAY) -> list[OfficeDay]:
        ids = None if members is None else [member.id for member in members]
        suggested = await OfficeDaysService(self.agenda).suggest(principal_of(self.ada), MONDAY, until, ids)
        return list(suggested.days)

    def meets(
        self,
        *guests: tuple[Member, Response],
        own: Response = Response.ACCEPTED,
        status: EventStatus = EventStatus.CONFIRMED,
    ) -> None:
        """An event of the week with these guests, and Ada."""
        attendees = [
            AgendaAttendee(
                Attendee(Person(guest.address, guest.name), AttendeeKind.REQUIRED, response),
                Colleague(guest.id, guest.name, guest.address),
                is_external=False,
            )
            for guest, response in guests
        ]
        event: Event = make_event(
            clock.now(), response=own, is_organiser=own is Response.ORGANISER, status=status, organiser=None
        )
        self.agenda.events.append(
            AgendaEvent(
                suite=SuiteName.MICROSOFT_365,
                viewer_id=self.ada.id,
                event=event,
                event_reference_id=None,
                rooms=(),
                attendees=tuple(attendees),
                attendances=(),
                notes=(),
                organiser_location=UNKNOWN_LOCATION,
            )
        )


@pytest.fixture
async def world(database: TortoiseContext) -> AsyncIterator[World]:
    with clock.use(Ticker()):
        organisation = await make_organisation()
        ada = await make_member(organisation)
        yield World(organisation, ada, await make_building(organisation.id), HeldAgenda())


def _told(days: Iterable[OfficeDay]) -> list[tuple[date, str, int]]:
    return [(day.date, day.building.name, len(day.member_ids)) for day in days]


async def test_the_days_with_most_people_come_first_then_the_earliest(world: World) -> None:
    ben, cleo = await world.colleague("Ben Moor"), await world.colleague("Cleo Brandt")
    pier = await make_building(world.organisation.id, "Pier")
    await make_shift(ben, MONDAY, world.lighthouse)
    for member in (ben, cleo):
        await make_shift(member, SATURDAY, world.lighthouse)
    await make_shift(ben, TUESDAY, pier)
    await make_shift(cleo, TUESDAY, world.lighthouse)

    days = await world.suggest([ben, cleo])

    assert _told(days) == [
        (SATURDAY, "Lighthouse", 2),
        (MONDAY, "Lighthouse", 1),
        (TUESDAY, "Lighthouse", 1),
        (TUESDAY, "Pier", 1),
    ]


async def test_only_those_who_share_with_everyone_are_seen_and_the_others_look_as_if_they_had_no_shift(
    world: World,
) -> None:
    everyone = await world.colleague("Ben Moor")
    hidden = [
        await world.colleague("Cleo Brandt", LocationSharing.PEOPLE_I_MEET),
        await world.colleague("Dirk Hale", LocationSharing.NOBODY),
        await world.colleague("Elke Roos", None),
    ]
    absent = [await world.colleague(f"Absent {number}") for number in range(3)]
    for member in (everyone, *hidden):
        await make_shift(member, TUESDAY, world.lighthouse)

    with_hidden = await world.suggest([everyone, *hidden])
    with_absent = await world.suggest([everyone, *absent])

    assert with_hidden == with_absent
    assert _told(with_hidden) == [(TUESDAY, "Lighthouse", 1)]


async def test_where_the_organisation_forbids_everyone_nobody_is_seen(world: World) -> None:
    ben = await world.colleague("Ben Moor")
    await make_shift(ben, TUESDAY, world.lighthouse)
    await organisation_shares(world.organisation.id, widest=LocationSharing.PEOPLE_I_MEET)

    assert await world.suggest([ben]) == []


async def test_somebody_with_two_shifts_on_a_day_is_one_person_and_only_offices_count(world: World) -> None:
    ben = await world.colleague("Ben Moor")
    for slot in (Slot.MORNING, Slot.AFTERNOON):
        await make_shift(ben, TUESDAY, world.lighthouse, part=Part(slot))
    await make_shift(ben, SATURDAY, kind=WorkKind.REMOTE)
    await make_shift(ben, SUNDAY, world.lighthouse, is_cancelled=True)

    assert _told(await world.suggest([ben])) == [(TUESDAY, "Lighthouse", 1)]


async def test_days_that_are_over_where_the_building_is_are_left_out(world: World) -> None:
    ben = await world.colleague("Ben Moor")
    auckland = await make_building(world.organisation.id, "Wharf", time_zone="Pacific/Auckland")
    honolulu = await make_building(world.organisation.id, "Reef", time_zone="Pacific/Honolulu")
    for building in (auckland, honolulu):
        for day in (MONDAY - timedelta(days=1), MONDAY):
            await make_shift(ben, day, building)

    ids = [ben.id]
    service = OfficeDaysService(world.agenda)
    suggested = await service.suggest(principal_of(world.ada), MONDAY - timedelta(days=3), MONDAY, ids)

    # It is half past nine in the evening of Monday in Auckland, and still Sunday in Honolulu.
    assert _told(suggested.days) == [(MONDAY - timedelta(days=1), "Reef", 1), (MONDAY, "Reef", 1), (MONDAY, "Wharf", 1)]


async def test_a_day_says_whether_the_building_is_open_and_has_room_and_what_the_viewer_has_booked(
    world: World,
) -> None:
    ben, cleo = await world.colleague("Ben Moor"), await world.colleague("Cleo Brandt", LocationSharing.NOBODY)
    await Building.of(world.organisation.id).filter(id=world.lighthouse.id).update(capacity=2)
    own = await make_shift(world.ada, TUESDAY)
    for day in (TUESDAY, SATURDAY):
        await make_shift(ben, day, world.lighthouse)
    await make_shift(cleo, TUESDAY, world.lighthouse)

    tuesday, saturday = await world.suggest([ben])

    assert (tuesday.is_open, tuesday.has_room, tuesday.own_shifts) == (True, False, (own,))
    assert (saturday.is_open, saturday.has_room, saturday.own_shifts) == (False, True, ())


async def test_a_removed_building_is_suggested_to_nobody(world: World) -> None:
    ben = await world.colleague("Ben Moor")
    await make_shift(ben, TUESDAY, world.lighthouse)
    await Building.of(world.organisation.id).filter(id=world.lighthouse.id).update(removed_at=clock.now())

    assert await world.suggest([ben]) == []


async def test_of_somebody_who_was_merged_the_survivors_shifts_count(world: World) -> None:
    ben, was_ben = await world.colleague("Ben Moor"), await world.colleague("B. Moor")
    await Member.of(world.organisation.id).filter(id=was_ben.id).update(merged_into_id=ben.id)
    await make_shift(ben, TUESDAY, world.lighthouse)

    [day] = await world.suggest([was_ben])

    assert day.member_ids == (ben.id,)


async def test_without_names_it_is_about_those_whom_one_really_meets(world: World) -> None:
    names = ("Accepted", "Organises", "Undecided", "Declined", "Where I declined", "On a cancelled event")
    people = {name: await world.colleague(name) for name in names}
    for member in people.values():
        await make_shift(member, TUESDAY, world.lighthouse)
    world.meets(
        (people["Accepted"], Response.ACCEPTED),
        (people["Organises"], Response.ORGANISER),
        (people["Undecided"], Response.TENTATIVELY_ACCEPTED),
        (people["Declined"], Response.DECLINED),
        (world.ada, Response.ACCEPTED),
    )
    world.meets((people["Where I declined"], Response.ORGANISER), own=Response.DECLINED)
    world.meets((people["On a cancelled event"], Response.ACCEPTED), status=EventStatus.CANCELLED)

    suggested = await OfficeDaysService(world.agenda).suggest(principal_of(world.ada), MONDAY, SUNDAY)

    assert suggested.people == 2
    assert set(suggested.days[0].member_ids) == {people["Accepted"].id, people["Organises"].id}
    assert world.agenda.asked == 1


async def test_meeting_somebody_shows_nothing_more_of_them_here(world: World) -> None:
    ben = await world.colleague("Ben Moor", LocationSharing.PEOPLE_I_MEET)
    await make_shift(ben, TUESDAY, world.lighthouse)
    world.meets((ben, Response.ACCEPTED))

    assert await world.suggest(None) == []


async def test_without_a_calendar_only_named_people_are_looked_up(world: World) -> None:
    world.agenda.problem = ConnectionRequired()

    with pytest.raises(ConnectionRequired):
        await world.suggest(None)
    assert await world.suggest([world.ada]) == []


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [(TUESDAY, MONDAY, "WINDOW_REVERSED"), (MONDAY, MONDAY + timedelta(days=62), "WINDOW_TOO_LONG")],
)
async def test_a_window_is_one_to_62_days(world: World, first: date, last: date, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await OfficeDaysService(world.agenda).suggest(principal_of(world.ada), first, last, [world.ada.id])

    assert (refusal.value.field, refusal.value.code) == ("to", code)
    await OfficeDaysService(world.agenda).suggest(
        principal_of(world.ada), MONDAY, MONDAY + timedelta(days=61), [world.ada.id]
    )


async def test_one_to_a_hundred_people_can_be_asked_for_and_all_of_them_are_members(world: World) -> None:
    stranger = await make_member(await make_organisation("Newbridge"), "Noor Kip")
    crowd = [await make_member(world.organisation, f"Member {number}") for number in range(MOST_PEOPLE)]

    with pytest.raises(InvalidInput) as none:
        await world.suggest([])
    with pytest.raises(InvalidInput) as too_many:
        await world.suggest([*crowd, world.ada])
    with pytest.raises(NotFound):
        await world.suggest([world.ada, stranger])

    assert (none.value.field, too_many.value.field) == ("memberIds", "memberIds")
    assert await world.suggest(crowd) == []


async def test_it_costs_as_many_statements_for_many_people_as_for_few(world: World) -> None:
    costs = []
    for number in (2, 30):
        people = [await world.colleague(f"Member {number}-{index}") for index in range(number)]
        for day in (TUESDAY, SATURDAY, SUNDAY):
            for member in people:
                await make_shift(member, day, world.lighthouse)
        async with counted_queries() as queries:
            await world.suggest(people)
        costs.append(len(queries))

    assert costs[0] == costs[1] == 5
