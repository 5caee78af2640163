"""A customer of thousands at Google, laid down without anybody being told: what takes long is left out, not faked.

Every meeting lies in its organiser's calendar and, accepted, in its room's; nobody else is invited.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from itertools import groupby

from app.sandbox.crowd import CrowdMeeting, CrowdRoom, Size, meetings_of, members_of, rooms_of
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.meetings import Answer, Attendee, Content, Copy, Meeting, Person
from app.sandbox.google.calendars.moments import Moment
from app.sandbox.google.calendars.resources import Building, Resource
from app.sandbox.google.directory import Customer, User
from app.sandbox.google.seed import sub_of
from app.sandbox.google.seed_rooms import address_of_room
from app.sandbox.state import SandboxState

_ZONE = "UTC"
_AT_ONCE = 2_000
"""So many meetings are laid down before other calls have their turn."""


async def fill_customer(state: SandboxState, domain: str, size: Size) -> Customer:
    """Give a customer so many people, rooms and meetings more; one that is not there yet comes into being."""
    directory = state.google.directory
    customer = directory.customer(domain) or directory.save_customer(
        Customer(id=f"C0{_digest(domain)[:7]}", domain=domain, display_name=domain.partition(".")[0].title())
    )
    users = [directory.save_user(user) for user in _users(customer, size)]
    rooms = _add_rooms(state, customer, size)
    calendars = [state.google.calendars.primary_of(user) for user in users]
    for number, meeting in enumerate(meetings_of(size, state.clock.now().date())):
        _place(state, calendars[meeting.member], meeting, rooms)
        if number % _AT_ONCE == 0:
            await asyncio.sleep(0)
    return customer


def _users(customer: Customer, size: Size) -> list[User]:
    return [
        User(
            sub=sub_of(address := f"{member.local_part}@{customer.domain}"),
            customer_id=customer.id,
            address=address,
            display_name=f"{member.given_name} {member.surname} {member.number + 1}",
            given_name=member.given_name,
            family_name=member.surname,
            is_administrator=member.number == 0,
        )
        for member in members_of(size)
    ]


def _add_rooms(state: SandboxState, customer: Customer, size: Size) -> Sequence[Resource]:
    resources, added = state.google.calendars.resources, []
    for name, inside in groupby(rooms_of(size), key=lambda room: room.building):
        rooms = [_room(customer, room) for room in inside]
        floors = tuple(dict.fromkeys(room.floor_name or "" for room in rooms))
        resources.save_building(Building(id=_building_id(name), name=name, customer_id=customer.id, floor_names=floors))
        added += [resources.save(room) for room in rooms]
    return added


def _room(customer: Customer, room: CrowdRoom) -> Resource:
    building, floor = _building_id(room.building), str(room.floor)
    return Resource(
        resource_id=str(int(_digest(f"{customer.domain} {room.local_part}")[:9], 16)),
        email=address_of_room(customer, room.local_part),
        name=room.name,
        generated_name=f"{building}-{floor}-{room.name} ({room.capacity})",
        customer_id=customer.id,
        capacity=room.capacity,
        building_id=building,
        floor_name=floor,
    )


def _place(state: SandboxState, calendar: StoredCalendar, meeting: CrowdMeeting, rooms: Sequence[Resource]) -> None:
    store = state.google.calendars
    room = rooms[meeting.room] if meeting.room is not None else None
    guests = () if room is None else (_accepted(room),)
    event_id = _digest(f"{calendar.id} {meeting.number}")[:26]
    made = Meeting(
        id=event_id,
        ical_uid=f"{event_id}@google.com",
        home=calendar.id,
        organizer=Person(calendar.id),
        creator=Person(calendar.id),
        inviter_sub=calendar.owner_sub or "",
        created=state.clock.now(),
        content=Content(
            start=Moment(at=meeting.start, zone=_ZONE),
            end=Moment(at=meeting.end, zone=_ZONE),
            attendees=guests,
            details={"summary": f"Meeting {meeting.number + 1}"},
        ),
    )
    stamp = store.feed.stamp()
    for kept in (calendar, store.calendar(room.email) if room else None):
        if kept is not None:
            copy = made.copies[kept.id] = Copy(meeting=made, calendar_id=kept.id, is_room=kept.is_room, stamp=stamp)
            kept.shelf.put(copy)


def _accepted(room: Resource) -> Attendee:
    email = room.email.lower()
    return Attendee(email=email, answer=Answer.ACCEPTED, display_name=room.generated_name, resource=True)


def _building_id(name: str) -> str:
    return name.upper().replace(" ", "")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
