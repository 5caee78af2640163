"""Room sync: the directory's rooms become ours, whatever happens on the way."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tortoise.context import TortoiseContext

from app import clock
from app.errors import Forbidden, IntegrationUnavailable, PermissionMissing
from app.events_bus.bus import JOBS, MessageKind, organisation_topic
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.rooms.pairing import cleaned
from app.rooms.sync import CLAIM
from app.suites.errors import OperatorMustAct, SuiteUnavailable
from app.suites.events import SuiteRoom
from app.suites.protocol import DirectoryPage, PermissionVariant
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import PagedSuite, enabled_world, room_names, suite_room
from tests.support.database import open_database

ROOMS = [suite_room(number) for number in range(1, 6)]


@pytest.fixture
def suite() -> PagedSuite:
    return PagedSuite()


@pytest.fixture
async def world(database: TortoiseContext, suite: PagedSuite) -> World:
    return await enabled_world(await make_world(suite=suite))


async def sync(world: World) -> RoomSync:
    """Ask for a run and perform it."""
    run = await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()
    return await RoomSync.of(world.organisation_id).get(id=run.id)


async def test_the_directorys_rooms_are_added_and_paired(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS[:3], ROOMS[3:]]

    run = await sync(world)

    assert (run.state, run.rooms_read, run.rooms_added, run.open_slot) == (RoomSyncState.SUCCEEDED, 5, 5, None)
    assert await room_names(world.organisation_id) == [room.name for room in ROOMS]
    room = await Room.of(world.organisation_id).order_by("name").first()
    assert room is not None
    assert (room.address, room.suite_room_id, room.capacity) == ("room001@tidewater.example", "suite-1", 8)


async def test_syncing_again_changes_nothing_but_the_moment(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    ids = set(await Room.of(world.organisation_id).values_list("id", flat=True))

    with clock.use(lambda: datetime(2100, 1, 1, tzinfo=UTC)):
        run = await sync(world)

    assert (run.rooms_read, run.rooms_added, run.rooms_unpaired) == (5, 0, 0)
    assert set(await Room.of(world.organisation_id).values_list("id", flat=True)) == ids
    assert {room.synced_at for room in await Room.of(world.organisation_id)} == {datetime(2100, 1, 1, tzinfo=UTC)}


async def test_a_renamed_room_stays_the_same_room(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    before = await Room.of(world.organisation_id).get(name="Room 001")
    suite.pages = [[suite_room(1, name="Lighthouse", equipment=("Whiteboard",)), *ROOMS[1:]]]

    await sync(world)

    after = await Room.of(world.organisation_id).get(id=before.id)
    assert (after.name, after.equipment) == ("Lighthouse", ["Whiteboard"])


async def test_a_room_with_a_new_address_stays_the_same_room(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    before = await Room.of(world.organisation_id).get(name="Room 001")
    suite.pages = [[suite_room(1, address="lighthouse@tidewater.example"), *ROOMS[1:]]]

    run = await sync(world)

    after = await Room.of(world.organisation_id).get(id=before.id)
    assert (after.address, after.pairing) == ("lighthouse@tidewater.example", RoomPairing.PAIRED)
    assert (run.rooms_added, run.rooms_unpaired) == (0, 0)


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_addresses_that_change_places_never_collide(
    world: World, suite: PagedSuite, order: tuple[int, ...]
) -> None:
    suite.pages = [ROOMS[:3]]
    await sync(world)
    moved = [
        suite_room(1, address=ROOMS[1].address),
        suite_room(2, address=ROOMS[2].address),
        suite_room(3, address="room009@tidewater.example"),
    ]
    suite.pages = [[moved[place]] for place in order]

    run = await sync(world)

    assert run.state is RoomSyncState.SUCCEEDED
    paired = await Room.of(world.organisation_id).filter(pairing=RoomPairing.PAIRED)
    assert {(room.address, room.suite_room_id) for room in paired} == {(room.address, room.suite_id) for room in moved}


async def test_a_vanished_room_is_unpaired_and_keeps_its_details(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    suite.pages = [ROOMS[1:]]

    run = await sync(world)

    [gone] = await Room.of(world.organisation_id).filter(pairing=RoomPairing.UNPAIRED)
    assert (gone.name, gone.address, gone.capacity) == ("Room 001", "room001@tidewater.example", 8)
    assert run.rooms_unpaired == 1


async def test_a_room_that_comes_back_is_paired_again_as_the_same_room(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    before = await Room.of(world.organisation_id).get(name="Room 001")
    suite.pages = [ROOMS[1:]]
    await sync(world)
    suite.pages = [ROOMS]

    await sync(world)

    assert (await Room.of(world.organisation_id).get(id=before.id)).pairing is RoomPairing.PAIRED


async def test_a_room_that_was_entered_by_hand_is_left_alone(world: World, suite: PagedSuite) -> None:
    integration = await Integration.of(world.organisation_id).get()
    await Room.create(
        organisation_id=world.organisation_id,
        integration_id=integration.id,
        address="attic@tidewater.example",
        pairing=RoomPairing.PAIRED,
        name="Attic",
        equipment=[],
        created_at=clock.now(),
    )
    suite.pages = [ROOMS]

    await sync(world)

    assert "Attic" in await room_names(world.organisation_id)


async def test_a_second_room_with_the_same_address_is_refused(world: World, suite: PagedSuite) -> None:
    suite.pages = [[*ROOMS, suite_room(9, address=ROOMS[0].address.upper(), name="Impostor")]]

    run = await sync(world)

    assert run.rooms_read == 5
    assert "Impostor" not in await room_names(world.organisation_id)


async def test_a_reserved_room_cannot_be_booked(world: World, suite: PagedSuite) -> None:
    suite.pages = [[suite_room(1, is_bookable=False)]]

    await sync(world)

    assert (await Room.of(world.organisation_id).get()).is_bookable is False


async def test_only_the_malformed_room_is_left_out(world: World, suite: PagedSuite) -> None:
    suite.pages = [
        [
            suite_room(1, address="x" * 400 + "@tidewater.example"),
            suite_room(2, suite_id="\0"),
            suite_room(3, name="N" * 500 + "\0\ud800", capacity=-4, floor="F" * 90, building=" "),
            suite_room(4),
        ]
    ]

    run = await sync(world)

    assert (run.state, run.rooms_read) == (RoomSyncState.SUCCEEDED, 2)
    room = await Room.of(world.organisation_id).get(suite_room_id="suite-3")
    assert (room.name, room.capacity, room.floor, room.building) == ("N" * 256, None, "F" * 64, None)


async def test_progress_is_told_page_by_page(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS[:2], ROOMS[2:]]
    await world.rooms_sync.request_for(world.administrator)

    async with world.bus.subscribe(organisation_topic(world.organisation_id)) as messages:
        await world.rooms_sync.run_due()
        told = [await anext(messages) for _ in range(3)]

    assert {message.kind for message in told} == {MessageKind.ROOM_SYNC_PROGRESSED}


async def test_at_most_one_run_is_open(world: World) -> None:
    first = await world.rooms_sync.request_for(world.administrator)

    second = await world.rooms_sync.request_for(world.colleague)

    assert second.id == first.id


@pytest.mark.parametrize(
    ("error", "code"),
    [(SuiteUnavailable("503"), "SUITE_UNAVAILABLE"), (OperatorMustAct("7000222"), "OPERATOR_SETUP")],
)
async def test_a_failure_is_recorded_with_its_code_and_unpairs_nothing(
    world: World, suite: PagedSuite, error: Exception, code: str
) -> None:
    suite.pages = [ROOMS]
    await sync(world)
    suite.pages = [ROOMS[:2], error]

    run = await sync(world)

    assert (run.state, run.failure_code, run.open_slot) == (RoomSyncState.FAILED, code, None)
    assert len(await room_names(world.organisation_id)) == 5


async def test_an_approval_that_was_taken_back_is_named(world: World, suite: PagedSuite) -> None:
    suite.roles.clear()

    run = await sync(world)

    assert run.failure_code == "ROOM_DIRECTORY_NOT_APPROVED"


async def test_a_fault_of_our_own_is_recorded_and_not_repeated_for_ever(world: World, suite: PagedSuite) -> None:
    suite.pages = [RuntimeError("a bug")]

    run = await sync(world)

    assert (run.state, run.failure_code) == (RoomSyncState.FAILED, "INTERNAL")
    assert await world.rooms_sync.run_due() is None


class TestClaims:
    async def test_a_run_that_another_process_works_on_is_left_to_it(self, world: World, suite: PagedSuite) -> None:
        run = await world.rooms_sync.request_for(world.administrator)
        until = clock.now() + CLAIM
        await (
            RoomSync.of(world.organisation_id)
            .filter(id=run.id)
            .update(state=RoomSyncState.RUNNING, claimed_until=until)
        )
        readings = suite.directory_readings

        next_due = await world.rooms_sync.run_due()

        assert next_due == until
        assert suite.directory_readings == readings

    async def test_a_run_whose_process_died_is_begun_anew(self, world: World, suite: PagedSuite) -> None:
        suite.pages = [ROOMS]
        run = await world.rooms_sync.request_for(world.administrator)
        await (
            RoomSync.of(world.organisation_id)
            .filter(id=run.id)
            .update(state=RoomSyncState.RUNNING, claimed_until=clock.now() - timedelta(seconds=1), rooms_read=3)
        )

        await world.rooms_sync.run_due()

        finished = await RoomSync.of(world.organisation_id).get(id=run.id)
        assert (finished.state, finished.rooms_read) == (RoomSyncState.SUCCEEDED, 5)

    async def test_a_killed_process_keeps_its_claim_until_it_runs_out_and_no_longer(
        self, world: World, suite: PagedSuite
    ) -> None:
        suite.pages = [ROOMS]
        run = await world.rooms_sync.request_for(world.administrator)
        suite.directory_pages = _Killed()
        with pytest.raises(_Died):
            await world.rooms_sync.run_due()
        suite.directory_pages = None
        died_at = clock.now()
        left = await RoomSync.of(world.organisation_id).get(id=run.id)
        runs_out = left.claimed_until or died_at

        with clock.use(lambda: died_at):
            next_due = await world.rooms_sync.run_due()
        meanwhile = await RoomSync.of(world.organisation_id).get(id=run.id)
        with clock.use(lambda: runs_out):
            await world.rooms_sync.run_due()
        finished = await RoomSync.of(world.organisation_id).get(id=run.id)

        assert (next_due, meanwhile.state, meanwhile.rooms_read) == (runs_out, RoomSyncState.RUNNING, 1)
        assert died_at < runs_out <= died_at + CLAIM
        assert (finished.state, finished.rooms_read) == (RoomSyncState.SUCCEEDED, 5)

    async def test_a_process_that_is_stopped_gives_its_run_back_and_another_goes_on_at_once(
        self, world: World, suite: PagedSuite
    ) -> None:
        run = await world.rooms_sync.request_for(world.administrator)
        suite.directory_pages = stopped = _HalfWay()
        working = asyncio.create_task(world.rooms_sync.run_due())
        await stopped.reached.wait()
        working.cancel()
        async with world.bus.subscribe(JOBS) as jobs:
            await asyncio.wait({working})
            woken = await anext(jobs)
        given_back = await RoomSync.of(world.organisation_id).get(id=run.id)
        suite.directory_pages, suite.pages = None, [ROOMS]

        await world.rooms_sync.run_due()

        finished = await RoomSync.of(world.organisation_id).get(id=run.id)
        assert working.cancelled()
        assert woken.row_id == run.id
        assert (given_back.state, given_back.claimed_until, given_back.open_slot) == (RoomSyncState.DUE, None, 1)
        assert (finished.state, finished.rooms_read) == (RoomSyncState.SUCCEEDED, 5)
        assert len(await room_names(world.organisation_id)) == 5

    async def test_a_process_that_is_stopped_leaves_a_run_alone_that_may_be_anothers_by_now(
        self, world: World, suite: PagedSuite
    ) -> None:
        run = await world.rooms_sync.request_for(world.administrator)
        suite.directory_pages = stopped = _HalfWay()
        moment = [clock.now()]
        with clock.use(lambda: moment[0]):
            working = asyncio.create_task(world.rooms_sync.run_due())
        await stopped.reached.wait()
        later = moment[0] = clock.now() + 2 * CLAIM
        await RoomSync.of(world.organisation_id).filter(id=run.id).update(claimed_until=later + CLAIM)
        working.cancel()
        await asyncio.wait({working})

        present = await RoomSync.of(world.organisation_id).get(id=run.id)

        assert (present.state, present.claimed_until) == (RoomSyncState.RUNNING, later + CLAIM)

    async def test_a_process_that_lost_its_claim_writes_nothing_more(self, world: World, suite: PagedSuite) -> None:
        run = await world.rooms_sync.request_for(world.administrator)
        suite.directory_pages = _Overtaken(world, run)

        await world.rooms_sync.run_due()

        present = await RoomSync.of(world.organisation_id).get(id=run.id)
        assert (present.state, present.rooms_read) == (RoomSyncState.RUNNING, 1)
        assert await room_names(world.organisation_id) == ["Room 001"]

    async def test_a_run_stops_when_the_integration_is_disabled(self, world: World, suite: PagedSuite) -> None:
        await world.rooms_sync.request_for(world.administrator)
        suite.directory_pages = _Disabled(world)

        await world.rooms_sync.run_due()

        assert await room_names(world.organisation_id) == ["Room 001"]


class _Died(BaseException):
    """The process is gone: nothing of ours runs any more."""


class _Killed:
    """After the first page the process is killed."""

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        yield DirectoryPage(rooms=ROOMS[:1])
        raise _Died


class _HalfWay:
    """After the first page the suite lets one wait."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        yield DirectoryPage(rooms=ROOMS[:1])
        self.reached.set()
        await asyncio.Event().wait()


