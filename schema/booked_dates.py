"""The dates of a booked series, each with how the room stands on it."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.agenda.times import instant
from app.agenda.values import AgendaEvent, EventRoomState
from app.bookings import models, series_rooms
from app.bookings.status import BookingReason, BookingState
from app.paging import page_of
from app.rooms.models import Room as RoomRow
from schema.context import Info
from schema.errors import Problem, problem_of
from schema.events import Event, event_of
from schema.fields import computed_field, context_field, loaded_field
from schema.ids import NodeIds, NodeKind
from schema.node import Node
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.reads import EventKey
from schema.rooms import Room, room_of

_DATES = "SeriesRooms.dates"


@strawberry.type(description="One date of a series that a room is booked for, with a state of its own.")
class BookingOccurrence(Node):
    row: strawberry.Private[models.BookingOccurrence]
    state: BookingState = strawberry.field(description="What the room said to this date.")
    reason: BookingReason | None = strawberry.field(
        description="Why; null once the room that was asked for has accepted."
    )
    since: datetime = strawberry.field(description="Since when it stands so.")

    @loaded_field(
        description=(
            "The room on this date alone where it is another than the booking's: chosen by the viewer, or put there by "
            "the suite by itself (then `reason` is `REPLACED`); null where it is the booking's own room."
        ),
        key=lambda occurrence: unread_room(occurrence.row.room_id, occurrence.row.room),
        loader=lambda loaders: loaders.rooms,
    )
    def replacement(self, row: RoomRow | None) -> Room | None:
        return when_present(row or read_room(self.row.room), room_of)

    @loaded_field(
        description=(
            "The date's event, read from the suite only where it is selected, at a call each; null where it is gone or "
            "the suite does not show it at the moment."
        ),
        key=lambda occurrence: EventKey(occurrence.row.mailbox_reference_id, occurrence.row),
        loader=lambda loaders: loaders.events,
    )
    def event(self, event: AgendaEvent | None) -> Event | None:
        return when_present(event, event_of)

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.BOOKING_OCCURRENCE, self.row.id)


@strawberry.type(description="One coming date of a booked series.")
class SeriesDate:
    start: datetime | None = strawberry.field(
        description="When it begins, an instant in UTC; null where the suite did not show it just now."
    )
    end: datetime | None = strawberry.field(description="When it ends, an instant in UTC; null as `start` is.")
    state: EventRoomState = strawberry.field(
        description=(
            "What the room said to this date; `UNKNOWN` where only the answer to the series is shown and the room is "
            "not seen taken at this time."
        )
    )
    room: Room = strawberry.field(description="The room that is invited on this date.")
    occurrence: BookingOccurrence = strawberry.field(
        description="The date as it is booked; its id is what other requests name a date by."
    )


@strawberry.type(description="How a room stands on the coming dates of its series, those let go left out.")
class SeriesRooms:
    source: strawberry.Private[series_rooms.SeriesRooms]
    accepted: int = strawberry.field(description="On how many dates it has accepted.")
    rejected: int = strawberry.field(description="On how many dates it has declined or was lost.")
    pending: int = strawberry.field(description="On how many dates it has not answered.")
    unknown: int = strawberry.field(description="On how many dates nobody tells.")
    summary: str = strawberry.field(
        description="The same in a sentence for people, with the first days on which it declined."
    )

    @context_field(description="The dates in order, those within 90 days and later ones that a room was chosen for.")
    def dates(
        self,
        info: Info,
        states: Annotated[
            list[EventRoomState] | None,
            strawberry.argument(description="Only dates on which the room stands so; null: however it stands."),
        ] = None,
        first: First = 50,
        after: After = None,
    ) -> Connection[SeriesDate]:
        found = [date for date in self.source.dates if states is None or date.state in states]
        page = page_of(found, page_request(info, _DATES, first, after), lambda date: date.row.id.bytes)
        return connection_of(_DATES, page, _series_date_of)

    @computed_field(description="What could not be learned; empty where the suite told of every date.")
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


def occurrence_of(row: models.BookingOccurrence) -> BookingOccurrence:
    """One date of a series booking as its owner sees it."""
    return BookingOccurrence(
        row=row,
        state=row.state,
        reason=row.reason,
        since=row.state_since,
    )


def series_rooms_of(found: series_rooms.SeriesRooms) -> SeriesRooms:
    """A series' dates as the booking's owner sees them."""
    counts = found.counts
    return SeriesRooms(
        source=found,
        accepted=counts.get(EventRoomState.ACCEPTED, 0),
        rejected=counts.get(EventRoomState.REJECTED, 0),
        pending=counts.get(EventRoomState.PENDING, 0),
        unknown=counts.get(EventRoomState.UNKNOWN, 0),
        summary=found.summary,
    )


def _series_date_of(date: series_rooms.SeriesDate) -> SeriesDate:
    return SeriesDate(
        start=when_present(date.event, lambda event: instant(event.start)),
        end=when_present(date.event, lambda event: instant(event.end)),
        state=date.state,
        room=room_of(date.room),
        occurrence=occurrence_of(date.row),
    )


def read_room(room: object) -> RoomRow | None:
    """The room that a row was read with; None where it was read without, or has none."""
    return room if isinstance(room, RoomRow) else None


def unread_room(room_id: UUID | None, room: object) -> UUID | None:
    """The id of a row's room that has still to be read; None where that was done, and where the row has none."""
    return None if isinstance(room, RoomRow) else room_id
