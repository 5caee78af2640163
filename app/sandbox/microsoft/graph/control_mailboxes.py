"""What a person in Outlook, or in charge of a room, would do: ordered from outside, one mailbox at a time.

Ours, not Graph's. Events are written in Graph's own JSON; ids are taken in either form, and answered in both.
``?occurrence=`` with a date narrows a call on a series to that date.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.microsoft.graph.errors import translate
from app.sandbox.microsoft.graph.preferences import Preferences
from app.sandbox.microsoft.graph.read_events import read_changes, read_new_event
from app.sandbox.microsoft.graph.render import look_at, render_event
from app.sandbox.microsoft.mailboxes.ids import compose
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
from app.sandbox.microsoft.mailboxes.post import RoomRequest
from app.sandbox.microsoft.mailboxes.scheduling import Changes
from app.sandbox.state import SandboxState

_RESPONSES = {
    "accept": Response.ACCEPTED,
    "decline": Response.DECLINED,
    "tentativelyAccept": Response.TENTATIVELY_ACCEPTED,
}


class Reaction(Body):
    """An answer to an invitation."""

    response: str = Field(pattern="^(accept|decline|tentativelyAccept)$")


class RoomReaction(Reaction):
    """A room's answer to one event, by the organiser's address and id; ``occurrence`` is a date of a series."""

    organizer: str
    event_id: str
    occurrence: date | None = None


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
            _route("POST", "/rooms/{address}/answer", "Answer as a person in charge of the room", self.answer_as_room),
            _route("PATCH", box, "Change how a mailbox behaves", self.change_mailbox),
            _route("GET", box + "/items", "What lies in it (?subject= ?transaction_id=)", self.list_items),
            _route("DELETE", box + "/items", "Empty it without telling anyone", self.clear_items),
            _route("POST", box + "/fill", "Add many events with many attendees", self.fill),
            _route("POST", box + "/events", "Create an event as its owner in Outlook", self.create),
            _route("PATCH", event, "Change an event as its owner in Outlook", self.change),
            _route("DELETE", event, "Delete it (an organiser cancels it)", self.delete),
            _route("POST", event + "/answer", "Answer the invitation", self.answer),
            _route("POST", event + "/remove-attendee", "Take a person or room off it", self.remove_attendee),
            _route("POST", event + "/move", "Move it: its default id changes", self.move),
        )

    async def answer_as_room(self, request: Request) -> Answer:
        """A room's own decision, at any time."""
        order = await read(request, RoomReaction)
        target = self._box(order.organizer).find(order.event_id)
        request_of_room = RoomRequest(
            target.root.meeting, order.occurrence or target.day, str(request.path_params["address"])
        )
        if not self._state.mailboxes.attendant.answer(request_of_room, _RESPONSES[order.response]):
            raise ControlError("the room is not invited to that event", 404)
        return {"answered": order.response}

    async def change_mailbox(self, request: Request) -> Answer:
        """Set a mailbox's habits."""
        settings, box = await read(request, MailboxSettings), self._mailbox(request)
        if settings.keeps_declined_events is not None:
            box.keeps_declined_events = settings.keeps_declined_events
        if settings.shares_details is not None:
            box.shares_details = settings.shares_details
        return {"keeps_declined_events": box.keeps_declined_events, "shares_details": box.shares_details}

    async def list_items(self, request: Request) -> Answer:
        """Single items and series, in the order in which they came, as Graph shows them."""
        box, wanted = self._mailbox(request), request.query_params
        return [
            self._show(Target(item))
            for item in box.items()
            if wanted.get("subject") in (None, item.invitation.subject)
            and wanted.get("transaction_id") in (None, item.own.transaction_id)
        ]

    async def clear_items(self, request: Request) -> Answer:
        """Empty a mailbox."""
        self._mailbox(request).clear()
        return {"items": 0}

    async def fill(self, request: Request) -> Answer:
        """Add events; nobody gets a copy of them."""
        order, box = await read(request, Filling), self._mailbox(request)
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
        """Create an event."""
        box = self._mailbox(request)
        invitation, own = read_new_event(await _json(request), box.owner)
        return self._show(Target(self._state.mailboxes.scheduling.create(box, invitation, own)))

    async def change(self, request: Request) -> Answer:
        """Change an event."""
        box, target = self._event(request)
        changes = read_changes(await _json(request), target.invitation)
        return self._show(self._state.mailboxes.scheduling.change(box, target, changes))

    async def delete(self, request: Request) -> Answer:
        """Delete an event."""
        box, target = self._event(request)
        self._state.mailboxes.scheduling.remove(box, target)
        return {"deleted": request.path_params["event_id"]}

    async def answer(self, request: Request) -> Answer:
        """Answer an invitation."""
        order = await read(request, Reaction)
        box, target = self._event(request)
        self._state.mailboxes.answers.respond(box, target, _RESPONSES[order.response])
        return {"answered": order.response}

    async def remove_attendee(self, request: Request) -> Answer:
        """Take somebody off an event."""
        unwanted = (await read(request, AttendeeToRemove)).address.lower()
        box, target = self._event(request)
        kept = tuple(a for a in target.invitation.attendees if a.key != unwanted)
        if len(kept) == len(target.invitation.attendees):
            raise ControlError(f"'{unwanted}' is not on that event", 404)
        changes = Changes(invitation={"attendees": kept})
        return self._show(self._state.mailboxes.scheduling.change(box, target, changes))

    async def move(self, request: Request) -> Answer:
        """Move an event to another folder and back."""
        box, target = self._event(request)
        box.move(target.root)
        return self._show(target)

    def _mailbox(self, request: Request) -> Mailbox:
        return self._box(str(request.path_params["address"]))

    def _box(self, address: str) -> Mailbox:
        box = self._state.mailboxes.registry.anywhere(address)
        if box is None:
            raise ControlError(f"no mailbox '{address}'", 404)
        return box

    def _event(self, request: Request) -> tuple[Mailbox, Target]:
        box = self._mailbox(request)
        target = box.find(str(request.path_params["event_id"]))
        day = request.query_params.get("occurrence")
        if day is None:
            return box, target
        try:
            occurrence = box.target_of(target.root.meeting, date.fromisoformat(day))
        except ValueError:
            raise ControlError(f"'{day}' is not a date") from None
        if occurrence is None:
            raise ControlError(f"the series has no occurrence on {day}", 404)
        return box, occurrence

    def _show(self, target: Target) -> dict[str, Any]:
        shown = render_event(look_at(target, Preferences(), self._state.clock.now()))
        return {**shown, "immutableId": compose(target.root.ids.immutable, target.day or target.root.occurrence)}

    def _crowd(self, box: Mailbox, size: int) -> tuple[Attendee, ...]:
        colleagues = [u for u in self._state.directory.users(box.tenant_id) if u.oid != box.oid]
        people = [Person(u.display_name, u.address) for u in colleagues[: size // 2]]
        guests = [Person(f"Guest {n}", f"guest-{n}@partner.example") for n in range(size - len(people))]
        accepted = Reply(Response.ACCEPTED, datetime(2026, 1, 5, 9, tzinfo=UTC))
        crowd = [Attendee(person, AttendeeType.REQUIRED) for person in [*people, *guests]]
        return tuple(replace(a, answer=accepted) if n % 2 else a for n, a in enumerate(crowd))


def _route(method: str, path: str, summary: str, handler: Callable[[Request], Awaitable[Answer]]) -> ControlRoute:
    async def with_graph_errors(request: Request) -> Answer:
        try:
            return await handler(request)
        except Exception as error:
            refusal = translate(error)
            if refusal is None:
                raise
            raise ControlError(f"{refusal.code}: {refusal.message}", refusal.status) from error

    return ControlRoute(method, path, summary, with_graph_errors)


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = orjson.loads(await request.body())
    except orjson.JSONDecodeError as error:
        raise ControlError("the body is not JSON") from error
    if not isinstance(body, dict):
        raise ControlError("the body is not a JSON object")
    return body
