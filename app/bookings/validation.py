"""Whether a request for rooms makes sense: every refusal names the value and says why, before anything is written."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import available_timezones

from app.addresses import normalised
from app.bookings.commands import BookRoom
from app.bookings.recurrence import check_recurrence
from app.errors import InvalidInput, ProblemCode
from app.suites.events import NewEvent, NewTime, Person

MAX_ROOMS = 20
MAX_SUBJECT = 255
MAX_BODY = 32_000
MAX_INVITED = 499
"""People and rooms together: no suite takes more, with the organiser; one that takes fewer says so itself."""
MAX_NAME = 256
_WHITE_SPACE = "\t\n\r"
LONGEST_EVENT = timedelta(days=62)
GRACE = timedelta(minutes=5)
"""A meeting that begins this moment may still be booked, clocks differing a little."""


def validated(command: BookRoom) -> BookRoom:
    """The command in its normal form: addresses in lower case, nobody and no weekday twice. Raises InvalidInput.

    What depends on the present moment is checked by `check_not_past`, so that a repeat is judged as the first time.
    """
    _check_rooms(command)
    if (command.event is None) == (command.event_mailbox_id is None):
        raise InvalidInput("event", "Give either a new event or the id of an existing one.")
    if command.event is None:
        return command
    event = command.event
    _check_words(event)
    check_times(event, "event.")
    attendees = _people(event, len(command.room_ids))
    recurrence = event.recurrence
    if recurrence is not None:
        check_recurrence(recurrence, event.start, event.end, event.time_zone, "event.recurrence")
        recurrence = replace(recurrence, weekdays=tuple(dict.fromkeys(recurrence.weekdays)))
    subject = event.subject.strip()
    return replace(command, event=replace(event, attendees=attendees, subject=subject, recurrence=recurrence, rooms=()))


def check_not_past(event: NewEvent | NewTime, now: datetime, path: str = "event.") -> None:
    """Raises InvalidInput for an event that has begun already; `path` is where the input holds its times."""
    if event.start < now - GRACE:
        raise InvalidInput(
            f"{path}start",
            "The event lies in the past.",
            code=ProblemCode.EVENT_IN_THE_PAST,
            remedy="Choose a time that is still to come.",
        )


def _check_rooms(command: BookRoom) -> None:
    if not command.room_ids:
        raise InvalidInput("roomIds", "Choose at least one room.")
    if len(command.room_ids) > MAX_ROOMS:
        raise InvalidInput("roomIds", f"At most {MAX_ROOMS} rooms can be booked at once.")
    if len(set(command.room_ids)) < len(command.room_ids):
        raise InvalidInput("roomIds", "A room is named twice.")


def _check_words(event: NewEvent) -> None:
    if not event.subject.strip():
        raise InvalidInput("event.subject", "The event needs a subject.")
    if len(event.subject.strip()) > MAX_SUBJECT:
        raise InvalidInput(
            "event.subject",
            f"The subject is longer than {MAX_SUBJECT} characters.",
            code=ProblemCode.SUBJECT_TOO_LONG,
            remedy="Shorten the subject; details fit into the body.",
        )
    if any(_is_control(character) or character in _WHITE_SPACE for character in event.subject.strip()):
        raise InvalidInput("event.subject", "The subject has to be a single line.")
    if event.body is not None and len(event.body) > MAX_BODY:
        raise InvalidInput(
            "event.body",
            f"The body is longer than {MAX_BODY} characters.",
            code=ProblemCode.BODY_TOO_LONG,
            remedy="Shorten the body.",
        )
    if event.body is not None and any(_is_control(character) for character in event.body):
        raise InvalidInput("event.body", "The body contains a character that is neither text nor a line break.")


def _is_control(character: str) -> bool:
    """Whether it is neither text nor white space: what no XML document can hold, no suite has to."""
    return ord(character) < ord(" ") and character not in _WHITE_SPACE


def check_times(event: NewEvent | NewTime, path: str = "") -> None:
    """Raises InvalidInput; `path` is where the input holds the times."""
    if event.time_zone not in _time_zones():
        raise InvalidInput(
            f"{path}timeZone",
            "This time zone is not known.",
            code=ProblemCode.UNKNOWN_TIME_ZONE,
            remedy="Use an IANA name such as Europe/Amsterdam.",
        )
    if event.start.tzinfo is None or event.end.tzinfo is None:
        raise InvalidInput(f"{path}start", "Start and end need an offset from UTC.")
    if event.end <= event.start:
        raise InvalidInput(
            f"{path}end",
            "The event ends before it begins.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Choose an end that is later than the start.",
        )
    if event.end - event.start > LONGEST_EVENT:
        raise InvalidInput(
            f"{path}end",
            f"The event is longer than {LONGEST_EVENT.days} days.",
            code=ProblemCode.WINDOW_TOO_LONG,
        )


def _people(event: NewEvent, rooms: int) -> tuple[Person, ...]:
    if len(event.attendees) + rooms > MAX_INVITED:
        raise InvalidInput(
            "event.attendees",
            f"At most {MAX_INVITED} people and rooms can be invited.",
            code=ProblemCode.TOO_MANY_ATTENDEES,
            remedy="Invite fewer people, or a mailing list.",
        )
    found: dict[str, Person] = {}
    for position, person in enumerate(event.attendees):
        address = normalised(person.address)
        if address is None:
            raise InvalidInput(
                f"event.attendees.{position}.email",
                "This is not an email address.",
                code=ProblemCode.MALFORMED_EMAIL,
                remedy="Write the address as name@example.org.",
            )
        if any(_is_control(character) or character in _WHITE_SPACE for character in person.name.strip()):
            raise InvalidInput(f"event.attendees.{position}.name", "The name has to be a single line.")
        found.setdefault(address, Person(address, person.name.strip()[:MAX_NAME] or address))
    return tuple(found.values())


@lru_cache(maxsize=1)
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())
