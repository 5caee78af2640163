"""Completing addresses from the suite's directory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.errors import (
    Actor,
    ConnectionRequired,
    Forbidden,
    IntegrationUnavailable,
    InvalidInput,
    PermissionMissing,
    ProblemError,
    SuiteUnavailable,
)
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.rooms.directory import ApplicationTokens
from app.rooms.directory_index import INDEX_LIFETIME, DirectoryIndex
from app.rooms.service import RoomService
from app.suites import errors as suite_errors
from app.suites.protocol import DirectoryPage, PermissionVariant
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import IDEMPOTENCY, Calendars, PagedSuite, enabled_world, suite_room
from tests.support.people import TENANT

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def suite() -> PagedSuite:
    suite = PagedSuite()
    suite.pages = [
        [suite_room(2, name="Beacon"), suite_room(1, name="anchor")],
        [suite_room(3, name="Crow's nest", address="nest@tidewater.example")],
    ]
    return suite


@pytest.fixture
async def world(database: TortoiseContext, suite: PagedSuite) -> World:
    return await enabled_world(await make_world(suite=suite))


@pytest.fixture
def service(world: World) -> RoomService:
    return RoomService(Calendars(ConnectionRequired()), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)


async def found(service: RoomService, world: World, search: str) -> list[str]:
    answer = await service.suite_rooms(world.administrator, search)
    return [room.name for room in answer.rooms]


@pytest.mark.parametrize(
    ("search", "names"),
    [
        ("", ["anchor", "Beacon", "Crow's nest"]),
        ("  BEAC ", ["Beacon"]),
        ("nest@", ["Crow's nest"]),
        ("nothing", []),
    ],
)
async def test_rooms_are_found_by_name_or_address(
    world: World, service: RoomService, search: str, names: list[str]
) -> None:
    assert await found(service, world, search) == names


async def test_typing_on_reads_the_directory_once_in_five_minutes(
    world: World, service: RoomService, suite: PagedSuite
) -> None:
    before = suite.directory_readings
    with clock.use(lambda: NOW):
        for search in ("b", "be", "bea"):
            await found(service, world, search)
    within = suite.directory_readings - before
    with clock.use(lambda: NOW + INDEX_LIFETIME):
        await found(service, world, "beac")

    assert (within, suite.directory_readings - before) == (1, 2)


async def test_ten_thousand_rooms_are_completed_from_one_reading(
    world: World, service: RoomService, suite: PagedSuite
) -> None:
    rooms = [
        suite_room(number, name=f"Deck {number:05}", address=f"deck{number}@x.example") for number in range(10_000)
    ]
    suite.pages = [rooms[first : first + 100] for first in range(0, len(rooms), 100)]
    before = suite.directory_readings

    answers = {typed: len(await found(service, world, typed)) for typed in ("", "deck", "deck 0004", "deck 00042")}

    assert answers == {"": 10_000, "deck": 10_000, "deck 0004": 10, "deck 00042": 1}
    assert suite.directory_readings - before == 1


async def test_many_questions_at_once_cause_one_reading_and_one_who_leaves_stops_nobody(
    world: World, service: RoomService, suite: PagedSuite
) -> None:
    before = suite.directory_readings
    suite.directory_pages = gate = _Gate()
    questions = [asyncio.create_task(found(service, world, "")) for _ in range(5)]
    async with asyncio.timeout(5):
        await gate.reached.wait()
    questions[0].cancel()
    gate.opened.set()

    answers = await asyncio.gather(*questions, return_exceptions=True)

    assert isinstance(answers[0], asyncio.CancelledError)
    assert answers[1:] == [["Room 001"]] * 4
    assert suite.directory_readings - before == 1


class _Gate:
    """A directory that answers once the test lets it."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        self.reached.set()
        await self.opened.wait()
        yield DirectoryPage(rooms=[suite_room(1)])


async def test_a_failed_reading_is_not_kept(world: World, service: RoomService, suite: PagedSuite) -> None:
    suite.fail_next("application_tokens", suite_errors.SuiteUnavailable("503"))

    with pytest.raises(SuiteUnavailable):
        await found(service, world, "")

    assert await found(service, world, "beacon") == ["Beacon"]


@pytest.mark.parametrize(
    ("error", "problem", "who_acts"),
    [
        (suite_errors.MissingScope(), PermissionMissing, Actor.TENANT_ADMINISTRATOR),
        (suite_errors.ConsentNeeded(), PermissionMissing, Actor.TENANT_ADMINISTRATOR),
        (suite_errors.ApplicationBlocked(), PermissionMissing, Actor.TENANT_ADMINISTRATOR),
        (suite_errors.OperatorMustAct(), SuiteUnavailable, Actor.OPERATOR),
        (suite_errors.SuiteThrottled(retry_after=timedelta(seconds=3)), SuiteUnavailable, Actor.MEMBER),
    ],
)
async def test_a_directory_that_cannot_be_read_is_told_in_words(
    world: World,
    service: RoomService,
    suite: PagedSuite,
    error: Exception,
    problem: type[ProblemError],
    who_acts: Actor,
) -> None:
    suite.fail_next("application_tokens", error)

    with pytest.raises(problem) as raised:
        await found(service, world, "")

    assert raised.value.who_acts is who_acts


async def test_a_directory_without_approval_names_the_missing_permission(
    world: World, service: RoomService, suite: PagedSuite
) -> None:
    suite.roles.clear()

    with pytest.raises(PermissionMissing) as raised:
        await found(service, world, "")

    assert raised.value.scopes == ("rooms",)


async def test_without_the_room_directory_the_suite_is_not_asked(
    world: World, service: RoomService, suite: PagedSuite
) -> None:
    await Integration.of(world.organisation_id).update(variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)
    calls = suite.token_calls

    with pytest.raises(PermissionMissing):
        await found(service, world, "")

    assert suite.token_calls == calls


async def test_a_tenant_that_is_not_proved_to_be_ours_is_not_read(world: World, service: RoomService) -> None:
    await Integration.of(world.organisation_id).update(status=IntegrationStatus.TEST_FAILED, claimed_tenant=None)

    with pytest.raises(IntegrationUnavailable):
        await found(service, world, "")


async def test_the_directory_is_for_administrators(world: World, service: RoomService) -> None:
    with pytest.raises(Forbidden):
        await service.suite_rooms(world.member, "")


async def test_an_endless_search_is_refused(world: World, service: RoomService) -> None:
    with pytest.raises(InvalidInput):
        await found(service, world, "x" * 201)


class TestApplicationTokens:
    async def test_a_token_is_kept_until_shortly_before_it_dies(self, suite: PagedSuite) -> None:
        tokens = ApplicationTokens(suite, TENANT)
        with clock.use(lambda: NOW):
            first, again = await tokens.current(), await tokens.current()
        with clock.use(lambda: NOW + timedelta(minutes=59)):
            later = await tokens.current()

        assert first == again
        assert later != first

    async def test_a_refused_token_is_renewed_once_for_everybody_who_met_it(self, suite: PagedSuite) -> None:
        tokens = ApplicationTokens(suite, TENANT)
        refused = await tokens.current()

        renewed = await asyncio.gather(*(tokens.renewed(refused) for _ in range(5)))

        assert len(set(renewed)) == 1
        assert refused not in renewed
        assert suite.token_calls == 2
