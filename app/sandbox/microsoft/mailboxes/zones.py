"""Time zone names as Exchange understands them: Windows names, IANA names and its own ``tzone://`` spelling.

https://learn.microsoft.com/graph/api/resources/datetimetimezone
"""

from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tzlocal import windows_tz

_SPECIAL = {"utc": "UTC", "tzone://microsoft/utc": "UTC"}
_WINDOWS = {name.lower(): iana for name, iana in windows_tz.win_tz.items()}


class UnknownTimeZoneError(Exception):
    """Nobody knows this time zone name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown time zone {name!r}")
        self.name = name


@lru_cache(maxsize=1024)
def find_zone(name: str) -> ZoneInfo:
    """The zone behind a Windows or IANA name; UnknownTimeZoneError when there is none."""
    key = _SPECIAL.get(name.lower()) or _WINDOWS.get(name.lower()) or name
    try:
        return ZoneInfo(key)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimeZoneError(name) from error


def windows_name(iana: str) -> str:
    """The Windows name for an IANA zone, or the IANA name itself where Windows has none."""
    return str(windows_tz.tz_win.get(iana, iana))
