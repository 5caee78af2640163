"""The soak in short: many members at both suites, and everything that can go wrong with hearing does.

The long form, with its figures, is `benchmarks/soak.py`.
"""

from pathlib import Path

from benchmarks.soaking.plan import SoakPlan
from benchmarks.soaking.run import Soak
from tests.journeys.story import story_on
from tests.support.database import sqlite_url

SEED = 20_260_101
PATIENCE_SECONDS = 2.0


async def test_whatever_goes_wrong_every_booking_ends_as_it_stands_at_the_suite_and_every_change_is_told_once(
    tmp_path: Path,
) -> None:
    plan = SoakPlan(seed=SEED, bookings=40, members=10, calm=2)
    settings = {"PENDING_POLL_INTERVAL": "1"}
    async with story_on(sqlite_url(tmp_path), tmp_path, moves_clock=True, **settings) as story:
        soak = Soak(plan, story.sandbox, story.server)
        async with soak.prepared():
            await soak.calm()
            await soak.first_answers()
            await soak.changes(PATIENCE_SECONDS)
            differences = await soak.differences()

    assert differences == []
    assert len(soak.figures.latencies) == plan.calm
    assert soak.figures.forged > 0
    assert sum(side.dropped for side in soak.figures.delivered) > 0
    assert sum(side.doubled for side in soak.figures.delivered) > 0
    assert soak.figures.throttled > 0
    assert soak.figures.rejections > 0
