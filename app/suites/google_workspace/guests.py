"""Who is invited to Google's event, people and rooms.

https://developers.google.com/workspace/calendar/api/v3/reference/events#attendees . How Google differs: every guest's
copy tells what each room answered, and a room that awaits a person's approval looks as one that has not answered.
"""

from collections.abc import Iterable

from app.suites.events import Attendee, AttendeeKind, Person, Response, RoomAnswer, RoomInvitation
from app.suites.google_workspace.wire import Guest

ROOM_DOMAIN = "@resource.calendar.google.com"

_RESPONSES = {
    "accepted": Response.ACCEPTED,
    "tentative": Response.TENTATIVELY_ACCEPTED,
    "declined": Response.DECLINED,
}
_ROOM_ANSWERS = {"accepted": RoomAnswer.ACCEPTED, "declined": RoomAnswer.DECLINED}


def invited(guests: Iterable[Guest]) -> tuple[tuple[Attendee, ...], tuple[RoomInvitation, ...]]:
    """People and rooms; whoever has no address is left out."""
    people, rooms = [], []
    for guest in guests:
        found = person(guest)
        if found is None:
            continue
        if is_room(found.address, guest.resource):
            # A room that organises was booked in its own calendar: nobody is left to ask.
            answer = _ROOM_ANSWERS.get(guest.response_status or "", RoomAnswer.PENDING)
            rooms.append(RoomInvitation(found, RoomAnswer.ACCEPTED if guest.organizer else answer))
            continue
        kind = AttendeeKind.OPTIONAL if guest.optional else AttendeeKind.REQUIRED
        people.append(Attendee(found, kind, Response.ORGANISER if guest.organizer else _response(guest)))
    return tuple(people), tuple(rooms)


def own_answer(guests: Iterable[Guest]) -> Response:
    """What the calendar's owner answered; NOT_RESPONDED where they are not among the guests."""
    own = next((guest for guest in guests if guest.self), None)
    return Response.NOT_RESPONDED if own is None else _response(own)


def person(guest: Guest | None) -> Person | None:
    """Whoever a guest or an organiser is; None without an address, which an imported event may lack."""
    if guest is None or not guest.email:
        return None
    return Person(guest.email.lower(), guest.display_name or guest.email)


def is_room(address: str, resource: object) -> bool:
    """Whether the guest of this address is a room; some clients invite one without saying that it is a resource."""
    return resource is True or address.endswith(ROOM_DOMAIN)


def _response(guest: Guest) -> Response:
    return _RESPONSES.get(guest.response_status or "", Response.NOT_RESPONDED)
