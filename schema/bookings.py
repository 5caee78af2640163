"""Room bookings: the member's own requests to rooms, and how each stands."""

from datetime import datetime, timedelta
from typing import Annotated

import strawberry

from app import clock
from app.agenda.values import AgendaEvent
from app.bookings import models, silence
from app.bookings.models import BookingKind
from app.bookings.status import BookingReason, BookingState
from app.paging import page_of
from app.rooms.models import Room as RoomRow
from schema.booked_dates import (
    BookingOccurrence,
    SeriesRooms,
    occurrence_of,
    read_room,
    series_rooms_of,
    unread_room,
)
from schema.context import Info
from schema.events import Event, event_of
from schema.fields import loaded_field
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.optional import present, when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.reads import EventKey
from schema.rooms import Room, room_of

_BOOKINGS = "bookings"
_OCCURRENCES = "RoomBooking.occurrences"


@strawberry.type(
    description=(
        "A room that the viewer invited to an event or a series through us. It is a request: pending until the room "
        "accepts."
    )
)
class RoomBooking(Node):
    row: strawberry.Private[models.RoomBooking]
    kind: BookingKind = strawberry.field(description="Whether it covers one event or a series.")
    state: BookingState = strawberry.field(
        description="What the room said; of a series, the worst news of its dates that are not cancelled."
    )
    reason: BookingReason | None = strawberry.field(
        description=(
            "Why; null once the room that was asked for has accepted, `REPLACED` once another one has that the suite "
            "put in its place. Of an accepted series: `REPLACED` where that is so on any date."
        )
    )
    since: datetime = strawberry.field(description="Since when it stands so.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    last_checked_at: datetime | None = strawberry.field(
        description="When we last looked at the suite; null before the first look."
    )
    closed_at: datetime | None = strawberry.field(
        description="When it was cancelled, or its event was found to be over; null while it is open."
    )

    @loaded_field(
        description=(
            "The room that is invited now: the one that was asked for, or another that the suite put in its place by "
            "itself. Its details stay when it is unpaired later."
        ),
        key=lambda booking: unread_room(booking.row.room_id, booking.row.room),
        loader=lambda loaders: loaders.rooms,
    )
    def room(self, row: RoomRow | None) -> Room:
        return room_of(present(row or read_room(self.row.room)))

    @loaded_field(
        description=(
            "The room that was asked for, where the suite put another in its place by itself; null while `room` is "
            "the one that was asked for."
        ),
        key=lambda booking: unread_room(booking.row.requested_room_id, booking.row.requested_room),
        loader=lambda loaders: loaders.rooms,
    )
    def requested_room(self, row: RoomRow | None) -> Room | None:
        return when_present(row or read_room(self.row.requested_room), room_of)

    @loaded_field(
        description=(
            "Since when the room has been silent, once that is longer than the organisation lets pass "
            "(`notificationSettings`); null before, and once it has answered. It may still answer: it then waits for "
            "somebody's approval, or for nobody."
        ),
        key=lambda booking: booking.row.organisation_id,
        loader=lambda loaders: loaders.patience,
    )
    def no_answer_since(self, no_answer_after: timedelta) -> datetime | None:
        return silence.no_answer_since(self.row, no_answer_after, clock.now())

    @loaded_field(
        description=(
            "The event, or the series, read from the suite only where it is selected; null where it is gone or the "
            "suite does not show it at the moment (`viewer.connection` says how that stands). Each one is a call to "
            "the suite; a request may need 100 of them, which is a whole page of bookings."
        ),
        key=lambda booking: EventKey(booking.row.mailbox_reference_id, booking.row),
        loader=lambda loaders: loaders.events,
    )
    def event(self, event: AgendaEvent | None) -> Event | None:
        return when_present(event, event_of)

    @member_field(
        description=(
            "How the room stands on each coming date of a series, read from the suite only where it is selected; null "
            "for a single event."
        )
    )
    async def series(self, info: Info) -> SeriesRooms | None:
        found = await info.context.services.bookings.series_rooms(info.context.member, self.row)
        return when_present(found, series_rooms_of)

    @member_field(description="The dates of a series that are booked, each with its state; empty for a single event.")
    async def occurrences(self, info: Info, first: First = 50, after: After = None) -> Connection[BookingOccurrence]:
        request = page_request(info, _OCCURRENCES, first, after)
        rows = await info.context.loaders.occurrences.load(self.row.id)
        return connection_of(_OCCURRENCES, page_of(rows, request, lambda row: row.id.bytes), occurrence_of)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.ROOM_BOOKING, self.row.id)


@strawberry.type
class BookingQueries:
    @member_field(description="The viewer's own room bookings, the newest first.")
    async def bookings(
        self,
        info: Info,
        states: Annotated[
            list[BookingState] | None, strawberry.argument(description="Only bookings in these states; null: in any.")
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[RoomBooking]:
        context = info.context
        request = page_request(info, _BOOKINGS, first, after)
        page = await context.services.bookings.list(context.member, states, request)
        return connection_of(_BOOKINGS, page, booking_of)


def booking_of(row: models.RoomBooking) -> RoomBooking:
    """A booking as its owner sees it."""
    return RoomBooking(
        row=row,
        kind=row.kind,
        state=row.state,
        reason=row.reason,
        since=row.state_since,
        created_at=row.created_at,
        last_checked_at=row.last_checked_at,
        closed_at=row.closed_at,
    )
