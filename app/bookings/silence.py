"""Rooms that do not answer: told once for each booking and room, from our own clock alone.

A room that awaits somebody's approval, or that nobody looks after, may never answer
(https://learn.microsoft.com/powershell/module/exchange/set-calendarprocessing). The suite is not asked about that:
how long a booking has been pending stands in its row.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tortoise.expressions import Subquery
from tortoise.transactions import in_transaction

from app import clock
from app.bookings.models import RoomBooking
from app.bookings.ports import Notify
from app.bookings.status import BookingState
from app.connections.models import ConnectionStatus
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.identity.models import Organisation
from app.integrations.status import IntegrationStatus
from app.notifications.models import Notification, NotificationKind
from app.notifications.preferences import settings_of

INTERVAL = timedelta(seconds=15)
"""How often the bookings are looked through; a member waits so much longer at most."""
SHORTEST = timedelta(minutes=1)
"""Nobody can call a room silent sooner."""
BATCH = 64


def no_answer_since(booking: RoomBooking, no_answer_after: timedelta, now: datetime) -> datetime | None:
    """Since when the room has been silent for too long; None while there is time, and where nothing is asked."""
    is_waiting = booking.state is BookingState.PENDING and booking.closed_at is None
    return booking.state_since if is_waiting and now - booking.state_since >= no_answer_after else None


class SilentRooms:
    """The job that tells members which of their rooms have not answered."""

    name = "silent-rooms"

    def __init__(self, notify: Notify, bus: EventsBus) -> None:
        self._notify = notify
        self._bus = bus
        self._next: datetime | None = None

    async def run_due(self) -> datetime:
        """Tell what is to be told now; answers when to look next."""
        now = clock.now()
        if self._next is not None and now < self._next:
            return self._next
        for organisation in await _with_old_requests(now):
            while silent := await _silent(organisation, now):
                if not any([await self._tell(booking) for booking in silent]):
                    break
        self._next = now + INTERVAL
        return self._next

    async def _tell(self, booking: RoomBooking) -> bool:
        """Whether this was news: another process may have told it meanwhile."""
        async with in_transaction():
            notification = await self._notify(
                booking.organisation_id,
                booking.member_id,
                NotificationKind.ROOM_NOT_ANSWERING,
                subject_id=booking.id,
                occasion=_occasion(booking),
                room_id=booking.room_id,
            )
        if notification is not None:
            message = Message(MessageKind.NOTIFICATION_ADDED, notification.id)
            await self._bus.publish(member_topic(booking.member_id), message)
        return notification is not None


def _occasion(booking: RoomBooking) -> str:
    """One for each room that the booking has had, however often it is asked again."""
    return f"room-not-answering:{booking.id}:{booking.room_id}"


async def _with_old_requests(now: datetime) -> Sequence[Organisation]:
    old = RoomBooking.filter(state=BookingState.PENDING, closed_at__isnull=True, state_since__lte=now - SHORTEST)
    ids = set(await old.values_list("organisation_id", flat=True))
    return await Organisation.filter(id__in=list(ids)) if ids else []


async def _silent(organisation: Organisation, now: datetime) -> Sequence[RoomBooking]:
    """Bookings of whose room nobody was told yet; none whose answer could not have reached us."""
    waiting = RoomBooking.of(organisation.id).filter(
        state=BookingState.PENDING,
        closed_at__isnull=True,
        state_since__lte=now - settings_of(organisation).no_answer_after,
        connection__status=ConnectionStatus.CONNECTED,
        connection__integration__status=IntegrationStatus.ENABLED,
    )
    # Named, so that its columns in the subquery are those of the booking that it is asked for.
    booking = RoomBooking.get_table().as_("room_booking")
    told = Notification.of(organisation.id).filter(
        kind=NotificationKind.ROOM_NOT_ANSWERING,
        member_id=booking.member_id,
        subject_id=booking.id,
        room_id__isnull=False,
    )
    untold = waiting.exclude(room_id__in=Subquery(told.values("room_id")))
    return await untold.order_by("state_since").limit(BATCH)
