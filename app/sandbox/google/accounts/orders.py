"""What was ordered for coming requests: errors of the token endpoint, errors on the way back, narrower answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.sandbox.google.accounts.errors import SentBackError, TokenError


@dataclass(slots=True, kw_only=True)
class Order:
    """Something for the next ``remaining`` requests (None: all) of one person, or of anybody."""

    sub: str | None
    remaining: int | None


@dataclass(slots=True, kw_only=True)
class ErrorOrder(Order):
    """An OAuth error; ``grant_type`` is for the token endpoint only."""

    error: str
    error_subtype: str | None = None
    error_description: str | None = None
    grant_type: str | None = None


@dataclass(slots=True, kw_only=True)
class NarrowOrder(Order):
    """Token answers hold no scopes but these."""

    scopes: frozenset[str]


OrderType = TypeVar("OrderType", bound=Order)


class OrderBook(Generic[OrderType]):
    """Orders of one kind, the oldest first."""

    def __init__(self) -> None:
        self._orders: list[OrderType] = []

    def add(self, order: OrderType) -> None:
        """Put something on order."""
        self._orders.append(order)

    def all(self) -> tuple[OrderType, ...]:
        """What is still on order."""
        return tuple(order for order in self._orders if order.remaining != 0)

    def for_person(self, sub: str) -> Iterator[OrderType]:
        """What is on order for this person."""
        return (order for order in self.all() if order.sub in (None, sub))

    def clear(self) -> int:
        """Take everything off the book; answers how many orders there were."""
        open_orders = len(self.all())
        self._orders.clear()
        return open_orders


def strike_token(book: OrderBook[ErrorOrder], sub: str, grant_type: str) -> None:
    """Raise the TokenError ordered for this token request, if there is one."""
    for order in book.for_person(sub):
        if order.grant_type in (None, grant_type):
            _count(order)
            status = 401 if order.error == "invalid_client" else 400
            raise TokenError(
                order.error, order.error_description or "Bad Request", status=status, subtype=order.error_subtype
            )


def strike_browser(book: OrderBook[ErrorOrder], sub: str) -> None:
    """Raise the SentBackError ordered for this person, if there is one."""
    for order in book.for_person(sub):
        _count(order)
        raise SentBackError(order.error, subtype=order.error_subtype)


def narrow(book: OrderBook[NarrowOrder], sub: str, granted: frozenset[str]) -> frozenset[str]:
    """What a token answer may hold of what was granted."""
    for order in book.for_person(sub):
        _count(order)
        return granted & order.scopes
    return granted


def _count(order: Order) -> None:
    if order.remaining is not None:
        order.remaining -= 1
