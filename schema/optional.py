"""What may be absent, converted."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def present(row: T | None) -> T:
    """What a row of ours names, which was read by its id. Raises LookupError where it is not there after all."""
    if row is None:
        raise LookupError("a row names what is not there")
    return row


def when_present(value: T | None, convert: Callable[[T], R]) -> R | None:
    """The converted value; None for None."""
    return None if value is None else convert(value)
