"""The randomised run in short: everything fails at random while members act, and in the end every promise is kept.

The long form, on any seed, is `python -m tests.faults.randomised`.
"""

from pathlib import Path

import pytest

from tests.faults.randomised.invariants import CHECKS, differences
from tests.faults.randomised.plan import Plan
from tests.faults.randomised.run import prepared

pytestmark = pytest.mark.long

SEED = 20_260_663
"""One by which nearly everything fails that can, within that time."""
SECONDS = 25
MEMBERS = 2
"""Of each of the four organisations."""


@pytest.mark.postgresql
@pytest.mark.redis
async def test_whatever_fails_in_whatever_order_nothing_is_lost_and_nothing_is_done_twice(tmp_path: Path) -> None:
    plan = Plan(seed=SEED, seconds=SECONDS, members=MEMBERS)

    async with prepared(plan, tmp_path) as run, run.listened():
        await run.act()
        await run.grow_quiet()
        found = await differences(run)

    assert {name: lines for name, lines in found.items() if lines} == {}
    assert found.keys() == CHECKS.keys()
    assert sum(member.acts_done for home in run.homes for member in home.members) > MEMBERS * len(run.homes)
    assert run.stage.counts.total() == len(plan.troubles())
