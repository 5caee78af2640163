"""What a person in Google Calendar would do, ordered from outside, and calendars filled, emptied and made odd.

Ours, not Google's. Events are written in Google's own JSON. ``?calendar=`` names a secondary calendar of that person,
``?occurrence=`` with a date narrows a call on a series to that date.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, json_body, read
from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendars.arrivals import Crowd, crowd_of, fill, lay_down
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.control_events import instance_on, user_at
from app.sandbox.google.calendars.control_rooms import RESPONSES
from app.sandbox.google.calendars.occasions import Occasion
from app.sandbox.google.calendars.rendering import Viewer, render
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.google.directory import User
from app.sandbox.state import SandboxState


class Filling(Body):
    """Many events for a load test, spread over the seven days from ``start`` (the Monday of this week)."""

    events: int = Field(ge=1, le=100_000)
    attendees: int = Field(ge=0, le=1_000)
    start: date | None = None


class NewCalendar(Body):
    """A secondary calendar; without a zone it has its owner's."""

    summary: str = Field(min_length=1)
    time_zone: str | None = None


class Reaction(Body):
    """An answer to an invitation."""

    response: str = Field(pattern="^(accept|decline|tentativelyAccept)$")


class AttendeeToRemove(Body):
    """Who is to be taken off an event."""

    address: str


class Expiry(Body):
    """Whose sync tokens are to expire; None: everybody's."""

    address: str | None = None


class EmptyPages(Body):
    """How many of the next lists answer an empty page: of somebody's events, or (no address) of the Directory."""

    address: str | None = None
    pages: int = Field(default=1, ge=1)


