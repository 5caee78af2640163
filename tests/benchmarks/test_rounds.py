"""How contenders take turns."""

from functools import partial
from itertools import count
from pathlib import Path

import pytest

from benchmarks.benching.rounds import take_turns
from benchmarks.benching.rows import Conditions
from tests.benchmarks.toys import MISSING, answering, row


async def test_each_contender_has_one_turn_in_each_round_in_an_order_that_is_shuffled_anew(tmp_path: Path) -> None:
    order: list[str] = []

    def noted(name: str) -> float:
        order.append(name)
        return 1.0

    noting = {name: answering(partial(noted, name)) for name in "abc"}

    turns = await take_turns(row(noting), Conditions(tmp_path), 20, 1)

    assert {name: len(values) for name, values in turns.values.items()} == {"a": 20, "b": 20, "c": 20}
    warming, measured = order[:3], order[3:]
    rounds = [measured[start : start + 3] for start in range(0, 60, 3)]
    assert warming == ["a", "b", "c"]
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert len({tuple(one) for one in rounds}) > 1


async def test_a_turn_without_a_figure_of_its_own_is_timed(tmp_path: Path) -> None:
    turns = await take_turns(row({"ours": answering(lambda: None)}), Conditions(tmp_path), 2, 1)

    assert all(seconds > 0 for seconds in turns.values["ours"])


async def test_who_lacks_something_on_this_machine_is_skipped_with_the_reason(tmp_path: Path) -> None:
    contenders = {"ours": answering(lambda: 2.0), "theirs": MISSING}

    turns = await take_turns(row(contenders), Conditions(tmp_path), 1, 1)

    assert turns.values == {"ours": [2.0]}
    assert turns.skipped == {"theirs": "there is no node"}


async def test_whatever_was_set_up_is_taken_down_even_after_a_failure(tmp_path: Path) -> None:
    ended: list[str] = []
    calls = count()

    def failing() -> float:
        if next(calls) == 1:
            raise ZeroDivisionError
        return 1.0

    contenders = {name: answering(failing, partial(ended.append, name)) for name in "ab"}

    with pytest.raises(ZeroDivisionError):
        await take_turns(row(contenders), Conditions(tmp_path), 1, 1)
    assert sorted(ended) == ["a", "b"]
