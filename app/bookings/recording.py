"""Writing down what was booked: references, bookings and the answer to the idempotency key, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.bookings import transitions
from app.bookings.derivation import ASKED, Standing, after_answer
from app.bookings.models import BookingIntent, BookingKind, BookingOccurrence, IntentState, RoomBooking
from app.bookings.polling import PollingPolicy
from app.bookings.replacing import answer_of
from app.bookings.status import BookingState
from app.connections.models import CalendarConnection
from app.identity.idempotency import IdempotencyService
from app.identity.models import IdempotencyRecord
from app.references.service import References, ReferenceService
from app.rooms.models import Room
from app.suites.events import Event, EventKind, RoomAnswer
from app.suites.protocol import SuiteName

SWEEP_AFTER = timedelta(minutes=3)
"""How long an intent is left to the request that wrote it."""
_ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the suite holds now, to be recorded under an intent."""

    intent: BookingIntent
    record: IdempotencyRecord
    connection: CalendarConnection
    suite: SuiteName
    rooms: Sequence[Room]
    event: Event
    occurrences: Sequence[Event] = ()
    is_new_event: bool = False
    """Whether the event was created just now, so that we cannot know it yet."""
    look_at_once: bool = False
    """Whether the room may have answered unnoticed: the write is an older attempt's."""


class BookingRecorder:
    """Records bookings exactly once, however many try."""

    def __init__(self, references: ReferenceService, idempotency: IdempotencyService, policy: PollingPolicy) -> None:
        self._references = references
        self._idempotency = idempotency
        self._policy = policy

    async def record(self, written: Written) -> list[RoomBooking] | None:
        """The bookings, one per room in order; None where somebody else recorded this intent first."""
        for attempt in range(_ATTEMPTS):
            try:
                async with in_transaction():
                    return await self._record(written)
            except IntegrityError:
                # Another request booked the same room for the same event just now: look again and share its row.
                if attempt == _ATTEMPTS - 1:
                    raise
        raise AssertionError("unreachable")

    async def _record(self, written: Written) -> list[RoomBooking] | None:
        intent, organisation_id = written.intent, written.connection.organisation_id
        rows = BookingIntent.of(organisation_id).filter(id=intent.id)
        if not await rows.exclude(state=IntentState.DONE).update(state=IntentState.DONE, claimed_until=None):
            return None
        # Read after the update has locked the row: news of this mailbox either came before, or finds our rows.
        [(noticed_at,)] = await rows.values_list("next_check_at")
        now = clock.now()
        is_noticed = noticed_at is not None and noticed_at < intent.created_at + SWEEP_AFTER
        is_due = written.look_at_once or is_noticed
        references = await self._referred(written)
        is_new = references[written.event.mailbox_id].is_new
        present = {} if is_new else await self._present(written, references)
        owner_id = await _owner_of(written.connection)
        bookings = [
            present.get(room.id) or self._booking(written, room, references, now, owner_id, is_due=is_due)
            for room in written.rooms
        ]
        fresh = [booking for booking in bookings if booking.room_id not in present]
        await RoomBooking.bulk_create(fresh)
        await self._ask_again(written, list(present.values()), now)
        if written.occurrences:
            await BookingOccurrence.bulk_create(_occurrences(written, fresh, references, now))
        await self._idempotency.finish(written.record, [booking.id for booking in bookings])
        return bookings

    async def _referred(self, written: Written) -> dict[str, References]:
        """The references of the event and of the dates of a series, by their `mailbox_id`."""
        connection, suite, event = written.connection, written.suite, written.event
        if written.is_new_event and not written.occurrences:
            return {event.mailbox_id: await self._references.of_new_event(connection, suite, event)}
        return await self._references.of_events(connection, suite, [event, *written.occurrences])

    async def _present(self, written: Written, references: Mapping[str, References]) -> dict[UUID, RoomBooking]:
        """The live bookings of these rooms for this event, by room."""
        reference = references[written.event.mailbox_id].event
        rows = await RoomBooking.of(written.connection.organisation_id).filter(
            event_reference_id=reference.id, live_slot=1, room_id__in=[room.id for room in written.rooms]
        )
        rooms = {room.id: room for room in written.rooms}
        for row in rows:
            row.room = rooms[row.room_id]
        return {row.room_id: row for row in rows}

    async def _ask_again(self, written: Written, present: Sequence[RoomBooking], now: datetime) -> None:
        """A room that had said no and was invited anew is pending again."""
        for booking in present:
            answer = answer_of(written.event, booking.room.address)
            if booking.state is BookingState.REJECTED and answer is not RoomAnswer.DECLINED:
                await transitions.change(booking, ASKED, now)
                booking.next_check_at = now
                await RoomBooking.of(booking.organisation_id).filter(id=booking.id).update(next_check_at=now)

    def _booking(
        self,
        written: Written,
        room: Room,
        references: Mapping[str, References],
        now: datetime,
        owner_id: UUID,
        *,
        is_due: bool,
    ) -> RoomBooking:
        """A new booking; a room that declined at once is pending until the first look, which tells the member."""
        is_series = written.event.kind is EventKind.SERIES
        answer = answer_of(written.event, room.address) or RoomAnswer.PENDING
        standing = ASKED if is_series else after_answer(ASKED, answer)
        if standing.state is BookingState.REJECTED or (is_series and answer is not RoomAnswer.PENDING):
            standing, is_due = ASKED, True
        wait = self._policy.next_look(standing.state, timedelta(), 0)
        own = references[written.event.mailbox_id]
        return RoomBooking(
            id=uuid4(),
            organisation_id=written.connection.organisation_id,
            member_id=owner_id,
            connection_id=written.connection.id,
            room=room,
            event_reference_id=own.event.id,
            mailbox_reference_id=own.mailbox.id,
            kind=BookingKind.SERIES if is_series else BookingKind.EVENT,
            state=standing.state,
            reason=standing.reason,
            state_since=now,
            created_at=now,
            last_checked_at=now,
            next_check_at=now if is_due else now + wait,
            live_slot=1,
        )


async def _owner_of(connection: CalendarConnection) -> UUID:
    """Whose the mailbox is now: its member may have been merged into another since the event was written."""
    rows = CalendarConnection.of(connection.organisation_id).filter(id=connection.id)
    present = await rows.select_for_update(no_key=True).first()
    return present.member_id if present is not None else connection.member_id


def _occurrences(
    written: Written, bookings: Sequence[RoomBooking], references: Mapping[str, References], now: datetime
) -> list[BookingOccurrence]:
    return [
        new_occurrence(booking, references[event.mailbox_id], ASKED, now)
        for booking in bookings
        for event in written.occurrences
    ]


def new_occurrence(
    booking: RoomBooking, references: References, standing: Standing, now: datetime, room_id: UUID | None = None
) -> BookingOccurrence:
    """One date of a series, not yet saved; `room_id` where another room than the booking's stands on it."""
    return BookingOccurrence(
        id=uuid4(),
        organisation_id=booking.organisation_id,
        booking_id=booking.id,
        event_reference_id=references.event.id,
        mailbox_reference_id=references.mailbox.id,
        room_id=room_id,
        state=standing.state,
        reason=standing.reason,
        state_since=now,
    )
