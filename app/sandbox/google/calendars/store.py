"""All of Google Calendar in one object: what the wire, the control address and the seed work on."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from app.sandbox.clock import SandboxClock
from app.sandbox.google.calendar_api.errors import not_found
from app.sandbox.google.calendars import occasions
from app.sandbox.google.calendars.attendant import RoomAttendant
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.changes import ChangeFeed
from app.sandbox.google.calendars.channels import Channels
from app.sandbox.google.calendars.delivery import PushDelivery
from app.sandbox.google.calendars.listing import Listing
from app.sandbox.google.calendars.lists import CalendarLists
from app.sandbox.google.calendars.meetings import Copy
from app.sandbox.google.calendars.post import PostOffice
from app.sandbox.google.calendars.registry import CalendarRegistry
from app.sandbox.google.calendars.releasing import Releasing
from app.sandbox.google.calendars.rendering import Viewer, render, stub
from app.sandbox.google.calendars.resources import ResourceStore
from app.sandbox.google.calendars.scheduling import Scheduling, Written
from app.sandbox.google.calendars.truth import bookings
from app.sandbox.google.directory import GoogleDirectory, User
from app.sandbox.truth import BookingTruth


class CalendarStore:
    """Calendars, the meetings between them, the rooms that answer, and the channels that tell of changes."""

    def __init__(self, clock: SandboxClock, directory: GoogleDirectory) -> None:
        self.clock = clock
        self.directory = directory
        self.resources = ResourceStore()
        self.feed = ChangeFeed(clock)
        self.registry = CalendarRegistry(directory, self.resources)
        self.lists = CalendarLists(self.registry)
        self.delivery = PushDelivery(clock)
        self.channels = Channels(clock, self.delivery)
        self.feed.listen(self.channels.on_change)
        self.listing = Listing(clock, self.feed)
        post = self.post = PostOffice(self.registry, self.feed)
        self.attendant = RoomAttendant(clock, directory, self.registry, self.resources, post)
        post.listen(Releasing(clock, self.registry, self.resources, self.attendant.release).on_answer)
        self._scheduling = Scheduling(clock, self.resources, post, self.attendant.ask)

    def calendar(self, calendar_id: str) -> StoredCalendar | None:
        """The calendar with this id, whatever the case: a person's address, a room's, or a secondary calendar."""
        return self.registry.calendar(calendar_id)

    def primary_of(self, user: User) -> StoredCalendar:
        """A person's primary calendar."""
        return self.registry.primary_of(user)

    def calendars_of(self, sub: str) -> list[StoredCalendar]:
        """The calendars that a person owns, the primary one first."""
        return self.registry.calendars_of(sub)

    def create_secondary(self, owner: User, summary: str, time_zone: str) -> StoredCalendar:
        """A further calendar of a person."""
        return self.registry.create_secondary(owner, summary, time_zone)

    def access(self, calendar: StoredCalendar, user: User) -> AccessRole:
        """What this person may do with this calendar."""
        return self.registry.access(calendar, user)

    def busy(self, calendar_id: str, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """When a calendar is taken between two moments: sorted by start, neither merged nor cut to the window.

        A room is taken by what it has accepted, a person by what they have not declined; transparent and cancelled
        events take nobody. An unknown calendar has no times.
        """
        calendar = self.calendar(calendar_id)
        return occasions.busy(calendar.shelf, start, end, self.clock.now()) if calendar else []

    def copy(self, calendar: StoredCalendar, event_id: str) -> Copy:
        """The copy of a whole meeting in a calendar. Raises GoogleError (404)."""
        copy = calendar.shelf.copy(event_id)
        if copy is None:
            raise not_found()
        return copy

    def get(self, viewer: Viewer, event_id: str) -> dict[str, Any]:
        """One event or instance; what is gone is shown whole to its organiser only. Raises GoogleError."""
        one = self._scheduling.find(viewer.calendar, event_id)
        return render(one, viewer) if one.stands or one.copy.is_home else stub(one, viewer)

    def insert(
        self, calendar: StoredCalendar, body: Mapping[str, Any], actor: User, *, conference_version: int = 0
    ) -> dict[str, Any]:
        """Create an event from its wire form, invite its guests and ask its rooms; answers its wire form.

        Raises GoogleError.
        """
        return _shown(calendar, self._scheduling.insert(calendar, body, actor, conference_version))

    def patch(
        self,
        calendar: StoredCalendar,
        event_id: str,
        body: Mapping[str, Any],
        *,
        conference_version: int = 0,
        if_match: str | None = None,
        replaces: bool = False,
    ) -> dict[str, Any]:
        """Change the named members of an event or of one instance; with ``replaces``, all. Raises GoogleError."""
        written = self._scheduling.change(
            calendar,
            event_id,
            body,
            replaces=replaces,
            conference_version=conference_version,
            if_match=if_match,
        )
        return _shown(calendar, written)

    def delete(self, calendar: StoredCalendar, event_id: str, *, if_match: str | None = None) -> None:
        """Cancel an event or one instance; from a guest's calendar, remove it there and decline. Raises GoogleError."""
        self._scheduling.delete(calendar, event_id, if_match)

    def move(self, source: StoredCalendar, event_id: str, destination: StoredCalendar) -> dict[str, Any]:
        """Make another calendar the organiser of a meeting. Raises GoogleError."""
        return _shown(destination, self._scheduling.move(source, event_id, destination))

    def expire_sync_tokens(self, calendar_id: str) -> None:
        """Make every sync token of this calendar that is out by now worthless (410 fullSyncRequired)."""
        self.listing.expire_sync_tokens(calendar_id)

    def owe_empty_page(self, calendar_id: str, pages: int = 1) -> None:
        """Let the next so many lists of this calendar answer a page without items and with a token."""
        self.listing.owe_empty_page(calendar_id, pages)

    def bookings(self, organizers: frozenset[str] = frozenset()) -> Iterator[BookingTruth]:
        """What became of every booking of these calendars' (ids in lower case); of all when none is named."""
        for calendar in self.registry.known():
            if not calendar.is_room and (not organizers or calendar.id.lower() in organizers):
                yield from bookings(calendar, self.resources)

    def clear(self) -> None:
        """Back to nothing."""
        self.attendant.clear()
        self.listing.clear()
        self.delivery.clear()
        self.channels.clear()
        self.lists.clear()
        self.registry.clear()
        self.resources.clear()


def _shown(calendar: StoredCalendar, written: Written) -> dict[str, Any]:
    viewer = Viewer(calendar=calendar, role=AccessRole.OWNER)
    return render(written.occasion, viewer, conference_asked_for=written.conference_asked_for)
