"""The window of a question about free and busy times."""

from datetime import datetime, timedelta

from app.errors import InvalidInput, ProblemCode

MAX_WINDOW = timedelta(days=62)
"""The longest window that every suite answers."""


def check_window(start: datetime, end: datetime) -> None:
    """`start` and `end` are aware instants, half-open. Raises InvalidInput."""
    if end <= start:
        raise InvalidInput("to", "The window ends before it begins.", code=ProblemCode.WINDOW_REVERSED)
    if end - start > MAX_WINDOW:
        raise InvalidInput("to", f"The window is longer than {MAX_WINDOW.days} days.", code=ProblemCode.WINDOW_TOO_LONG)
