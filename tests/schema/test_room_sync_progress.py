"""A room sync is told page by page, until it has ended."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta

import pytest

from app.events_bus.bus import organisation_topic
from app.rooms.models import RoomSync, RoomSyncState
from app.suites.errors import SuiteUnavailable
from app.suites.events import SuiteRoom
from app.suites.protocol import AccessTokens, DirectoryPage, RoomDirectory
from tests.rooms.doubles import suite_room
from tests.schema.listener import Listener, listening
from tests.schema.world import House

PROGRESS = "subscription { roomSyncProgress { done total sync { state roomsAdded failureCode finishedAt } } }"
PAGES = [[suite_room(1), suite_room(2)], [suite_room(3)]]


class _StepByStep:
    """Implements `RoomDirectory`: a page comes when it is asked for."""

    def __init__(self, pages: Sequence[Sequence[SuiteRoom] | Exception], total: int | None) -> None:
        self._pages = pages
        self._total = total
        self._asked = asyncio.Semaphore(0)

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        for page in self._pages:
            await self._asked.acquire()
            if isinstance(page, Exception):
                raise page
            yield DirectoryPage(rooms=page, total=self._total)
        await self._asked.acquire()

    def go_on(self) -> None:
        self._asked.release()


@pytest.fixture
def directory(house: House) -> _StepByStep:
    return _directory(house, PAGES)


def _directory(house: House, pages: Sequence[Sequence[SuiteRoom] | Exception], total: int | None = None) -> _StepByStep:
    steps = _StepByStep(pages, total)
    suite = house.server.suite
    suite.roles[house.integration.tenant or ""] = frozenset({"rooms"})

    def directory(tokens: AccessTokens) -> RoomDirectory:
        return steps

    suite.directory = directory  # type: ignore[method-assign]  # this house's suite lists rooms step by step
    return steps


@pytest.fixture
async def listener(house: House) -> AsyncIterator[Listener]:
    async with listening(house, house.administrator, PROGRESS) as listener:
        yield listener


async def _request(house: House) -> RoomSync:
    return await house.server.room_syncs.request_for(house.administrator)


async def test_a_run_is_told_from_its_beginning_page_by_page_to_its_end(
    house: House, directory: _StepByStep, listener: Listener
) -> None:
    await _request(house)
    items = [await listener.item()]
    running = asyncio.create_task(house.server.room_syncs.run_due())
    for _ in range(3):
        directory.go_on()
        items.append(await listener.item())
    await running

    assert [(item["sync"]["state"], item["done"], item["total"]) for item in items] == [
        ("DUE", 0, None),
        ("RUNNING", 2, None),
        ("RUNNING", 3, None),
        ("SUCCEEDED", 3, 3),
    ]
    assert await listener.ends()


async def test_the_number_of_rooms_is_told_from_the_first_page_on_where_the_suite_tells_it(
    house: House, listener: Listener
) -> None:
    directory = _directory(house, PAGES, total=3)
    await _request(house)
    items = [await listener.item()]
    running = asyncio.create_task(house.server.room_syncs.run_due())
    for _ in range(3):
        directory.go_on()
        items.append(await listener.item())
    await running

    assert [(item["done"], item["total"]) for item in items] == [(0, None), (2, 3), (3, 3), (3, 3)]


async def test_a_run_that_fails_ends_it_with_the_reason(house: House, listener: Listener) -> None:
    directory = _directory(house, [PAGES[0], SuiteUnavailable("503")])
    await _request(house)
    await listener.item()
    running = asyncio.create_task(house.server.room_syncs.run_due())
    directory.go_on()
    await listener.item()
    directory.go_on()

    last = await listener.item()

    assert (last["sync"]["state"], last["sync"]["failureCode"]) == ("FAILED", "SUITE_UNAVAILABLE")
    assert (last["done"], last["total"]) == (2, None)
    assert await listener.ends()
    await running


async def test_the_last_run_is_told_and_over_where_none_is_under_way(house: House, listener: Listener) -> None:
    run = await _request(house)
    await (
        RoomSync.of(house.organisation.id)
        .filter(id=run.id)
        .update(state=RoomSyncState.SUCCEEDED, open_slot=None, rooms_read=7)
    )

    assert (await listener.item())["done"] == 7
    assert await listener.ends()


async def test_before_the_first_run_it_waits(house: House, listener: Listener) -> None:
    waiting = asyncio.ensure_future(listener.item())
    await house.server.bus.listened_to(organisation_topic(house.organisation.id))

    await _request(house)

    assert (await waiting)["sync"]["state"] == "DUE"


async def test_it_follows_its_own_run_when_another_was_asked_for_meanwhile(house: House, listener: Listener) -> None:
    run = await _request(house)
    await listener.item()
    rows = RoomSync.of(house.organisation.id).filter(id=run.id)
    await rows.update(state=RoomSyncState.SUCCEEDED, open_slot=None, rooms_read=5)
    await _request(house)

    assert (await listener.item())["done"] == 5
    assert await listener.ends()


async def test_a_run_that_is_erased_with_its_integration_ends_it(house: House, listener: Listener) -> None:
    run = await _request(house)
    await listener.item()
    await RoomSync.of(house.organisation.id).filter(id=run.id).delete()
    await house.server.room_syncs.announce(run)

    assert await listener.ends()


async def test_a_lost_message_only_delays_a_page(house: House) -> None:
    house.server.services = replace(house.server.services, look_again_after=timedelta(milliseconds=10))
    async with listening(house, house.administrator, PROGRESS) as listener:
        run = await _request(house)
        await listener.item()
        await RoomSync.of(house.organisation.id).filter(id=run.id).update(state=RoomSyncState.RUNNING, rooms_read=2)

        item = await listener.item()

    assert item["done"] == 2


async def test_a_member_is_refused_before_anything_is_told(house: House) -> None:
    await _request(house)
    async with aclosing(house.server.listen(house.member, PROGRESS)) as answers:
        answer = await anext(answers)

    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert not house.server.bus.is_listened_to(organisation_topic(house.organisation.id))
