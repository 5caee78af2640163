"""The calendars a sandbox begins with: rooms first, then everybody's fortnight before and after today."""

from app.sandbox.state import SandboxState


def seed_calendars(state: SandboxState) -> None:
    """Fill the mailboxes of whoever is in the directory; the same on the same day in every sandbox."""
    state.mailboxes.attendant.answer_pending()
