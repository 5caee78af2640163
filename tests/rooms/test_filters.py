"""Listing rooms: filters and pages."""

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app.errors import ConnectionRequired, InvalidInput, NotFound, ProblemCode
from app.paging import PageRequest
from app.rooms.directory_index import DirectoryIndex
from app.rooms.filters import RoomFilter, cursor_of, read_cursor
from app.rooms.models import Room, RoomPairing
from app.rooms.service import RoomService
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import IDEMPOTENCY, Calendars, enabled_world, make_room
from tests.support.database import open_database


@pytest.fixture
async def world(database: TortoiseContext) -> World:
    world = await enabled_world(await make_world())
    await _furnish(world)
    return world


async def _furnish(world: World) -> None:
    await make_room(world, "Anchor", building="Harbour", floor="1", capacity=4, equipment=["Screen"])
    await make_room(world, "Beacon", building="Harbour", floor="2", capacity=12, equipment=["Screen", "Camera"])
    await make_room(world, "Buoy 50%", building="Pier", floor="1", capacity=None)
    await make_room(world, "Crow_s nest", building="Pier", pairing=RoomPairing.UNPAIRED)
    await make_room(world, "Île Überraschung", address="ile@tidewater.example", capacity=3, building="Pier", floor="3")


def service_of(world: World) -> RoomService:
    """Listing needs no connection: a member without one sees the rooms too."""
    return RoomService(Calendars(ConnectionRequired()), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)


async def names(world: World, wanted: RoomFilter) -> list[str]:
    page = await service_of(world).list(world.member, wanted, PageRequest())
    assert page.total == len(page.items)
    return [room.name for room, _ in page.items]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (RoomFilter(), ["Anchor", "Beacon", "Buoy 50%", "Crow_s nest", "Île Überraschung"]),
        (RoomFilter(search="BEA"), ["Beacon"]),
        (RoomFilter(search="anchor@tidewater"), ["Anchor"]),
        (RoomFilter(search="überr"), ["Île Überraschung"]),
        (RoomFilter(search="ÎLE ÜBERR"), ["Île Überraschung"]),
        (RoomFilter(search="überr", min_capacity=4), []),
        (RoomFilter(search="%"), ["Buoy 50%"]),
        (RoomFilter(search="_"), ["Crow_s nest"]),
        (RoomFilter(search="\\"), []),
        (RoomFilter(search="'; DROP TABLE room"), []),
        (RoomFilter(building="Pier"), ["Buoy 50%", "Crow_s nest", "Île Überraschung"]),
        (RoomFilter(building="Harbour", floor="2"), ["Beacon"]),
        (RoomFilter(min_capacity=5), ["Beacon", "Crow_s nest"]),
        (RoomFilter(equipment=("screen",)), ["Anchor", "Beacon"]),
        (RoomFilter(equipment=("SCREEN", "Camera")), ["Beacon"]),
        (RoomFilter(equipment=("Piano",)), []),
        (RoomFilter(pairing=RoomPairing.UNPAIRED), ["Crow_s nest"]),
        (RoomFilter(pairing=RoomPairing.PAIRED, min_capacity=4), ["Anchor", "Beacon"]),
    ],
)
async def test_every_condition_that_is_given_has_to_hold(world: World, wanted: RoomFilter, found: list[str]) -> None:
    assert await names(world, wanted) == found


@pytest.mark.postgresql
async def test_the_conditions_hold_on_postgresql_too(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        world = await enabled_world(await make_world())
        await _furnish(world)

        assert await names(world, RoomFilter(search="%")) == ["Buoy 50%"]
        assert await names(world, RoomFilter(equipment=("screen",), min_capacity=5)) == ["Beacon"]
        assert await names(world, RoomFilter()) == ["Anchor", "Beacon", "Buoy 50%", "Crow_s nest", "Île Überraschung"]
        assert await names(world, RoomFilter(search="ÎLE")) == ["Île Überraschung"]


@pytest.mark.parametrize("equipment", [(), ("Screen",)])
@pytest.mark.parametrize("size", [1, 2, 7])
async def test_pages_bring_every_room_once_and_in_order(world: World, size: int, equipment: tuple[str, ...]) -> None:
    for number in range(8):
        await make_room(world, "Twin", address=f"twin{number}@tidewater.example", equipment=["Screen"])
    service, wanted = service_of(world), RoomFilter(equipment=equipment)
    everything = await service.list(world.member, wanted, PageRequest(first=100))
    seen: list[UUID] = []
    after: bytes | None = None

    while True:
        page = await service.list(world.member, wanted, PageRequest(size, after))
        seen.extend(room.id for room, _ in page.items)
        assert page.total == everything.total
        assert page.has_previous_page == (after is not None)
        if not page.has_next_page:
            break
        after = page.items[-1][1]

    assert seen == [room.id for room, _ in everything.items]


async def test_another_organisations_rooms_are_nowhere(world: World) -> None:
    rival = await enabled_world(await make_world("Newbridge", tenant="newbridge-tenant", suite=world.suite))
    theirs = await make_room(rival, "Secret", address="secret@newbridge.example")

    assert "Secret" not in await names(world, RoomFilter())
    with pytest.raises(NotFound):
        await service_of(world).get(world.organisation_id, theirs.id)


async def test_a_room_is_found_by_its_id(world: World) -> None:
    room = await Room.of(world.organisation_id).get(name="Anchor")

    assert (await service_of(world).get(world.organisation_id, room.id)).name == "Anchor"
    with pytest.raises(NotFound):
        await service_of(world).get(world.organisation_id, uuid4())


@pytest.mark.parametrize(
    "conditions",
    [
        {"search": "x" * 201},
        {"building": "x" * 201},
        {"floor": "x" * 201},
        {"min_capacity": -1},
        {"min_capacity": 2**31},
        {"search": "\0"},
        {"building": "\0"},
        {"equipment": ("Screen",) * 21},
    ],
)
def test_conditions_that_no_room_can_meet_are_refused(conditions: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        RoomFilter(**conditions)  # type: ignore[arg-type]  # the test names fields of the filter


@given(st.text(st.characters(blacklist_characters="\0", blacklist_categories=["Cs"]), min_size=1), st.uuids())
def test_a_cursor_reads_back_where_the_room_stands(name: str, room_id: UUID) -> None:
    assert read_cursor(cursor_of(Room(id=room_id, name=name))) == (name, room_id)


@given(st.binary(max_size=16) | st.binary(min_size=17, max_size=40).map(lambda cursor: cursor + b"\xff"))
def test_a_cursor_of_another_list_is_refused(cursor: bytes) -> None:
    with pytest.raises(InvalidInput) as raised:
        read_cursor(cursor)

    assert raised.value.code is ProblemCode.MALFORMED_CURSOR
