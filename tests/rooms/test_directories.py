"""Whose consent lists the rooms, and who takes over when it fails."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.errors import Actor, ConnectionRequired, PermissionMissing
from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.identity.models import Member, Role
from app.integrations.models import Integration
from app.rooms.directory import DirectoryUncarried
from app.rooms.directory_index import DirectoryIndex
from app.rooms.models import RoomPairing, RoomSync, RoomSyncState
from app.rooms.service import RoomService
from app.suites.errors import (
    BlockReason,
    ConsentNeeded,
    MemberBlocked,
    MissingScope,
    NotFound,
    OperatorMustAct,
    ReconnectReason,
    ReconnectRequired,
    SuiteError,
    SuiteThrottled,
    SuiteUnavailable,
)
from app.suites.protocol import DirectoryPage
from tests.connections.stack import RecordingBus
from tests.integrations.doubles import World, make_world
from tests.rooms.doubles import IDEMPOTENCY, Calendars, room_names, suite_room
from tests.support.carried import CarriedSuite

ADA, BO = "ada@tidewater.example", "bo@tidewater.example"
ROOMS = [suite_room(number) for number in range(1, 5)]


@pytest.fixture
def suite() -> CarriedSuite:
    suite = CarriedSuite()
    suite.pages = [ROOMS[:2], ROOMS[2:]]
    return suite


@pytest.fixture
def bus() -> RecordingBus:
    return RecordingBus()


@pytest.fixture
async def world(database: TortoiseContext, suite: CarriedSuite, bus: RecordingBus) -> World:
    """Ada has been connected for longer than Bo; both may list the rooms."""
    world = await make_world(suite=suite, bus=bus)
    await world.enabled()
    await world.rooms_sync.run_due()
    await world.connect(world.colleague)
    suite.readers.clear()
    bus.published.clear()
    return world


async def read(world: World) -> list[str]:
    """The names of all rooms, in the order in which they come."""
    directory = await world.directories.open(await Integration.of(world.organisation_id).get())
    return [room.name async for page in directory.pages() for room in page.rooms]


async def sync(world: World) -> RoomSync:
    run = await world.rooms_sync.request_for(world.administrator)
    await world.rooms_sync.run_due()
    return await RoomSync.of(world.organisation_id).get(id=run.id)


async def connection_of(world: World, address: str) -> CalendarConnection:
    return await CalendarConnection.of(world.organisation_id).get(address=address)


def woken(bus: RecordingBus, world: World) -> Sequence[Message]:
    """What those who watch the integration were told."""
    topic = organisation_topic(world.organisation_id)
    return [m for where, m in bus.published if where == topic and m.kind is MessageKind.INTEGRATION_CHANGED]


async def test_whoever_connected_first_carries_the_directory_alone(world: World, suite: CarriedSuite) -> None:
    assert await read(world) == [room.name for room in ROOMS]
    assert suite.readers == [ADA]


@pytest.mark.parametrize(
    "error",
    [
        MissingScope("forbidden"),
        NotFound("notFound"),
        ReconnectRequired(ReconnectReason.EXPIRED),
        ConsentNeeded(),
        MemberBlocked(BlockReason.ACCOUNT_DISABLED),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_when_a_carrier_fails_in_the_middle_the_next_one_goes_on_and_no_room_comes_twice(
    world: World, suite: CarriedSuite, error: SuiteError
) -> None:
    suite.pages_for[ADA] = [ROOMS[:2], error]

    names = await read(world)

    assert names == [room.name for room in ROOMS]
    assert suite.readers == [ADA, BO]


@pytest.mark.parametrize(
    "error", [SuiteUnavailable("503"), SuiteThrottled("rateLimitExceeded"), OperatorMustAct("accessNotConfigured")]
)
async def test_what_is_no_carriers_own_trouble_is_raised_and_nobody_takes_over(
    world: World, suite: CarriedSuite, error: SuiteError
) -> None:
    suite.pages_for[ADA] = [error]

    with pytest.raises(type(error)):
        await read(world)

    assert suite.readers == [ADA]


async def test_a_carrier_to_whom_the_suite_refuses_its_rooms_is_not_asked_again_until_they_consent_anew(
    world: World, suite: CarriedSuite
) -> None:
    suite.pages_for[ADA] = [MissingScope("forbidden")]
    await read(world)
    suite.readers.clear()
    await read(world)
    after_refusal = list(suite.readers)
    suite.readers.clear()
    del suite.pages_for[ADA]
    await world.connect(world.administrator)
    await CalendarConnection.of(world.organisation_id).filter(address=BO).delete()

    await read(world)

    assert (after_refusal, suite.readers) == ([BO], [ADA])


async def test_a_refusal_of_the_directory_leaves_the_calendar_connected(world: World, suite: CarriedSuite) -> None:
    suite.pages_for[ADA] = [MissingScope("forbidden")]

    await read(world)

    ada = await connection_of(world, ADA)
    assert ada.status is ConnectionStatus.CONNECTED
    assert ada.reason is None
    assert ada.directory_refused_at is not None


async def test_somebody_who_consents_anew_while_they_are_refused_is_tried_anew(
    world: World, suite: CarriedSuite
) -> None:
    await CalendarConnection.of(world.organisation_id).filter(address=BO).delete()
    suite.whole_directory = directory = _RefusedUntilConsentedAnew(world)

    assert await read(world) == [room.name for room in ROOMS]
    assert directory.readings == 2
    assert (await connection_of(world, ADA)).directory_refused_at is None


class _RefusedUntilConsentedAnew:
    """While the suite refuses, the administrator comes back from its page with a new consent."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.readings = 0

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        self.readings += 1
        if self.readings == 1:
            later = clock.now() + timedelta(minutes=1)
            await CalendarConnection.of(self._world.organisation_id).filter(address=ADA).update(connected_at=later)
            raise MissingScope("forbidden")
        yield DirectoryPage(rooms=ROOMS)


