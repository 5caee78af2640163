"""The custom scalars: instants, days, times of day and time zones, each refused in words where the text is not one.

Instants follow RFC 3339 (https://www.rfc-editor.org/rfc/rfc3339), zones the IANA database
(https://www.iana.org/time-zones).
"""

import re
from datetime import UTC, date, datetime, time
from typing import Any, NewType, TypeVar
from zoneinfo import available_timezones

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

_Day = TypeVar("_Day", date, datetime)

TimeZone = NewType("TimeZone", str)
"""The IANA name of a time zone, known to exist."""

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_TIME_ZONES = frozenset(available_timezones()) - {"Factory", "localtime"}
"""Read at the start: looking through the whole database takes a tenth of a second. Two of its files are no zones:
`Factory` says that none was set, and some systems put their own under `localtime`."""
_YEARS = range(1900, 3000)
"""Nobody meets outside these; at the ends of the calendar, arithmetic with windows and zones breaks."""
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)


def parse_date_time(value: Any) -> datetime:
    """An aware instant in UTC. Raises GraphQLError for anything that is not one, a time without an offset included."""
    match = _INSTANT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise GraphQLError("A DateTime is a text such as 2027-03-01T09:30:00+01:00.")
    if match["offset"] is None:
        raise GraphQLError("A DateTime needs an offset: end it with Z for UTC, or with one such as +01:00.")
    try:
        moment = datetime.fromisoformat(match[0].upper()).astimezone(UTC)
    except (ValueError, OverflowError):
        raise GraphQLError("This DateTime does not exist in the calendar.") from None
    return _within_reach(moment, "DateTime")


def serialise_date_time(value: datetime) -> str:
    """RFC 3339 in UTC. Raises ValueError for a time without an offset."""
    if value.tzinfo is None:
        raise ValueError("an instant without an offset")
    return value.astimezone(UTC).isoformat().replace("+00:00", "Z")


serialise_date_time.leaves_instants = True  # type: ignore[attr-defined]
"""The encoder writes instants in UTC the same (see `app.graphql.execution.leaves`)."""


def parse_date(value: Any) -> date:
    """A day. Raises GraphQLError."""
    if not isinstance(value, str) or _DAY.fullmatch(value) is None:
        raise GraphQLError("A Date is a text such as 2027-03-01.")
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise GraphQLError("This Date does not exist in the calendar.") from None
    return _within_reach(day, "Date")


def parse_time(value: Any) -> time:
    """A time of day, without a zone. Raises GraphQLError."""
    if not isinstance(value, str) or _TIME.fullmatch(value) is None:
        raise GraphQLError("A Time is a text such as 09:30, from 00:00 to 23:59.")
    return time.fromisoformat(value)


def serialise_time(value: time) -> str:
    """Hours and minutes."""
    return value.isoformat(timespec="minutes")


def _within_reach(value: _Day, name: str) -> _Day:
    """The instant or day itself. Raises GraphQLError."""
    if value.year not in _YEARS:
        raise GraphQLError(f"A {name} is in the years {_YEARS.start} to {_YEARS.stop - 1}.")
    return value


def parse_time_zone(value: Any) -> TimeZone:
    """A zone that exists. Raises GraphQLError."""
    if not isinstance(value, str) or value not in _TIME_ZONES:
        raise GraphQLError("A TimeZone is the name of a zone in the IANA database, such as Europe/Lisbon.")
    return TimeZone(value)


SCALARS: dict[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description=(
            "An instant, written by RFC 3339 with its offset: `2027-03-01T09:30:00+01:00`. Answers are in UTC and end "
            "in `Z`. A time without an offset, or outside the years 1900 to 2999, is refused with `BAD_USER_INPUT`."
        ),
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=serialise_date_time,
        parse_value=parse_date_time,
    ),
    date: strawberry.scalar(
        name="Date",
        description=(
            "A day of the calendar, `2027-03-01`, in the time zone that the field names; of the years 1900 to 2999."
        ),
        serialize=date.isoformat,
        parse_value=parse_date,
    ),
    time: strawberry.scalar(
        name="Time",
        description=(
            "A time of day as a clock on the wall shows it, `09:30`: hours and minutes, in the time zone that the "
            "field names. Anything else is refused with `BAD_USER_INPUT`."
        ),
        serialize=serialise_time,
        parse_value=parse_time,
    ),
    TimeZone: strawberry.scalar(
        name="TimeZone",
        description=(
            "The name of a time zone in the IANA database, `Europe/Lisbon`. An unknown one is refused with "
            "`BAD_USER_INPUT`."
        ),
        specified_by_url="https://www.iana.org/time-zones",
        serialize=str,
        parse_value=parse_time_zone,
    ),
}
