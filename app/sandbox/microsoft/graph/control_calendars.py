"""What only a person, or another program, leaves in a mailbox: further calendars, copies, and odd events.

Ours, not Graph's. An overlay puts wire members of Graph's event in the place of what a copy would show: nulls where
Exchange has lost something, names of time zones that no list holds, whatever a client wrote there long ago.
"""

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, json_body, read
from app.sandbox.microsoft.graph.control_events import (
    find_event,
    find_mailbox,
    mailbox_of,
    mailbox_route,
    show,
)
from app.sandbox.microsoft.graph.render import PROPERTIES
from app.sandbox.microsoft.mailboxes.items import Target
from app.sandbox.microsoft.mailboxes.mailbox import Calendar
from app.sandbox.microsoft.mailboxes.post import carve_out
from app.sandbox.state import SandboxState


class NewCalendar(Body):
    """A further calendar; ``shared_by`` is the address of the colleague whose calendar it shows."""

    name: str = Field(min_length=1)
    shared_by: str | None = None


class Destination(Body):
    """Where a copy goes."""

    calendar: str


class CalendarControl:
    """The control calls about a mailbox's calendars, and about what is odd in them."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        box, event = "/mailboxes/{address}", "/mailboxes/{address}/events/{event_id}"
        return (
            mailbox_route("GET", box + "/calendars", "Its calendars", self.list_calendars),
            mailbox_route("POST", box + "/calendars", "Add a calendar, or a colleague's shared one", self.add_calendar),
            mailbox_route("DELETE", box + "/calendars", "Take all calendars but the default one", self.clear_calendars),
            mailbox_route("POST", event + "/copy", "Copy it into another calendar of the mailbox", self.copy),
            mailbox_route("POST", event + "/overlay", "Show these members instead of its own", self.overlay),
        )

    async def list_calendars(self, request: Request) -> Answer:
        """The mailbox's calendars."""
        return [_calendar(one) for one in find_mailbox(self._state, request).calendars]

    async def add_calendar(self, request: Request) -> Answer:
        """Add a calendar."""
        order, box = await read(request, NewCalendar), find_mailbox(self._state, request)
        owner = None if order.shared_by is None else mailbox_of(self._state, order.shared_by).owner
        return _calendar(box.add_calendar(order.name, shared_by=owner))

    async def clear_calendars(self, request: Request) -> Answer:
        """Leave the default calendar."""
        find_mailbox(self._state, request).remove_calendars()
        return await self.list_calendars(request)

    async def copy(self, request: Request) -> Answer:
        """Copy an event."""
        order = await read(request, Destination)
        box, target = find_event(self._state, request)
        if order.calendar not in [one.id for one in box.calendars]:
            raise ControlError("no such calendar", 404)
        return show(self._state, Target(box.duplicate(target.root, order.calendar)))

    async def overlay(self, request: Request) -> Answer:
        """Lay wire members over an event, or over one date of a series."""
        members = await json_body(request)
        if unknown := members.keys() - PROPERTIES.keys():
            raise ControlError(f"no members of an event: {', '.join(sorted(unknown))}", 422)
        _, target = find_event(self._state, request)
        item = target.root if target.day is None else carve_out(target.root, target.day)
        item.overlay |= members
        return show(self._state, target)


def _calendar(one: Calendar) -> dict[str, object]:
    shared_by = one.shared_by.address if one.shared_by else None
    return {"id": one.id, "name": one.name, "is_default": one.is_default, "shared_by": shared_by}
