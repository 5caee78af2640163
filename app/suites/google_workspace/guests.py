"""Who is invited to Google's event, people and rooms.

https://developers.google.com/workspace/calendar/api/v3/reference/events#attendees . How Google differs: every guest's
copy tells what each room answered, and a room that awaits a person's approval looks as one that has not answered.
"""

from app.suites.events import Attendee, AttendeeKind, Person, Response, RoomAnswer, RoomInvitation
from app.suites.google_workspace.api import Wire

ROOM_DOMAIN = "@resource.calendar.google.com"

_RESPONSES = {
    "accepted": Response.ACCEPTED,
    "tentative": Response.TENTATIVELY_ACCEPTED,
    "declined": Response.DECLINED,
}
_ROOM_ANSWERS = {"accepted": RoomAnswer.ACCEPTED, "declined": RoomAnswer.DECLINED}


def invited(value: object) -> tuple[tuple[Attendee, ...], tuple[RoomInvitation, ...]]:
    """People and rooms; whoever has no address is left out."""
    people, rooms = [], []
    for entry in entries(value):
        guest = person(entry)
        if guest is None:
            continue
        is_host = entry.get("organizer") is True
        if is_room(entry):
            # A room that organises was booked in its own calendar: nobody is left to ask.
            answer = RoomAnswer.ACCEPTED if is_host else _room_answer(entry.get("responseStatus"))
            rooms.append(RoomInvitation(guest, answer))
            continue
        kind = AttendeeKind.OPTIONAL if entry.get("optional") is True else AttendeeKind.REQUIRED
        people.append(Attendee(guest, kind, Response.ORGANISER if is_host else _response(entry.get("responseStatus"))))
    return tuple(people), tuple(rooms)


def own_answer(value: object) -> Response:
    """What the calendar's owner answered; NOT_RESPONDED where they are not among the guests."""
    own = next((entry for entry in entries(value) if entry.get("self") is True), {})
    return _response(own.get("responseStatus"))


def person(entry: Wire) -> Person | None:
    """Whoever an entry or an organiser is; None without an address, which an imported event may lack."""
    address, name = entry.get("email"), entry.get("displayName")
    if not isinstance(address, str) or not address:
        return None
    return Person(address.lower(), name if isinstance(name, str) and name else address)


def is_room(entry: Wire) -> bool:
    """Whether a guest is a room; some clients invite one without saying so."""
    return entry.get("resource") is True or str(entry.get("email") or "").lower().endswith(ROOM_DOMAIN)


def entries(value: object) -> list[Wire]:
    """The guests of an event that have the form of one."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _response(value: object) -> Response:
    return _RESPONSES.get(value, Response.NOT_RESPONDED) if isinstance(value, str) else Response.NOT_RESPONDED


def _room_answer(value: object) -> RoomAnswer:
    return _ROOM_ANSWERS.get(value, RoomAnswer.PENDING) if isinstance(value, str) else RoomAnswer.PENDING
