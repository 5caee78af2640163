"""The domain's meeting rooms, by the Directory's calendar resources.

https://developers.google.com/workspace/admin/directory/reference/rest/v1/resources.calendars ; who may not list them is
told so, or that there are none. Names of buildings come from a list of their own, which a room can do without.
"""

from collections.abc import AsyncIterator, Mapping

import structlog

from app.suites.errors import InvalidRequest, MissingScope, NotFound, SuiteError
from app.suites.events import SuiteRoom
from app.suites.google_workspace.api import GoogleApi, Wire, following, items
from app.suites.protocol import DirectoryPage

_OWN_CUSTOMER = {"customer": "my_customer", "maxResults": "500"}
_ROOM_FIELDS = (
    "resourceId,resourceEmail,resourceName,generatedResourceName,resourceCategory,buildingId,floorName,capacity,"
    "featureInstances"
)
_ACCESSIBLE = frozenset({"accessible", "wheelchair access", "wheelchair accessible", "wheelchair-accessible"})
"""Features are whatever the domain calls them; these names leave no doubt."""

_log = structlog.get_logger(__name__)


class GoogleRoomDirectory:
    """Implements `RoomDirectory` over the Directory API."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def pages(self, resume: str | None = None) -> AsyncIterator[DirectoryPage]:
        seen: set[str] = set()
        try:
            listed = self._listed(resume)
            page = await _first(listed) if resume is not None else None
            if page is None:
                listed = self._listed(None)
                page = await _next(listed)
            buildings = await self._buildings() if page is not None else {}
            while page is not None:
                found = [_room(item, buildings) for item in items(page)]
                rooms = [room for room in found if room is not None and room.suite_id not in seen]
                seen |= {room.suite_id for room in rooms}
                if rooms:
                    yield DirectoryPage(rooms=rooms, resume=following(page))
                page = await _next(listed)
        except NotFound as error:
            raise MissingScope(error.provider_code) from None

    def _listed(self, token: str | None) -> AsyncIterator[Wire]:
        parameters = _OWN_CUSTOMER | {"fields": f"nextPageToken,items({_ROOM_FIELDS})"}
        return aiter(self._api.pages(self._api.directory.resources.calendars.list, None, parameters, token))

    async def _buildings(self) -> dict[str, str]:
        """The names of the buildings by id; none of them where they cannot be read."""
        parameters = _OWN_CUSTOMER | {"fields": "nextPageToken,buildings(buildingId,buildingName)"}
        names: dict[str, str] = {}
        try:
            async for page in self._api.pages(self._api.directory.resources.buildings.list, None, parameters):
                for item in items(page, "buildings"):
                    if isinstance(item, dict) and (building_id := _text(item.get("buildingId"))) is not None:
                        names[building_id] = _text(item.get("buildingName")) or building_id
        except SuiteError as error:
            _log.warning("buildings of the suite cannot be read", reason=type(error).__name__)
        return names


async def _first(resumed: AsyncIterator[Wire]) -> Wire | None:
    """The page that a token names; None where Google does not take the token any more."""
    try:
        return await _next(resumed)
    except InvalidRequest:
        return None


async def _next(pages: AsyncIterator[Wire]) -> Wire | None:
    return await anext(pages, None)


def _room(item: object, buildings: Mapping[str, str]) -> SuiteRoom | None:
    """One room; None without an id or address, since it could neither be known again nor invited, and for no room."""
    if not isinstance(item, dict) or item.get("resourceCategory") == "OTHER":
        return None
    suite_id, address = _text(item.get("resourceId")), _text(item.get("resourceEmail"))
    if suite_id is None or address is None:
        return None
    building_id, capacity = _text(item.get("buildingId")), item.get("capacity")
    features = _features(item.get("featureInstances"))
    return SuiteRoom(
        suite_id=suite_id,
        address=address.lower(),
        # Building, floor and capacity stand beside it: the generated name, which repeats them, is the second choice.
        name=_text(item.get("resourceName")) or _text(item.get("generatedResourceName")) or address,
        building=None if building_id is None else buildings.get(building_id, building_id),
        floor=_text(item.get("floorName")),
        capacity=capacity if isinstance(capacity, int) and not isinstance(capacity, bool) and capacity > 0 else None,
        equipment=features,
        is_accessible=True if any(feature.lower() in _ACCESSIBLE for feature in features) else None,
    )


def _features(value: object) -> tuple[str, ...]:
    instances = value if isinstance(value, list) else []
    named = [instance.get("feature") for instance in instances if isinstance(instance, dict)]
    names = [_text(feature.get("name")) for feature in named if isinstance(feature, dict)]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _text(value: object) -> str | None:
    return value.strip() or None if isinstance(value, str) else None
