"""All of Google Calendar in one object: what the wire, the control address and the seed work on."""

from app.sandbox.clock import SandboxClock
from app.sandbox.google.directory import GoogleDirectory


class CalendarStore:
    """Calendars, the meetings between them, the rooms that answer, and the channels that tell of changes."""

    def __init__(self, clock: SandboxClock, directory: GoogleDirectory) -> None:
        self.clock = clock
        self.directory = directory

    def clear(self) -> None:
        """Back to nothing."""
