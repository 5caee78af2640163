"""Page tokens and sync tokens: what a list was about and how far it has come, unreadable to the caller.

https://developers.google.com/workspace/calendar/api/guides/sync
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from app.sandbox.google.calendar_api.errors import full_sync_required, invalid


@dataclass(frozen=True, slots=True, kw_only=True)
class PageCursor:
    """Where the next page begins: after the row with this key; ``since`` is the last write when the list began."""

    about: str
    after: tuple[str, str] | None
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncCursor:
    """Everything up to write number ``since`` is known; ``generation`` tells when tokens were made worthless."""

    calendar: str
    since: int
    single_events: bool
    generation: str


def fingerprint(parts: Iterable[object]) -> str:
    """What a page token must find unchanged."""
    return hashlib.sha256(repr(tuple(parts)).encode()).hexdigest()[:24]


def write_cursor(cursor: PageCursor | SyncCursor) -> str:
    """As the wire shows it."""
    return base64.urlsafe_b64encode(orjson.dumps(asdict(cursor))).decode().rstrip("=")


def read_page_cursor(text: str, about: str) -> PageCursor:
    """The page token of a list about the same. Raises GoogleError (400)."""
    try:
        read = _unpacked(text)
        after = read["after"]
        cursor = PageCursor(
            about=str(read["about"]), after=(after[0], after[1]) if after else None, since=int(read["since"])
        )
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise _bad_page_token() from error
    if cursor.about != about:
        raise _bad_page_token()
    return cursor


def read_sync_cursor(text: str, calendar_id: str, generation: str) -> SyncCursor:
    """A sync token of this calendar that is still good. Raises GoogleError (410)."""
    try:
        read = _unpacked(text)
        cursor = SyncCursor(
            calendar=str(read["calendar"]),
            since=int(read["since"]),
            single_events=bool(read["single_events"]),
            generation=str(read["generation"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise full_sync_required() from error
    if (cursor.calendar, cursor.generation) != (calendar_id, generation):
        raise full_sync_required()
    return cursor


def _unpacked(text: str) -> dict[str, Any]:
    try:
        read = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(text) from error
    if not isinstance(read, dict):
        raise TypeError(text)
    return read


def _bad_page_token() -> Exception:
    return invalid("Invalid page token value.", "pageToken")
