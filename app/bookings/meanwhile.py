"""Rows that go while the suite is asked: a member who disconnects, or a purge, takes the bookings along."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from tortoise.exceptions import DoesNotExist

from app.errors import NotFound

P = ParamSpec("P")
T = TypeVar("T")


def gone_is_not_found(operation: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """What was there when the operation began and is not any more when it reads it again is answered as `NotFound`."""

    @wraps(operation)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await operation(*args, **kwargs)
        except DoesNotExist:
            raise NotFound("booking") from None

    return guarded
