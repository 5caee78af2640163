"""Room syncs of large directories: gone on with where they were broken off, told in all, and no dearer at their end."""

from datetime import datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.rooms.models import Room, RoomPairing, RoomSync, RoomSyncState
from app.rooms.sync import CLAIM, RESUMABLE_FOR
from app.suites.errors import SuiteUnavailable
from tests.identity.queries import counted_queries
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import PagedSuite, enabled_world, room_names, suite_room

ROOMS = [suite_room(number) for number in range(1, 7)]


class Killed(BaseException):
    """The process is gone: nothing of ours runs any more."""


@pytest.fixture
def suite() -> PagedSuite:
    suite = PagedSuite()
    suite.resumes = True
    return suite


@pytest.fixture
async def world(database: TortoiseContext, suite: PagedSuite) -> World:
    return await enabled_world(await make_world(suite=suite))


async def present(world: World, run: RoomSync) -> RoomSync:
    return await RoomSync.of(world.organisation_id).get(id=run.id)


async def broken_off_after_two_pages(world: World, suite: PagedSuite) -> tuple[RoomSync, datetime]:
    """The run as its process left it, and when its claim runs out."""
    run = await world.rooms_sync.request_for(world.administrator)
    suite.pages = [ROOMS[:2], ROOMS[2:4], Killed()]
    with pytest.raises(Killed):
        await world.rooms_sync.run_due()
    suite.resumed.clear()
    suite.pages = [ROOMS[:2], ROOMS[2:4], ROOMS[4:]]
    run = await present(world, run)
    assert run.claimed_until is not None
    return run, run.claimed_until


async def go_on(world: World, at: datetime) -> None:
    with clock.use(lambda: at):
        await world.rooms_sync.run_due()


async def test_a_run_that_was_broken_off_goes_on_at_the_page_it_had_reached(world: World, suite: PagedSuite) -> None:
    run, runs_out = await broken_off_after_two_pages(world, suite)

    await go_on(world, runs_out)

    finished = await present(world, run)
    assert suite.resumed == ["2"]
    assert (run.rooms_read, finished.rooms_read, finished.rooms_added) == (4, 6, 6)
    assert (finished.state, finished.rooms_unpaired, finished.resume_token) == (RoomSyncState.SUCCEEDED, 0, None)
    assert await room_names(world.organisation_id) == [room.name for room in ROOMS]


async def test_rooms_that_vanished_are_told_from_those_that_were_read_before_the_break(
    world: World, suite: PagedSuite
) -> None:
    suite.pages = [[*ROOMS, suite_room(9)]]
    await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()
    run, runs_out = await broken_off_after_two_pages(world, suite)

    await go_on(world, runs_out)

    assert (await present(world, run)).rooms_unpaired == 1
    assert await room_names(world.organisation_id, RoomPairing.UNPAIRED) == ["Room 009"]


async def test_a_reading_that_is_old_begins_anew_since_its_pages_may_have_moved(
    world: World, suite: PagedSuite
) -> None:
    run, runs_out = await broken_off_after_two_pages(world, suite)

    await go_on(world, runs_out + RESUMABLE_FOR)

    finished = await present(world, run)
    assert suite.resumed == [None]
    assert (finished.rooms_read, finished.rooms_added, finished.state) == (6, 6, RoomSyncState.SUCCEEDED)


async def test_where_the_suite_begins_anew_by_itself_nothing_is_counted_twice(world: World, suite: PagedSuite) -> None:
    run, runs_out = await broken_off_after_two_pages(world, suite)
    suite.pages = [[], [], ROOMS[:3], ROOMS[3:]]

    await go_on(world, runs_out)

    finished = await present(world, run)
    assert (finished.rooms_read, finished.rooms_added, finished.rooms_unpaired) == (6, 6, 0)


async def test_a_run_that_failed_is_over_and_the_next_begins_at_the_first_page(world: World, suite: PagedSuite) -> None:
    suite.pages = [ROOMS[:2], SuiteUnavailable("503")]
    failed = await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()
    suite.resumed.clear()
    suite.pages = [ROOMS]

    following = await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()

    assert (await present(world, failed)).state is RoomSyncState.FAILED
    assert suite.resumed == [None]
    assert (await present(world, following)).rooms_read == 6


async def test_how_many_rooms_there_are_is_known_from_the_first_page_on_and_after_a_break(
    world: World, suite: PagedSuite
) -> None:
    suite.total = 6
    run, runs_out = await broken_off_after_two_pages(world, suite)

    await go_on(world, runs_out)

    assert (run.rooms_read, run.rooms_total) == (4, 6)
    assert (await present(world, run)).rooms_total == 6


async def _statements(world: World, suite: PagedSuite, pages: int) -> int:
    many = [suite_room(number, name=f"Room {number:05}") for number in range(pages * 100)]
    suite.pages = [many[first : first + 100] for first in range(0, len(many), 100)]
    await world.rooms_sync.request_for(world.administrator)
    async with counted_queries() as statements:
        await world.rooms_sync.run_due()
    return len(statements)


async def test_a_page_costs_the_same_number_of_statements_however_many_came_before(
    world: World, suite: PagedSuite
) -> None:
    first_ten = await _statements(world, suite, 10)
    same_ten = await _statements(world, suite, 10)
    first_hundred = await _statements(world, suite, 100)
    same_hundred = await _statements(world, suite, 100)

    known, new = (same_hundred - same_ten) / 90, (first_hundred - first_ten) / 90
    assert known <= 3
    assert new <= 100 + 3  # SQLite adds the hundred rooms of a page one by one
    assert await Room.of(world.organisation_id).filter(pairing=RoomPairing.PAIRED).count() == 10_000


def test_a_claim_is_shorter_than_a_reading_may_be_old() -> None:
    assert 2 * CLAIM < RESUMABLE_FOR < timedelta(hours=1)
