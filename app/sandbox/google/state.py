"""Everything that the sandbox's Google knows."""

from app.sandbox.clock import SandboxClock
from app.sandbox.google.accounts.state import AccountsState
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.google.directory import GoogleDirectory
from app.sandbox.google.tokens import GoogleTokens


class GoogleState:
    """People, tokens, consents and calendars."""

    def __init__(self, clock: SandboxClock) -> None:
        self.directory = GoogleDirectory()
        self.tokens = GoogleTokens(clock)
        self.accounts = AccountsState(clock)
        self.calendars = CalendarStore(clock, self.directory)
        self.tokens.listen(self.calendars.channels.end_of_grant)

    def clear(self) -> None:
        """Forget everything but the signing keys."""
        self.directory.clear()
        self.tokens.clear()
        self.accounts.clear()
        self.calendars.clear()
