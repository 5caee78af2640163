"""Which rooms a list shows, and its pages: by name, by keyset, so that a page costs the same wherever it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.errors import InvalidInput
from app.paging import Page, PageRequest, foreign_cursor
from app.rooms.models import Room, RoomPairing

MAX_SEARCH = 200
MAX_EQUIPMENT = 20
_UUID_BYTES = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFilter:
    """Every condition that is given has to hold."""

    search: str | None = None
    """Part of the name or the address, whatever the case."""
    building: str | None = None
    floor: str | None = None
    min_capacity: int | None = None
    equipment: tuple[str, ...] = ()
    """All of these, as the suite's directory spells them, whatever the case."""
    pairing: RoomPairing | None = None

    def __post_init__(self) -> None:
        texts = {"search": self.search, "building": self.building, "floor": self.floor}
        for name, text in texts.items():
            check_text(f"filter.{name}", text)
        if len(self.equipment) > MAX_EQUIPMENT:
            raise InvalidInput("filter.equipment", f"At most {MAX_EQUIPMENT} pieces of equipment can be asked for.")
        if self.min_capacity is not None and not 0 <= self.min_capacity < 2**31:
            raise InvalidInput("filter.minCapacity", "A capacity is a number of people, from zero.")

    @property
    def is_read_here(self) -> bool:
        """Whether a condition is one that the two databases judge differently, or not as we do.

        Equipment is a JSON list; and SQLite knows upper and lower case of ASCII letters only
        (https://www.sqlite.org/lang_corefunc.html#upper).
        """
        return bool(self.equipment) or not (self.search or "").isascii()

    def accepts(self, name: str, address: str, equipment: Sequence[str]) -> bool:
        """Whether a room passes the conditions that are read here."""
        folded = {item.casefold() for item in equipment}
        searched = (self.search or "").casefold()
        return all(item.casefold() in folded for item in self.equipment) and (
            searched in name.casefold() or searched in address.casefold()
        )


def check_text(field: str, text: str | None) -> None:
    """Raises InvalidInput where no room can have this text."""
    if text is not None and len(text) > MAX_SEARCH:
        raise InvalidInput(field, f"A text to look for has at most {MAX_SEARCH} characters.")
    if text is not None and "\0" in text:
        raise InvalidInput(field, "A text contains a character that no room has.")


async def matching(organisation_id: UUID, wanted: RoomFilter) -> Sequence[Room]:
    """Every room that passes, by name."""
    rooms = await _filtered(organisation_id, wanted).order_by("name", "id")
    return [room for room in rooms if wanted.accepts(room.name, room.address, room.equipment)]


async def page_of_rooms(organisation_id: UUID, wanted: RoomFilter, request: PageRequest) -> Page[Room]:
    """One page by name. Raises InvalidInput for a cursor of another list."""
    rooms = _filtered(organisation_id, wanted)
    if wanted.is_read_here:
        rows = await rooms.values_list("id", "name", "address", "equipment")
        accepted = [room_id for room_id, *words in rows if wanted.accepts(*words)]
        rooms = Room.of(organisation_id).filter(id__in=accepted)
    total = await rooms.count()
    if request.after is not None:
        name, room_id = read_cursor(request.after)
        rooms = rooms.filter(Q(name__gt=name) | Q(name=name, id__gt=room_id))
    found = await rooms.order_by("name", "id").limit(request.first + 1)
    return Page(
        items=[(room, cursor_of(room)) for room in found[: request.first]],
        has_next_page=len(found) > request.first,
        has_previous_page=request.after is not None,
        total=total,
    )


def cursor_of(room: Room) -> bytes:
    """Where the room stands in the list."""
    return room.id.bytes + room.name.encode()


def read_cursor(cursor: bytes) -> tuple[str, UUID]:
    """Name and id of a cursor. Raises InvalidInput."""
    try:
        if len(cursor) <= _UUID_BYTES:
            raise ValueError(cursor)
        name = cursor[_UUID_BYTES:].decode()
        if "\0" in name:
            raise ValueError(name)
        return name, UUID(bytes=cursor[:_UUID_BYTES])
    except ValueError:
        raise foreign_cursor() from None


def _filtered(organisation_id: UUID, wanted: RoomFilter) -> QuerySet[Room]:
    rooms = Room.of(organisation_id).filter(removed_at__isnull=True)
    if wanted.search and wanted.search.isascii():
        rooms = rooms.filter(Q(name__icontains=wanted.search) | Q(address__icontains=wanted.search))
    if wanted.building is not None:
        rooms = rooms.filter(building=wanted.building)
    if wanted.floor is not None:
        rooms = rooms.filter(floor=wanted.floor)
    if wanted.min_capacity is not None:
        rooms = rooms.filter(capacity__gte=wanted.min_capacity)
    if wanted.pairing is not None:
        rooms = rooms.filter(pairing=wanted.pairing)
    return rooms
