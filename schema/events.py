"""Events as the viewer's own consent shows them, joined with rooms, colleagues and our own data."""

from datetime import date as Date  # noqa: N812  # a field below is called `date`
from datetime import datetime
from enum import StrEnum

import strawberry

from app.agenda.values import (
    AgendaAttendee,
    AgendaEvent,
    AttendeeLocationKind,
    Colleague,
    EventRoomState,
)
from app.agenda.values import Attendance as OwnAttendance
from app.agenda.values import AttendeeLocation as Whereabouts
from app.agenda.values import AttendeeSummary as Summary
from app.agenda.values import EventRoom as AgendaRoom
from app.agenda.values import Note as OwnNote
from app.bookings.status import BookingReason
from app.suites import events as suite
from app.suites.events import AttendeeKind, EventKind, EventStatus, Response, Sensitivity, ShowAs
from schema.context import Info
from schema.enums import describe
from schema.fields import computed_field, context_field
from schema.ids import NodeIds, NodeKind
from schema.members import Member, colleague_of
from schema.node import Node
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_by_position, page_request
from schema.rooms import Room, room_of
from schema.scalars import TimeZone

_ATTENDEES = "Event.attendees"

describe(
    EventRoomState,
    "How a room on an event stands, as far as this viewer is told.",
    {
        EventRoomState.PENDING: "Asked, not answered.",
        EventRoomState.ACCEPTED: "The room accepted.",
        EventRoomState.REJECTED: "The room declined, or was taken off the event.",
        EventRoomState.CANCELLED: "The booking or the whole event was cancelled.",
        EventRoomState.UNKNOWN: "The suite tells only the organiser, and the room was not booked through us.",
    },
)
describe(
    AttendeeLocationKind,
    "Where an attendee works at the time of the event.",
    {
        AttendeeLocationKind.AT_OFFICE: "At an office: building, floor and area say which.",
        AttendeeLocationKind.REMOTE: "Somewhere else than at an office.",
        AttendeeLocationKind.NOT_WORKING: "Not working then.",
        AttendeeLocationKind.UNKNOWN: "No member, no shift at that time, or not shared with this viewer.",
    },
)


class AttendanceKind(StrEnum):
    """How somebody attends an event."""

    IN_PERSON = "IN_PERSON"
    REMOTE = "REMOTE"


describe(
    AttendanceKind,
    "How somebody attends an event.",
    {
        AttendanceKind.IN_PERSON: "In the room.",
        AttendanceKind.REMOTE: "By the online meeting or by telephone.",
    },
)


@strawberry.type(description="When an event starts or ends: `date` for all-day events, `dateTime` for all others.")
class EventTime:
    date_time: datetime | None = strawberry.field(description="The instant, in UTC; null for an all-day event.")
    date: Date | None = strawberry.field(
        description="The day in `timeZone`, at the end the day after the last; null unless the event is all-day."
    )
    time_zone: TimeZone = strawberry.field(
        description=(
            "The zone the event was made in, `UTC` where the suite names none that is known. A suite can keep a zone "
            "of the same clock instead: at Microsoft 365 `Europe/Amsterdam` comes back as `Europe/Berlin`."
        )
    )


@strawberry.type(description="Somebody with an email address, whether a member or not.")
class Person:
    name: str = strawberry.field(description="The name the suite shows; the address where it shows none.")
    address: str = strawberry.field(name="email", description="The email address, lower case.")


@strawberry.type(
    description=(
        "Where an attendee works at the time of the event, from their own shift: the one that covers most of the event "
        "(of its first 24 hours where it is longer), and the earlier of two that cover as much. The days of an all-day "
        "event are those of its own zone."
    )
)
class AttendeeLocation:
    kind: AttendeeLocationKind = strawberry.field(description="At an office, elsewhere, or not known.")
    building: str | None = strawberry.field(description="The building's name; null unless at an office.")
    floor: str | None = strawberry.field(description="The floor's name; null unless at an office and chosen.")
    area: str | None = strawberry.field(description="The area's name; null unless at an office and chosen.")


