"""Entering rooms by their email addresses."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app.audit.models import AuditAction, AuditEntry
from app.errors import (
    ConnectionRequired,
    Forbidden,
    IdempotencyKeyReused,
    IntegrationUnavailable,
    InvalidInput,
    PermissionMissing,
    ProblemCode,
    ProblemError,
    ReconnectRequired,
    RoomAddressTaken,
    RoomAddressUnknown,
    SuiteUnavailable,
)
from app.identity.models import IdempotencyRecord
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.directory_index import DirectoryIndex
from app.rooms.entry import NewRoom, validated
from app.rooms.models import Room, RoomPairing
from app.rooms.service import RoomService
from app.suites import errors as suite_errors
from app.suites.errors import SuiteError
from app.suites.events import Availability, ScheduleOfAddress
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import (
    IDEMPOTENCY,
    Calendars,
    Connected,
    PagedSuite,
    connected,
    enabled_world,
    make_room,
    suite_room,
)
from tests.support.carried import CarriedSuite
from tests.support.database import open_database

QUAY = NewRoom(address="quay@tidewater.example", name="Quay", building="Harbour", floor="2", capacity=6)


@pytest.fixture
def suite() -> PagedSuite:
    return PagedSuite()


@pytest.fixture
async def world(database: TortoiseContext, suite: PagedSuite) -> World:
    return await enabled_world(await make_world(suite=suite))


def service_of(world: World, calendar: Connected | ProblemError) -> RoomService:
    return RoomService(Calendars(calendar), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)


@pytest.fixture
async def service(world: World) -> RoomService:
    return service_of(world, await connected(world))


async def rooms_of(world: World) -> list[Room]:
    return await Room.of(world.organisation_id).order_by("name")


async def test_a_room_whose_address_the_suite_knows_is_paired(world: World, service: RoomService) -> None:
    entered = await service.create(world.administrator, replace(QUAY, equipment=("Screen", " Screen ")), "a key")

    [room] = await rooms_of(world)
    assert (room.id, entered.problems) == (entered.room.id, ())
    assert (room.pairing, room.integration_id) == (
        RoomPairing.PAIRED,
        (await Integration.of(world.organisation_id).get()).id,
    )
    assert (room.address, room.name, room.building, room.floor, room.capacity, room.equipment) == (
        "quay@tidewater.example",
        "Quay",
        "Harbour",
        "2",
        6,
        ["Screen"],
    )


async def test_an_address_is_kept_in_lower_case_without_spaces(world: World, service: RoomService) -> None:
    entered = await service.create(world.administrator, replace(QUAY, address=" Quay@Tidewater.example "), "a key")

    assert entered.room.address == "quay@tidewater.example"


async def test_an_address_that_the_suite_does_not_tell_about_is_refused_and_nothing_is_kept(world: World) -> None:
    def tell(address: str) -> ScheduleOfAddress:
        return ScheduleOfAddress(address, Availability.UNKNOWN, provider_code="notFound")

    service = service_of(world, await connected(world, tell))

    with pytest.raises(RoomAddressUnknown):
        await service.create(world.administrator, QUAY, "a key")

    assert await rooms_of(world) == []
    assert await IdempotencyRecord.of(world.organisation_id).count() == 0


async def test_a_suite_that_does_not_answer_leaves_nothing_half_done(world: World, service: RoomService) -> None:
    down = suite_errors.SuiteUnavailable("503")
    failing = service_of(world, await connected(world, lambda address: down))

    with pytest.raises(SuiteUnavailable):
        await failing.create(world.administrator, QUAY, "a key")
    nothing = await rooms_of(world)
    await service.create(world.administrator, QUAY, "a key")

    assert nothing == []
    assert [room.name for room in await rooms_of(world)] == ["Quay"]


@pytest.mark.parametrize(
    "problem",
    [ConnectionRequired(), ReconnectRequired("EXPIRED"), IntegrationUnavailable("DISABLED")],
    ids=lambda problem: type(problem).__name__,
)
async def test_a_room_that_nobody_can_ask_the_suite_about_is_entered_unpaired_and_it_is_said_why(
    world: World, problem: ProblemError
) -> None:
    entered = await service_of(world, problem).create(world.administrator, QUAY, "a key")

    assert (entered.room.pairing, entered.room.integration_id) == (RoomPairing.UNPAIRED, None)
    assert entered.problems == (problem,)


async def test_an_integration_that_is_disabled_while_the_suite_is_asked_pairs_nothing(world: World) -> None:
    calendar = await connected(world)
    await Integration.of(world.organisation_id).update(status=IntegrationStatus.DISABLED)

    entered = await service_of(world, calendar).create(world.administrator, QUAY, "a key")

    assert entered.room.pairing is RoomPairing.UNPAIRED


async def test_where_free_and_busy_times_may_not_be_seen_the_room_is_paired_unchecked_and_it_is_said(
    database: TortoiseContext,
) -> None:
    world = await enabled_world(await make_world(suite=CarriedSuite()))
    await world.connect(world.administrator, without={"freebusy"})
    refusal: SuiteError = suite_errors.MissingScope("insufficientPermissions")
    service = service_of(world, await connected(world, lambda address: refusal))

    entered = await service.create(world.administrator, QUAY, "a key")

    assert entered.room.pairing is RoomPairing.PAIRED
    assert [type(problem) for problem in entered.problems] == [PermissionMissing]


async def test_an_address_that_another_room_has_is_refused_by_that_rooms_name(
    world: World, service: RoomService
) -> None:
    await make_room(world, "Lighthouse", address="quay@tidewater.example")

    with pytest.raises(RoomAddressTaken) as raised:
        await service.create(world.administrator, replace(QUAY, address="QUAY@tidewater.example"), "a key")

    assert raised.value.room_name == "Lighthouse"
    assert await IdempotencyRecord.of(world.organisation_id).count() == 0


async def test_another_organisations_room_takes_no_address(world: World, service: RoomService) -> None:
    other = await make_world("Saltmarsh", suite=PagedSuite(), tenant=str(uuid4()))
    await other.enabled()
    await make_room(other, "Quay", address="quay@tidewater.example")

    await service.create(world.administrator, QUAY, "a key")

    assert [room.name for room in await rooms_of(world)] == ["Quay"]


async def test_members_enter_no_rooms(world: World, service: RoomService) -> None:
    with pytest.raises(Forbidden):
        await service.create(world.member, QUAY, "a key")


async def test_entering_a_room_is_in_the_audit_log_without_its_address(world: World, service: RoomService) -> None:
    entered = await service.create(world.administrator, QUAY, "a key")

    entry = await AuditEntry.of(world.organisation_id).get(action=AuditAction.ROOM_CREATED)
    assert (entry.actor_id, entry.target_id) == (world.administrator.member_id, entered.room.id)
    assert entry.details == {"pairing": "PAIRED"}


class TestRepeating:
    async def test_a_repeat_reads_the_same_room_anew_and_asks_nobody(self, world: World) -> None:
        calendar = await connected(world)
        service = service_of(world, calendar)
        first = await service.create(world.administrator, QUAY, "a key")

        again = await service.create(world.administrator, QUAY, "a key")

        assert again.room.id == first.room.id
        assert len(calendar.mailbox.asked) == 1
        assert await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ROOM_CREATED).count() == 1

    async def test_a_key_is_not_used_for_another_room(self, world: World, service: RoomService) -> None:
        await service.create(world.administrator, QUAY, "a key")

        with pytest.raises(IdempotencyKeyReused):
            await service.create(world.administrator, replace(QUAY, address="pier@tidewater.example"), "a key")

        assert [room.name for room in await rooms_of(world)] == ["Quay"]

    async def test_under_another_key_the_same_room_is_taken(self, world: World, service: RoomService) -> None:
        await service.create(world.administrator, QUAY, "a key")

        with pytest.raises(RoomAddressTaken):
            await service.create(world.administrator, QUAY, "another key")

    async def test_a_repeat_that_overtakes_the_first_makes_no_second_room(self, world: World) -> None:
        overtaken = _Overtaken(await connected(world), world)

        second = await overtaken.service.create(world.administrator, QUAY, "a key")

        assert [second.room.id] == [room.id for room in await rooms_of(world)]

    async def test_another_request_that_overtakes_has_the_address(self, world: World) -> None:
        await _is_too_late(world)

    @pytest.mark.postgresql
    async def test_another_request_that_overtakes_has_the_address_on_postgresql_too(self, postgresql_url: str) -> None:
        async with open_database(postgresql_url):
            await _is_too_late(await enabled_world(await make_world(suite=PagedSuite())))


class _Overtaken(Calendars):
    """While the suite is asked for one request, the same room is entered by another."""

    def __init__(self, calendar: Connected, world: World) -> None:
        super().__init__(calendar)
        self._overtaking = service_of(world, calendar)
        self.service = RoomService(self, world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)

    async def connected(self, principal: Principal) -> Connected:
        await self._overtaking.create(principal, QUAY, "a key")
        return await super().connected(principal)


async def _is_too_late(world: World) -> None:
    overtaken = _Overtaken(await connected(world), world)

    with pytest.raises(RoomAddressTaken):
        await overtaken.service.create(world.administrator, QUAY, "another key")

    assert len(await rooms_of(world)) == 1
    assert await IdempotencyRecord.of(world.organisation_id).count() == 1


class TestRoomSync:
    async def test_a_room_that_the_directory_never_listed_stays_paired(
        self, world: World, service: RoomService, suite: PagedSuite
    ) -> None:
        await service.create(world.administrator, QUAY, "a key")
        suite.pages = [[suite_room(1)]]

        await _sync(world)

        assert [(room.name, room.pairing) for room in await rooms_of(world)] == [
            ("Quay", RoomPairing.PAIRED),
            ("Room 001", RoomPairing.PAIRED),
        ]

    async def test_a_room_that_the_directory_lists_later_takes_its_details_over_and_from_then_on_follows_it(
        self, world: World, service: RoomService, suite: PagedSuite
    ) -> None:
        entered = await service_of(world, ConnectionRequired()).create(world.administrator, QUAY, "a key")
        suite.pages = [[suite_room(7, address="quay@tidewater.example", name="Quay of the directory", capacity=9)]]
        await _sync(world)
        [listed] = await rooms_of(world)
        suite.pages = []

        await _sync(world)

        [vanished] = await rooms_of(world)
        assert (listed.id, listed.name, listed.capacity) == (entered.room.id, "Quay of the directory", 9)
        assert listed.pairing is RoomPairing.PAIRED
        assert vanished.pairing is RoomPairing.UNPAIRED


async def _sync(world: World) -> None:
    await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"address": "quay"}, "email", ProblemCode.MALFORMED_EMAIL),
        ({"address": "quay@tidewater"}, "email", ProblemCode.MALFORMED_EMAIL),
        ({"address": ""}, "email", ProblemCode.MALFORMED_EMAIL),
        ({"name": "   "}, "name", ProblemCode.INVALID_VALUE),
        ({"name": "x" * 257}, "name", ProblemCode.INVALID_VALUE),
        ({"name": "two\nlines"}, "name", ProblemCode.INVALID_VALUE),
        ({"building": "nul\0"}, "building", ProblemCode.INVALID_VALUE),
        ({"floor": "x" * 65}, "floor", ProblemCode.INVALID_VALUE),
        ({"capacity": 0}, "capacity", ProblemCode.INVALID_VALUE),
        ({"capacity": 100_001}, "capacity", ProblemCode.INVALID_VALUE),
        ({"equipment": ("x",) * 51}, "equipment", ProblemCode.INVALID_VALUE),
        ({"equipment": ("Screen", "x" * 101)}, "equipment.1", ProblemCode.INVALID_VALUE),
    ],
)
def test_a_value_that_no_room_has_is_refused_by_its_field(
    change: dict[str, Any], field: str, code: ProblemCode
) -> None:
    with pytest.raises(InvalidInput) as raised:
        validated(replace(QUAY, **change))

    assert (raised.value.field, raised.value.code) == (field, code)


@given(
    st.builds(
        NewRoom,
        address=st.emails() | st.text(),
        name=st.text(),
        building=st.none() | st.text(),
        floor=st.none() | st.text(),
        capacity=st.none() | st.integers(),
        equipment=st.lists(st.text()).map(tuple),
    )
)
def test_what_is_accepted_fits_the_columns_and_is_accepted_again(wanted: NewRoom) -> None:
    try:
        room = validated(wanted)
    except InvalidInput:
        return

    assert 0 < len(room.address) <= 320
    assert room.address == room.address.lower()
    assert 0 < len(room.name) <= 256
    assert room.building is None or 0 < len(room.building) <= 256
    assert room.floor is None or 0 < len(room.floor) <= 64
    assert validated(room) == room
