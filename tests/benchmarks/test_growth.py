"""How growth is judged and told, and that each thing that grows has paths that are measured."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import growth
from benchmarks.benching.table import NoMarks
from benchmarks.growing import telling
from benchmarks.growing.catalogue import GROUPS
from benchmarks.growing.fitting import exponent, is_super_linear
from benchmarks.growing.running import Cost, Growth, measured

SIZES = (1, 10, 100)


def grown(**costs: int) -> Growth:
    """A path of which so many calls were counted at each size, and as many milliseconds."""
    return Growth("rooms", "rooms", {int(size[1:]): Cost(calls, calls) for size, calls in costs.items()})


@pytest.mark.parametrize("power", [0, 0.5, 1, 2])
def test_the_exponent_is_the_power_by_which_cost_follows_size(power: float) -> None:
    costs = {size: 7_000 * size**power for size in SIZES}

    assert exponent(costs) == pytest.approx(power)


def test_what_costs_nothing_does_not_grow() -> None:
    assert exponent(dict.fromkeys(SIZES, 0.0)) == 0


def test_a_path_is_marked_where_either_cost_grows_faster_than_what_there_is() -> None:
    assert not is_super_linear(1.0, 1.1)
    assert is_super_linear(0.2, 1.11)
    assert is_super_linear(1.11, 0.2)


def test_a_marked_path_is_told_as_such_everywhere(tmp_path: Path) -> None:
    output, found = tmp_path / "growth.json", [grown(_1=10, _10=1_000, _100=100_000), grown(_1=10, _10=100, _100=1_000)]

    written = telling.write(output, {"taken_at": "2026-11-27T06:00:00+00:00", "quick": False}, {"rooms": found})

    assert ["SUPER-LINEAR" in line for line in telling.lines(found)[1:]] == [True, False]
    assert [path["is_super_linear"] for path in json.loads(output.read_text())["rooms"]["paths"]] == [True, False]
    assert telling.table(written, ["rooms"]).count("**SUPER-LINEAR**") == 1


def test_groups_of_earlier_runs_stay_in_the_file(tmp_path: Path) -> None:
    output, found = tmp_path / "growth.json", [grown(_1=10, _10=100, _100=1_000)]
    taken = {"taken_at": "2026-11-27T06:00:00+00:00", "quick": False}

    telling.write(output, taken, {"rooms": found})
    telling.write(output, taken, {"members": found})

    assert set(json.loads(output.read_text())) == {"rooms", "members"}


def test_the_table_is_put_between_its_marks_and_nowhere_else(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(f"before\n{telling.BEGIN}\nold\n{telling.END}\nafter\n")

    telling.put(page, "new")

    assert page.read_text() == f"before\n{telling.BEGIN}\nnew\n{telling.END}\nafter\n"
    page.write_text("nothing")
    with pytest.raises(NoMarks):
        telling.put(page, "new")


def test_the_page_has_a_place_for_the_table() -> None:
    page = growth.PAGE.read_text()

    assert page.count(telling.BEGIN) == page.count(telling.END) == 1
    assert page.index(telling.BEGIN) < page.index(telling.END)


def test_each_thing_grows_tenfold_and_a_hundredfold() -> None:
    for things in GROUPS.values():
        for thing in things:
            once, ten, hundred = thing.sizes
            assert (ten, hundred) == (10 * once, 100 * once)


async def test_every_path_that_meets_what_grows_is_measured_at_every_size() -> None:
    [thing] = GROUPS["bookings"]

    found = await measured(thing, quick=True)

    assert found
    for path in found:
        assert tuple(path.costs) == thing.quick
        assert all(cost.calls > 0 for cost in path.costs.values())


def test_a_quick_run_writes_where_it_is_told_and_leaves_the_page(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    output, before = tmp_path / "growth.json", growth.PAGE.read_text()
    monkeypatch.setattr(sys, "argv", ["growth", "sockets", "--quick", "--output", str(output)])

    growth.main()

    assert json.loads(output.read_text())["sockets"]["quick"] is True
    assert growth.PAGE.read_text() == before


def test_what_nobody_knows_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["growth", "everything"])

    with pytest.raises(SystemExit) as ended:
        growth.main()

    assert ended.value.code == 2
    assert "nothing called so grows: everything" in capsys.readouterr().err
