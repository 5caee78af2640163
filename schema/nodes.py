"""Finding any object again by its id."""

from collections.abc import Awaitable, Callable
from typing import Annotated

import strawberry

from app.errors import NotFound, ProblemError
from schema.access_tokens import access_token_of
from schema.audit import audit_entry_of
from schema.booked_dates import occurrence_of
from schema.bookings import booking_of
from schema.buildings import area_of, building_of, floor_of
from schema.context import Context, Info
from schema.events import event_of
from schema.ids import NodeKind
from schema.integrations import integration_of
from schema.members import member_of
from schema.node import Node
from schema.notifications import notification_of
from schema.permissions import member_field
from schema.rooms import room_of
from schema.shifts import shift_of


@strawberry.type
class NodeQueries:
    @member_field(
        description=(
            "Any object that the viewer may see, by its id; null for one that is gone, another organisation's, or not "
            "visible to the viewer, and while the suite does not show an event."
        )
    )
    async def node(
        self,
        info: Info,
        node_id: Annotated[strawberry.ID, strawberry.argument(name="id", description="The object's id.")],
    ) -> Node | None:
        context = info.context
        try:
            return await _FINDERS[context.ids.kind_of(node_id)](context, node_id)
        except ProblemError:
            return None


async def _member(context: Context, node_id: str) -> Node:
    member_id = context.ids.open(NodeKind.MEMBER, node_id)
    return member_of(await context.services.members.get(context.member.organisation_id, member_id))


async def _integration(context: Context, node_id: str) -> Node:
    """The current integration; what is not current any more is gone."""
    row = await context.services.integrations.current(context.member.organisation_id)
    integration = integration_of(context, row)
    if integration.id_in(context.ids) != node_id:
        raise NotFound("integration")
    return integration


async def _event(context: Context, node_id: str) -> Node:
    mailbox_id = context.ids.open_event(node_id)
    return event_of(await context.services.agenda.event(context.member, mailbox_id))


async def _room(context: Context, node_id: str) -> Node:
    room_id = context.ids.open(NodeKind.ROOM, node_id)
    return room_of(await context.services.rooms.get(context.member.organisation_id, room_id))


async def _booking(context: Context, node_id: str) -> Node:
    booking_id = context.ids.open(NodeKind.ROOM_BOOKING, node_id)
    return booking_of(await context.services.bookings.get(context.member, booking_id))


async def _occurrence(context: Context, node_id: str) -> Node:
    occurrence_id = context.ids.open(NodeKind.BOOKING_OCCURRENCE, node_id)
    return occurrence_of(await context.services.bookings.occurrence(context.member, occurrence_id))


async def _shift(context: Context, node_id: str) -> Node:
    shift_id = context.ids.open(NodeKind.SHIFT, node_id)
    return shift_of(await context.services.shifts.get(context.member, shift_id))


async def _access_token(context: Context, node_id: str) -> Node:
    token_id = context.ids.open(NodeKind.ACCESS_TOKEN, node_id)
    return access_token_of(await context.services.access_tokens.get(context.member, token_id))


async def _notification(context: Context, node_id: str) -> Node:
    notification_id = context.ids.open(NodeKind.NOTIFICATION, node_id)
    return notification_of(await context.services.notifications.get(context.member, notification_id))


async def _audit_entry(context: Context, node_id: str) -> Node:
    entry_id = context.ids.open(NodeKind.AUDIT_ENTRY, node_id)
    return audit_entry_of(await context.services.audit.get(context.member, entry_id))


async def _building(context: Context, node_id: str) -> Node:
    building_id = context.ids.open(NodeKind.BUILDING, node_id)
    return building_of(await context.services.buildings.get(context.member.organisation_id, building_id))


async def _floor(context: Context, node_id: str) -> Node:
    floor_id = context.ids.open(NodeKind.FLOOR, node_id)
    return floor_of(await context.services.buildings.floor(context.member.organisation_id, floor_id))


async def _area(context: Context, node_id: str) -> Node:
    area_id = context.ids.open(NodeKind.AREA, node_id)
    return area_of(await context.services.buildings.area(context.member.organisation_id, area_id))


_FINDERS: dict[NodeKind, Callable[[Context, str], Awaitable[Node]]] = {
    NodeKind.MEMBER: _member,
    NodeKind.INTEGRATION: _integration,
    NodeKind.EVENT: _event,
    NodeKind.ROOM: _room,
    NodeKind.ROOM_BOOKING: _booking,
    NodeKind.BOOKING_OCCURRENCE: _occurrence,
    NodeKind.SHIFT: _shift,
    NodeKind.ACCESS_TOKEN: _access_token,
    NodeKind.NOTIFICATION: _notification,
    NodeKind.AUDIT_ENTRY: _audit_entry,
    NodeKind.BUILDING: _building,
    NodeKind.FLOOR: _floor,
    NodeKind.AREA: _area,
}
