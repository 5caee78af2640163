"""What administrators say of rooms, and whether rooms are paired: it holds everywhere and survives every sync."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.errors import (
    ConnectionRequired,
    Forbidden,
    IntegrationUnavailable,
    InvalidInput,
    NotFound,
    ProblemCode,
    ProblemError,
    RoomAddressTaken,
    RoomAddressUnknown,
    SuiteUnavailable,
)
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.notifications.service import notify
from app.paging import PageRequest
from app.rooms.administration import DetailChanges, RoomAdministration
from app.rooms.details import RoomDetail, overridden, suite_details
from app.rooms.directory_index import DirectoryIndex
from app.rooms.entry import NewRoom
from app.rooms.filters import RoomFilter, page_of_rooms
from app.rooms.models import Room, RoomPairing, RoomSync
from app.rooms.service import RoomService
from app.suites import errors as suite_errors
from app.suites.events import Availability, ScheduleOfAddress
from app.suites.protocol import DirectoryPage
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

KEYS = Keys(b"\x02" * 32)
D = RoomDetail
PAIRED, UNPAIRED = RoomPairing.PAIRED, RoomPairing.UNPAIRED
WINDOW = (datetime(2026, 3, 2, 9, tzinfo=UTC), datetime(2026, 3, 2, 10, tzinfo=UTC))


@pytest.fixture
def suite() -> PagedSuite:
    suite = PagedSuite()
    suite.pages = [[suite_room(1), suite_room(2)]]
    return suite


@pytest.fixture
async def world(database: TortoiseContext, suite: PagedSuite) -> World:
    world = await enabled_world(await make_world(suite=suite))
    await sync(world)
    return world


def administration_of(world: World, calendar: Connected | ProblemError) -> RoomAdministration:
    return RoomAdministration(Calendars(calendar), KEYS, notify, world.bus)


@pytest.fixture
async def administration(world: World) -> RoomAdministration:
    return administration_of(world, await connected(world))


async def sync(world: World) -> RoomSync:
    run = await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()
    return await RoomSync.of(world.organisation_id).get(id=run.id)


async def room_of(world: World, number: int = 1) -> Room:
    return await Room.of(world.organisation_id).get(address=f"room{number:03}@tidewater.example")


async def update(world: World, administration: RoomAdministration, changes: DetailChanges) -> Room:
    room = await room_of(world)
    return await administration.update(world.administrator, room.id, changes)


class TestOverrides:
    async def test_what_an_administrator_says_holds_and_what_the_suite_says_is_kept_beneath(
        self, world: World, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.NAME: " The bridge ", D.CAPACITY: 4, D.EQUIPMENT: ["Screen", "Screen"]})

        room = await room_of(world)
        said = suite_details(room)
        assert said is not None
        assert (room.name, room.capacity, room.equipment, room.building) == ("The bridge", 4, ["Screen"], "Harbour")
        assert (said.name, said.capacity, said.equipment, said.building) == ("Room 001", 8, [], "Harbour")
        assert overridden(room) == [D.NAME, D.CAPACITY, D.EQUIPMENT]

    async def test_an_override_survives_the_sync_and_the_difference_follows_the_suite(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.NAME: "The bridge", D.BOOKABLE: False})
        suite.pages = [[suite_room(1, name="Lighthouse", capacity=12), suite_room(2)]]

        await sync(world)

        room = await room_of(world)
        said = suite_details(room)
        assert said is not None
        assert (room.name, room.is_bookable, room.capacity) == ("The bridge", False, 12)
        assert (said.name, said.is_bookable, said.capacity) == ("Lighthouse", True, 12)

    async def test_an_override_that_is_taken_back_leaves_what_the_suite_says_now(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.NAME: "The bridge", D.CAPACITY: 4})
        suite.pages = [[suite_room(1, name="Lighthouse"), suite_room(2)]]
        await sync(world)

        await update(world, administration, {D.NAME: None})

        room = await room_of(world)
        assert (room.name, room.capacity, overridden(room)) == ("Lighthouse", 4, [D.CAPACITY])

    async def test_a_second_override_does_not_hide_what_the_suite_says(
        self, world: World, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.NAME: "The bridge"})
        await update(world, administration, {D.NAME: "The lock"})

        room = await update(world, administration, {D.NAME: None})

        assert (room.name, overridden(room), room.beneath_overrides) == ("Room 001", [], None)

    async def test_an_override_can_say_that_there_is_none(
        self, world: World, administration: RoomAdministration
    ) -> None:
        room = await update(world, administration, {D.BUILDING: " ", D.EQUIPMENT: []})

        assert (room.building, overridden(room)) == (None, [D.BUILDING, D.EQUIPMENT])

    async def test_an_override_that_says_the_same_as_the_suite_stays_when_the_suite_changes(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.CAPACITY: 8})
        suite.pages = [[suite_room(1, capacity=80), suite_room(2)]]

        await sync(world)

        assert (await room_of(world)).capacity == 8

    async def test_a_room_that_was_entered_by_hand_goes_back_to_what_was_entered(
        self, world: World, administration: RoomAdministration
    ) -> None:
        room = await make_room(world, "Attic", capacity=6)
        changed = await administration.update(world.administrator, room.id, {D.CAPACITY: 4})
        assert (changed.capacity, suite_details(changed)) == (4, None)

        back = await administration.update(world.administrator, room.id, {D.CAPACITY: None, D.FLOOR: None})

        assert (back.capacity, overridden(back)) == (6, [])

    async def test_filters_and_availability_go_by_what_holds(
        self, world: World, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.NAME: "The bridge", D.BUILDING: "Pier", D.CAPACITY: 30})
        service = RoomService(
            Calendars(await connected(world)), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY
        )
        wanted = RoomFilter(search="bridge", building="Pier", min_capacity=20)

        listed = await page_of_rooms(world.organisation_id, wanted, PageRequest(first=10, after=None))
        available = await service.available(world.administrator, *WINDOW, RoomFilter(min_capacity=20))

        assert [room.name for room, _ in listed.items] == ["The bridge"]
        assert [entry.room.name for entry in available.rooms] == ["The bridge"]

    async def test_a_room_that_is_not_to_be_booked_is_not_offered(
        self, world: World, administration: RoomAdministration
    ) -> None:
        await update(world, administration, {D.BOOKABLE: False})
        service = RoomService(
            Calendars(await connected(world)), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY
        )

        available = await service.available(world.administrator, *WINDOW, RoomFilter())

        assert [entry.room.name for entry in available.rooms] == ["Room 002"]

    async def test_each_change_is_in_the_audit_log_once_and_none_is_none(
        self, world: World, administration: RoomAdministration
    ) -> None:
        for _ in range(2):
            await update(world, administration, {D.CAPACITY: 4, D.NAME: None})
        await update(world, administration, {})

        [entry] = await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ROOM_UPDATED)
        assert (entry.target_id, entry.actor_id) == ((await room_of(world)).id, world.administrator.member_id)
        assert entry.details == {"overridden": ["CAPACITY"], "taken_back": ["NAME"]}

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({D.NAME: " "}, "name"),
            ({D.NAME: "x" * 257}, "name"),
            ({D.NAME: "two\nlines"}, "name"),
            ({D.BUILDING: "x" * 257}, "building"),
            ({D.FLOOR: "x" * 65}, "floor"),
            ({D.FLOOR: "\0"}, "floor"),
            ({D.CAPACITY: 0}, "capacity"),
            ({D.CAPACITY: -1}, "capacity"),
            ({D.CAPACITY: 100_001}, "capacity"),
            ({D.EQUIPMENT: ["x"] * 51}, "equipment"),
            ({D.EQUIPMENT: ["fine", "x" * 101]}, "equipment.1"),
        ],
    )
    async def test_what_cannot_be_said_of_a_room_is_refused_and_nothing_changes(
        self, world: World, administration: RoomAdministration, changes: dict[RoomDetail, Any], field: str
    ) -> None:
        with pytest.raises(InvalidInput) as raised:
            await update(world, administration, {D.ACCESSIBILITY: True, **changes})

        assert raised.value.field == field
        assert overridden(await room_of(world)) == []

    async def test_an_override_that_is_made_during_a_sync_is_not_lost(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        async def meanwhile() -> None:
            await update(world, administration, {D.NAME: "The bridge"})
            await administration.unpair(world.administrator, (await room_of(world, 2)).id)

        suite.directory_pages = _Interrupted([suite_room(1, capacity=30), suite_room(2, capacity=30)], meanwhile)

        await sync(world)

        first, second = await room_of(world), await room_of(world, 2)
        assert (first.name, first.capacity, overridden(first)) == ("The bridge", 30, [D.NAME])
        assert (second.pairing, second.capacity) == (UNPAIRED, 30)


class _Interrupted:
    """A directory between whose opening and first page an administrator does something."""

    def __init__(self, rooms: list[Any], meanwhile: Any) -> None:
        self._rooms = rooms
        self._meanwhile = meanwhile

    async def pages(self, resume: str | None = None) -> Any:
        await self._meanwhile()
        yield DirectoryPage(rooms=self._rooms)


async def test_a_room_that_is_entered_by_hand_during_a_sync_is_taken_over_by_it(
    world: World, suite: PagedSuite
) -> None:
    async def meanwhile() -> None:
        await make_room(world, "By hand", address="room003@tidewater.example")

    suite.directory_pages = _Interrupted([suite_room(number) for number in (1, 2, 3)], meanwhile)

    run = await sync(world)

    assert (run.failure_code, run.rooms_added, (await room_of(world, 3)).name) == (None, 0, "Room 003")


class TestUnpairing:
    async def test_an_unpaired_room_keeps_its_details_and_says_what_becomes_of_its_bookings(
        self, world: World, administration: RoomAdministration
    ) -> None:
        room = await room_of(world)

        unpaired = await administration.unpair(world.administrator, room.id)

        present = await room_of(world)
        assert (present.pairing, present.capacity, present.suite_room_id) == (UNPAIRED, 8, "suite-1")
        assert (unpaired.figures.pending, unpaired.figures.accepted) == (0, 0)
        assert "0 pending, 0 accepted" in " ".join(unpaired.consequences)

    async def test_no_sync_pairs_it_again_though_it_follows_what_the_suite_says(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        await administration.unpair(world.administrator, (await room_of(world)).id)
        suite.pages = [[suite_room(1, name="Lighthouse"), suite_room(2)]]

        await sync(world)

        present = await room_of(world)
        assert (present.pairing, present.name) == (UNPAIRED, "Lighthouse")

    async def test_a_room_that_had_vanished_can_be_kept_away_too(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        suite.pages = [[suite_room(2)]]
        await sync(world)
        await administration.unpair(world.administrator, (await room_of(world)).id)
        suite.pages = [[suite_room(1), suite_room(2)]]

        await sync(world)

        assert (await room_of(world)).pairing is UNPAIRED

    async def test_unpairing_twice_is_one_act(self, world: World, administration: RoomAdministration) -> None:
        room = await room_of(world)
        for _ in range(2):
            await administration.unpair(world.administrator, room.id)

        [entry] = await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ROOM_UNPAIRED)
        assert entry.details == {"pending_bookings": 0, "accepted_bookings": 0}


class TestPairing:
    async def test_a_room_is_paired_again_after_the_suite_was_asked_about_its_address(self, world: World) -> None:
        calendar = await connected(world)
        administration = administration_of(world, calendar)
        room = await room_of(world)
        await administration.unpair(world.administrator, room.id)

        paired = await administration.pair(world.administrator, room.id, None)
        await sync(world)

        present = await room_of(world)
        assert calendar.mailbox.asked == [[room.address]]
        assert (paired.room.pairing, present.pairing, present.suite_room_id) == (PAIRED, PAIRED, "suite-1")
        assert await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ROOM_PAIRED).count() == 1

    async def test_a_room_that_the_directory_does_not_list_any_more_stays_paired_by_hand(
        self, world: World, suite: PagedSuite, administration: RoomAdministration
    ) -> None:
        suite.pages = [[suite_room(2)]]
        await sync(world)
        room = await room_of(world)

        await administration.pair(world.administrator, room.id, None)
        await sync(world)

        present = await room_of(world)
        assert (room.pairing, present.pairing, present.name) == (UNPAIRED, PAIRED, "Room 001")

    async def test_a_room_is_paired_by_the_address_that_the_suite_gave_it(
        self, world: World, administration: RoomAdministration
    ) -> None:
        room = await room_of(world)

        paired = await administration.pair(world.administrator, room.id, " Bridge@Tidewater.example ")

        present = await Room.of(world.organisation_id).get(id=room.id)
        assert (present.address, present.pairing) == ("bridge@tidewater.example", PAIRED)
        assert (paired.room.address, paired.problems) == ("bridge@tidewater.example", ())

    async def test_a_room_that_is_paired_already_asks_nobody(self, world: World) -> None:
        calendar = await connected(world)
        room = await room_of(world)

        paired = await administration_of(world, calendar).pair(world.administrator, room.id, room.address.upper())

        assert (paired.room.pairing, calendar.mailbox.asked) == (PAIRED, [])

    async def test_the_address_of_another_room_is_refused(
        self, world: World, administration: RoomAdministration
    ) -> None:
        with pytest.raises(RoomAddressTaken) as raised:
            await administration.pair(world.administrator, (await room_of(world)).id, "room002@tidewater.example")

        assert raised.value.room_name == "Room 002"

    async def test_an_address_that_is_none_is_refused(self, world: World, administration: RoomAdministration) -> None:
        with pytest.raises(InvalidInput) as raised:
            await administration.pair(world.administrator, (await room_of(world)).id, "no address")

        assert raised.value.code is ProblemCode.MALFORMED_EMAIL

    async def test_an_address_that_the_suite_does_not_know_pairs_nothing(self, world: World) -> None:
        unknown = await connected(world, lambda address: ScheduleOfAddress(address, Availability.UNKNOWN, (), "5009"))
        administration = administration_of(world, unknown)
        room = await room_of(world)
        await administration.unpair(world.administrator, room.id)

        with pytest.raises(RoomAddressUnknown):
            await administration.pair(world.administrator, room.id, None)

        assert (await room_of(world)).pairing is UNPAIRED

    async def test_what_keeps_the_suite_from_being_asked_keeps_the_room_unpaired(self, world: World) -> None:
        room = await room_of(world)
        down = await connected(world, lambda _: suite_errors.SuiteUnavailable("503"))
        without = administration_of(world, ConnectionRequired())
        await without.unpair(world.administrator, room.id)

        with pytest.raises(ConnectionRequired):
            await without.pair(world.administrator, room.id, None)
        with pytest.raises(SuiteUnavailable):
            await administration_of(world, down).pair(world.administrator, room.id, None)

        assert (await room_of(world)).pairing is UNPAIRED

    async def test_an_integration_that_is_disabled_meanwhile_pairs_nothing(
        self, world: World, administration: RoomAdministration
    ) -> None:
        room = await room_of(world)
        await administration.unpair(world.administrator, room.id)
        await Integration.of(world.organisation_id).update(status=IntegrationStatus.DISABLED)

        with pytest.raises(IntegrationUnavailable):
            await administration.pair(world.administrator, room.id, None)

        assert (await room_of(world)).pairing is UNPAIRED


class TestWhoMay:
    @pytest.mark.parametrize("act", ["update", "pair", "unpair", "remove"])
    async def test_only_administrators_may(self, world: World, administration: RoomAdministration, act: str) -> None:
        room = await room_of(world)

        with pytest.raises(Forbidden):
            await _do(administration, act, world.member, room.id)

    @pytest.mark.parametrize("act", ["update", "pair", "unpair", "remove"])
    async def test_an_unknown_room_and_a_removed_one_are_not_found(
        self, world: World, administration: RoomAdministration, act: str
    ) -> None:
        removed = await make_room(world, "Gone", removed_at=clock.now())

        for room_id in (uuid4(), removed.id):
            with pytest.raises(NotFound):
                await _do(administration, act, world.administrator, room_id)


async def _do(administration: RoomAdministration, act: str, principal: Any, room_id: UUID) -> None:
    arguments = {"update": ({D.NAME: "A room"},), "pair": (None,), "unpair": (), "remove": (None,)}
    await getattr(administration, act)(principal, room_id, *arguments[act])


async def test_a_room_that_was_removed_is_brought_back_by_entering_its_address(world: World) -> None:
    room = await room_of(world)
    await (
        Room.of(world.organisation_id)
        .filter(id=room.id)
        .update(removed_at=clock.now(), pairing=UNPAIRED, beneath_overrides={"name": "Room 001"})
    )
    calendars = Calendars(await connected(world))
    service = RoomService(calendars, world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)

    entered = await service.create(world.administrator, NewRoom(address=room.address, name="The bridge"), "a key")
    again = await service.create(world.administrator, NewRoom(address=room.address, name="The bridge"), "a key")

    present = await room_of(world)
    assert entered.room.id == again.room.id == present.id == room.id
    assert (present.name, present.capacity, present.pairing, present.removed_at) == ("The bridge", None, PAIRED, None)
    assert overridden(present) == []


async def test_a_removed_room_stays_away_though_the_directory_lists_it(world: World) -> None:
    room = await room_of(world)
    await Room.of(world.organisation_id).filter(id=room.id).update(removed_at=clock.now(), pairing=UNPAIRED)

    await sync(world)

    listed = await page_of_rooms(world.organisation_id, RoomFilter(), PageRequest(first=10, after=None))
    assert [room.name for room, _ in listed.items] == ["Room 002"]
    assert (await room_of(world)).pairing is UNPAIRED
