"""Booking rooms for a new or an existing event, and letting them go."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from app.bookings.commands import BookRoom, CancelBooking, CancelScope
from app.suites import events as suite
from app.suites.events import Frequency, Weekday
from schema.asked import parts_of_event_below
from schema.bookings import RoomBooking, booking_of
from schema.context import Info
from schema.enums import describe
from schema.errors import (
    BookingClosed,
    CalendarProblem,
    EventChanged,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    NotOrganiser,
    Problem,
    RoomNotBookable,
    RoomNotPaired,
    problem_of,
)
from schema.events import Event, event_of
from schema.ids import NodeKind
from schema.optional import when_present
from schema.permissions import member_mutation
from schema.scalars import TimeZone

describe(
    CancelScope,
    "How much of a series is concerned.",
    {
        CancelScope.OCCURRENCE: "One date.",
        CancelScope.THIS_AND_FOLLOWING: "One date and all later ones, at most 100 of them together.",
        CancelScope.SERIES: "Every date.",
    },
    name="SeriesScope",
)


SCOPE_FIELDS = {
    "scope": "How much of a series' booking is meant: to be said for a series, null for a single event.",
    "occurrence_id": "The date from which `scope` counts, by its id; null unless `scope` names a date.",
}
"""What every change of a booking says of these two."""


@strawberry.input(description="Somebody to invite; rooms are given by their ids instead.")
class AttendeeInput:
    email: str = strawberry.field(description="The email address.")
    name: str | None = strawberry.field(description="The name to show; null shows the address.", default=None)


@strawberry.input(description="How a new event repeats. Give either `until` or `count`.")
class RecurrenceInput:
    frequency: Frequency = strawberry.field(description="In what the interval counts.")
    interval: int = strawberry.field(description="Every how many days, weeks or months, 1 or more.", default=1)
    weekdays: list[Weekday] = strawberry.field(
        description="For `WEEKLY` the days it falls on; for `MONTHLY_BY_WEEKDAY` exactly one; else empty.",
        default_factory=list,
    )
    week_of_month: int | None = strawberry.field(
        description="For `MONTHLY_BY_WEEKDAY`: 1 to 4, or -1 for the last; null otherwise.", default=None
    )
    until: date | None = strawberry.field(
        description="The last day it may fall on, in the event's time zone; null where `count` is given.", default=None
    )
    count: int | None = strawberry.field(
        description="How many times it takes place; null where `until` is given.", default=None
    )


@strawberry.input(description="An event to be created in the viewer's own calendar.")
class NewEventInput:
    subject: str = strawberry.field(description="The subject, one line of 1 to 255 characters.")
    start: datetime = strawberry.field(description="When it starts, an instant that is not past.")
    end: datetime = strawberry.field(description="When it ends, an instant after the start.")
    time_zone: TimeZone = strawberry.field(description="The zone the event is made in; a series repeats by its clock.")
    attendees: list[AttendeeInput] = strawberry.field(
        description="Whom to invite; people and rooms together at most 499.", default_factory=list
    )
    body: str | None = strawberry.field(
        description="The body as plain text, at most 32,000 characters; null for none.", default=None
    )
    online_meeting: bool = strawberry.field(description="Whether to add an online meeting.", default=False)
    recurrence: RecurrenceInput | None = strawberry.field(
        description="How it repeats, the start being its first date; null for an event that takes place once.",
        default=None,
    )


@strawberry.input(
    description="Rooms for a new event, or for one of the viewer's own: give either `event` or `eventId`."
)
class BookRoomInput:
    room_ids: list[strawberry.ID] = strawberry.field(
        description="The rooms to invite, by their ids, each once, at most 20."
    )
    event: NewEventInput | None = strawberry.field(
        description="The event to create; null where `eventId` is given.", default=None
    )
    event_id: strawberry.ID | None = strawberry.field(
        description="An event that the viewer organises; null where `event` is given.", default=None
    )
    idempotency_key: str = strawberry.field(
        description="1 to 64 characters of the client's choice. A repeat under the same key books nothing twice."
    )


@strawberry.input(description="A booking to give up.")
class CancelBookingInput:
    booking_id: strawberry.ID = strawberry.field(description="The id of one of the viewer's own bookings.")
    scope: CancelScope | None = strawberry.field(description=SCOPE_FIELDS["scope"], default=None)
    occurrence_id: strawberry.ID | None = strawberry.field(description=SCOPE_FIELDS["occurrence_id"], default=None)
    cancel_event: bool = strawberry.field(
        description="Whether to cancel the event itself for everybody, and not only its room.", default=False
    )


@strawberry.type(description="The rooms are invited. Each booking is pending until its room accepts.")
class RoomsBooked:
    event: Event | None = strawberry.field(
        description="The event with its rooms; null where the suite does not show it at the moment."
    )
    bookings: list[RoomBooking] = strawberry.field(description="One booking for each room, in the order asked.")
    problems: list[Problem] = strawberry.field(description="What could not be done; empty where everything was.")


@strawberry.type(description="The room is let go.")
class BookingCancelled:
    booking: RoomBooking = strawberry.field(description="The booking as it stands now.")


BookRoomResult = Annotated[
    RoomsBooked
    | InvalidInput
    | NotFound
    | IdempotencyKeyReused
    | RoomNotPaired
    | RoomNotBookable
    | NotOrganiser
    | EventChanged
    | CalendarProblem,
    strawberry.union("BookRoomResult", description="The bookings, or why there are none: then nothing was done."),
]
CancelBookingResult = Annotated[
    BookingCancelled | InvalidInput | NotFound | BookingClosed | NotOrganiser | EventChanged | CalendarProblem,
    strawberry.union("CancelBookingResult", description="The booking given up, or why it stays."),
]


@strawberry.type
class BookingMutations:
    @member_mutation(
        description=(
            "Invite rooms to a new event in the viewer's calendar, or to one that they organise. Needs a connected "
            "calendar. Repeated under the same key, it reads the answer anew."
        )
    )
    async def book_room(
        self,
        info: Info,
        command: Annotated[BookRoomInput, strawberry.argument(name="input", description="The rooms, and for what.")],
    ) -> BookRoomResult:
        ids = info.context.ids
        booked = await info.context.services.bookings.book(
            info.context.member,
            BookRoom(
                room_ids=tuple(ids.open(NodeKind.ROOM, room_id) for room_id in command.room_ids),
                event=when_present(command.event, _new_event),
                event_mailbox_id=when_present(command.event_id, ids.open_event),
                idempotency_key=command.idempotency_key,
            ),
            parts_of_event_below(info),
        )
        return RoomsBooked(
            event=when_present(booked.event, lambda event: event_of(event)),
            bookings=[booking_of(row) for row in booked.bookings],
            problems=[problem_of(problem) for problem in booked.problems],
        )

    @member_mutation(description="Let a room go, for one date, for this and the following, or for the whole series.")
    async def cancel_booking(
        self,
        info: Info,
        command: Annotated[CancelBookingInput, strawberry.argument(name="input", description="What to give up.")],
    ) -> CancelBookingResult:
        ids = info.context.ids

        def open_occurrence(id_: str) -> UUID:
            return ids.open(NodeKind.BOOKING_OCCURRENCE, id_)

        row = await info.context.services.bookings.cancel(
            info.context.member,
            CancelBooking(
                booking_id=ids.open(NodeKind.ROOM_BOOKING, command.booking_id),
                scope=command.scope,
                occurrence_id=when_present(command.occurrence_id, open_occurrence),
                cancel_event=command.cancel_event,
            ),
        )
        return BookingCancelled(booking=booking_of(row))


def _new_event(event: NewEventInput) -> suite.NewEvent:
    return suite.NewEvent(
        subject=event.subject,
        start=event.start,
        end=event.end,
        time_zone=event.time_zone,
        attendees=tuple(suite.Person(person.email, person.name or person.email) for person in event.attendees),
        body=event.body,
        online_meeting=event.online_meeting,
        recurrence=when_present(event.recurrence, _recurrence),
    )


def _recurrence(recurrence: RecurrenceInput) -> suite.Recurrence:
    return suite.Recurrence(
        frequency=recurrence.frequency,
        interval=recurrence.interval,
        weekdays=tuple(recurrence.weekdays),
        week_of_month=recurrence.week_of_month,
        until=recurrence.until,
        count=recurrence.count,
    )
