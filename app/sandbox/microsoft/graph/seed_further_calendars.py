"""Calendars beside the default one: somebody's own for a project, and a colleague's that is shown to somebody."""

from datetime import datetime, time, timedelta

from app.sandbox.microsoft.directory import Tenant
from app.sandbox.microsoft.mailboxes.items import Invitation, WallTime
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.state import SandboxState

_OWN = {0: "Facilities", 2: "Side projects"}
"""Who, in the order of the tenant's people, has which further calendar."""
_SHARED = {0: 2, 1: 0}
"""Who sees whose calendar."""
_EVENTS = (
    (timedelta(days=1), time(8, 30), "Fire drill, north stair"),
    (timedelta(days=3), time(13, 0), "Window cleaners"),
    (timedelta(days=8), time(10, 0), "Lift inspection"),
)


def seed_further_calendars(state: SandboxState, tenant: Tenant) -> None:
    """Add them to the tenant's people, from this week's Monday on."""
    users = [user for user in state.directory.users(tenant.id) if user.enabled]
    boxes = [state.mailboxes.registry.of_user(user) for user in users]
    for place, name in _OWN.items():
        if place < len(boxes) and (box := boxes[place]) is not None:
            _fill(state, box, box.add_calendar(name).id)
    for place, other in _SHARED.items():
        if max(place, other) < len(boxes) and (box := boxes[place]) is not None and (shown := boxes[other]) is not None:
            box.add_calendar(shown.owner.name, shared_by=shown.owner)


def _fill(state: SandboxState, box: Mailbox, calendar_id: str) -> None:
    today = state.clock.now().date()
    monday = today - timedelta(days=today.weekday())
    for days, at, subject in _EVENTS:
        begins = datetime.combine(monday + days, at)
        says = Invitation(
            subject=subject,
            start=WallTime(begins, box.time_zone),
            end=WallTime(begins + timedelta(hours=1), box.time_zone),
            organizer=box.owner,
            original_start_zone=box.time_zone,
            original_end_zone=box.time_zone,
        )
        state.mailboxes.scheduling.place(box, says, calendar_id=calendar_id)
