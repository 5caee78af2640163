"""Every place where the schema takes an id, and one of everything that has an id."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.audit.models import AuditEntry
from app.identity.models import AccessToken, Member
from app.notifications.models import NotificationKind
from app.notifications.service import notify
from schema.ids import NodeKind
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.operations import OPERATIONS, new_time
from tests.schema.world import House
from tests.support.workplaces import make_shift


@dataclass(frozen=True, slots=True)
class Place:
    """Where the schema takes an id: of what kind, in which operation, and the variables that put one there."""

    kind: NodeKind
    operation: str
    variables: Callable[["Possessions", str], Mapping[str, Any]]
    by_administrator: bool = False


@dataclass(frozen=True, slots=True)
class Possessions:
    """One of everything with an id, of one house's member."""

    house: House
    ids: Mapping[NodeKind, str]


def _booking_for(possessions: Possessions, **values: Any) -> Mapping[str, Any]:
    return {"input": {"roomIds": [possessions.house.room_id], "idempotencyKey": "a key"} | values}


def _floors(possessions: Possessions, *floors: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"input": {"buildingId": possessions.ids[NodeKind.BUILDING], "floors": list(floors)}}


def _at(possessions: Possessions, **ids: str) -> dict[str, Any]:
    return {"kind": "AT_OFFICE", "place": {"buildingId": possessions.ids[NodeKind.BUILDING]} | ids}


def _new_shift(possessions: Possessions, **ids: str) -> Mapping[str, Any]:
    return {"input": _at(possessions, **ids) | {"days": {"dates": ["2031-05-13"]}, "idempotencyKey": "a key"}}


def _changed_place(possessions: Possessions, **ids: str) -> Mapping[str, Any]:
    return {"input": _at(possessions, **ids) | {"shiftId": possessions.ids[NodeKind.SHIFT]}}


def _with(name: str, put: Callable[..., Mapping[str, Any]]) -> Callable[[Possessions, str], Mapping[str, Any]]:
    """The variables of `put` with an id of this name."""
    return lambda own, id_: put(own, **{name: id_})


_PLACE_IDS = {"buildingId": NodeKind.BUILDING, "floorId": NodeKind.FLOOR, "areaId": NodeKind.AREA}

