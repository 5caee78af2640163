"""The rows about the GraphQL layer, small: every server answers the same, and every figure comes."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from benchmarks.benching import node
from benchmarks.benching.catalogue import rows
from benchmarks.benching.graphql import data, hygiene
from benchmarks.benching.graphql.contending import check, contender
from benchmarks.benching.graphql.documents import AGENDA, AGENDA_LOADED, PONG, SMALL
from benchmarks.benching.graphql.field import ALONE, CACHED, DEFAULT, FIELD, OURS, READY
from benchmarks.benching.graphql.in_process import ask
from benchmarks.benching.graphql.rows import field, memory, question
from benchmarks.benching.profiles import NoPath, profile
from benchmarks.benching.rows import Compared, Conditions, Contender, Missing, Wrong
from benchmarks.benching.running import Plan, measure

PYTHON = (OURS, DEFAULT, CACHED, READY, ALONE)


@pytest.fixture
def conditions(tmp_path: Path) -> Conditions:
    return Conditions(tmp_path, quick=True)


def test_the_agenda_is_as_big_as_a_busy_weeks(tmp_path: Path) -> None:
    events = data.write(tmp_path / data.FILE, data.EVENTS, data.ATTENDEES)

    size = len(json.dumps(data.answer(events), separators=(",", ":")))
    assert (len(events), len(events[0]["attendees"])) == (50, 8)
    assert 150_000 < size < 160_000


@pytest.mark.parametrize("name", PYTHON)
async def test_each_server_in_python_gives_the_same_answers(name: str, conditions: Conditions) -> None:
    await _answers(name, conditions)


@pytest.mark.clients
@pytest.mark.parametrize("name", sorted({*FIELD} - {*PYTHON}))
async def test_each_peer_gives_the_same_answers(name: str, conditions: Conditions) -> None:
    try:
        await _answers(name, conditions)
    except Missing as missing:
        pytest.skip(str(missing))


async def test_a_server_that_answers_something_else_is_found_out(conditions: Conditions) -> None:
    memory(conditions)
    asked = question(SMALL, {"data": {"ping": "ping"}}, conditions)

    async with contender(FIELD[ALONE], asked, conditions)() as turn:
        with pytest.raises(Wrong, match="pong"):
            await turn()


async def test_a_row_of_servers_has_a_figure_for_each_and_its_ratios(conditions: Conditions) -> None:
    small = rows()["small"]
    assert isinstance(small, Compared)
    names = (OURS, ALONE)

    def two(chosen: Conditions) -> Mapping[str, Contender]:
        memory(chosen)
        return field(names, question(SMALL, PONG, chosen), chosen)

    row = Compared(name="two", measures="", goals=small.goals, contenders=two, unit="req/s", more_is_better=True)
    result = await measure(row, Plan(rounds=1, quick=True, seed=1))

    assert set(result.figures) == {*names}
    reached = [goal for goal in result.goals if goal.spread is not None]
    assert [goal.goal.against for goal in reached] == [ALONE]


def test_a_machine_without_node_has_no_peers_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")

    with pytest.raises(Missing, match="node and npm"):
        node.programs()


async def test_what_is_left_to_the_garbage_collector_is_counted_for_each_request() -> None:
    async def leaving_a_circle(scope: Scope, receive: Receive, send: Send) -> None:
        circle: list[object] = []
        circle.append(circle)
        await _answer(send)

    async def leaving_nothing(scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(send)

    assert await hygiene.left_over(leaving_a_circle, b"") == 1
    assert await hygiene.left_over(leaving_nothing, b"") == 0


async def test_hygiene_is_counted_of_every_question(conditions: Conditions) -> None:
    figures = await hygiene.measure(conditions)

    assert set(figures) == {"agenda", "agenda, plain", "small"}


async def test_an_application_that_refuses_is_no_path(conditions: Conditions) -> None:
    async def refusing(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 400, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    with pytest.raises(Wrong, match="400"):
        await ask(refusing, b"{}")


async def test_the_path_of_a_row_is_profiled_by_one_command() -> None:
    stats, units = await profile(rows()["agenda"], seconds=0, quick=True)

    functions = {function for _, _, function in stats.stats}  # type: ignore[attr-defined]
    assert units == 1
    assert {"execute", "encode"} <= functions


async def test_a_row_without_a_path_says_that_it_has_none() -> None:
    with pytest.raises(NoPath, match="hygiene"):
        await profile(rows()["hygiene"], seconds=0, quick=True)


async def _answers(name: str, conditions: Conditions) -> None:
    """Asks the server all that it is measured with."""
    events = memory(conditions)
    agenda = [(AGENDA, data.answer(events)), (AGENDA_LOADED, data.answer(events))]
    small = [(SMALL, PONG)]
    async with FIELD[name].running(conditions) as server:
        for asked, expected in {READY: agenda, ALONE: small}.get(name, agenda + small):
            await check(server.url, asked, expected)


async def _answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"{}"})
