"""The rows about the product's own paths, small: everything that is compared does the same work, and is measured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from benchmarks.benching.product import (
    ROWS,
    agenda,
    booking,
    counts,
    fanout,
    linear,
    lookup,
    starting,
    storm,
    suite_calls,
)
from benchmarks.benching.product.agenda_world import AgendaWorld
from benchmarks.benching.product.shared import Shared
from benchmarks.benching.results import Result
from benchmarks.benching.rows import Compared, Conditions, Contender, Counted, Missing, Row, Wrong
from benchmarks.benching.running import Plan, measure
from tests.support.server import ServerProcess

QUICK = Plan(rounds=1, quick=True, seed=1)


async def measured(row: Row) -> Result:
    result = await measure(row, QUICK)
    assert all(values for values in result.figures.values())
    return result


def test_each_row_has_a_name_of_its_own_and_goals_about_what_it_measures() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS)
    for row in ROWS:
        assert row.goals
        if isinstance(row, Counted):
            assert {name for goal in row.goals for name in (goal.contender, *goal.rivals)} <= set(row.units)


async def test_an_agenda_costs_one_call_and_four_queries() -> None:
    result = await measured(counts.COUNTS)

    assert result.figures["calls to the suite, 50 events"] == [1]
    assert result.figures["queries beyond authentication, 50 events"][0] <= 4


async def test_what_a_booking_adds_is_told_beside_both_times() -> None:
    result = await measured(booking.BOOKING)

    assert set(result.figures) == {booking.ADDED, booking.OURS, booking.SUITE}


async def test_a_call_is_measured_at_both_suites_with_its_floor() -> None:
    result = await measured(suite_calls.SUITE_CALLS)

    assert len(result.figures) == 4
    assert [reached.spread is not None for reached in result.goals] == [True, True]


async def test_a_start_is_measured_until_the_server_is_ready() -> None:
    result = await measured(starting.START)

    assert set(result.figures) == {starting.READY, starting.RESIDENT, starting.LOADED}


@pytest.mark.postgresql
async def test_look_ups_find_the_same_rows() -> None:
    result = await measured(lookup.LOOKUP)

    assert set(result.figures) == {lookup.OURS, lookup.MODELS, lookup.POOL, lookup.RAW}


@pytest.mark.postgresql
async def test_a_storm_of_callers_is_served_by_one_refresh() -> None:
    result = await measured(storm.STORM_ROW)

    assert set(result.figures) == {storm.STORM, storm.ONE}


@pytest.mark.postgresql
async def test_the_naive_stack_gives_the_agenda_that_we_give() -> None:
    result = await measured(_without(agenda.NODE))

    assert set(result.figures) == {agenda.OURS, agenda.NAIVE}


@pytest.mark.postgresql
@pytest.mark.clients
async def test_the_peer_in_node_gives_the_agenda_that_we_give() -> None:
    result = await measured(_without(agenda.NAIVE))

    assert set(result.figures) == {agenda.OURS, agenda.NODE}


@pytest.mark.postgresql
@pytest.mark.redis
async def test_every_server_of_the_fan_out_tells_all_of_its_sockets(
    monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("HYBRID_MEETINGS_TEST_REDIS_URL", redis_url)
    monkeypatch.setenv("PATH", "")

    result = await measured(fanout.FAN_OUT)

    assert {name.partition(":")[0] for name in result.figures} == {fanout.OURS, fanout.STRAWBERRY, fanout.BARE}


@pytest.mark.postgresql
@pytest.mark.redis
async def test_growth_is_told_as_the_time_for_each_against_a_tenth_as_many(
    monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> None:
    monkeypatch.setenv("HYBRID_MEETINGS_TEST_REDIS_URL", redis_url)

    result = await measured(linear.PURGE)

    assert set(result.figures) == set(linear.PURGE.units)


def test_a_server_that_tells_another_agenda_is_found_out() -> None:
    world = AgendaWorld(server=ServerProcess(1, {}, Path()), token="", variables={}, environment={}, events=1)

    world.check(_agenda({"id": "ours", "subject": "Planning"}))
    world.check(_agenda({"id": "theirs", "subject": "Planning"}))
    with pytest.raises(Wrong, match="Lunch"):
        world.check(_agenda({"id": "theirs", "subject": "Lunch"}))
    with pytest.raises(Wrong, match="0 of 1"):
        world.check(_agenda())
    with pytest.raises(Wrong, match="no agenda"):
        world.check({"errors": []})


async def test_what_contenders_share_is_opened_by_the_first_and_closed_by_the_last() -> None:
    told: list[str] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[int]:
        told.append("opened")
        yield len(told)
        told.append("closed")

    shared = Shared(opened)

    async with shared.use() as first:
        async with shared.use() as second:
            assert first == second == 1
        assert told == ["opened"]
    assert told == ["opened", "closed"]


async def test_what_cannot_be_opened_is_tried_again_by_the_next() -> None:
    @asynccontextmanager
    async def opened() -> AsyncIterator[None]:
        raise Missing("there is no database")
        yield

    shared = Shared(opened)

    for _ in range(2):
        with pytest.raises(Missing, match="no database"):
            async with shared.use():
                pass


def _agenda(*nodes: dict[str, str]) -> dict[str, object]:
    return {"data": {"agenda": {"events": {"nodes": list(nodes)}}}}


def _without(name: str) -> Compared:
    """The agenda's row with one contender less."""

    def contenders(conditions: Conditions) -> dict[str, Contender]:
        return {known: one for known, one in agenda.contenders(conditions).items() if known != name}

    return Compared(name="agenda", measures="", goals=(), contenders=contenders, unit="answers/s", more_is_better=True)
