"""The ``Prefer`` header: time zone, page size, body type and id form that a caller wishes for.

https://learn.microsoft.com/graph/api/resources/calendar-overview
"""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.sandbox.microsoft.graph.errors import invalid_request
from app.sandbox.microsoft.mailboxes.ids import IdForm
from app.sandbox.microsoft.mailboxes.items import BodyType
from app.sandbox.microsoft.mailboxes.zones import find_zone

UTC = ZoneInfo("UTC")
_PREFERENCE = re.compile(r'\s*([\w.\-]+)\s*(?:=\s*(?:"([^"]*)"|([^\s,;]*)))?\s*(?:[,;]|$)')


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What was wished for and will be honoured; ``applied`` is the value of ``Preference-Applied``."""

    time_zone: str = "UTC"
    zone: ZoneInfo = UTC
    page_size: int | None = None
    body_type: BodyType | None = None
    id_form: IdForm = IdForm.DEFAULT
    applied: str = ""


def read_preferences(headers: list[str]) -> Preferences:
    """Preferences from the values of all ``Prefer`` headers; raises UnknownTimeZoneError, GraphError."""
    time_zone, zone = "UTC", UTC
    page_size: int | None = None
    body_type: BodyType | None = None
    id_form = IdForm.DEFAULT
    applied: list[str] = []
    for name, quoted, bare in (match for text in headers for match in _PREFERENCE.findall(text)):
        value = quoted or bare
        match name.lower():
            case "outlook.timezone":
                time_zone, zone = value, find_zone(value)
            case "outlook.body-content-type" if value.lower() in ("text", "html"):
                body_type = BodyType(value.lower())
            case "odata.maxpagesize":
                page_size = _page_size(value)
            case "idtype" if value.lower() == "immutableid":
                id_form = IdForm.IMMUTABLE
            case _:
                continue
        applied.append(f'{name}="{quoted}"' if quoted else f"{name}={bare}")
    return Preferences(
        time_zone=time_zone,
        zone=zone,
        page_size=page_size,
        body_type=body_type,
        id_form=id_form,
        applied=", ".join(applied),
    )


def _page_size(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 1000:
        raise invalid_request("The odata.maxpagesize preference must be a number between 1 and 1000.")
    return int(value)
