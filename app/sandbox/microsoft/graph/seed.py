"""The calendars a sandbox begins with: rooms first, then everybody's fortnight before and after today.

What lies where depends on the day and on nothing else, so two sandboxes of one day are alike.
"""

from datetime import datetime, timedelta

from app.sandbox.microsoft.graph.seed_calendars import TenantSeeder
from app.sandbox.microsoft.graph.seed_further_calendars import seed_further_calendars
from app.sandbox.microsoft.graph.seed_rooms import seed_rooms
from app.sandbox.microsoft.graph.seed_work_plans import seed_work_plans
from app.sandbox.microsoft.mailboxes.items import Item
from app.sandbox.state import SandboxState


def seed_calendars(state: SandboxState) -> None:
    """Fill the mailboxes of whoever is in the directory, and let every room answer."""
    for tenant in state.directory.tenants():
        seed_rooms(state.mailboxes.registry, tenant)
        people = [u for u in state.directory.users(tenant.id) if u.has_mailbox and u.enabled]
        if people:
            TenantSeeder(state, people).fill()
            seed_further_calendars(state, tenant)
            seed_work_plans(state, people)
    _age(state)


def _age(state: SandboxState) -> None:
    """Make everything look as if it had been written some time ago."""
    today = state.clock.now().replace(hour=8, minute=0, second=0, microsecond=0)
    for box in state.mailboxes.registry.mailboxes():
        for item in box.items():
            written_at = today - timedelta(days=16 + int(item.meeting[:4], 16) % 30)
            for copy in (item, *item.exceptions.values()):
                _write_at(copy, written_at)


def _write_at(item: Item, moment: datetime) -> None:
    item.created_at = item.modified_at = item.meeting_created_at = moment
