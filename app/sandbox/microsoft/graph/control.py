"""What tests and demos order from outside of Graph: how long rooms take, and throttling; and all its parts together.

Ours, not Graph's. Durations are whole milliseconds, days or minutes as the names say.
"""

from datetime import timedelta
from functools import partial

from pydantic import Field
from starlette.requests import Request
from starlette.routing import Route

from app.sandbox.control.routing import Answer, Body, ControlRoute, as_routes, read
from app.sandbox.control.truth import TruthControl
from app.sandbox.microsoft.graph.control_calendars import CalendarControl
from app.sandbox.microsoft.graph.control_mailboxes import MailboxControl
from app.sandbox.microsoft.graph.control_rooms import RoomControl
from app.sandbox.microsoft.graph.control_subscriptions import SubscriptionControl
from app.sandbox.microsoft.graph.control_work_plan import WorkPlanControl
from app.sandbox.microsoft.mailboxes.truth import bookings
from app.sandbox.state import SandboxState


class AttendantSettings(Body):
    """How long a room takes to answer."""

    delay_milliseconds: int = Field(ge=0)


class LimitSettings(Body):
    """Whether the limit of four simultaneous requests holds, and how long each request is made to last."""

    enforced: bool | None = None
    latency_milliseconds: int | None = Field(default=None, ge=0)


class GraphControl:
    """The control calls that are not about one mailbox."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        return (
            ControlRoute("GET", "/attendant", "How long rooms take, and what waits for them", self.attendant),
            ControlRoute("PATCH", "/attendant", "Change how long rooms take to answer", self.change_attendant),
            ControlRoute("POST", "/attendant/run", "Let every waiting room answer now", self.run_attendant),
            ControlRoute("PATCH", "/limits", "Throttling and latency", self.change_limits),
        )

    async def attendant(self, _: Request) -> Answer:
        """Delay and waiting requests."""
        attendant = self._state.mailboxes.attendant
        return {
            "delay_milliseconds": _milliseconds(attendant.delay),
            "pending": [{"room": r.room, "occurrence": str(r.occurrence or "") or None} for r in attendant.waiting()],
        }

    async def change_attendant(self, request: Request) -> Answer:
        """Set the delay."""
        settings = await read(request, AttendantSettings)
        self._state.mailboxes.attendant.delay = timedelta(milliseconds=settings.delay_milliseconds)
        return await self.attendant(request)

    async def run_attendant(self, _: Request) -> Answer:
        """Answer everything."""
        return {"answered": self._state.mailboxes.attendant.run()}

    async def change_limits(self, request: Request) -> Answer:
        """Set throttling and latency."""
        settings = await read(request, LimitSettings)
        limit = self._state.mailboxes.limit
        if settings.enforced is not None:
            limit.enforced = settings.enforced
        if settings.latency_milliseconds is not None:
            limit.latency = timedelta(milliseconds=settings.latency_milliseconds)
        return {"enforced": limit.enforced, "latency_milliseconds": _milliseconds(limit.latency)}


def control_routes(state: SandboxState) -> list[Route]:
    """Every control call on Graph, to be mounted at ``/control/graph``."""
    truth = TruthControl("", partial(bookings, state.mailboxes.registry), lambda: state.mailboxes.attendant.log)
    routes = [
        *GraphControl(state).routes(),
        *RoomControl(state).routes(),
        *SubscriptionControl(state).routes(),
        *MailboxControl(state).routes(),
        *CalendarControl(state).routes(),
        *WorkPlanControl(state).routes(),
        *truth.routes(),
    ]
    return as_routes(routes)


def _milliseconds(duration: timedelta) -> int:
    return duration // timedelta(milliseconds=1)