class MailboxControl:
    """The control calls about one person's calendars."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        box = "/mailboxes/{address}"
        event = box + "/events/{event_id}"
        return (
            _route("GET", box + "/items", "What lies in it (?summary=)", self.list_items),
            _route("DELETE", box + "/items", "Empty it without telling anyone", self.clear_items),
            _route("POST", box + "/fill", "Add many events with many attendees", self.fill),
            _route("POST", box + "/raw", "Lay an event down as it is written, whatever it lacks", self.lay_down),
            _route("GET", box + "/secondary", "Its owner's further calendars", self.list_secondary),
            _route("POST", box + "/secondary", "Add a further calendar", self.add_secondary),
            _route("POST", box + "/events", "Create an event as its owner in Google Calendar", self.create),
            _route("PATCH", event, "Change an event as its owner in Google Calendar", self.change),
            _route("DELETE", event, "Delete it (an organiser cancels it)", self.delete),
            _route("POST", event + "/answer", "Answer the invitation", self.answer),
            _route("POST", event + "/remove-attendee", "Take a person or room off it", self.remove_attendee),
            _route("POST", "/sync-tokens/expire", "Let sync tokens meet 410", self.expire_sync_tokens),
            _route("POST", "/empty-page", "Let the next lists answer an empty page", self.order_empty_pages),
        )

    async def list_items(self, request: Request) -> Answer:
        """Single events and series, in the order in which they came, those that are gone included."""
        calendar, wanted = self._calendar(request), request.query_params.get("summary")
        shown = [_show(calendar, Occasion(copy, None, copy.meeting.content)) for copy in calendar.shelf.all()]
        return [one for one in shown if wanted in (None, one.get("summary"))]

    async def clear_items(self, request: Request) -> Answer:
        """Empty a calendar; what was synchronised of it before has to be read anew."""
        calendar = self._calendar(request)
        calendar.empty()
        self._store.expire_sync_tokens(calendar.id)
        return {"items": 0}

    async def fill(self, request: Request) -> Answer:
        """Add events; nobody gets a copy of them."""
        order, calendar = await read(request, Filling), self._calendar(request)
        owner = self._owner(request)
        today = self._state.clock.now().date()
        monday = order.start or today - timedelta(days=today.weekday())
        colleagues = self._state.google.directory.users(owner.customer_id) if owner.customer_id else ()
        people = [(one.address, one.display_name) for one in colleagues if one.sub != owner.sub]
        begins = datetime.combine(monday, time(), UTC)
        crowd = Crowd(events=order.events, attendees=crowd_of(people, order.attendees), monday=begins)
        fill(self._store, calendar, crowd)
        return {"added": order.events}

    async def lay_down(self, request: Request) -> Answer:
        """Store an event as it is."""
        return {"id": lay_down(self._store, self._calendar(request), await json_body(request))}

    async def list_secondary(self, request: Request) -> Answer:
        """The calendars that somebody has added."""
        found = self._store.calendars_of(self._owner(request).sub)
        return [{"id": one.id, "summary": one.summary} for one in found if not one.is_primary]

    async def add_secondary(self, request: Request) -> Answer:
        """Add a calendar."""
        wanted, owner = await read(request, NewCalendar), self._owner(request)
        made = self._store.create_secondary(owner, wanted.summary, wanted.time_zone or owner.time_zone)
        return {"id": made.id, "summary": made.summary}

    async def create(self, request: Request) -> Answer:
        """Create an event."""
        return self._store.insert(
            self._calendar(request), await json_body(request), self._owner(request), conference_version=1
        )

    async def change(self, request: Request) -> Answer:
        """Change an event."""
        calendar, event_id = self._event(request)
        return self._store.patch(calendar, event_id, await json_body(request), conference_version=1)

    async def delete(self, request: Request) -> Answer:
        """Delete an event."""
        calendar, event_id = self._event(request)
        self._store.delete(calendar, event_id)
        return {"deleted": event_id}

    async def answer(self, request: Request) -> Answer:
        """Answer an invitation."""
        order = await read(request, Reaction)
        calendar, event_id = self._event(request)
        listed = self._attendees(calendar, event_id)
        if not any(one["email"] == calendar.id for one in listed):
            raise ControlError(f"'{calendar.id}' is not on that event", 404)
        said = [
            {**one, "responseStatus": RESPONSES[order.response].value} if one["email"] == calendar.id else one
            for one in listed
        ]
        self._store.patch(calendar, event_id, {"attendees": said})
        return {"answered": order.response}

    async def remove_attendee(self, request: Request) -> Answer:
        """Take somebody off an event."""
        unwanted = (await read(request, AttendeeToRemove)).address.lower()
        calendar, event_id = self._event(request)
        listed = self._attendees(calendar, event_id)
        kept = [one for one in listed if one["email"] != unwanted]
        if len(kept) == len(listed):
            raise ControlError(f"'{unwanted}' is not on that event", 404)
        return self._store.patch(calendar, event_id, {"attendees": kept})

    async def expire_sync_tokens(self, request: Request) -> Answer:
        """Expire sync tokens."""
        order = await read(request, Expiry)
        users = [user_at(self._state, order.address)] if order.address else list(self._state.google.directory.users())
        for user in users:
            for calendar in self._store.calendars_of(user.sub):
                self._store.expire_sync_tokens(calendar.id)
        return {"expired": len(users)}

    async def order_empty_pages(self, request: Request) -> Answer:
        """Order empty pages."""
        order = await read(request, EmptyPages)
        if order.address is None:
            self._store.resources.empty_pages_owed = order.pages
        else:
            self._store.owe_empty_page(self._store.primary_of(user_at(self._state, order.address)).id, order.pages)
        return {"owed": order.pages}

    @property
    def _store(self) -> CalendarStore:
        return self._state.google.calendars

    def _owner(self, request: Request) -> User:
        return user_at(self._state, str(request.path_params["address"]))

    def _calendar(self, request: Request) -> StoredCalendar:
        owner, wanted = self._owner(request), request.query_params.get("calendar")
        for calendar in self._store.calendars_of(owner.sub):
            if wanted in (None, calendar.id):
                return calendar
        raise ControlError(f"{owner.address} has no calendar '{wanted}'", 404)

    def _event(self, request: Request) -> tuple[StoredCalendar, str]:
        calendar, event_id = self._calendar(request), str(request.path_params["event_id"])
        day = request.query_params.get("occurrence")
        if day is None:
            return calendar, event_id
        try:
            return calendar, instance_on(calendar, event_id, date.fromisoformat(day))
        except ValueError:
            raise ControlError(f"'{day}' is not a date") from None

    def _attendees(self, calendar: StoredCalendar, event_id: str) -> list[dict[str, Any]]:
        shown = self._store.get(Viewer(calendar=calendar, role=AccessRole.OWNER), event_id)
        return list(shown.get("attendees", ()))


def _show(calendar: StoredCalendar, one: Occasion) -> dict[str, Any]:
    return render(one, Viewer(calendar=calendar, role=AccessRole.OWNER))


def _route(method: str, path: str, summary: str, handler: Callable[[Request], Awaitable[Answer]]) -> ControlRoute:
    async def with_googles_errors(request: Request) -> Answer:
        try:
            return await handler(request)
        except GoogleError as error:
            raise ControlError(f"{error.reason}: {error.message}", error.status) from error

    return ControlRoute(method, "/control/google" + path, summary, with_googles_errors)
