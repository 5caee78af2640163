"""One check of the test flow: its work done until a deadline, timed, and what came of it said."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from time import monotonic

from app.integrations import issues
from app.integrations.issues import Issue, issue_of
from app.integrations.report import OPTIONAL, Check, CheckName, CheckOutcome
from app.suites.errors import SuiteError


class Failed(Exception):
    """A check found an issue that no error of the suite stands for; `required` unless one can do without."""

    def __init__(self, issue: Issue, error: SuiteError | None = None, *, required: bool = True) -> None:
        super().__init__(issue.code)
        self.issue = (
            replace(issue, provider_code=error.provider_code, correlation=error.correlation) if error else issue
        )
        self.required = required


class Skipped(Exception):
    """A check does not apply; the words say why."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


Hear = Callable[[Check], Awaitable[None]]
"""Is told of each check as soon as it is over."""


async def unheard(_: Check) -> None:
    """Nobody watches."""


async def checked(name: CheckName, work: Callable[[], Awaitable[object]], ends: float, hear: Hear = unheard) -> Check:
    """Do the work until `ends` (the loop's time) and say how it went, to `hear` too."""
    started = monotonic()
    outcome, issue, note = CheckOutcome.PASSED, None, None
    required = name not in OPTIONAL
    try:
        async with asyncio.timeout_at(ends):
            await work()
    except Skipped as skipped:
        outcome, note = CheckOutcome.SKIPPED, skipped.note
    except Failed as failed:
        outcome, issue = CheckOutcome.FAILED, failed.issue
        required = required and failed.required
    except SuiteError as error:
        outcome, issue = CheckOutcome.FAILED, issue_of(error)
    except TimeoutError:
        outcome, issue = CheckOutcome.FAILED, issues.TIMED_OUT
    duration = timedelta(seconds=monotonic() - started)
    check = Check(name=name, outcome=outcome, required=required, duration=duration, issue=issue, note=note)
    await hear(check)
    return check
