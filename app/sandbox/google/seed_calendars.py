"""The rooms and calendars that the sandbox's Google begins with."""

from app.sandbox.state import SandboxState


def seed_calendars(state: SandboxState) -> None:
    """Rooms first, then everybody's fortnight before and after today."""
