"""A member's own bookings, as lists, single rows and what a subscription starts from."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tortoise.expressions import Q
from tortoise.queryset import QuerySet

from app.bookings.models import BookingOccurrence, RoomBooking
from app.bookings.status import BookingState
from app.database.pages import newest_first
from app.errors import NotFound
from app.identity.principal import Principal
from app.paging import Page, PageRequest


async def get(principal: Principal, booking_id: UUID) -> RoomBooking:
    """One of the member's own bookings with its room. Raises NotFound, for another member's too."""
    booking = await own(principal).get_or_none(id=booking_id)
    if booking is None:
        raise NotFound("booking")
    return booking


async def many(principal: Principal, booking_ids: Sequence[UUID]) -> dict[UUID, RoomBooking]:
    """Those of these that are the member's own, by id, in one query."""
    return {booking.id: booking for booking in await own(principal).filter(id__in=list(booking_ids))}


async def page(principal: Principal, states: Sequence[BookingState] | None, request: PageRequest) -> Page[RoomBooking]:
    """The newest first; `states` None means all. Raises InvalidInput for a cursor that is none of ours."""
    rows = own(principal)
    if states is not None:
        rows = rows.filter(state__in=list(states))
    return await newest_first(rows, "created_at", request)


async def pending(principal: Principal) -> list[RoomBooking]:
    """What the member still waits for, the oldest first."""
    rows = own(principal).filter(state=BookingState.PENDING, closed_at__isnull=True)
    return await rows.order_by("created_at", "id")


async def changed_since(principal: Principal, since: datetime) -> list[RoomBooking]:
    """What changed at `since` or later, single dates of series included, in order of the change."""
    dates = await BookingOccurrence.of(principal.organisation_id).filter(
        booking__member_id=principal.member_id, state_since__gte=since
    )
    is_recent = Q(state_since__gte=since) | Q(id__in={date.booking_id for date in dates})
    return await own(principal).filter(is_recent).order_by("state_since", "id")


async def occurrences(principal: Principal, booking_ids: Sequence[UUID]) -> dict[UUID, list[BookingOccurrence]]:
    """The dates of these series bookings of the member's with reference and own room, by booking."""
    rows = (
        await BookingOccurrence.of(principal.organisation_id)
        .filter(booking_id__in=list(booking_ids), booking__member_id=principal.member_id)
        .select_related("mailbox_reference", "room")
    )
    found: dict[UUID, list[BookingOccurrence]] = {booking_id: [] for booking_id in booking_ids}
    for row in rows:
        found[row.booking_id].append(row)
    return found


async def occurrence(principal: Principal, occurrence_id: UUID) -> BookingOccurrence:
    """One date of a series booking of the member's. Raises NotFound."""
    rows = BookingOccurrence.of(principal.organisation_id).filter(booking__member_id=principal.member_id)
    found = await rows.select_related("room").get_or_none(id=occurrence_id)
    if found is None:
        raise NotFound("occurrence of the booking")
    return found


def own(principal: Principal) -> QuerySet[RoomBooking]:
    """The member's own bookings, each with its room and the one that was asked for instead."""
    return (
        RoomBooking.of(principal.organisation_id)
        .filter(member_id=principal.member_id)
        .select_related("room", "requested_room")
    )
