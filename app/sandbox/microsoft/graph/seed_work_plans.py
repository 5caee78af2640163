"""Where people plan to work in a new sandbox: every second person says so, for a fortnight before and after today."""

import uuid
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.mailboxes.items import WallTime
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.work_plan import PlannedWork, WorkLocationType
from app.sandbox.state import SandboxState

FORTNIGHT = timedelta(days=14)
_AT_HOME = (0, 4)
"""Mondays and Fridays."""


def seed_work_plans(state: SandboxState, people: Sequence[User]) -> None:
    """Plan the weeks of every second one of these people; the first of them is off on each twelfth of a month."""
    today = state.clock.now().date()
    days = [today + timedelta(days=n) for n in range(-FORTNIGHT.days, FORTNIGHT.days + 1)]
    for number, user in enumerate(people[::2]):
        box = state.mailboxes.registry.of_user(user)
        if box is not None:
            box.work_plan = [_planned(box, day, number) for day in days if day.weekday() < 5]


def _planned(box: Mailbox, day: date, number: int) -> PlannedWork:
    kind = WorkLocationType.REMOTE if day.weekday() in _AT_HOME else WorkLocationType.OFFICE
    rule = uuid.uuid5(uuid.NAMESPACE_URL, f"{box.address} {kind}")
    if number == 0 and day.day == 12:
        kind = WorkLocationType.TIME_OFF
    return PlannedWork(
        start=WallTime(datetime.combine(day, time(9)), box.time_zone),
        end=WallTime(datetime.combine(day, time(17)), box.time_zone),
        type=kind,
        recurrence_id=None if kind is WorkLocationType.TIME_OFF else str(rule),
        id=str(uuid.uuid5(rule, day.isoformat())),
    )
