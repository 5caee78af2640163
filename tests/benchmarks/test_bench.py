"""The commands, and what holds for every row."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import bench, profile
from benchmarks.benching.catalogue import rows
from benchmarks.benching.rows import Compared, Conditions, Counted, Row
from benchmarks.benching.table import BEGIN, END

ROWS = rows()


def _called(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", *arguments])


def _names(row: Row, conditions: Conditions) -> set[str]:
    return set(row.units) if isinstance(row, Counted) else set(row.contenders(conditions))


@pytest.mark.parametrize("name", ROWS)
def test_a_goal_names_what_its_row_measures_and_has_one_bound(name: str, tmp_path: Path) -> None:
    row = ROWS[name]
    known = _names(row, Conditions(tmp_path, quick=True))

    for goal in row.goals:
        assert {goal.contender, *goal.rivals} <= known
        assert (goal.at_least is None) != (goal.at_most is None)


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if isinstance(row, Compared)])
def test_what_is_better_fits_the_bounds_of_ratios(name: str) -> None:
    row = ROWS[name]

    assert all((goal.at_least is not None) == row.more_is_better for goal in row.goals if goal.against)


def test_the_page_has_a_place_for_the_table() -> None:
    page = bench.PAGE.read_text()

    assert page.count(BEGIN) == page.count(END) == 1
    assert page.index(BEGIN) < page.index(END)


def test_a_named_row_is_measured_and_written_and_the_page_stays_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    output, before = tmp_path / "results.json", bench.PAGE.read_text()
    _called(monkeypatch, "hygiene", "--quick", "--output", str(output))

    with pytest.raises(SystemExit) as ended:
        bench.main()

    assert ended.value.code == 0
    written = json.loads(output.read_text())["rows"]
    assert list(written) == ["hygiene"]
    assert written["hygiene"]["quick"] is True
    assert written["hygiene"]["machine"]["versions"]["graphql-core"]
    assert bench.PAGE.read_text() == before


def test_a_row_that_nobody_knows_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _called(monkeypatch, "agenda", "nothing")

    with pytest.raises(SystemExit) as ended:
        bench.main()

    assert ended.value.code == 2
    assert "no such row: nothing" in capsys.readouterr().err


def test_a_profile_is_printed_and_kept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "small.prof"
    _called(monkeypatch, "small", "--seconds", "0", "--lines", "3", "--output", str(kept))

    profile.main()

    assert "small: 1 units" in capsys.readouterr().out
    assert kept.stat().st_size > 0
