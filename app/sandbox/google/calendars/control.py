"""Control of Google's calendars: rooms, push channels, and what people do in theirs."""

from collections.abc import Sequence

from app.sandbox.control.routing import ControlRoute
from app.sandbox.control.truth import TruthControl
from app.sandbox.google.calendars.control_calendars import WholeCalendarControl
from app.sandbox.google.calendars.control_channels import ChannelControl
from app.sandbox.google.calendars.control_mailboxes import MailboxControl
from app.sandbox.google.calendars.control_places import PlaceControl
from app.sandbox.google.calendars.control_rooms import RoomControl
from app.sandbox.state import SandboxState


class CalendarControl:
    """Handlers below ``/control/google``."""

    def __init__(self, state: SandboxState) -> None:
        self._parts = (
            RoomControl(state),
            PlaceControl(state),
            MailboxControl(state),
            WholeCalendarControl(state),
            ChannelControl(state),
            TruthControl(
                "/control/google", state.google.calendars.bookings, lambda: state.google.calendars.attendant.log
            ),
        )

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        return tuple(route for part in self._parts for route in part.routes())
