"""What may be absent, converted."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def when_present(value: T | None, convert: Callable[[T], R]) -> R | None:
    """The converted value; None for None."""
    return None if value is None else convert(value)
