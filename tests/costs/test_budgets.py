"""How counts are judged by their budgets, and counted."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from types import ModuleType

import pytest

import app
from app.suites.http import SuiteHttp, SuiteRequest, SuiteResponse
from benchmarks.growing.counting import counted_calls
from benchmarks.growing.wire import overheard
from tests.costs.budgets import RENEW, too_dear, too_generous
from tests.costs.measuring import FUNCTION_CALLS


def test_one_statement_more_is_too_dear_and_the_message_says_how_much_and_how_to_renew() -> None:
    [words] = too_dear({"rooms": {"statements": 4}}, {"rooms": {"statements": 5}})

    assert "5 statements instead of 4 (1 more, 25 %)" in words
    assert RENEW in words


def test_what_costs_as_much_as_its_budget_is_fine() -> None:
    assert not [*too_dear({"rooms": {"statements": 4}}, {"rooms": {"statements": 4}})]
    assert not [*too_generous({"rooms": {"statements": 4}}, {"rooms": {"statements": 4}})]


def test_a_budget_of_nothing_allows_nothing() -> None:
    [words] = too_dear({"rooms": {"calls": 0}}, {"rooms": {"calls": 1}})

    assert "1 calls instead of 0 (1 more)" in words


@pytest.mark.parametrize(("counted", "is_fine"), [(1050, True), (1051, False)])
def test_function_calls_may_be_five_percent_above_their_budget(counted: int, is_fine: bool) -> None:
    complaints = [*too_dear({"rooms": {FUNCTION_CALLS: 1000}}, {"rooms": {FUNCTION_CALLS: counted}})]

    assert not complaints if is_fine else complaints


@pytest.mark.parametrize(
    ("name", "counted", "is_fine"),
    [("bytes", 900, True), ("bytes", 899, False), (FUNCTION_CALLS, 850, True), (FUNCTION_CALLS, 849, False)],
)
def test_a_budget_follows_what_has_become_cheaper(name: str, counted: int, is_fine: bool) -> None:
    complaints = [*too_generous({"rooms": {name: 1000}}, {"rooms": {name: counted}})]

    assert not complaints if is_fine else complaints


def test_a_path_without_budget_and_a_budget_without_path_are_both_named() -> None:
    [missing] = too_dear({}, {"rooms": {"statements": 4}})
    [stale] = too_generous({"rooms": {"statements": 4}}, {})

    assert "no budget" in missing
    assert "nobody counts statements any more" in stale


def test_a_function_counts_each_time_that_it_is_entered_and_not_when_it_goes_on() -> None:
    async def pausing() -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def yielding() -> AsyncIterator[int]:
        for number in range(5):
            yield number

    def generating() -> Iterator[int]:
        yield from range(5)

    async def calls_of_all() -> int:
        here = ModuleType("tests.costs")
        here.__path__ = [str(__file__).rpartition("/")[0]]
        with counted_calls(here) as counter:
            await pausing()
            [number async for number in yielding()]
            [*generating()]
        return counter.calls

    assert asyncio.run(calls_of_all()) == 3


def test_functions_of_others_do_not_count() -> None:
    with counted_calls(app) as counter:
        [*map(str.upper, "abc")]
        asyncio.run(asyncio.sleep(0))

    assert counter.calls == 0


def test_whoever_profiled_before_goes_on_afterwards() -> None:
    def profiling(*_: object) -> None:
        return None

    before = sys.getprofile()
    sys.setprofile(profiling)
    try:
        with counted_calls():
            pass
        after = sys.getprofile()
    finally:
        sys.setprofile(before)

    assert after is profiling


def test_bytes_are_counted_without_the_token_whose_length_the_suite_decides() -> None:
    request = SuiteRequest(
        operation="get", method="GET", url="https://suite/x", headers={"Authorization": "Bearer long", "A": "bc"}
    )

    with overheard() as exchanges:
        exchanges.note(request, SuiteResponse(200, {}, b"12345"))

    assert (exchanges.calls, exchanges.bytes_sent, exchanges.bytes_received) == (1, 3 + 15 + 3, 5)


def test_clients_made_afterwards_are_overheard_by_nobody() -> None:
    made = SuiteHttp.__init__

    with overheard():
        pass

    assert SuiteHttp.__init__ is made
