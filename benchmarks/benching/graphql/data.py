"""The agenda that lies in every server's memory, and the answer that all of them have to give.

It is written to a file as JSON, which servers in whatever language read at their start. People, places and times are
made up from numbers, so that it is the same each time; what differs from event to event differs as in a calendar.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

EVENTS, ATTENDEES = 50, 8
FILE = "data.json"
VARIABLE = "BENCH_DATA"
"""The environment variable that names the file."""

_FIRST_DAY = datetime(2026, 11, 30, 8, tzinfo=UTC)
_BUILDINGS = ("Harbour House", "Mill Lane", "North Quay")
_KINDS = ("REQUIRED", "OPTIONAL")
_RESPONSES = ("ACCEPTED", "TENTATIVE", "DECLINED", "NOT_RESPONDED")

Event = dict[str, Any]


def write(path: Path, events: int, attendees: int) -> list[Event]:
    """Writes so many events with so many attendees each, and answers with them."""
    made = [_event(number, attendees) for number in range(events)]
    path.write_text(json.dumps(made))
    return made


def answer(events: list[Event]) -> dict[str, Any]:
    """What every server answers, with and without a loader."""
    return {"data": {"agenda": {"events": events}}}


def _event(number: int, attendees: int) -> Event:
    """An event with everything that is asked for, in the document's order."""
    start = _FIRST_DAY + timedelta(hours=number)
    repeats = number % 3 == 0
    return {
        "id": f"RXZlbnQ6{number:06}kq3vX0mZQ7w2cB9LrTdY5",
        "subject": f"Planning of the quarter, part {number}: what is asked, and by whom",
        "start": _time(start),
        "end": _time(start + timedelta(minutes=50)),
        "isAllDay": False,
        "kind": "OCCURRENCE" if repeats else "SINGLE",
        "seriesId": f"RXZlbnQ6{number:06}series" if repeats else None,
        "originalStart": _instant(start) if repeats else None,
        "status": "CONFIRMED",
        "sensitivity": "PRIVATE" if number % 10 == 0 else "NORMAL",
        "showAs": "BUSY" if number % 4 else "TENTATIVE",
        "organiser": _person(number),
        "isOrganiser": number % 5 == 0,
        "response": _RESPONSES[number % 4],
        "location": f"Room {number % 12 + 1}, {_BUILDINGS[number % 3]}",
        "onlineMeetingUrl": f"https://meet.tidewater.example/join/{number:08}" if number % 2 else None,
        "webUrl": f"https://calendar.tidewater.example/events/{number:08}?view=day&in=default",
        "bodyPreview": f"Please read the paper before we meet; decisions {number} to {number + 4} are open. " * 2,
        "attendees": [_attendee(number * attendees + place) for place in range(attendees)],
    }


def _attendee(number: int) -> dict[str, Any]:
    at_office = number % 3 != 2
    return {
        "person": _person(number),
        "kind": _KINDS[number % 2],
        "response": _RESPONSES[number % 4],
        "isExternal": number % 7 == 0,
        "member": {"id": f"TWVtYmVyOg{number:08}mN4pS8", "name": f"Person {number} of Tidewater"}
        if number % 7
        else None,
        "location": {
            "kind": "AT_OFFICE" if at_office else "REMOTE",
            "building": _BUILDINGS[number % 3] if at_office else None,
            "floor": f"Floor {number % 5}" if at_office else None,
        },
    }


def _person(number: int) -> dict[str, str]:
    return {"name": f"Person {number} of Tidewater", "email": f"person.{number}@tidewater.example"}


def _time(instant: datetime) -> dict[str, str]:
    return {"dateTime": _instant(instant), "timeZone": "Europe/London"}


def _instant(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
