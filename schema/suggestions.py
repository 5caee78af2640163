"""A way out of a rejection: rooms that could take another's place."""

from typing import Annotated

import strawberry

from app.bookings.suggesting import RoomSuggestions as FoundRooms
from app.paging import page_of
from schema.context import Info
from schema.errors import BookingClosed, CalendarProblem, InvalidInput, NotFound, Problem, problem_of
from schema.fields import computed_field, context_field
from schema.ids import NodeKind
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field
from schema.rooms import Room, room_of

_ROOMS = "RoomSuggestions.rooms"
_REMINDER = "A free room may still decline: the suite's booking rules cannot be read beforehand."


@strawberry.type(description="A free room that could take the place of the booking's.")
class RoomSuggestion:
    room: Room = strawberry.field(description="One of the organisation's paired rooms.")
    free_dates: int = strawberry.field(
        description="On how many of the dates it is free; 1 for a single event or a single date."
    )


@strawberry.type(description="Free rooms, as the suite told just now, and what could not be learned.")
class RoomSuggestions:
    source: strawberry.Private[FoundRooms]
    dates: int = strawberry.field(
        description="On how many dates a room is needed: of a series, those within 90 days; else 1."
    )
    reminder: str = strawberry.field(description="What to tell the member beside a free room, in words.")

    @context_field(
        description=(
            "Rooms that are free on every date first, then those free on most; among equals the best fit: enough "
            "seats, what the present room has in it, the same building."
        )
    )
    def rooms(self, info: Info, first: First = 50, after: After = None) -> Connection[RoomSuggestion]:
        found = self.source.rooms
        page = page_of(found, page_request(info, _ROOMS, first, after), lambda entry: entry.room.id.bytes)
        return connection_of(
            _ROOMS, page, lambda entry: RoomSuggestion(room=room_of(entry.room), free_dates=entry.free_dates)
        )

    @computed_field(description="Why some rooms could not be considered; empty where the suite told of every room.")
    def problems(self) -> list[Problem]:
        return [problem_of(error) for error in self.source.problems]


RoomSuggestionsResult = Annotated[
    RoomSuggestions | InvalidInput | NotFound | BookingClosed | CalendarProblem,
    strawberry.union("RoomSuggestionsResult", description="The rooms, or why none could be looked for."),
]


@strawberry.type
class RoomSuggestionQueries:
    @member_field(
        description=(
            "Free rooms instead of one that declined or has not answered, for the same time, read from the suite with "
            "the viewer's own consent. `replaceRoom` puts one in its place."
        )
    )
    async def room_suggestions(
        self,
        info: Info,
        booking_id: Annotated[
            strawberry.ID, strawberry.argument(description="The id of one of the viewer's own bookings.")
        ],
        occurrence: Annotated[
            strawberry.ID | None,
            strawberry.argument(
                description="One date of a series, by its id; null: for the event, or all coming dates of the series."
            ),
        ] = None,
    ) -> RoomSuggestionsResult:
        ids = info.context.ids
        found = await info.context.services.bookings.suggestions(
            info.context.member,
            ids.open(NodeKind.ROOM_BOOKING, booking_id),
            when_present(occurrence, lambda id_: ids.open(NodeKind.BOOKING_OCCURRENCE, id_)),
        )
        return RoomSuggestions(source=found, dates=found.dates, reminder=_REMINDER)
