"""What is made of the figures: ratios, verdicts, the file and the table."""

import json
from pathlib import Path

import pytest

from benchmarks.benching.results import Result, Verdict, reach
from benchmarks.benching.rows import Compared, Conditions, Counted, Figures, Goal, Missing
from benchmarks.benching.running import Papers, Plan, run
from benchmarks.benching.table import BEGIN, END, NoMarks, put, told
from tests.benchmarks.toys import MISSING, answering, row

PLAN = Plan(rounds=2, quick=True, seed=1)


def result(
    figures: Figures, *goals: Goal, more_is_better: bool = True, skipped: dict[str, str] | None = None
) -> Result:
    compared: Compared = row({}, *goals, more_is_better=more_is_better)
    return Result(compared, figures, dict.fromkeys(figures, "units/s"), skipped or {})


def test_a_ratio_is_taken_within_each_round() -> None:
    seen = result({"ours": [20.0, 2.0, 300.0], "theirs": [10.0, 1.0, 100.0]})

    reached = reach(Goal(contender="ours", against="theirs", at_least=2), seen)

    assert reached.spread is not None
    assert (reached.spread.median, reached.spread.least, reached.spread.most) == (2.0, 2.0, 3.0)
    assert reached.verdict is Verdict.OK


def test_of_several_rivals_the_best_of_each_round_counts_in_the_rows_own_sense_of_better() -> None:
    figures = {"ours": [6.0, 6.0], "a": [1.0, 3.0], "b": [2.0, 2.0]}
    goal = Goal(contender="ours", against=("a", "b"), at_least=2)

    as_rates, as_times = reach(goal, result(figures)), reach(goal, result(figures, more_is_better=False))

    assert as_rates.spread is not None
    assert as_times.spread is not None
    assert (as_rates.spread.least, as_rates.spread.most) == (2.0, 3.0)
    assert (as_times.spread.least, as_times.spread.most) == (3.0, 6.0)


def test_a_goal_without_a_rival_is_about_the_figure_itself() -> None:
    seen = result({"refreshes": [1.0]})

    assert reach(Goal(contender="refreshes", at_most=1), seen).verdict is Verdict.OK
    assert reach(Goal(contender="refreshes", at_most=0), seen).verdict is Verdict.MISSED


def test_figures_that_share_no_rounds_are_compared_by_their_medians() -> None:
    reached = reach(Goal(contender="many", against="one", at_most=1.2), result({"many": [1.0, 2.0, 9.0], "one": [2.0]}))

    assert reached.spread is not None
    assert reached.spread.median == 1.0


def test_a_goal_whose_rivals_are_all_missing_is_skipped_with_the_reason() -> None:
    goal = Goal(contender="ours", against=("theirs", "others"), at_least=2)

    reached = reach(goal, result({"ours": [1.0]}, skipped={"theirs": "no node", "others": "no node"}))

    assert (reached.verdict, reached.why) == (Verdict.SKIPPED, "no node")


async def test_results_are_added_to_those_in_the_file_and_the_table_has_all_of_them(tmp_path: Path) -> None:
    output, page = tmp_path / "results.json", tmp_path / "README.md"
    page.write_text(f"before\n{BEGIN}\nold\n{END}\nafter\n")
    goals = (
        Goal(contender="ours", against="theirs", at_least=3),
        Goal(contender="ours", against="others", at_least=3),
    )
    toys = row({"ours": answering(lambda: 6.0), "theirs": answering(lambda: 4.0), "others": MISSING}, *goals)
    papers = Papers(output, page, ["toys", "counts"])

    await run([toys], PLAN, papers)
    await run([counts()], PLAN, papers)

    rows = json.loads(output.read_text())["rows"]
    assert list(rows) == ["toys", "counts"]
    assert rows["toys"]["figures"]["ours"]["values"] == [6.0, 6.0]
    assert page.read_text().splitlines()[:8] == [
        "before",
        BEGIN,
        "| | goal | reached | |",
        "| --- | --- | --- | --- |",
        "| toys | ours: at least 3 of theirs | 1.5 | missed |",
        "|  | ours: at least 3 of others | skipped: there is no node | skipped |",
        "| counts | refreshes: at most 1 calls | 1 | ok |",
        "",
    ]
    assert page.read_text().endswith(f"{END}\nafter\n")


async def test_a_row_that_goes_wrong_is_named_and_the_others_are_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> float:
        raise ZeroDivisionError

    went_wrong = await run([row({"ours": answering(broken)}), counts()], PLAN, Papers(None, None, []))

    assert went_wrong == ["toys"]
    assert "refreshes" in capsys.readouterr().out


async def test_a_row_that_this_machine_has_no_means_for_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    went_wrong = await run([counts(missing="no PostgreSQL")], PLAN, Papers(None, None, []))

    assert went_wrong == []
    assert "refreshes  skipped: no PostgreSQL" in capsys.readouterr().out


def test_the_terminal_is_told_every_figure_with_its_extent() -> None:
    lines = told(result({"ours": [1000.0, 1500.0, 12345.0]}))

    assert lines == ["== toys: nothing at all", "  ours      1,500 units/s (1,000 to 12,345)"]


def test_a_page_without_the_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("nothing")

    with pytest.raises(NoMarks):
        put(page, "table")
    assert page.read_text() == "nothing"


def counts(missing: str = "") -> Counted:
    async def measure(_: Conditions) -> Figures:
        if missing:
            raise Missing(missing)
        return {"refreshes": [1.0]}

    return Counted(
        name="counts",
        measures="calls",
        goals=[Goal(contender="refreshes", at_most=1)],
        measure=measure,
        units={"refreshes": "calls"},
    )
