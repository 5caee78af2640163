"""Written down before the suite is asked to change an event: should nothing come after, somebody looks at it.

Whoever asks may die before the answer is recorded, and may never ask again; a settled booking would not be read for a
day then, unless the suite tells of the change by itself.
"""

from datetime import datetime, timedelta

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.recording import SWEEP_AFTER

HOLD_PERIOD = timedelta(seconds=90)


async def look_in_a_while(rows: QuerySet[RoomBooking]) -> None:
    """Have these bookings looked at once whoever changes their event is done with it, or dead."""
    later = clock.now() + SWEEP_AFTER
    await rows.filter(Q(next_check_at__isnull=True) | Q(next_check_at__gt=later)).update(next_check_at=later)


async def hold(booking: RoomBooking) -> datetime:
    """Have nobody look at the booking while its member lets the room go; until when.

    Half-way it looks as if the room had been taken off by somebody else, and the member would be told so. Whoever dies
    with it leaves their member some time to ask again; a look that is under way writes nothing down any more.
    """
    until = clock.now() + HOLD_PERIOD
    rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id, closed_at__isnull=True)
    await rows.update(claimed_until=until)
    return until


async def let_look(booking: RoomBooking, held_until: datetime) -> None:
    """What was asked for is written down, or was refused."""
    rows = RoomBooking.of(booking.organisation_id).filter(id=booking.id, claimed_until=held_until)
    await rows.update(claimed_until=None)


def of_same_event(booking: RoomBooking) -> QuerySet[RoomBooking]:
    """The open bookings of the booking's event, itself among them."""
    rows = RoomBooking.of(booking.organisation_id)
    return rows.filter(mailbox_reference_id=booking.mailbox_reference_id, closed_at__isnull=True)
