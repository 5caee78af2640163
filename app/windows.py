"""The one rule for windows of time that members ask about, in an agenda or in rooms' schedules."""

from datetime import datetime, timedelta

from app.errors import InvalidInput, ProblemCode

LONGEST_WINDOW = timedelta(days=62)
"""The longest window that every suite answers."""


def check_window(start: datetime, end: datetime) -> None:
    """`start` and `end` are aware instants, half-open. Raises InvalidInput."""
    if end <= start:
        raise InvalidInput(
            "to",
            "The window ends before it begins.",
            code=ProblemCode.WINDOW_REVERSED,
            remedy="Give a `to` that is later than `from`.",
        )
    if end - start > LONGEST_WINDOW:
        raise InvalidInput(
            "to",
            f"The window is longer than {LONGEST_WINDOW.days} days.",
            code=ProblemCode.WINDOW_TOO_LONG,
            remedy="Ask for a shorter window, or for several one after the other.",
        )
