"""The tenant's meeting rooms, by Graph's places.

https://learn.microsoft.com/graph/api/place-list ; needs the application permission `Place.Read.All`. Rooms come without
a link to the next page, so they are counted through until a page brings nothing new; how many there are comes with the
first.
"""

from collections.abc import AsyncIterator

from app.suites.errors import SuiteUnavailable
from app.suites.events import SuiteRoom
from app.suites.microsoft365.graph import Graph, items
from app.suites.protocol import DirectoryPage

PAGE = 100
MAX_PAGES = 1000

_ROOMS = "/places/microsoft.graph.room"
_EQUIPMENT_FIELDS = ("audioDeviceName", "videoDeviceName", "displayDeviceName")


class Microsoft365RoomDirectory:
    """Implements `RoomDirectory` over Graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        seen: set[str] = set()
        skipped = _skipped(resume)
        for _ in range(MAX_PAGES):
            query = {"$top": str(PAGE), "$skip": str(skipped)} | ({} if skipped else {"$count": "true"})
            answer = await self._graph.get(_ROOMS, self._graph.deadline(), query)
            page = items(answer)
            total = _count(answer) if not skipped else None
            ids = {item["id"] for item in page if isinstance(item, dict) and isinstance(item.get("id"), str)}
            if not ids - seen:
                return
            rooms = [room for room in (_room(item) for item in page) if room is not None and room.suite_id not in seen]
            seen |= ids
            skipped += len(page)
            if rooms:
                yield DirectoryPage(rooms=rooms, resume=str(skipped), total=total)
        raise SuiteUnavailable("EndlessPages")


def _skipped(resume: str | None) -> int:
    """How many rooms an earlier reading had behind it; none where the mark is not one of ours."""
    return int(resume) if resume is not None and resume.isascii() and resume.isdigit() and len(resume) < 10 else 0


def _count(answer: dict[str, object]) -> int | None:
    count = answer.get("@odata.count")
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _room(item: object) -> SuiteRoom | None:
    """One room; None without an id or address, since it could neither be known again nor invited."""
    if not isinstance(item, dict):
        return None
    suite_id, address = _text(item.get("id")), _text(item.get("emailAddress"))
    if suite_id is None or address is None:
        return None
    capacity = item.get("capacity")
    accessible = item.get("isWheelChairAccessible")
    return SuiteRoom(
        suite_id=suite_id,
        address=address.lower(),
        name=_text(item.get("displayName")) or _text(item.get("nickname")) or address,
        building=_text(item.get("building")),
        floor=_floor(item),
        capacity=capacity if isinstance(capacity, int) and not isinstance(capacity, bool) and capacity > 0 else None,
        equipment=_equipment(item),
        is_accessible=accessible if isinstance(accessible, bool) else None,
        is_bookable=item.get("bookingType") != "reserved",
    )


def _floor(item: dict[str, object]) -> str | None:
    number = item.get("floorNumber")
    return _text(item.get("floorLabel")) or (str(number) if isinstance(number, int) else None)


def _equipment(item: dict[str, object]) -> tuple[str, ...]:
    tags = item.get("tags")
    named = [*(tags if isinstance(tags, list) else ()), *(item.get(field) for field in _EQUIPMENT_FIELDS)]
    return tuple(dict.fromkeys(name.strip() for name in named if isinstance(name, str) and name.strip()))


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
