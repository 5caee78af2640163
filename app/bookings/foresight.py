"""Written down before the suite is asked to change an event: should nothing come after, somebody looks at it.

Whoever asks may die before the answer is recorded, and may never ask again; a settled booking would not be read for a
day then, unless the suite tells of the change by itself.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.recording import SWEEP_AFTER
from app.errors import ProblemError, SuiteUnavailable

HOLD_PERIOD = timedelta(seconds=90)


async def look_in_a_while(rows: QuerySet[RoomBooking]) -> None:
    """Have these bookings looked at once whoever changes their event is done with it, or dead."""
    later = clock.now() + SWEEP_AFTER
    await rows.filter(Q(next_check_at__isnull=True) | Q(next_check_at__gt=later)).update(next_check_at=later)


@asynccontextmanager
async def held(rows: QuerySet[RoomBooking]) -> AsyncIterator[None]:
    """Have nobody look at these bookings while their member changes the event.

    Half-way it looks as if the rooms or somebody else had done it, and the member would be told so. Whoever dies with
    it leaves their member some time to ask again, and so does a suite that perhaps did it; a look that is under way
    writes nothing down any more.
    """
    until = clock.now() + HOLD_PERIOD
    held_rows = await rows.all()
    await rows.update(claimed_until=until)
    try:
        yield
    except SuiteUnavailable:
        raise
    except ProblemError:
        await _let_look(held_rows, until)
        raise
    await _let_look(held_rows, until)


async def _let_look(bookings: Sequence[RoomBooking], held_until: datetime) -> None:
    """What was asked for is written down, or was refused."""
    for booking in bookings:
        mine = RoomBooking.of(booking.organisation_id).filter(id=booking.id, claimed_until=held_until)
        await mine.update(claimed_until=None)


def of_same_event(booking: RoomBooking) -> QuerySet[RoomBooking]:
    """The open bookings of the booking's event, itself among them."""
    rows = RoomBooking.of(booking.organisation_id)
    return rows.filter(mailbox_reference_id=booking.mailbox_reference_id, closed_at__isnull=True)