class _Overtaken:
    """Between two pages another process takes the run over."""

    def __init__(self, world: World, run: RoomSync) -> None:
        self._world = world
        self._run = run

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        yield DirectoryPage(rooms=ROOMS[:1])
        taken = clock.now() + 2 * CLAIM
        await RoomSync.of(self._world.organisation_id).filter(id=self._run.id).update(claimed_until=taken)
        yield DirectoryPage(rooms=ROOMS[1:])


class _Disabled:
    """Between two pages an administrator disables the integration."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        yield DirectoryPage(rooms=ROOMS[:1])
        await Integration.of(self._world.organisation_id).update(status=IntegrationStatus.DISABLED)
        yield DirectoryPage(rooms=ROOMS[1:])


class TestWhoMayAsk:
    async def test_members_may_not(self, world: World) -> None:
        with pytest.raises(Forbidden):
            await world.rooms_sync.request_for(world.member)

    async def test_an_integration_that_is_not_enabled_has_no_rooms(self, world: World) -> None:
        await Integration.of(world.organisation_id).update(status=IntegrationStatus.TESTED)

        with pytest.raises(IntegrationUnavailable):
            await world.rooms_sync.request_for(world.administrator)

    async def test_without_the_room_directory_there_is_nothing_to_sync(self, world: World) -> None:
        await Integration.of(world.organisation_id).update(variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)

        with pytest.raises(PermissionMissing) as raised:
            await world.rooms_sync.request_for(world.administrator)

        assert raised.value.scopes == ("rooms",)


@pytest.mark.postgresql
async def test_two_thousand_rooms_are_followed_on_postgresql_too(postgresql_url: str) -> None:
    suite = PagedSuite()
    many = [suite_room(number, equipment=("Screen",), is_accessible=True) for number in range(2_000)]
    async with open_database(postgresql_url):
        world = await enabled_world(await make_world(suite=suite))
        suite.pages = [many[first : first + 100] for first in range(0, 2_000, 100)]
        added = await sync(world)
        changed = [suite_room(number, name=f"Renamed {number:04}") for number in range(1_900)]
        suite.pages = [changed[first : first + 100] for first in range(0, 1_900, 100)]

        followed = await sync(world)

        assert (added.rooms_added, added.state) == (2_000, RoomSyncState.SUCCEEDED)
        assert (followed.rooms_added, followed.rooms_unpaired) == (0, 100)
        assert await Room.of(world.organisation_id).filter(name__startswith="Renamed").count() == 1_900


@given(st.builds(SuiteRoom, suite_id=st.text(), address=st.text(), name=st.text(), building=st.text() | st.none()))
def test_whatever_a_directory_says_a_kept_room_fits_its_columns(listed: SuiteRoom) -> None:
    room = cleaned(listed)

    if room is not None:
        assert 0 < len(room.address) <= 320
        assert 0 < len(room.suite_id) <= 255
        assert 0 < len(room.name) <= 256
        assert room.building is None or 0 < len(room.building) <= 256
        for text in (room.address, room.suite_id, room.name, room.building or ""):
            assert "\0" not in text
            text.encode()
        assert cleaned(room) == room
