"""Whose a booking is, held while it changes."""

from app.bookings.models import RoomBooking
from app.connections.models import CalendarConnection
from app.identity.models import Member


async def hold_owner(booking: RoomBooking) -> None:
    """Keep the booking's member and connection from being erased until the caller's transaction ends.

    Call first, before the booking itself is written: who erases goes from member to connection to booking, and who went
    the other way would wait for them, and they for us. It has to be asked for, since PostgreSQL looks at what a row
    refers to not only when that changes but whenever the row is written a second time in one transaction.
    """
    for owner in (
        Member.of(booking.organisation_id).filter(id=booking.member_id),
        CalendarConnection.of(booking.organisation_id).filter(id=booking.connection_id),
    ):
        await owner.only("id").select_for_update(no_key=True)