TABLE: dict[str, Place] = {
    "Query.shifts(memberId)": Place(NodeKind.MEMBER, "Query.shifts", lambda own, id_: {"memberId": id_}),
    "Query.shifts(buildingId)": Place(NodeKind.BUILDING, "Query.shifts", lambda own, id_: {"buildingId": id_}),
    "Mutation.bookShift(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.bookShift",
        lambda own, id_: {"input": {**_new_shift(own)["input"], "memberId": id_}},
        by_administrator=True,
    ),
    **{
        f"Mutation.{operation}(input.place.{name})": Place(kind, f"Mutation.{operation}", _with(name, put))
        for operation, put in (("bookShift", _new_shift), ("changeShift", _changed_place))
        for name, kind in _PLACE_IDS.items()
    },
    "Mutation.changeShift(input.shiftId)": Place(
        NodeKind.SHIFT, "Mutation.changeShift", lambda own, id_: {"input": {"shiftId": id_, "kind": "NOT_WORKING"}}
    ),
    "Mutation.cancelShift(input.shiftId)": Place(
        NodeKind.SHIFT, "Mutation.cancelShift", lambda own, id_: {"input": {"shiftId": id_}}
    ),
    "Query.event(id)": Place(NodeKind.EVENT, "Query.event", lambda own, id_: {"id": id_}),
    "Query.suggestOfficeDays(memberIds)": Place(
        NodeKind.MEMBER,
        "Query.suggestOfficeDays",
        lambda own, id_: {"from": "2031-05-12", "to": "2031-05-18", "memberIds": [id_]},
    ),
    "Query.roomSuggestions(bookingId)": Place(
        NodeKind.ROOM_BOOKING, "Query.roomSuggestions", lambda own, id_: {"bookingId": id_}
    ),
    "Query.roomSuggestions(occurrence)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Query.roomSuggestions",
        lambda own, id_: {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "occurrence": id_},
    ),
    **{
        f"Mutation.{name}(input.roomId)": Place(
            NodeKind.ROOM, f"Mutation.{name}", lambda own, id_: {"input": {"roomId": id_}}, by_administrator=True
        )
        for name in ("updateRoom", "pairRoom", "unpairRoom", "removeRoom")
    },
    "Mutation.updateBuilding(input.buildingId)": Place(
        NodeKind.BUILDING,
        "Mutation.updateBuilding",
        lambda own, id_: {"input": {"buildingId": id_, "capacity": 40}},
        by_administrator=True,
    ),
    "Mutation.updateBuilding(input.floors.id)": Place(
        NodeKind.FLOOR,
        "Mutation.updateBuilding",
        lambda own, id_: _floors(own, {"id": id_, "name": "Attic", "areas": []}),
        by_administrator=True,
    ),
    "Mutation.updateBuilding(input.floors.areas.id)": Place(
        NodeKind.AREA,
        "Mutation.updateBuilding",
        lambda own, id_: _floors(
            own, {"id": own.ids[NodeKind.FLOOR], "name": "Attic", "areas": [{"id": id_, "name": "Bay"}]}
        ),
        by_administrator=True,
    ),
    "Mutation.removeBuilding(input.buildingId)": Place(
        NodeKind.BUILDING,
        "Mutation.removeBuilding",
        lambda own, id_: {"input": {"buildingId": id_}},
        by_administrator=True,
    ),
    "Mutation.bookRoom(input.roomIds)": Place(
        NodeKind.ROOM,
        "Mutation.bookRoom",
        lambda own, id_: _booking_for(own, roomIds=[id_], event=own.house.new_event()),
    ),
    "Mutation.bookRoom(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.bookRoom", lambda own, id_: _booking_for(own, eventId=id_)
    ),
    "Mutation.replaceRoom(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING,
        "Mutation.replaceRoom",
        lambda own, id_: {"input": {"bookingId": id_, "roomId": own.house.room_id}},
    ),
    "Mutation.replaceRoom(input.roomId)": Place(
        NodeKind.ROOM,
        "Mutation.replaceRoom",
        lambda own, id_: {"input": {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "scope": "SERIES", "roomId": id_}},
    ),
    "Mutation.replaceRoom(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.replaceRoom",
        lambda own, id_: {
            "input": {
                "bookingId": own.ids[NodeKind.ROOM_BOOKING],
                "roomId": own.house.room_id,
                "scope": "OCCURRENCE",
                "occurrenceId": id_,
            }
        },
    ),
    "Mutation.rescheduleBooking(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING,
        "Mutation.rescheduleBooking",
        lambda own, id_: {"input": {"bookingId": id_} | new_time(own.house)},
    ),
    "Mutation.rescheduleBooking(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.rescheduleBooking",
        lambda own, id_: {
            "input": {
                "bookingId": own.ids[NodeKind.ROOM_BOOKING],
                "scope": "OCCURRENCE",
                "occurrenceId": id_,
            }
            | new_time(own.house)
        },
    ),
    "Mutation.cancelBooking(input.bookingId)": Place(
        NodeKind.ROOM_BOOKING, "Mutation.cancelBooking", lambda own, id_: {"input": {"bookingId": id_}}
    ),
    "Mutation.cancelBooking(input.occurrenceId)": Place(
        NodeKind.BOOKING_OCCURRENCE,
        "Mutation.cancelBooking",
        lambda own, id_: {
            "input": {"bookingId": own.ids[NodeKind.ROOM_BOOKING], "scope": "OCCURRENCE", "occurrenceId": id_}
        },
    ),
    "Mutation.respondToEvent(input.eventId)": Place(
        NodeKind.EVENT,
        "Mutation.respondToEvent",
        lambda own, id_: {"input": {"eventId": id_, "response": "ACCEPT"}},
    ),
    "Mutation.setAttendance(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.setAttendance", lambda own, id_: {"input": {"eventId": id_, "kind": "REMOTE"}}
    ),
    "Mutation.setEventNote(input.eventId)": Place(
        NodeKind.EVENT, "Mutation.setEventNote", lambda own, id_: {"input": {"eventId": id_, "text": "Bring charts"}}
    ),
    "Mutation.markNotificationsRead(input.notificationIds)": Place(
        NodeKind.NOTIFICATION,
        "Mutation.markNotificationsRead",
        lambda own, id_: {"input": {"notificationIds": [id_]}},
    ),
    "Mutation.inviteMember(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.inviteMember",
        lambda own, id_: {"input": {"role": "MEMBER", "memberId": id_, "idempotencyKey": "a key"}},
        by_administrator=True,
    ),
    "Mutation.setMemberRole(input.memberId)": Place(
        NodeKind.MEMBER,
        "Mutation.setMemberRole",
        lambda own, id_: {"input": {"role": "SUBSCRIPTION_ADMINISTRATOR", "memberId": id_}},
        by_administrator=True,
    ),
    "Mutation.revokeAccessToken(input.accessTokenId)": Place(
        NodeKind.ACCESS_TOKEN, "Mutation.revokeAccessToken", lambda own, id_: {"input": {"accessTokenId": id_}}
    ),
}
"""Every place but `node`, which takes every kind and has tests of its own."""


