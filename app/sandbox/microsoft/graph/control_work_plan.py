"""Where people plan to work, ordered from outside: what they would say in Outlook.

Ours, not Graph's. A plan is written by days; an organisation whose licence has none refuses to tell it.
"""

from datetime import date, datetime, time

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlRoute, read
from app.sandbox.microsoft.graph.control_events import find_mailbox, mailbox_route
from app.sandbox.microsoft.graph.work_plan import render_planned
from app.sandbox.microsoft.mailboxes.items import WallTime
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.work_plan import PlannedWork, WorkLocationType
from app.sandbox.state import SandboxState


class PlannedPart(Body):
    """A part of a day, in the owner's own zone."""

    date: date
    type: WorkLocationType
    start: time = time(9)
    end: time = time(17)
    place_id: str | None = None
    recurrence_id: str | None = None


class WorkPlan(Body):
    """A whole plan, in the place of what is there; ``available`` false where the licence has none."""

    parts: list[PlannedPart] = Field(default_factory=list)
    available: bool = True


class WorkPlanControl:
    """The control calls about where people plan to work."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        where = "/mailboxes/{address}/work-plan"
        return (
            mailbox_route("GET", where, "Where its owner plans to work", self.show),
            mailbox_route("PUT", where, "Plan anew where its owner works", self.plan),
        )

    async def show(self, request: Request) -> Answer:
        """The plan."""
        return [render_planned(one) for one in find_mailbox(self._state, request).work_plan]

    async def plan(self, request: Request) -> Answer:
        """Put another plan in place."""
        order, box = await read(request, WorkPlan), find_mailbox(self._state, request)
        box.work_plan, box.has_work_plan = [_planned(box, part) for part in order.parts], order.available
        return await self.show(request)


def _planned(box: Mailbox, part: PlannedPart) -> PlannedWork:
    start, end = (WallTime(datetime.combine(part.date, moment), box.time_zone) for moment in (part.start, part.end))
    return PlannedWork(start=start, end=end, type=part.type, place_id=part.place_id, recurrence_id=part.recurrence_id)
