"""How control calls find a mailbox or an event, and how they show one.

Ids are taken in either form, and answered in both; ``?occurrence=`` with a date names one date of a series.
"""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

from starlette.requests import Request

from app.sandbox.control.routing import Answer, ControlError, ControlRoute
from app.sandbox.microsoft.graph.errors import translate
from app.sandbox.microsoft.graph.preferences import Preferences
from app.sandbox.microsoft.graph.render import look_at, render_event
from app.sandbox.microsoft.mailboxes.ids import compose
from app.sandbox.microsoft.mailboxes.items import Target
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.state import SandboxState


def mailbox_of(state: SandboxState, address: str) -> Mailbox:
    """The mailbox with this address. Raises ControlError."""
    box = state.mailboxes.registry.anywhere(address)
    if box is None:
        raise ControlError(f"no mailbox '{address}'", 404)
    return box


def find_mailbox(state: SandboxState, request: Request) -> Mailbox:
    """The mailbox that a path names. Raises ControlError."""
    return mailbox_of(state, str(request.path_params["address"]))


def find_event(state: SandboxState, request: Request) -> tuple[Mailbox, Target]:
    """The event that a path names, with its mailbox. Raises ControlError and the mailboxes' own errors."""
    box = find_mailbox(state, request)
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


def show(state: SandboxState, target: Target) -> dict[str, Any]:
    """An event as Graph shows it, with both ids."""
    shown = render_event(look_at(target, Preferences(), state.clock.now()))
    return {**shown, "immutableId": compose(target.root.ids.immutable, target.day or target.root.occurrence)}


def mailbox_route(
    method: str, path: str, summary: str, handler: Callable[[Request], Awaitable[Answer]]
) -> ControlRoute:
    """A control call that answers the mailboxes' own errors in Graph's words."""

    async def with_graph_errors(request: Request) -> Answer:
        try:
            return await handler(request)
        except Exception as error:
            refusal = translate(error)
            if refusal is None:
                raise
            raise ControlError(f"{refusal.code}: {refusal.message}", refusal.status) from error

    return ControlRoute(method, path, summary, with_graph_errors)