@strawberry.type(description="Somebody invited to an event; rooms are listed apart.")
class EventAttendee:
    colleague: strawberry.Private[Colleague | None]
    person: suite.Person = strawberry.field(
        description="Name and email address, as the suite shows them.", graphql_type=Person
    )
    kind: AttendeeKind = strawberry.field(description="Whether their presence is asked for or optional.")
    response: Response = strawberry.field(
        description="What they answered; `NOT_RESPONDED` too where the suite tells only the organiser."
    )
    is_external: bool = strawberry.field(
        description="Whether the address is no member's and of a domain that no member's address has."
    )
    member: Member | None = computed_field(
        description=(
            "The colleague with this address, which can be another than the one they are written to: one they sign in "
            "with, or a further one of their mailbox. Null where there is none."
        )
    )(lambda self: when_present(self.colleague, colleague_of))
    location: Whereabouts = strawberry.field(
        description=(
            "Where they work then, as far as they share it. Who shares with `PEOPLE_I_MEET` is shown where they "
            "organise the event or accepted it as far as the viewer is told, and only while it is not cancelled. What "
            "is hidden looks as what is not known. Viewers always see their own."
        ),
        graphql_type=AttendeeLocation,
    )


@strawberry.type(
    description=(
        "How many attendees work where at the time of the event, as far as the viewer may see: each is in one of three "
        "groups. Rooms are not counted."
    )
)
class AttendeeSummary:
    at_event_building: int = strawberry.field(
        description=(
            "People at an office in a building where the event has a room that was neither rejected nor cancelled. A "
            "building is known by its name, or by what the suite's rooms call it, whatever the case."
        )
    )
    elsewhere: int = strawberry.field(description="People in another building, remote or not working.")
    unknown: int = strawberry.field(
        description="People whose location is not known or not shared with the viewer, and all who are no members."
    )


@strawberry.type(description="A room on an event.")
class EventRoom:
    source: strawberry.Private[AgendaRoom]
    name: str = strawberry.field(description="The room's name as the suite shows it.")
    email: str = strawberry.field(description="The room's email address, lower case.")
    room: Room | None = computed_field(description="The organisation's room; null for one that it does not list.")(
        lambda self: when_present(self.source.room, room_of)
    )
    state: EventRoomState = strawberry.field(
        description="Our own booking's state where the room was booked through us, else what the suite tells them."
    )
    reason: BookingReason | None = strawberry.field(
        description="Why the booking is in its state; null where the room was not booked through us."
    )

    @context_field(description="The booking's id; null where the viewer did not book the room through us.")
    def booking_id(self, info: Info) -> strawberry.ID | None:
        booking_id = self.source.booking_id
        return None if booking_id is None else info.context.ids.seal(NodeKind.ROOM_BOOKING, booking_id)


@strawberry.type(description="How a colleague attends an event, by their own word. Our data, unknown to the suite.")
class EventAttendance:
    member: Member = strawberry.field(description="The colleague.")
    kind: AttendanceKind = strawberry.field(description="In person or remote.")


@strawberry.type(description="A note on an event for colleagues of the organisation. Our data, unknown to the suite.")
class EventNote:
    author: Member = strawberry.field(description="Who wrote it.")
    text: str = strawberry.field(description="What it says, as plain text.")


def _series_id(self: "Event", info: Info) -> strawberry.ID | None:
    return when_present(self.source.event.series_mailbox_id, info.context.ids.seal_event)


