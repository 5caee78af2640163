"""Starts and ends as Google writes them: a date, or a moment with the zone it was meant in.

https://developers.google.com/workspace/calendar/api/concepts/events-calendars#time_zones
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.sandbox.google.calendar_api.errors import GoogleError, invalid, required

_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(\.\d{1,9})?(?P<offset>[Zz]|[+-]\d\d:\d\d)?", re.ASCII)
_MICROSECOND_DIGITS = 7
EARLIEST, LATEST = datetime(1000, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
"""Nothing happens outside, so that there is always room for zones and lengths to be added."""


@lru_cache(maxsize=1024)
def zone_named(name: str) -> ZoneInfo:
    """The zone of this IANA name. Raises GoogleError (400) when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise invalid(f"Invalid time zone definition: {name}.", "timeZone") from error


def instant_of(text: str, location: str) -> datetime:
    """An RFC 3339 moment, whose offset is mandatory. Raises GoogleError (400)."""
    moment = _read(text)
    if moment is None or moment.tzinfo is None:
        raise GoogleError(400, "badRequest", "Bad Request", location=location)
    return min(max(moment, EARLIEST), LATEST)


def as_text(moment: datetime) -> str:
    """A moment in RFC 3339 in its own zone, to the second; UTC as ``Z``."""
    text = moment.replace(microsecond=0).isoformat()
    return text.removesuffix("+00:00") + "Z" if moment.utcoffset() == timedelta() and _is_utc(moment.tzinfo) else text


def as_stamp(moment: datetime) -> str:
    """A moment as ``created`` and ``updated`` show it: UTC, to the millisecond."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A start or an end: ``day`` for all-day events, else ``at``, aware, in ``zone``."""

    day: date | None = None
    at: datetime | None = None
    zone: str | None = None

    def instant(self, floating: tzinfo) -> datetime:
        """The moment in UTC; a date begins at midnight of the zone ``floating``."""
        if self.at is not None:
            return self.at.astimezone(UTC)
        return datetime.combine(self._day, time(), floating).astimezone(UTC)

    @property
    def key(self) -> str:
        """What distinguishes an instance that should start here, as its id ends."""
        if self.at is not None:
            return self.at.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        return self._day.strftime("%Y%m%d")

    def render(self, shown_in: tzinfo) -> dict[str, str]:
        """As the wire shows it to somebody whose answer is in the zone ``shown_in``."""
        if self.at is None:
            return {"date": self._day.isoformat()}
        shown = {"dateTime": as_text(self.at.astimezone(shown_in))}
        return shown | ({"timeZone": self.zone} if self.zone else {})

    @property
    def _day(self) -> date:
        if self.day is None:
            raise ValueError("a moment has a day or a time")
        return self.day


def read_moment(value: Any, location: str, default_zone: str) -> Moment:
    """A ``start`` or ``end`` as it was sent; without a zone, the calendar's is taken. Raises GoogleError (400)."""
    if not isinstance(value, dict):
        raise required(location, f"Missing {location} time.")
    day, at, zone = (value.get(name) for name in ("date", "dateTime", "timeZone"))
    if any(one is not None and not isinstance(one, str) for one in (day, at, zone)):
        raise invalid(f"Invalid {location} time.", location)
    if zone:
        zone_named(zone)
    if bool(day) == bool(at):
        if day:
            raise invalid(f"Invalid {location} time.", location)
        raise required(location, f"Missing {location} time.")
    if day:
        return Moment(day=_date(day, location))
    moment = _read(at or "")
    if moment is None or not EARLIEST.year < moment.year < LATEST.year:
        raise invalid(f'Invalid value for: Invalid format: "{at}"', location)
    moment = moment.replace(microsecond=0)
    if moment.tzinfo is None:
        if not zone:
            raise required(location, f"Missing time zone definition for {location} time.")
        return Moment(at=on_the_wall(moment, zone_named(zone)), zone=zone)
    kept = zone or default_zone
    return Moment(at=moment.astimezone(zone_named(kept)), zone=kept)


def on_the_wall(local: datetime, zone: tzinfo) -> datetime:
    """A naive local time in a zone; one that the clocks leave out moves on by as much as they do."""
    return local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)


def _read(text: str) -> datetime | None:
    match = _RFC3339.fullmatch(text)
    if match is None:
        return None
    fraction = (match[3] or "")[:_MICROSECOND_DIGITS]
    offset = (match["offset"] or "").upper().replace("Z", "+00:00")
    try:
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{fraction}{offset}")
        if moment.tzinfo is not None:
            moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment


def _date(text: str, location: str) -> date:
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) is None:
            raise ValueError(text)
        day = date.fromisoformat(text)
        if not EARLIEST.year < day.year < LATEST.year:
            raise ValueError(text)
    except ValueError as error:
        raise invalid(f"Invalid {location} time.", location) from error
    return day


def _is_utc(zone: tzinfo | None) -> bool:
    return zone is UTC or (isinstance(zone, ZoneInfo) and zone.key in ("UTC", "Etc/UTC", "Zulu", "Etc/GMT"))
