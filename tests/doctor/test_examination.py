"""An examination ends, whatever hangs or breaks, and one look never hides another."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from app.doctor.examination import examine, worst_of
from app.findings import Finding, Level, doubtful, failing, well


async def _well() -> Sequence[Finding]:
    return [well("one", "well.")]


async def _hangs() -> Sequence[Finding]:
    await asyncio.Event().wait()
    return []


async def _breaks() -> Sequence[Finding]:
    raise ValueError("postgres://user:hush@database")


async def test_a_look_that_hangs_is_a_failure_and_the_others_are_told() -> None:
    found = await examine({"one": _well, "two": _hangs}, timedelta(milliseconds=20))

    assert [(finding.about, finding.level) for finding in found] == [("one", Level.OK), ("two", Level.FAILURE)]
    assert "no answer" in found[1].says


async def test_a_look_that_breaks_is_a_failure_that_repeats_nothing() -> None:
    found = await examine({"two": _breaks, "one": _well})

    assert [(finding.about, finding.level) for finding in found] == [("two", Level.FAILURE), ("one", Level.OK)]
    assert "ValueError" in found[0].says
    assert "hush" not in repr(found)


def test_the_worst_of_all_findings_is_how_the_whole_stands() -> None:
    warning, failure = doubtful("two", "doubtful.", "Look."), failing("three", "failing.", "Act.")

    assert worst_of([well("one", "well.")]) is Level.OK
    assert worst_of([well("one", "well."), warning]) is Level.WARNING
    assert worst_of([failure, well("one", "well."), warning]) is Level.FAILURE
