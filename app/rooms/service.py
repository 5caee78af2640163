"""Rooms for members: listing, finding a free one, and completing addresses from the suite's directory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from app.errors import IntegrationUnavailable, InvalidInput, NotFound, ProblemError, RoomNotPaired
from app.identity.idempotency import IdempotencyService
from app.identity.principal import Principal
from app.integrations.lookup import active_integration
from app.integrations.ports import Suites
from app.integrations.status import IntegrationStatus
from app.paging import Page, PageRequest
from app.rooms.availability import (
    AvailableRoom,
    RoomSchedule,
    ask_schedules,
    available_rooms,
    distinct,
)
from app.rooms.directory import directory_not_granted, directory_problem
from app.rooms.directory_index import DirectoryIndex
from app.rooms.entry import EnteredRoom, NewRoom, RoomEntry
from app.rooms.filters import MAX_SEARCH, RoomFilter, check_text, matching, page_of_rooms
from app.rooms.models import Room, RoomPairing
from app.rooms.ports import Calendars
from app.rooms.ranking import Wanted, ranked
from app.suites.errors import SuiteError
from app.suites.events import SuiteRoom
from app.suites.protocol import PermissionVariant
from app.windows import check_window

MAX_ROOMS_ASKED = 500
"""How many rooms one question about availability asks the suite for; a filter reaches the others."""


@dataclass(frozen=True, slots=True)
class AvailableRooms:
    """Rooms, best fit first, and what could not be learned; whoever shows them pages them."""

    rooms: Sequence[AvailableRoom]
    problems: tuple[ProblemError, ...] = ()


@dataclass(frozen=True, slots=True)
class SuiteRooms:
    """Rooms of the suite's directory, by name, and what could not be learned."""

    rooms: Sequence[SuiteRoom]
    problems: tuple[ProblemError, ...] = ()


class RoomService:
    """The organisation's rooms, and what the suite says of them."""

    def __init__(
        self,
        connections: Calendars,
        registry: Suites,
        directory_index: DirectoryIndex,
        idempotency: IdempotencyService,
    ) -> None:
        self._connections = connections
        self._registry = registry
        self._directory_index = directory_index
        self._entry = RoomEntry(connections, idempotency)

    async def list(self, principal: Principal, wanted: RoomFilter, request: PageRequest) -> Page[Room]:
        """The organisation's rooms by name. Raises InvalidInput for a cursor of another list."""
        return await page_of_rooms(principal.organisation_id, wanted, request)

    async def get(self, organisation_id: UUID, room_id: UUID) -> Room:
        """Raises NotFound."""
        room = await Room.of(organisation_id).get_or_none(id=room_id, removed_at__isnull=True)
        if room is None:
            raise NotFound("room")
        return room

    async def many(self, organisation_id: UUID, room_ids: Collection[UUID]) -> Mapping[UUID, Room]:
        """Those that exist, by id, in one query; removed ones too, since what is past still names them."""
        return {room.id: room for room in await Room.of(organisation_id).filter(id__in=list(room_ids))}

    async def create(self, principal: Principal, wanted: NewRoom, idempotency_key: str) -> EnteredRoom:
        """Enter a room by its email address; for administrators, with or without a directory.

        Raises Forbidden, InvalidInput, IdempotencyKeyReused, RoomAddressTaken, RoomAddressUnknown, NotFound,
        SuiteUnavailable and what else keeps the suite from answering.
        """
        return await self._entry.create(principal, wanted, idempotency_key)

    async def available(
        self,
        principal: Principal,
        start: datetime,
        end: datetime,
        wanted: RoomFilter,
        preferred_building: str | None = None,
    ) -> AvailableRooms:
        """Paired rooms that can be booked, with FREE, BUSY or UNKNOWN in the window, best fit first.

        Of rooms that suffice, those in the preferred building come first.

        Raises InvalidInput, ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable.
        """
        check_window(start, end)
        check_text("preferredBuilding", preferred_building)
        calendar = await self._connections.connected(principal)
        rooms = await matching(principal.organisation_id, replace(wanted, pairing=RoomPairing.PAIRED))
        best = _best(wanted, preferred_building)
        bookable = ranked(available_rooms([room for room in rooms if room.is_bookable], {}), best)
        asked = [candidate.room for candidate in bookable]
        answers = await ask_schedules(self._connections, calendar, asked[:MAX_ROOMS_ASKED], start, end)
        found = available_rooms(asked, answers, unasked=_too_many(len(asked)))
        problems = distinct([room.problem for room in found if room.problem is not None])
        return AvailableRooms(ranked(found, best), problems)

    async def schedules(
        self, principal: Principal, rooms: Sequence[Room], start: datetime, end: datetime
    ) -> Mapping[UUID, RoomSchedule | ProblemError]:
        """When each of these rooms is taken, or why that is not known; asked in batches.

        Raises InvalidInput, ConnectionRequired, ReconnectRequired, ConnectionBlocked, IntegrationUnavailable.
        """
        check_window(start, end)
        calendar = await self._connections.connected(principal)
        paired = [room for room in rooms if room.pairing is RoomPairing.PAIRED]
        answers = await ask_schedules(self._connections, calendar, paired, start, end)
        return {room.id: answers.get(room.id) or RoomNotPaired(room.name) for room in rooms}

    async def suite_rooms(self, principal: Principal, search: str) -> SuiteRooms:
        """Rooms of the suite's directory whose name or address contains `search`; for administrators.

        Raises Forbidden, IntegrationUnavailable, PermissionMissing, SuiteUnavailable, InvalidInput.
        """
        principal.require_administrator()
        if len(search) > MAX_SEARCH:
            raise InvalidInput("search", f"A search has at most {MAX_SEARCH} characters.")
        integration = await active_integration(principal.organisation_id)
        # Before the test has passed, the tenant may belong to another organisation.
        is_open = integration is not None and integration.status is not IntegrationStatus.DISABLED
        if integration is None or integration.claimed_tenant is None or not is_open:
            raise IntegrationUnavailable(integration.status if integration else IntegrationStatus.NOT_CONFIGURED)
        suite = self._registry.get(integration.suite)
        if integration.variant is PermissionVariant.WITHOUT_ROOM_DIRECTORY:
            raise directory_not_granted(suite)
        try:
            rooms = await self._directory_index.search(integration, integration.claimed_tenant, search)
        except SuiteError as error:
            raise directory_problem(suite, error) from error
        return SuiteRooms(rooms)


def _best(wanted: RoomFilter, preferred_building: str | None) -> Wanted:
    buildings = () if preferred_building is None else (preferred_building,)
    return Wanted(people=wanted.min_capacity or 0, equipment=wanted.equipment, buildings=buildings)


def _too_many(rooms: int) -> InvalidInput:
    return InvalidInput(
        "filter",
        f"Only {MAX_ROOMS_ASKED} of {rooms} rooms were looked up; the others are shown as unknown.",
        remedy="Narrow the filter, for example to a building or a floor.",
    )
