"""What a run did, in figures."""

from collections import Counter
from collections.abc import Iterator

from tests.faults.randomised.run import Run


def of(run: Run) -> str:
    return "\n".join(_lines(run))


def _lines(run: Run) -> Iterator[str]:
    members = [member for home in run.homes for member in home.members]
    views = [listener.view for home in run.homes for listener in home.listeners]
    ledger, stage = run.ledger, run.stage
    yield (
        f"{len(members)} members acted {sum(member.acts_done for member in members)} times, "
        f"rooms and owners {sum(home.happenings.done for home in run.homes)} times"
    )
    yield f"answers: {_told(ledger.answers)}"
    yield f"asked again {ledger.repeats} times: {_told(Counter(failure.what for failure in ledger.failures))}"
    yield f"troubles: {_told(Counter({trouble.value: count for trouble, count in stage.counts.items()}))}"
    yield f"calls that met a fault: {stage.faults_met}; notifications meanwhile: {_told(stage.delivered)}"
    losses, updates = sum(view.losses for view in views), sum(view.updates for view in views)
    yield f"sockets lost and opened again: {losses}, updates heard: {updates}"
    fell = sum(len(machine.fell) for machine in (*stage.servers, *stage.workers))
    yield f"processes that fell by themselves and were started again: {fell}"
    yield f"watches that the suites could not be told to end: {stage.orphans}"


def _told(counted: Counter[str]) -> str:
    return ", ".join(f"{what} {count}" for what, count in sorted(counted.items())) or "none"
