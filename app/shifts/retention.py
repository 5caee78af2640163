"""The job that erases past shifts, cancelled ones too, once they are older than their organisation keeps them.

When is told by our clock and the shift's own day. Any number of processes may erase at the same time: what one has
erased is not there for the other.
"""

from datetime import datetime, timedelta

from app import clock
from app.identity.models import Organisation
from app.shifts.models import Shift
from app.shifts.workplace_settings import settings_of

INTERVAL = timedelta(hours=1)
BATCH = 500
_LATEST_ZONE = timedelta(hours=12)
"""How far the last place on Earth is behind UTC: there it has to be over too."""


class ShiftRetention:
    """Erases what is past its time, once an hour."""

    name = "shift-retention"

    def __init__(self) -> None:
        self._next: datetime | None = None

    async def run_due(self) -> datetime:
        """Erase what is due; answers when to look again."""
        now = clock.now()
        if self._next is not None and now < self._next:
            return self._next
        for organisation in await Organisation.all():
            await _erase(organisation, now)
        self._next = now + INTERVAL
        return self._next


async def _erase(organisation: Organisation, now: datetime) -> None:
    oldest_kept = (now - _LATEST_ZONE).date() - settings_of(organisation).shift_retention
    past = Shift.of(organisation.id).filter(date__lt=oldest_kept)
    while due := await past.order_by("date", "id").limit(BATCH):
        await Shift.of(organisation.id).filter(id__in=[shift.id for shift in due]).delete()
