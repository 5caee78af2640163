"""What must hold once all is quiet, whatever happened before: each a check with a name, which says what differs."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from tests.faults.randomised.facts import Facts, gathered
from tests.faults.randomised.invariants import answers, audit, bookings, erasure, leftovers, notifications
from tests.faults.randomised.run import Run

Check = Callable[[Facts], Awaitable[Sequence[str]]]
CHECKS: Mapping[str, Check] = {
    "no open booking without its event, and each as its room says": bookings.true,
    "no event of ours without its booking, and none twice": bookings.complete,
    "no notification twice": notifications.once,
    "no notification missing": notifications.all_told,
    "nothing left of a purged organisation": erasure.nothing_left,
    "watches at the suites are ours, or end by themselves": erasure.watches,
    "the audit log is complete": audit.complete,
    "whatever was answered as done is done": answers.kept,
    "whoever listens and resumes has missed nothing": answers.heard,
    "no answer that nothing explains": answers.explained,
    "no claim, no lock and nothing due is left": leftovers.none,
    "nothing in the logs that no failure explains": leftovers.logs,
    "no process ended, or would not end, for no reason": leftovers.processes,
}


async def differences(run: Run) -> Mapping[str, Sequence[str]]:
    """By the name of each check; empty where it holds."""
    await answers.until_heard(run)
    facts = await gathered(run)
    return {name: await check(facts) for name, check in CHECKS.items()}