@strawberry.type(
    description=(
        "An event, one date of a series, or a series, read from the viewer's own calendar with their own consent at "
        "this moment. Nothing of it is kept."
    )
)
class Event(Node):
    source: strawberry.Private[AgendaEvent]
    subject: str = strawberry.field(description="The subject as the viewer's calendar shows it; it can be empty.")
    start: suite.EventTime = strawberry.field(description="When it starts.", graphql_type=EventTime)
    end: suite.EventTime = strawberry.field(
        description="When it ends; of an all-day event, the day after its last.", graphql_type=EventTime
    )
    is_all_day: bool = strawberry.field(description="Whether it covers whole days.")
    kind: EventKind = strawberry.field(description="Whether it stands alone or belongs to a series.")
    series_id: strawberry.ID | None = context_field(
        description="The id of the series; null unless the event is one of its dates."
    )(_series_id)
    original_start: datetime | None = strawberry.field(
        description="When the series would have had this date, an instant in UTC; null unless one of its dates."
    )
    status: EventStatus = strawberry.field(description="Whether it takes place.")
    sensitivity: Sensitivity = strawberry.field(description="How private the organiser marked it.")
    show_as: ShowAs = strawberry.field(description="How others see this time in the viewer's calendar.")
    organiser: suite.Person | None = strawberry.field(
        description="Who organises it; null where the suite does not say.", graphql_type=Person | None
    )
    organiser_location: Whereabouts = strawberry.field(
        description=(
            "Where the organiser works then, shown as of an attendee: the suite need not list them among `attendees`, "
            "and only there does `attendeeSummary` count them."
        ),
        graphql_type=AttendeeLocation,
    )
    is_organiser: bool = strawberry.field(description="Whether the viewer organises it.")
    response: Response = strawberry.field(description="What the viewer answered.")
    location: str | None = strawberry.field(description="The place in words, as the suite shows it; null without one.")
    rooms: list[EventRoom] = computed_field(description="The rooms that were invited, with how each stands.")(
        lambda self: [_event_room_of(room) for room in self.source.rooms]
    )
    online_meeting_url: str | None = strawberry.field(description="Where to join online; null without such a meeting.")
    web_url: str | None = strawberry.field(description="The event in the suite's own calendar; null where unknown.")
    body_preview: str = strawberry.field(description="The beginning of the body as plain text; it can be empty.")

    @computed_field(description="How colleagues attend, by their own word; colleagues who said nothing are not listed.")
    def attendance(self) -> list[EventAttendance]:
        return [_attendance_of(attendance) for attendance in self.source.attendances]

    @computed_field(description="The viewer's own note; null where they wrote none.")
    def note(self) -> EventNote | None:
        viewer_id = self.source.viewer_id
        own = (note for note in self.source.notes if note.author.member_id == viewer_id)
        return when_present(next(own, None), _note_of)

    @computed_field(description="The notes of all colleagues, the viewer's own included.")
    def notes(self) -> list[EventNote]:
        return [_note_of(note) for note in self.source.notes]

    @context_field(description="The people invited, in the suite's order; rooms are listed under `rooms`.")
    def attendees(self, info: Info, first: First = 50, after: After = None) -> Connection[EventAttendee]:
        request = page_request(info, _ATTENDEES, first, after)
        return connection_by_position(_ATTENDEES, self.source.attendees, request, _attendee_of)

    @computed_field(
        description="How many attendees are at the event's building, elsewhere, or unknown.", shown_as=AttendeeSummary
    )
    def attendee_summary(self) -> Summary:
        return self.source.attendee_summary

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal_event(self.source.event.mailbox_id)


def event_of(source: AgendaEvent) -> Event:
    """An event of the viewer's own calendar as a client sees it."""
    event = source.event
    return Event(
        source=source,
        subject=event.subject,
        start=event.start,
        end=event.end,
        is_all_day=event.is_all_day,
        kind=event.kind,
        original_start=event.original_start,
        status=event.status,
        sensitivity=event.sensitivity,
        show_as=event.show_as,
        organiser=event.organiser,
        organiser_location=source.organiser_location,
        is_organiser=event.is_organiser,
        response=event.response,
        location=event.location,
        online_meeting_url=event.online_meeting_url,
        web_url=event.web_url,
        body_preview=event.body_preview,
    )


def _attendee_of(attendee: AgendaAttendee) -> EventAttendee:
    invited = attendee.attendee
    return EventAttendee(
        colleague=attendee.member,
        person=invited.person,
        kind=invited.kind,
        response=invited.response,
        is_external=attendee.is_external,
        location=attendee.location,
    )


def _event_room_of(entry: AgendaRoom) -> EventRoom:
    return EventRoom(
        source=entry,
        name=entry.person.name,
        email=entry.person.address,
        state=entry.state,
        reason=entry.reason,
    )


def _attendance_of(attendance: OwnAttendance) -> EventAttendance:
    kind = AttendanceKind.IN_PERSON if attendance.in_person else AttendanceKind.REMOTE
    return EventAttendance(member=colleague_of(attendance.member), kind=kind)


def _note_of(note: OwnNote) -> EventNote:
    return EventNote(author=colleague_of(note.author), text=note.text)
