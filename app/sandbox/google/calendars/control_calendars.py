"""What becomes of whole calendars when ordered from outside: shared with a colleague, taken away, emptied of a room's.

Ours, not Google's.
"""

from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.google.calendars.calendar import AccessRole
from app.sandbox.google.calendars.control_events import user_at
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.state import SandboxState


class Sharing(Body):
    """Who may see somebody's primary calendar, and how much of it; it goes on that person's list too."""

    reader: str
    role: AccessRole = AccessRole.READER


class WholeCalendarControl:
    """The control calls on calendars as a whole."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        box, room = "/control/google/mailboxes/{address}", "/control/google/rooms/{address}"
        return (
            ControlRoute("POST", box + "/share", "Share somebody's own calendar with a colleague", self.share),
            ControlRoute("DELETE", box + "/secondary", "Take all further calendars of somebody", self.remove_secondary),
            ControlRoute("DELETE", room + "/items", "Empty a room's calendar without telling anyone", self.empty_room),
        )

    async def share(self, request: Request) -> Answer:
        """Share a calendar."""
        order = await read(request, Sharing)
        owner, reader = user_at(self._state, str(request.path_params["address"])), user_at(self._state, order.reader)
        calendar = self._store.primary_of(owner)
        calendar.grants[reader.address.lower()] = order.role
        self._store.lists.subscribe(reader, calendar)
        return {"calendar": calendar.id, "reader": reader.address, "role": order.role}

    async def remove_secondary(self, request: Request) -> Answer:
        """Take the further calendars."""
        owner = user_at(self._state, str(request.path_params["address"]))
        taken = [one.id for one in self._store.calendars_of(owner.sub) if not one.is_primary]
        for calendar_id in taken:
            self._store.registry.remove(calendar_id)
        return {"removed": taken}

    async def empty_room(self, request: Request) -> Answer:
        """Empty a room's calendar."""
        address = str(request.path_params["address"])
        calendar = self._store.calendar(address) if self._store.resources.get(address) else None
        if calendar is None:
            raise ControlError(f"no room '{address}'", 404)
        calendar.empty()
        return {"items": 0}

    @property
    def _store(self) -> CalendarStore:
        return self._state.google.calendars
