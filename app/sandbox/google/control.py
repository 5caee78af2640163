"""Control of Google: ``/control/google/…``, composed from its parts."""

from collections.abc import Sequence

from app.sandbox.control.routing import ControlRoute
from app.sandbox.google.accounts.control import AccountsControl
from app.sandbox.google.calendars.control import CalendarControl
from app.sandbox.state import SandboxState


def google_control(state: SandboxState) -> Sequence[ControlRoute]:
    """Every control call of Google's."""
    return (*AccountsControl(state).routes(), *CalendarControl(state).routes())
