"""Written down before the suite is asked to change an event: should nothing come after, somebody looks at it.

Whoever asks may die before the answer is recorded, and may never ask again; a settled booking would not be read for a
day then, unless the suite tells of the change by itself.
"""

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.recording import SWEEP_AFTER


async def look_in_a_while(rows: QuerySet[RoomBooking]) -> None:
    """Have these bookings looked at once whoever changes their event is done with it, or dead."""
    later = clock.now() + SWEEP_AFTER
    await rows.filter(Q(next_check_at__isnull=True) | Q(next_check_at__gt=later)).update(next_check_at=later)


def of_same_event(booking: RoomBooking) -> QuerySet[RoomBooking]:
    """The open bookings of the booking's event, itself among them."""
    rows = RoomBooking.of(booking.organisation_id)
    return rows.filter(mailbox_reference_id=booking.mailbox_reference_id, closed_at__isnull=True)
