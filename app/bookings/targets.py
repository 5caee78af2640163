"""How much of a booking somebody means: all of it, one date of a series, or a date and all that follow it.

Neither suite knows "this and all that follow" of a series. What people's own programs do, end the series and begin
another, would lose what single dates have of their own at one suite; so it is done date by date, for as many as that
is bearable.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from app import clock
from app.agenda.times import instant, is_over
from app.bookings.commands import CancelScope
from app.bookings.models import BookingKind, BookingOccurrence, RoomBooking
from app.bookings.series import FAR_HORIZON
from app.bookings.shifting import series_time
from app.bookings.status import BookingState
from app.errors import BookingClosed, InvalidInput, NotFound, NotOrganiser, ProblemCode
from app.suites.events import Event, EventKind, EventStatus
from app.suites.protocol import Mailbox

MAX_FOLLOWING = 100
"""So many dates are changed one by one for one request: what both suites take of one person within a minute."""


@dataclass(frozen=True, slots=True)
class Target:
    """`date` is None where the whole booking is meant."""

    date: BookingOccurrence | None = None
    and_following: bool = False


async def target_of(booking: RoomBooking, scope: CancelScope | None, occurrence_id: object) -> Target:
    """What is meant. Raises InvalidInput, NotFound, BookingClosed for a date that was let go."""
    if booking.kind is BookingKind.EVENT:
        if occurrence_id is not None:
            raise InvalidInput("occurrenceId", "This booking is for a single event: it has no dates of a series.")
        return Target()
    if scope is None:
        raise InvalidInput(
            "scope",
            "This booking covers a series: say whether one date, that and the following, or the series is meant.",
            remedy="Give the scope SERIES; or OCCURRENCE or THIS_AND_FOLLOWING together with the date's id.",
        )
    if scope is CancelScope.SERIES:
        return Target()
    if occurrence_id is None:
        raise InvalidInput(
            "occurrenceId",
            "Say which date of the series is meant.",
            remedy="Give the date's id from the booking's occurrences.",
        )
    dates = BookingOccurrence.of(booking.organisation_id).filter(booking_id=booking.id)
    date = await dates.select_related("room", "mailbox_reference").get_or_none(id=occurrence_id)
    if date is None:
        raise NotFound("occurrence of the booking")
    if date.state is BookingState.CANCELLED:
        raise BookingClosed
    return Target(date, and_following=scope is CancelScope.THIS_AND_FOLLOWING)


async def own_event(mailbox: Mailbox, mailbox_id: str, field: str = "bookingId") -> Event:
    """The event, series or date, which has to be one that the member may still change.

    Raises NotFound, NotOrganiser, and InvalidInput, which names `field`.
    """
    event = await mailbox.event(mailbox_id)
    if event.status is EventStatus.CANCELLED:
        raise NotFound("event")
    if not event.is_organiser:
        raise NotOrganiser
    if event.kind is not EventKind.SERIES and is_over(event, clock.now()):
        raise InvalidInput(
            field,
            "The event lies in the past.",
            code=ProblemCode.EVENT_IN_THE_PAST,
            remedy="Choose an event that is still to come.",
        )
    return event


async def dates_from(mailbox: Mailbox, series_id: str, date_id: str) -> Sequence[Event]:
    """The date and those that the series has after it, in order. Raises InvalidInput where there are too many."""
    first = await mailbox.event(date_id)
    begin = series_time(first)
    since = min(begin, instant(first.start))
    found = await mailbox.occurrences(series_id, since, since + FAR_HORIZON)
    now = clock.now()
    dates = [
        event
        for event in found
        if series_time(event) >= begin and event.status is not EventStatus.CANCELLED and not is_over(event, now)
    ]
    if len(dates) > MAX_FOLLOWING:
        raise InvalidInput(
            "scope",
            f"More than {MAX_FOLLOWING} dates follow in this series: so many cannot be changed one by one.",
            remedy="Change the whole series, or single dates.",
        )
    return dates
