"""Calls side by side: all of them end, whatever becomes of one."""

import asyncio

import pytest

from app.suites.errors import MissingScope, NotFound
from app.suites.side_by_side import both, side_by_side


async def test_results_come_in_the_order_of_the_calls() -> None:
    first_may_end = asyncio.Event()

    async def first() -> str:
        await first_may_end.wait()
        return "first"

    async def second() -> str:
        first_may_end.set()
        return "second"

    assert await side_by_side(first(), second()) == ["first", "second"]
    assert await both(first(), second()) == ("first", "second")


async def test_a_failure_is_raised_as_it_is_when_all_have_ended() -> None:
    ended: list[str] = []

    async def fails() -> str:
        raise MissingScope

    async def fails_later() -> str:
        await asyncio.sleep(0)
        ended.append("the second")
        raise NotFound

    with pytest.raises(MissingScope):
        await side_by_side(fails(), fails_later())
    with pytest.raises(MissingScope):
        await both(fails(), fails_later())

    assert ended == ["the second", "the second"]
