"""What a person in Outlook, or in charge of a room, would do: ordered from outside, one mailbox at a time.

Ours, not Graph's. Events are written in Graph's own JSON; ids are taken in either form, and answered in both.
``?occurrence=`` with a date narrows a call on a series to that date.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, json_body, read
from app.sandbox.microsoft.graph.control_events import (
    find_event,
    find_mailbox,
    mailbox_route,
    show,
)
from app.sandbox.microsoft.graph.control_rooms import RESPONSES
from app.sandbox.microsoft.graph.read_events import read_changes, read_new_event
from app.sandbox.microsoft.mailboxes.items import (
    Answer as Reply,
)
from app.sandbox.microsoft.mailboxes.items import (
    Attendee,
    AttendeeType,
    Invitation,
    Person,
    Response,
    Target,
    WallTime,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.scheduling import Changes
from app.sandbox.state import SandboxState


class Reaction(Body):
    """An answer to an invitation."""

    response: str = Field(pattern="^(accept|decline|tentativelyAccept)$")


class AttendeeToRemove(Body):
    """Who is to be taken off an event."""

    address: str


class MailboxSettings(Body):
    """How a mailbox behaves; what is left out stays."""

    keeps_declined_events: bool | None = None
    shares_details: bool | None = None


class Filling(Body):
    """Many events for a load test, spread over the seven days from ``start`` (the Monday of this week)."""

    events: int = Field(ge=1, le=100_000)
    attendees: int = Field(ge=0, le=500)
    start: date | None = None


class MailboxControl:
    """The control calls about one mailbox."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        box, event = "/mailboxes/{address}", "/mailboxes/{address}/events/{event_id}"
        return (
            mailbox_route("PATCH", box, "Change how a mailbox behaves", self.change_mailbox),
            mailbox_route("GET", box + "/items", "What lies in it (?subject= ?transaction_id=)", self.list_items),
            mailbox_route("DELETE", box + "/items", "Empty it without telling anyone", self.clear_items),
            mailbox_route("POST", box + "/fill", "Add many events with many attendees", self.fill),
            mailbox_route("POST", box + "/events", "Create an event as its owner in Outlook", self.create),
            mailbox_route("PATCH", event, "Change an event as its owner in Outlook", self.change),
            mailbox_route("DELETE", event, "Delete it (an organiser cancels it)", self.delete),
            mailbox_route("POST", event + "/answer", "Answer the invitation", self.answer),
            mailbox_route("POST", event + "/remove-attendee", "Take a person or room off it", self.remove_attendee),
            mailbox_route("POST", event + "/move", "Move it: its default id changes", self.move),
        )

    async def change_mailbox(self, request: Request) -> Answer:
        """Set a mailbox's habits."""
        settings, box = await read(request, MailboxSettings), find_mailbox(self._state, request)
        if settings.keeps_declined_events is not None:
            box.keeps_declined_events = settings.keeps_declined_events
        if settings.shares_details is not None:
            box.shares_details = settings.shares_details
        return {"keeps_declined_events": box.keeps_declined_events, "shares_details": box.shares_details}

    async def list_items(self, request: Request) -> Answer:
        """Single items and series, in the order in which they came, as Graph shows them."""
        box, wanted = find_mailbox(self._state, request), request.query_params
        return [
            show(self._state, Target(item))
            for item in box.items()
            if wanted.get("subject") in (None, item.invitation.subject)
            and wanted.get("transaction_id") in (None, item.own.transaction_id)
        ]

    async def clear_items(self, request: Request) -> Answer:
        """Empty a mailbox."""
        find_mailbox(self._state, request).clear()
        return {"items": 0}

    async def fill(self, request: Request) -> Answer:
        """Add events; nobody gets a copy of them."""
        order, box = await read(request, Filling), find_mailbox(self._state, request)
        today = self._state.clock.now().date()
        monday = order.start or today - timedelta(days=today.weekday())
        attendees = self._crowd(box, order.attendees)
        for number in range(order.events):
            day, slot = number % 7, number // 7
            start = datetime.combine(monday + timedelta(days=day), datetime.min.time())
            start += timedelta(minutes=(7 * 60 + slot * 10) % (24 * 60))
            invitation = Invitation(
                subject=f"Filler {number + 1}",
                start=WallTime(start, "UTC"),
                end=WallTime(start + timedelta(minutes=30), "UTC"),
                organizer=box.owner,
                original_start_zone="UTC",
                original_end_zone="UTC",
                attendees=attendees,
            )
            self._state.mailboxes.scheduling.place(box, invitation)
        return {"added": order.events}

    async def create(self, request: Request) -> Answer:
        """Create an event, in the default calendar or in ``?calendar=``."""
        box, calendar_id = find_mailbox(self._state, request), request.query_params.get("calendar")
        if calendar_id is not None and calendar_id not in [one.id for one in box.calendars]:
            raise ControlError("no such calendar", 404)
        invitation, own = read_new_event(await json_body(request), box.owner)
        item = self._state.mailboxes.scheduling.create(box, invitation, own, calendar_id=calendar_id)
        return show(self._state, Target(item))

    async def change(self, request: Request) -> Answer:
        """Change an event."""
        box, target = find_event(self._state, request)
        changes = read_changes(await json_body(request), target.invitation)
        return show(self._state, self._state.mailboxes.scheduling.change(box, target, changes))

    async def delete(self, request: Request) -> Answer:
        """Delete an event."""
        box, target = find_event(self._state, request)
        self._state.mailboxes.scheduling.remove(box, target)
        return {"deleted": request.path_params["event_id"]}

    async def answer(self, request: Request) -> Answer:
        """Answer an invitation."""
        order = await read(request, Reaction)
        box, target = find_event(self._state, request)
        self._state.mailboxes.answers.respond(box, target, RESPONSES[order.response])
        return {"answered": order.response}

    async def remove_attendee(self, request: Request) -> Answer:
        """Take somebody off an event."""
        unwanted = (await read(request, AttendeeToRemove)).address.lower()
        box, target = find_event(self._state, request)
        kept = tuple(a for a in target.invitation.attendees if a.key != unwanted)
        if len(kept) == len(target.invitation.attendees):
            raise ControlError(f"'{unwanted}' is not on that event", 404)
        changes = Changes(invitation={"attendees": kept})
        return show(self._state, self._state.mailboxes.scheduling.change(box, target, changes))

    async def move(self, request: Request) -> Answer:
        """Move an event to another folder and back."""
        box, target = find_event(self._state, request)
        box.move(target.root)
        return show(self._state, target)

    def _crowd(self, box: Mailbox, size: int) -> tuple[Attendee, ...]:
        colleagues = [u for u in self._state.directory.users(box.tenant_id) if u.oid != box.oid]
        people = [Person(u.display_name, u.address) for u in colleagues[: size // 2]]
        guests = [Person(f"Guest {n}", f"guest-{n}@partner.example") for n in range(size - len(people))]
        accepted = Reply(Response.ACCEPTED, datetime(2026, 1, 5, 9, tzinfo=UTC))
        crowd = [Attendee(person, AttendeeType.REQUIRED) for person in [*people, *guests]]
        return tuple(replace(a, answer=accepted) if n % 2 else a for n, a in enumerate(crowd))
