"""Lists of events: in which order, page by page, and what has changed since.

https://developers.google.com/workspace/calendar/api/guides/sync
"""

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from app.sandbox.clock import SandboxClock
from app.sandbox.google.calendar_api.errors import invalid
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.changes import ChangeFeed
from app.sandbox.google.calendars.cursors import (
    PageCursor,
    SyncCursor,
    read_page_cursor,
    read_sync_cursor,
    write_cursor,
)
from app.sandbox.google.calendars.matching import ListQuery, Order, is_meant
from app.sandbox.google.calendars.meetings import Copy
from app.sandbox.google.calendars.occasions import EVER, Occasion, Window, instances, occasions
from app.sandbox.google.calendars.rendering import Viewer, render, stub

Row = tuple[tuple[str, str], Occasion]


@dataclass(frozen=True, slots=True)
class Page:
    """Events as they are on the wire, and how to go on."""

    items: list[dict[str, Any]]
    next_page_token: str | None = None
    next_sync_token: str | None = None


class Listing:
    """Answers queries, and does what a test orders: worthless sync tokens, pages without anything on them."""

    def __init__(self, clock: SandboxClock, feed: ChangeFeed) -> None:
        self._clock = clock
        self._feed = feed
        self._beginning = secrets.token_hex(4)
        self._generations: dict[str, int] = {}
        self._owed_empty_pages: dict[str, int] = {}

    def expire_sync_tokens(self, calendar_id: str) -> None:
        """Every sync token of this calendar that is out is worthless from now on."""
        self._generations[calendar_id] = self._generations.get(calendar_id, 0) + 1

    def owe_empty_page(self, calendar_id: str, pages: int) -> None:
        """The next so many pages of this calendar have nothing on them."""
        self._owed_empty_pages[calendar_id] = pages

    def clear(self) -> None:
        """Forget what was ordered; sync tokens from before are worthless."""
        self._owed_empty_pages.clear()
        self._beginning = secrets.token_hex(4)

    def page(self, viewer: Viewer, query: ListQuery) -> Page:
        """One page. Raises GoogleError."""
        calendar = viewer.calendar
        synced = self._sync_cursor(calendar, query)
        cursor = PageCursor(about=query.about, after=None, since=self._feed.last.number)
        if query.page_token is not None:
            cursor = read_page_cursor(query.page_token, query.about)
        if self._owed_empty_pages.get(calendar.id):
            self._owed_empty_pages[calendar.id] -= 1
            return Page([], write_cursor(cursor))
        found = self._changed(calendar, synced) if synced else self._found(calendar, query)
        if query.reads_content and not viewer.role.reaches(AccessRole.READER):
            found = iter(())
        rows = self._sorted((one for one in found if is_meant(one, query)), query, calendar, bool(synced))
        return self._cut(rows, cursor, viewer, query)

    def _cut(self, rows: list[Row], cursor: PageCursor, viewer: Viewer, query: ListQuery) -> Page:
        after = cursor.after
        coming = rows if after is None else [row for row in rows if row[0] > after]
        chosen = coming[: query.page_size]
        items = [render(one, viewer) if one.stands else stub(one, viewer) for _, one in chosen]
        if len(coming) > len(chosen):
            return Page(items, next_page_token=write_cursor(replace(cursor, after=chosen[-1][0])))
        if not query.may_sync:
            return Page(items)
        calendar_id = viewer.calendar.id
        synced = SyncCursor(
            calendar=calendar_id,
            since=cursor.since,
            single_events=query.single_events,
            generation=self._generation(calendar_id),
        )
        return Page(items, next_sync_token=write_cursor(synced))

    def _generation(self, calendar_id: str) -> str:
        return f"{self._beginning}.{self._generations.get(calendar_id, 0)}"

    def _sync_cursor(self, calendar: StoredCalendar, query: ListQuery) -> SyncCursor | None:
        if query.sync_token is None:
            return None
        cursor = read_sync_cursor(query.sync_token, calendar.id, self._generation(calendar.id))
        if cursor.single_events != query.single_events:
            raise invalid("singleEvents must be the same in all requests that belong together.", "singleEvents")
        return cursor

    def _found(self, calendar: StoredCalendar, query: ListQuery) -> Iterator[Occasion]:
        now = self._clock.now()
        shows_deleted = query.show_deleted or query.updated_min is not None
        if query.series is not None:
            everything = instances(query.series, query.window, calendar.shelf.zone, now)
        elif query.single_events:
            everything = occasions(calendar, query.window, now)
        else:
            yield from self._masters(calendar, query.window, shows_deleted)
            return
        yield from (one for one in everything if one.stands or shows_deleted)

    def _masters(self, calendar: StoredCalendar, window: Window, shows_deleted: bool) -> Iterator[Occasion]:
        """Single events, series that have an instance in the window, and the changed instances in it.

        A cancelled instance is shown as long as its series stands, whether deleted events are asked for or not.
        """
        now, zone = self._clock.now(), calendar.shelf.zone
        for copy in calendar.shelf.near(window.first, window.last):
            whole = Occasion(copy, None, copy.meeting.content)
            if copy.meeting.series is None:
                if (whole.stands or shows_deleted) and window.touches(*whole.span(zone)):
                    yield whole
                continue
            for key, content in copy.meeting.exceptions.items():
                changed = Occasion(copy, key, content)
                if (whole.stands or changed.stands) and window.touches(*changed.span(zone)):
                    yield changed
            if (whole.stands or shows_deleted) and any(instances(copy, window, zone, now)):
                yield whole

    def _changed(self, calendar: StoredCalendar, cursor: SyncCursor) -> Iterator[Occasion]:
        for copy in calendar.shelf.all():
            if copy.stamp.number > cursor.since:
                yield from self._written_whole(calendar, copy, cursor)
                continue
            for key, stamp in copy.stamps.items():
                content = copy.meeting.at(key)
                if stamp.number > cursor.since and content is not None:
                    yield Occasion(copy, key, content)

    def _written_whole(self, calendar: StoredCalendar, copy: Copy, cursor: SyncCursor) -> Iterator[Occasion]:
        if cursor.single_events:
            yield from instances(copy, EVER, calendar.shelf.zone, self._clock.now())
            return
        yield Occasion(copy, None, copy.meeting.content)
        for key, content in copy.meeting.exceptions.items():
            yield Occasion(copy, key, content)

    def _sorted(self, found: Iterator[Occasion], query: ListQuery, calendar: StoredCalendar, synced: bool) -> list[Row]:
        def key_of(one: Occasion) -> tuple[str, str]:
            if synced or query.order is Order.UPDATED:
                return f"{one.copy.stamp_of(one.key).number:012}", one.id
            return one.content.start.instant(calendar.shelf.zone).isoformat(), one.id

        return sorted(((key_of(one), one) for one in found), key=lambda row: row[0])
