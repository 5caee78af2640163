"""Windows time zone names, which Exchange speaks, and IANA names, which we speak.

Graph also names zones in ways that are in no list (https://learn.microsoft.com/graph/api/resources/datetimetimezone):
`tzone://Microsoft/Utc`, `Customized Time Zone`, display strings. Whatever we cannot name is UTC, which loses nothing:
instants are always asked for in UTC, and the zone is only shown beside them.
"""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from tzlocal.windows_tz import tz_win, win_tz

from app.suites.errors import InvalidRequest

UTC_NAME = "UTC"
_WALL_CLOCK = "%Y-%m-%dT%H:%M:%S"

_OTHER_WINDOWS_NAMES = {
    "utc": UTC_NAME,
    "coordinated universal time": UTC_NAME,
    "tzone://microsoft/utc": UTC_NAME,
    "greenwich mean time": "Europe/London",
}
_RENAMED = {
    "America/Buenos_Aires": "America/Argentina/Buenos_Aires",
    "America/Godthab": "America/Nuuk",
    "America/Indianapolis": "America/Indiana/Indianapolis",
    "Asia/Calcutta": "Asia/Kolkata",
    "Asia/Katmandu": "Asia/Kathmandu",
    "Asia/Rangoon": "Asia/Yangon",
    "Europe/Kiev": "Europe/Kyiv",
}
"""CLDR's table of Windows names keeps the names that IANA has given up since
(https://data.iana.org/time-zones/tzdb/backward)."""
_BY_WINDOWS_NAME = {name.lower(): iana for name, iana in win_tz.items()} | _OTHER_WINDOWS_NAMES
_WITHOUT_WINDOWS_NAME = {
    "GMT": "UTC",
    "EST5EDT": "Eastern Standard Time",
    "CST6CDT": "Central Standard Time",
    "MST7MDT": "Mountain Standard Time",
    "PST8PDT": "Pacific Standard Time",
    "US/East-Indiana": "US Eastern Standard Time",
    "Europe/Uzhgorod": "FLE Standard Time",
    "Europe/Zaporozhye": "FLE Standard Time",
}


@lru_cache(maxsize=1024)
def iana_name(provider_name: str | None) -> str:
    """The IANA name for what Graph calls a zone; UTC where it means nothing to us."""
    if not provider_name or len(provider_name) > 100:
        return UTC_NAME
    if known := _BY_WINDOWS_NAME.get(provider_name.lower()):
        present = _RENAMED.get(known, known)
        return present if present in _known_names() else known
    return provider_name if provider_name in _known_names() else UTC_NAME


def windows_name(iana: str) -> str | None:
    """The Windows name of an IANA zone, or None where Windows has none."""
    return tz_win.get(iana) or _WITHOUT_WINDOWS_NAME.get(iana)


def wall_time(instant: datetime, iana: str) -> tuple[str, str]:
    """An aware instant as Graph writes it: local text without offset, and the zone's name.

    Falls back to UTC where the zone's Windows rules are unknown, or where the hour exists twice and the text would
    name the other one. Raises InvalidRequest for a name that is no zone's.
    """
    try:
        local = instant.astimezone(ZoneInfo(iana))
    except (KeyError, ValueError, OSError):
        raise InvalidRequest("TimeZone") from None
    name = windows_name(iana)
    if name is not None:
        theirs = instant.astimezone(ZoneInfo(iana_name(name)))
        if theirs.utcoffset() == local.utcoffset() and not local.fold and not theirs.fold:
            return local.strftime(_WALL_CLOCK), name
    return instant.astimezone(UTC).strftime(_WALL_CLOCK), UTC_NAME


@lru_cache(maxsize=1)
def _known_names() -> frozenset[str]:
    return frozenset(available_timezones())
