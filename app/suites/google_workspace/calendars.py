"""Which calendars somebody has, and in which of them an event lies.

https://developers.google.com/workspace/calendar/api/v3/reference/calendarList . An event's id says nothing of its
calendar, and every call needs both. So the ids that leave this package name the calendar too, unless it is the primary
one: `k3v9s1qv5i#c_188@group.calendar.google.com`. No event's id holds a `#`.
"""

from app.suites.errors import NotFound
from app.suites.events import Calendar
from app.suites.google_workspace.api import GoogleApi, Wire, items

PRIMARY = "primary"
"""How Google calls a person's own calendar in every call; also our id for it."""

_STEPS = frozenset({".", ".."})
"""Segments of a path that lead elsewhere in it."""
_PAGE = "250"
_FIELDS = "nextPageToken,items(id,summary,summaryOverride,primary,accessRole,dataOwner)"
_SECONDARY = "@group.calendar.google.com"
"""What the id of a calendar ends with that is nobody's primary one."""


def mailbox_id(event_id: str, calendar_id: str) -> str:
    """How we call an event of this calendar."""
    return event_id if calendar_id == PRIMARY else f"{event_id}#{calendar_id}"


def located(mailbox_id: str) -> dict[str, str]:
    """The path parameters that lead to an event. Raises NotFound for what is the id of none."""
    event_id, _, calendar_id = mailbox_id.partition("#")
    if event_id in {"", *_STEPS} or calendar_id in _STEPS:
        raise NotFound("MalformedId")
    return {"calendarId": calendar_id or PRIMARY, "eventId": event_id}


async def listed(api: GoogleApi) -> list[Calendar]:
    """The calendars that the person sees, their own and others'. Raises MissingScope where the list may not be read."""
    parameters = {"maxResults": _PAGE, "fields": _FIELDS}
    pages = api.pages(api.calendar.calendarList.list, api.deadline(), parameters)
    entries = [item async for page in pages for item in items(page) if isinstance(item, dict)]
    found = [(key, item) for item in entries if isinstance(key := item.get("id"), str)]
    own = next((key.lower() for key, item in found if item.get("primary") is True), None)
    return [_calendar(key, item, own) for key, item in found]


def _calendar(calendar_id: str, item: Wire, own: str | None) -> Calendar:
    is_primary = item.get("primary") is True
    return Calendar(
        id=PRIMARY if is_primary else calendar_id,
        name=_name(item),
        is_default=is_primary,
        is_owned=is_primary or _is_of(calendar_id, item, own),
        tracks_responses=is_primary,
    )


def _is_of(calendar_id: str, item: Wire, own: str | None) -> bool:
    """Whether a further calendar is this person's: whoever manages one for a colleague has an owner's role in it too.

    Whose it is stands beside it, but for a colleague's primary calendar.
    """
    owner = item.get("dataOwner")
    if isinstance(owner, str):
        return owner.lower() == own
    return item.get("accessRole") == "owner" and calendar_id.endswith(_SECONDARY)


def _name(item: Wire) -> str:
    return next((name for key in ("summaryOverride", "summary") if isinstance(name := item.get(key), str)), "")