@pytest.mark.parametrize(
    "change",
    [
        {"status": ConnectionStatus.RECONNECT_REQUIRED, "reason": ConnectionReason.EXPIRED},
        {"status": ConnectionStatus.BLOCKED, "reason": ConnectionReason.ACCOUNT_DISABLED},
        {"scopes": ["openid", "calendar"]},
    ],
)
async def test_a_connection_that_does_not_work_or_left_the_box_unticked_carries_nothing(
    world: World, suite: CarriedSuite, change: dict[str, object]
) -> None:
    await CalendarConnection.of(world.organisation_id).filter(address=ADA).update(**change)

    await read(world)

    assert suite.readers == [BO]


async def test_a_consent_carries_only_while_its_owner_is_an_administrator(world: World, suite: CarriedSuite) -> None:
    await Member.of(world.organisation_id).filter(address=ADA).update(role=Role.MEMBER)

    await read(world)

    assert suite.readers == [BO]


async def test_an_account_of_another_tenant_carries_nothing(world: World, suite: CarriedSuite) -> None:
    await Integration.of(world.organisation_id).update(tenant="elsewhere.example")

    with pytest.raises(DirectoryUncarried):
        await read(world)

    assert suite.readers == []


async def test_with_nobody_left_it_is_said_so(world: World, suite: CarriedSuite) -> None:
    suite.pages = [MissingScope("forbidden")]

    with pytest.raises(DirectoryUncarried):
        await read(world)

    assert suite.readers == [ADA, BO]


class TestTellingOfIt:
    async def test_a_refusal_wakes_whoever_watches_the_integration(
        self, world: World, suite: CarriedSuite, bus: RecordingBus
    ) -> None:
        suite.pages_for[ADA] = [MissingScope("forbidden")]

        await read(world)

        assert len(woken(bus, world)) == 1

    async def test_a_dead_consent_that_shows_while_rooms_are_listed_is_recorded_and_told(
        self, world: World, suite: CarriedSuite, bus: RecordingBus
    ) -> None:
        await CalendarConnection.of(world.organisation_id).update(credentials=b"sealed")
        suite.pages_for[ADA] = [ReconnectRequired(ReconnectReason.CONSENT_WITHDRAWN)]

        await read(world)

        ada = await connection_of(world, ADA)
        assert (ada.status, ada.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.CONSENT_WITHDRAWN)
        assert len(woken(bus, world)) == 1


class TestRoomSync:
    async def test_a_takeover_in_the_middle_of_a_run_is_no_failure_and_unpairs_nothing(
        self, world: World, suite: CarriedSuite
    ) -> None:
        await sync(world)
        suite.pages_for[ADA] = [ROOMS[:1], MissingScope("forbidden")]

        run = await sync(world)

        assert (run.state, run.rooms_read, run.rooms_unpaired) == (RoomSyncState.SUCCEEDED, 4, 0)
        assert await room_names(world.organisation_id) == [room.name for room in ROOMS]

    async def test_a_run_that_nobody_carries_fails_by_name_and_unpairs_nothing(
        self, world: World, suite: CarriedSuite
    ) -> None:
        await sync(world)
        suite.pages = [ROOMS[:1], MissingScope("forbidden")]

        run = await sync(world)

        assert (run.state, run.failure_code) == (RoomSyncState.FAILED, "ROOM_DIRECTORY_UNCARRIED")
        assert len(await room_names(world.organisation_id, RoomPairing.PAIRED)) == 4


class TestCompletingAddresses:
    async def test_the_next_carrier_answers_within_the_same_question(self, world: World, suite: CarriedSuite) -> None:
        suite.pages_for[ADA] = [ROOMS[:1], ReconnectRequired(ReconnectReason.EXPIRED)]
        service = _service(world)

        found = await service.suite_rooms(world.administrator, "room 00")

        assert [room.name for room in found.rooms] == [room.name for room in ROOMS]

    async def test_with_nobody_left_an_administrator_reads_who_can_change_that(
        self, world: World, suite: CarriedSuite
    ) -> None:
        suite.pages = [MissingScope("forbidden")]
        service = _service(world)

        with pytest.raises(PermissionMissing) as raised:
            await service.suite_rooms(world.administrator, "")

        assert raised.value.scopes == ("rooms",)
        assert raised.value.who_acts is Actor.SUBSCRIPTION_ADMINISTRATOR
        assert "No administrator" in raised.value.message


def _service(world: World) -> RoomService:
    return RoomService(Calendars(ConnectionRequired()), world.registry, DirectoryIndex(world.directories), IDEMPOTENCY)