async def make_possessions(house: House) -> Possessions:
    """Everything with an id, made by the member themself."""
    master = house.series()
    booking = (await house.book(eventId=house.event_id(master)))["bookings"][0]
    house.rooms_appear()
    created = await OPERATIONS["Mutation.createAccessToken"].ask(house, house.member)
    assert created["data"]["createAccessToken"]["__typename"] == "AccessTokenCreated"
    token = await AccessToken.of(house.organisation.id).get(member_id=house.member.member_id)
    entry = await AuditEntry.of(house.organisation.id).get(target_id=token.id)
    told = await notify(
        house.organisation.id,
        house.member.member_id,
        NotificationKind.ROOM_REJECTED,
        subject_id=house.ids.open(NodeKind.ROOM_BOOKING, booking["id"]),
        occasion="an occasion",
    )
    assert told is not None
    building = await make_building(house.organisation.id)
    floor = await make_floor(building)
    area = await make_area(floor)
    member = await Member.of(house.organisation.id).get(id=house.member.member_id)
    shift = await make_shift(member, date(2031, 5, 14))
    return Possessions(
        house,
        {
            NodeKind.MEMBER: house.ids.seal(NodeKind.MEMBER, house.member.member_id),
            NodeKind.INTEGRATION: house.ids.seal(NodeKind.INTEGRATION, house.integration.id),
            NodeKind.EVENT: house.event_id(master),
            NodeKind.ROOM: house.room_id,
            NodeKind.ROOM_BOOKING: booking["id"],
            NodeKind.BOOKING_OCCURRENCE: booking["occurrences"]["nodes"][0]["id"],
            NodeKind.ACCESS_TOKEN: house.ids.seal(NodeKind.ACCESS_TOKEN, token.id),
            NodeKind.NOTIFICATION: house.ids.seal(NodeKind.NOTIFICATION, told.id),
            NodeKind.AUDIT_ENTRY: house.ids.seal(NodeKind.AUDIT_ENTRY, entry.id),
            NodeKind.SHIFT: house.ids.seal(NodeKind.SHIFT, shift.id),
            NodeKind.BUILDING: house.ids.seal(NodeKind.BUILDING, building.id),
            NodeKind.FLOOR: house.ids.seal(NodeKind.FLOOR, floor.id),
            NodeKind.AREA: house.ids.seal(NodeKind.AREA, area.id),
        },
    )
