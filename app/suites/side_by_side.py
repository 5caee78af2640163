"""Several calls of one operation at once, each of which runs to its end.

Cutting a call off in the middle of a handshake leaks its connection, so a failure is raised when all have ended.
"""

import asyncio
from collections.abc import Coroutine
from typing import TypeVar

_T = TypeVar("_T")
_S = TypeVar("_S")


async def side_by_side(*calls: Coroutine[None, None, _T]) -> list[_T]:
    """All results in order; raises the first call's failure, in the order they were given."""
    return [_result(result) for result in await asyncio.gather(*calls, return_exceptions=True)]


async def both(first: Coroutine[None, None, _T], second: Coroutine[None, None, _S]) -> tuple[_T, _S]:
    """Two results of different kinds."""
    one, other = await asyncio.gather(first, second, return_exceptions=True)
    return _result(one), _result(other)


def _result(result: _T | BaseException) -> _T:
    if isinstance(result, BaseException):
        raise result
    return result
