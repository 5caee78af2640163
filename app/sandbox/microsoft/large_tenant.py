"""A tenant of thousands at Microsoft, laid down without anybody being told: what takes long is left out, not faked.

Every meeting lies in its organiser's mailbox and, accepted, in its room's; nobody else is invited.
"""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby

from app.sandbox.crowd import CrowdMeeting, CrowdRoom, Size, meetings_of, members_of, rooms_of
from app.sandbox.microsoft.directory import Tenant, User
from app.sandbox.microsoft.mailboxes.items import (
    Answer,
    Attendee,
    AttendeeType,
    Body,
    CopyRole,
    Invitation,
    Person,
    Response,
    ShowAs,
    WallTime,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import new_copy, seen_by
from app.sandbox.microsoft.mailboxes.rooms import Room, RoomList
from app.sandbox.state import SandboxState

NAMESPACE = uuid.UUID("4d0b5e0c-6a0e-4f0b-8c9c-2f6f5a1f7c33")
_ZONE = "UTC"
_AT_ONCE = 2_000
"""So many meetings are laid down before other calls have their turn."""


async def fill_tenant(state: SandboxState, domain: str, size: Size) -> Tenant:
    """Give a tenant so many people, rooms and meetings more; one that is not there yet comes into being."""
    tenant = state.directory.tenant(domain) or state.directory.add_tenant(
        Tenant(id=_id(domain, "tenant"), domain=domain, display_name=domain.partition(".")[0].title())
    )
    users = [state.directory.add_user(user) for user in _users(tenant, size)]
    rooms = _add_rooms(state, tenant, size)
    boxes = [box for user in users if (box := state.mailboxes.registry.of_user(user)) is not None]
    for number, meeting in enumerate(meetings_of(size, state.clock.now().date())):
        _place(state, boxes[meeting.member], meeting, rooms)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return tenant


def _users(tenant: Tenant, size: Size) -> list[User]:
    return [
        User(
            oid=_id(tenant.domain, member.local_part),
            tenant_id=tenant.id,
            display_name=f"{member.given_name} {member.surname} {member.number + 1}",
            given_name=member.given_name,
            surname=member.surname,
            address=f"{member.local_part}@{tenant.domain}",
            is_administrator=member.number == 0,
        )
        for member in members_of(size)
    ]


def _add_rooms(state: SandboxState, tenant: Tenant, size: Size) -> Sequence[Mailbox]:
    boxes = []
    registry = state.mailboxes.registry
    for building, inside in groupby(rooms_of(size), key=lambda room: room.building):
        added = [registry.add_room(_room(tenant, room)) for room in inside]
        boxes += added
        registry.add_room_list(
            RoomList(
                id=_id(tenant.domain, building),
                tenant_id=tenant.id,
                name=building,
                address=f"rooms.{building.lower().replace(' ', '-')}@{tenant.domain}",
                rooms=tuple(box.address for box in added),
            )
        )
    return boxes


def _room(tenant: Tenant, room: CrowdRoom) -> Room:
    return Room(
        id=_id(tenant.domain, room.local_part),
        tenant_id=tenant.id,
        name=room.name,
        address=f"{room.local_part}@{tenant.domain}",
        nickname=room.name,
        time_zone=_ZONE,
        building=room.building,
        floor_number=room.floor,
        floor_label=f"Floor {room.floor}",
        capacity=room.capacity,
    )


def _place(state: SandboxState, box: Mailbox, meeting: CrowdMeeting, rooms: Sequence[Mailbox]) -> None:
    says = Invitation(
        subject=f"Meeting {meeting.number + 1}",
        start=_wall(meeting.start),
        end=_wall(meeting.end),
        organizer=box.owner,
        original_start_zone=_ZONE,
        original_end_zone=_ZONE,
    )
    now = state.clock.now()
    if meeting.room is None:
        state.mailboxes.scheduling.place(box, says, created_at=now)
        return
    room, accepted = rooms[meeting.room], Answer(Response.ACCEPTED, now)
    entry = Attendee(Person(room.owner.name, room.address), AttendeeType.RESOURCE, accepted)
    item = state.mailboxes.scheduling.place(box, replace(says, attendees=(entry,)), created_at=now)
    kept = replace(seen_by(room.address, item.invitation), subject=box.owner.name, body=Body())
    copy = new_copy(room, meeting=item.meeting, invitation=kept, now=now, made_at=now, role=CopyRole.ATTENDEE)
    copy.answer, copy.show_as = accepted, ShowAs.BUSY
    room.add(copy)


def _wall(moment: datetime) -> WallTime:
    return WallTime(moment.replace(tzinfo=None), _ZONE)


def _id(domain: str, name: str) -> str:
    return str(uuid.uuid5(NAMESPACE, f"{domain} {name}"))
