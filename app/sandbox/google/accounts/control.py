"""Control calls of this part of Google."""

from collections.abc import Sequence

from app.sandbox.control.routing import ControlRoute
from app.sandbox.state import SandboxState


class AccountsControl:
    """Handlers below ``/control/google``."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        return ()
