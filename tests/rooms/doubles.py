"""Rooms to order: directories page by page, and a member's calendar that counts its questions."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from app import clock
from app.connections.models import CalendarConnection
from app.errors import ProblemError, SuiteUnavailable
from app.identity.idempotency import IdempotencyService
from app.identity.principal import Principal
from app.integrations.models import Integration
from app.keys import Keys
from app.rooms.models import Room, RoomPairing
from app.suites.errors import SuiteError
from app.suites.events import Availability, ScheduleOfAddress, SuiteRoom
from app.suites.protocol import AccessTokens, DirectoryPage, Mailbox, RoomDirectory
from tests.integrations.doubles import World
from tests.integrations.mailboxes import PassOn
from tests.support.suites import FakeSuite

IDEMPOTENCY = IdempotencyService(Keys(b"\x02" * 32))


def suite_room(number: int, **details: Any) -> SuiteRoom:
    """One room of the directory."""
    room = SuiteRoom(
        suite_id=f"suite-{number}",
        address=f"room{number:03}@tidewater.example",
        name=f"Room {number:03}",
        building="Harbour",
        floor="1",
        capacity=8,
    )
    return replace(room, **details)


class PagedSuite(FakeSuite):
    """A suite whose room directory comes in pages; a page can be an error."""

    def __init__(self) -> None:
        super().__init__()
        self.pages: Sequence[Sequence[SuiteRoom] | BaseException] = ()
        self.directory_pages: RoomDirectory | None = None
        """A whole directory in the place of the pages."""
        self.directory_readings = 0
        self.total: int | None = None
        """How many rooms the directory says that it holds."""
        self.resumes = False
        """Whether pages bear the mark of the next."""
        self.resumed: list[str | None] = []
        """The mark that each reading began with."""

    def directory(self, tokens: AccessTokens) -> RoomDirectory:
        self.directory_readings += 1
        if self.directory_pages is not None:
            return self.directory_pages
        return PagedDirectory(self, tokens)


class PagedDirectory:
    """Implements `RoomDirectory` with the suite's pages, as the test ordered them."""

    def __init__(self, suite: PagedSuite, tokens: AccessTokens) -> None:
        self._suite = suite
        self._tokens = tokens

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        await self._tokens.current()
        suite = self._suite
        suite.resumed.append(resume)
        first = int(resume or 0)
        for number, page in enumerate(suite.pages[first:], start=first + 1):
            if isinstance(page, BaseException):
                raise page
            mark = str(number) if suite.resumes else None
            yield DirectoryPage(rooms=page, resume=mark, total=suite.total if number == 1 else None)


async def enabled_world(world: World) -> World:
    """With the integration enabled and no sync left open."""
    await world.enabled()
    await world.rooms_sync.run_due()
    return world


async def make_room(world: World, name: str, **details: Any) -> Room:
    """A paired room of the organisation's own."""
    integration = await Integration.of(world.organisation_id).get(active_slot=1)
    values: dict[str, Any] = {
        "id": uuid4(),
        "organisation_id": world.organisation_id,
        "integration_id": integration.id,
        "address": f"{name.lower().replace(' ', '.')}@tidewater.example",
        "pairing": RoomPairing.PAIRED,
        "name": name,
        "building": "Harbour",
        "capacity": 8,
        "equipment": [],
        "created_at": clock.now(),
    }
    return await Room.create(**{**values, **details})


class Schedules(PassOn):
    """A mailbox that tells what the test decided, and remembers what it was asked."""

    def __init__(self, mailbox: Mailbox, tell: Callable[[str], ScheduleOfAddress | SuiteError]) -> None:
        super().__init__(mailbox)
        self._tell = tell
        self.asked: list[Sequence[str]] = []

    async def schedules(self, addresses: Sequence[str], start: datetime, end: datetime) -> Sequence[ScheduleOfAddress]:
        self.asked.append(addresses)
        told = [self._tell(address) for address in addresses]
        for answer in told:
            if isinstance(answer, SuiteError):
                raise answer
        return [answer for answer in told if isinstance(answer, ScheduleOfAddress)]


@dataclass
class Connected:
    """A connected calendar."""

    connection: CalendarConnection
    mailbox: Schedules
    suite: FakeSuite


class Calendars:
    """Opens the administrator's calendar, or raises what the test ordered."""

    def __init__(self, calendar: Connected | ProblemError) -> None:
        self._calendar = calendar

    async def connected(self, principal: Principal) -> Connected:
        if isinstance(self._calendar, ProblemError):
            raise self._calendar
        return self._calendar

    @asynccontextmanager
    async def use(self, connection: CalendarConnection) -> AsyncIterator[None]:
        try:
            yield
        except SuiteError as error:
            raise SuiteUnavailable from error


def free(address: str) -> ScheduleOfAddress:
    return ScheduleOfAddress(address, Availability.FREE)


async def connected(world: World, tell: Callable[[str], ScheduleOfAddress | SuiteError] = free) -> Connected:
    """The administrator's calendar; `tell` decides what it says of an address."""
    connection = await CalendarConnection.of(world.organisation_id).get()
    return Connected(connection, Schedules(world.connections.open(connection), tell), world.suite)


async def room_names(organisation_id: UUID, pairing: RoomPairing = RoomPairing.PAIRED) -> list[str]:
    return [room.name for room in await Room.of(organisation_id).filter(pairing=pairing).order_by("name")]
