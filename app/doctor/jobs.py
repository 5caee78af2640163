"""Whether the jobs get done: what has been due for long says that nobody does it."""

from collections.abc import Sequence
from datetime import timedelta

from tortoise.expressions import Q

from app import clock
from app.bookings.models import RoomBooking
from app.database.engine import is_migrated
from app.findings import Finding, doubtful, well
from app.integrations.models import Integration
from app.settings import Settings

ABOUT = "jobs"
LATE_AFTER = timedelta(minutes=5)
"""Jobs look every fifteen seconds, and after a crash a claim lasts two minutes."""


async def jobs(settings: Settings) -> Sequence[Finding]:
    """What is late, across all organisations: only counted."""
    if not await is_migrated():
        return []
    now = clock.now()
    late = now - LATE_AFTER
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    bookings = await RoomBooking.filter(free, closed_at__isnull=True, next_check_at__lt=late).count()
    purges = await Integration.filter(retained_until__lt=late).count()
    says = [f"{bookings} bookings wait to be looked at"] if bookings else []
    says += [f"{purges} organisations wait to be purged"] if purges else []
    if not says:
        return [well(ABOUT, "nothing is late.")]
    who = "`hybrid-meetings serve`" if settings.runs_jobs_in_server else "`hybrid-meetings worker`"
    minutes = LATE_AFTER.total_seconds() / 60
    remedy = f"See that {who} runs, and in its log what fails; if it is only slow, the suite may be, or start another."
    return [doubtful(ABOUT, f"{' and '.join(says)}, since more than {minutes:.0f} minutes.", remedy)]
