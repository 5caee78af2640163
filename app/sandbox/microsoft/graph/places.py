"""Calls on rooms and room lists.

https://learn.microsoft.com/graph/api/place-list
"""

from collections.abc import Collection, Sequence
from typing import Any

from app.sandbox.microsoft.graph.errors import GraphError
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply
from app.sandbox.microsoft.graph.query import QueryOptions, page, read_query
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomList

PAGE = 100
_ROOM = "microsoft.graph.room"
_LIST = "microsoft.graph.roomList"
_LIST_PROPERTIES = frozenset({"id", "displayName", "emailAddress", "address", "phone", "geoCoordinates", "placeId"})
_ROOM_PROPERTIES = _LIST_PROPERTIES | {
    "nickname",
    "label",
    "building",
    "floorNumber",
    "floorLabel",
    "capacity",
    "bookingType",
    "audioDeviceName",
    "videoDeviceName",
    "displayDeviceName",
    "isWheelChairAccessible",
    "tags",
    "parentId",
}


async def list_rooms(call: GraphCall) -> GraphReply:
    """GET /places/microsoft.graph.room: a hundred at a time and, as at Microsoft, never a next link."""
    return _rooms(call, call.state.mailboxes.registry.rooms(call.token.tenant_id), "places/microsoft.graph.room")


async def list_room_lists(call: GraphCall) -> GraphReply:
    """GET /places/microsoft.graph.roomlist."""
    options = read_query(call, _LIST_PROPERTIES, _LIST)
    found = [_room_list(one) for one in call.state.mailboxes.registry.room_lists(call.token.tenant_id)]
    if options.predicate is not None:
        found = [one for one in found if options.predicate(one)]
    body = page(
        call,
        options,
        found,
        lambda one: _chosen(one, options.select),
        default_size=PAGE,
        maximum=PAGE,
        links=False,
    )
    return GraphReply({"@odata.context": f"{call.base}/$metadata#places/microsoft.graph.roomList", **body})


async def list_rooms_of_list(call: GraphCall) -> GraphReply:
    """GET /places/{list}/microsoft.graph.roomlist/rooms; the list is named by its address."""
    wanted = call.parameter("place_id").lower()
    registry = call.state.mailboxes.registry
    room_list = next(
        (r for r in registry.room_lists(call.token.tenant_id) if wanted in (r.address.lower(), r.id)), None
    )
    if room_list is None:
        raise _not_found(wanted)
    found = tuple(room for address in room_list.rooms if (room := registry.room(address)) is not None)
    return _rooms(call, found, f"places('{wanted}')/microsoft.graph.roomList/rooms")


async def get_place(call: GraphCall) -> GraphReply:
    """GET /places/{id or address}: a room or a room list."""
    wanted = call.parameter("place_id").lower()
    registry = call.state.mailboxes.registry
    room = registry.room_of(call.token.tenant_id, wanted) or registry.room(wanted)
    if room is not None and room.tenant_id == call.token.tenant_id:
        return GraphReply(
            {
                "@odata.context": f"{call.base}/$metadata#places/$entity",
                "@odata.type": f"#{_ROOM}",
                **_room(room),
            }
        )
    for room_list in registry.room_lists(call.token.tenant_id):
        if wanted in (room_list.address.lower(), room_list.id):
            return GraphReply(
                {
                    "@odata.context": f"{call.base}/$metadata#places/$entity",
                    "@odata.type": f"#{_LIST}",
                    **_room_list(room_list),
                }
            )
    raise _not_found(wanted)


def _rooms(call: GraphCall, rooms: Collection[Room], path: str) -> GraphReply:
    """A page of rooms; only those on it are rendered unless a filter or an order has to look at all of them."""
    options = read_query(call, _ROOM_PROPERTIES, _ROOM)
    found: Sequence[dict[str, Any] | Room] = list(rooms)
    if options.predicate is not None or options.order:
        found = _searched(rooms, options)

    def shown(one: dict[str, Any] | Room) -> dict[str, Any]:
        return _chosen(_room(one) if isinstance(one, Room) else one, options.select)

    body = page(call, options, found, shown, default_size=PAGE, maximum=PAGE, links=False)
    return GraphReply({"@odata.context": f"{call.base}/$metadata#{path}", **body})


def _searched(rooms: Collection[Room], options: QueryOptions) -> list[dict[str, Any]]:
    found = [_room(room) for room in rooms]
    if options.predicate is not None:
        found = [room for room in found if options.predicate(room)]
    for name, descending in reversed(options.order):
        found.sort(key=lambda room, by=name: _order_key(room[by]), reverse=descending)  # type: ignore[misc]  # a default argument keeps the loop's value
    return found


def _order_key(value: Any) -> tuple[bool, int, str]:
    return (value is not None, value, "") if isinstance(value, int) else (value is not None, 0, str(value).lower())


def _chosen(place: dict[str, Any], select: tuple[str, ...] | None) -> dict[str, Any]:
    return place if select is None else {"id": place["id"], **{name: place[name] for name in select}}


def _not_found(wanted: str) -> GraphError:
    return GraphError(404, "ResourceNotFound", f"Place '{wanted}' was not found.")


def _room(room: Room) -> dict[str, Any]:
    address = {"street": room.street, "city": room.city, "state": None, "countryOrRegion": room.country}
    located = room.latitude is not None and room.longitude is not None
    return {
        "id": room.id,
        "placeId": room.id,
        "parentId": None,
        "displayName": room.name,
        "emailAddress": room.address,
        "nickname": room.nickname,
        "label": room.label,
        "building": room.building,
        "floorNumber": room.floor_number,
        "floorLabel": room.floor_label,
        "capacity": room.capacity,
        "bookingType": room.booking_type.value if room.booking_type else None,
        "audioDeviceName": room.audio_device,
        "videoDeviceName": room.video_device,
        "displayDeviceName": room.display_device,
        "isWheelChairAccessible": room.is_wheelchair_accessible,
        "tags": list(room.tags),
        "address": {**address, "postalCode": None} if room.city else None,
        "geoCoordinates": {"latitude": room.latitude, "longitude": room.longitude} if located else None,
        "phone": room.phone,
    }


def _room_list(room_list: RoomList) -> dict[str, Any]:
    located = {"city": room_list.city, "countryOrRegion": room_list.country}
    return {
        "id": room_list.id,
        "placeId": room_list.id,
        "displayName": room_list.name,
        "emailAddress": room_list.address,
        "address": located if room_list.city else None,
        "geoCoordinates": None,
        "phone": "",
    }
