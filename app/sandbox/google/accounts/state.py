"""What Google's accounts remember: browsers, codes, consents and errors on order."""

from app.sandbox.clock import SandboxClock


class AccountsState:
    """Filled in by the pages and the token endpoint."""

    def __init__(self, clock: SandboxClock) -> None:
        self._clock = clock

    def clear(self) -> None:
        """Forget everything but the signing keys."""
