"""Finding a free room."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app.errors import (
    Actor,
    ConnectionRequired,
    InvalidInput,
    PermissionMissing,
    ProblemCode,
    RoomNotPaired,
    RoomTimesUnknown,
    SuiteUnavailable,
)
from app.integrations.models import Integration
from app.rooms.availability import RoomSchedule
from app.rooms.directory_index import DirectoryIndex
from app.rooms.filters import RoomFilter
from app.rooms.models import Room, RoomPairing
from app.rooms.service import MAX_ROOMS_ASKED, RoomService
from app.suites import errors as suite_errors
from app.suites.errors import SuiteError
from app.suites.events import Availability, BusyInterval, ScheduleOfAddress
from app.windows import LONGEST_WINDOW, check_window
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import IDEMPOTENCY, Calendars, Connected, connected, enabled_world, make_room
from tests.support.carried import CarriedSuite

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
END = START + timedelta(hours=1)
FREE, BUSY, UNKNOWN = Availability.FREE, Availability.BUSY, Availability.UNKNOWN


@pytest.fixture
async def world(database: TortoiseContext) -> World:
    return await enabled_world(await make_world())


def service_of(world: World, calendar: Connected | ConnectionRequired) -> RoomService:
    return RoomService(Calendars(calendar), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)


async def test_the_best_fit_comes_first(world: World) -> None:
    await make_room(world, "Busy", capacity=4)
    await make_room(world, "Unsure", capacity=4)
    await make_room(world, "Sizeless", capacity=None)
    await make_room(world, "Hall", capacity=40)
    await make_room(world, "Pier six", capacity=6, building="Pier")
    await make_room(world, "Harbour six", capacity=6, building="Harbour")
    told = {"busy@tidewater.example": BUSY, "unsure@tidewater.example": UNKNOWN}
    calendar = await connected(world, lambda address: ScheduleOfAddress(address, told.get(address, FREE)))

    found = await service_of(world, calendar).available(world.administrator, START, END, RoomFilter())

    assert [(item.room.name, item.availability) for item in found.rooms] == [
        ("Harbour six", FREE),
        ("Pier six", FREE),
        ("Hall", FREE),
        ("Sizeless", FREE),
        ("Unsure", UNKNOWN),
        ("Busy", BUSY),
    ]
    assert [type(room.problem) for room in found.rooms] == [type(None)] * 4 + [RoomTimesUnknown, type(None)]
    assert [type(problem) for problem in found.problems] == [RoomTimesUnknown]


async def test_a_building_that_is_preferred_comes_first_and_rooms_elsewhere_are_found_too(world: World) -> None:
    await make_room(world, "Tight", capacity=6, building="Harbour")
    await make_room(world, "Roomy", capacity=20, building="Pier")
    await make_room(world, "Tiny", capacity=2, building="Pier")
    service = service_of(world, await connected(world))

    found = await service.available(world.administrator, START, END, RoomFilter(min_capacity=5), "Pier")

    assert [item.room.name for item in found.rooms] == ["Roomy", "Tight"]


@pytest.mark.parametrize("building", ["x" * 201, "Pier\0"])
async def test_a_preferred_building_that_no_room_can_have_is_refused(world: World, building: str) -> None:
    service = service_of(world, await connected(world))

    with pytest.raises(InvalidInput) as raised:
        await service.available(world.administrator, START, END, RoomFilter(), building)

    assert raised.value.field == "preferredBuilding"


async def test_a_room_that_the_suite_does_not_tell_about_says_so_with_its_code(world: World) -> None:
    await make_room(world, "Closed")
    await make_room(world, "Open")
    told = {"closed@tidewater.example": ScheduleOfAddress("closed@tidewater.example", UNKNOWN, (), "5009")}
    calendar = await connected(world, lambda address: told.get(address, ScheduleOfAddress(address, FREE)))

    found = await service_of(world, calendar).available(world.administrator, START, END, RoomFilter())

    opened, closed = found.rooms
    assert (opened.availability, opened.problem) == (FREE, None)
    assert isinstance(closed.problem, RoomTimesUnknown)
    assert closed.problem.suite_code == "5009"


async def test_only_paired_rooms_that_can_be_booked_and_suffice_are_asked_about(world: World) -> None:
    await make_room(world, "Fits", capacity=10)
    await make_room(world, "Small", capacity=4)
    await make_room(world, "Reserved", capacity=10, is_bookable=False)
    await make_room(world, "Unpaired", capacity=10, pairing=RoomPairing.UNPAIRED)
    calendar = await connected(world)

    found = await service_of(world, calendar).available(
        world.administrator, START, END, RoomFilter(min_capacity=8, pairing=RoomPairing.UNPAIRED)
    )

    assert [item.room.name for item in found.rooms] == ["Fits"]
    assert calendar.mailbox.asked == [["fits@tidewater.example"]]


async def test_the_suite_is_asked_in_its_batches_and_a_failing_one_spoils_no_other(world: World) -> None:
    rooms = [await make_room(world, f"Room {number:02}") for number in range(45)]
    unlucky = rooms[25].address

    def tell(address: str) -> ScheduleOfAddress | SuiteError:
        return suite_errors.SuiteUnavailable("503") if address == unlucky else ScheduleOfAddress(address, FREE)

    calendar = await connected(world, tell)

    found = await service_of(world, calendar).available(world.administrator, START, END, RoomFilter())

    assert sorted(len(batch) for batch in calendar.mailbox.asked) == [5, 20, 20]
    assert [item.availability for item in found.rooms] == [FREE] * 25 + [UNKNOWN] * 20
    assert [type(item.problem) for item in found.rooms] == [type(None)] * 25 + [SuiteUnavailable] * 20
    assert [type(problem) for problem in found.problems] == [SuiteUnavailable]


async def test_more_rooms_than_can_be_asked_about_are_unknown_and_it_is_said(world: World) -> None:
    integration = await Integration.of(world.organisation_id).get()
    await Room.bulk_create(
        [
            Room(
                organisation_id=world.organisation_id,
                integration_id=integration.id,
                address=f"room{number}@tidewater.example",
                pairing=RoomPairing.PAIRED,
                name=f"Room {number:03}",
                equipment=[],
                created_at=START,
            )
            for number in range(MAX_ROOMS_ASKED + 5)
        ]
    )
    calendar = await connected(world)

    found = await service_of(world, calendar).available(world.administrator, START, END, RoomFilter())

    assert sum(map(len, calendar.mailbox.asked)) == MAX_ROOMS_ASKED
    assert len(found.rooms) == MAX_ROOMS_ASKED + 5
    assert [isinstance(item.problem, InvalidInput) for item in found.rooms] == [False] * MAX_ROOMS_ASKED + [True] * 5
    [problem] = found.problems
    assert isinstance(problem, InvalidInput)
    assert "505" in problem.message


async def test_a_member_without_connection_is_told_to_connect(world: World) -> None:
    with pytest.raises(ConnectionRequired):
        await service_of(world, ConnectionRequired()).available(world.administrator, START, END, RoomFilter())


async def test_the_schedules_of_rooms_are_read_together(world: World) -> None:
    free_room, taken_room = await make_room(world, "Free"), await make_room(world, "Taken")
    unpaired = await make_room(world, "Unpaired", pairing=RoomPairing.UNPAIRED)
    slot = BusyInterval(START, END, is_tentative=False)
    calendar = await connected(
        world,
        lambda address: (
            ScheduleOfAddress(address, BUSY, (slot,))
            if address == taken_room.address
            else ScheduleOfAddress(address, FREE)
        ),
    )

    answers = await service_of(world, calendar).schedules(
        world.administrator, [free_room, taken_room, unpaired], START, END
    )

    assert len(calendar.mailbox.asked) == 1
    assert answers[free_room.id] == RoomSchedule(FREE)
    assert answers[taken_room.id] == RoomSchedule(BUSY, (slot,))
    assert isinstance(answers[unpaired.id], RoomNotPaired)


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (START, ProblemCode.WINDOW_REVERSED),
        (START - timedelta(minutes=1), ProblemCode.WINDOW_REVERSED),
        (START + LONGEST_WINDOW + timedelta(seconds=1), ProblemCode.WINDOW_TOO_LONG),
    ],
)
async def test_a_window_that_cannot_be_answered_asks_nobody(world: World, end: datetime, code: ProblemCode) -> None:
    calendar = await connected(world)

    with pytest.raises(InvalidInput) as raised:
        await service_of(world, calendar).available(world.administrator, START, end, RoomFilter())

    assert raised.value.code is code
    assert calendar.mailbox.asked == []


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.timedeltas(timedelta(-100), timedelta(100)))  # noqa: DTZ001  # hypothesis wants naive bounds
def test_a_window_is_good_exactly_when_it_goes_forward_and_is_not_too_long(begins: datetime, length: timedelta) -> None:
    start = begins.replace(tzinfo=UTC)
    good = timedelta(0) < length <= LONGEST_WINDOW

    try:
        check_window(start, start + length)
    except InvalidInput:
        assert not good
    else:
        assert good


class TestWithoutThePermissionToSeeFreeAndBusyTimes:
    @pytest.fixture
    async def world(self, database: TortoiseContext) -> World:
        world = await enabled_world(await make_world(suite=CarriedSuite()))
        await world.connect(world.administrator, without={"freebusy"})
        return world

    @pytest.fixture
    async def service(self, world: World) -> RoomService:
        refusal = suite_errors.MissingScope("insufficientPermissions")
        return service_of(world, await connected(world, lambda address: refusal))

    async def test_free_rooms_are_unknown_with_one_problem_that_names_the_box(
        self, world: World, service: RoomService
    ) -> None:
        for number in range(25):
            await make_room(world, f"Room {number:02}")

        found = await service.available(world.administrator, START, END, RoomFilter())

        assert {item.availability for item in found.rooms} == {UNKNOWN}
        [problem] = found.problems
        assert isinstance(problem, PermissionMissing)
        assert (problem.scopes, problem.who_acts) == (("freebusy",), Actor.MEMBER)
        assert "Connect your calendar again" in (problem.remedy or "")

    async def test_a_rooms_schedule_is_unknown_and_says_why(self, world: World, service: RoomService) -> None:
        room = await make_room(world, "Harbour")

        schedules = await service.schedules(world.administrator, [room], START, END)

        schedule = schedules[room.id]
        assert isinstance(schedule, RoomSchedule)
        assert schedule.availability is UNKNOWN
        assert isinstance(schedule.problem, PermissionMissing)

    async def test_a_refusal_in_spite_of_the_granted_permission_blames_no_box(
        self, world: World, service: RoomService
    ) -> None:
        await world.connect(world.administrator)
        await make_room(world, "Harbour")
        refusal = suite_errors.MissingScope("forbidden")
        service = service_of(world, await connected(world, lambda address: refusal))

        found = await service.available(world.administrator, START, END, RoomFilter())

        assert [type(problem) for problem in found.problems] == [SuiteUnavailable]  # what the double's table says
