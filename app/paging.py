"""Pages of a list: what a service is asked for and what it gives back, whatever the list comes from.

A cursor is a service's own key of an item (bytes); the GraphQL layer seals it before a client sees it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import InvalidInput, ProblemCode

T = TypeVar("T")

MAX_PAGE = 100


@dataclass(frozen=True, slots=True)
class PageRequest:
    """How many items (1 to 100), and after which cursor."""

    first: int = 50
    after: bytes | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.first <= MAX_PAGE:
            raise InvalidInput("first", f"first must be between 1 and {MAX_PAGE}.")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items in order, each with its cursor; `total` where it is cheap to know."""

    items: Sequence[tuple[T, bytes]]
    has_next_page: bool
    has_previous_page: bool = False
    total: int | None = None


def foreign_cursor() -> InvalidInput:
    """What to raise for a cursor that cannot be gone on from."""
    return InvalidInput(
        "after",
        "The cursor belongs to another list, or its item is gone.",
        code=ProblemCode.MALFORMED_CURSOR,
        remedy="Read the list again from its start.",
    )


def page_of(items: Sequence[T], request: PageRequest, key: Callable[[T], bytes]) -> Page[T]:
    """One page of a list that is already in memory. Raises InvalidInput for a cursor that names none of its items."""
    start = 0
    if request.after is not None:
        keys = [key(item) for item in items]
        try:
            start = keys.index(request.after) + 1
        except ValueError:
            raise foreign_cursor() from None
    chosen = items[start : start + request.first]
    return Page(
        items=[(item, key(item)) for item in chosen],
        has_next_page=start + request.first < len(items),
        has_previous_page=start > 0,
        total=len(items),
    )
