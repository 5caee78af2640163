"""What the viewer is told: read, marked as read, and heard as it comes."""

from collections.abc import AsyncGenerator, Sequence, Set
from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

import strawberry

from app import clock
from app import errors as domain
from app.bookings.models import RoomBooking as BookingRow
from app.events_bus.bus import Message, MessageKind, member_topic
from app.notifications import models
from app.notifications.models import NotificationKind
from app.notifications.shift_words import ABOUT_SHIFTS
from app.rooms.models import Room as RoomRow
from app.shifts.models import Shift as ShiftRow
from schema.bookings import RoomBooking, booking_of
from schema.context import Context, Info
from schema.enums import describe
from schema.errors import InvalidInput, NotFound
from schema.fields import loaded_field
from schema.ids import NodeIds, NodeKind
from schema.listening import Told, listening
from schema.loaders import MessageKey
from schema.node import Node
from schema.optional import when_present
from schema.paging import After, Connection, First, connection_of, page_request
from schema.permissions import member_field, member_mutation, member_subscription
from schema.rooms import Room, room_of
from schema.shifts import Shift, shift_of

_NOTIFICATIONS = "notifications"
_ABOUT_BOOKINGS = frozenset(
    {
        NotificationKind.ROOM_REJECTED,
        NotificationKind.ROOM_REPLACED,
        NotificationKind.ROOM_NOT_ANSWERING,
        NotificationKind.ROOM_REMOVED,
    }
)
_OVERLAP = timedelta(minutes=1)
"""How far back each look reaches: a notification has its moment before it is committed, which a slow database draws
out."""

describe(
    NotificationKind,
    "What a notification is about.",
    {
        NotificationKind.ROOM_REJECTED: "A room that the viewer booked said no, or was taken off the event.",
        NotificationKind.ROOM_REPLACED: "The suite put another room in the place of the one that the viewer booked.",
        NotificationKind.ROOM_NOT_ANSWERING: (
            "A room that the viewer booked has been silent for longer than the organisation lets pass; said once for "
            "each booking and room."
        ),
        NotificationKind.ROOM_REMOVED: (
            "An administrator removed a room that the viewer booked: the booking is closed, and the room stays on the "
            "event."
        ),
        NotificationKind.SHIFTS_BOOKED: "An administrator booked shifts for the viewer.",
        NotificationKind.SHIFTS_CHANGED: "An administrator changed shifts of the viewer's.",
        NotificationKind.SHIFTS_CANCELLED: (
            "Shifts of the viewer's were cancelled by an administrator, or because their building changed."
        ),
        NotificationKind.RECONNECT_REQUIRED: "The suite ended the viewer's consent: the calendar is connected again.",
        NotificationKind.INTEGRATION_UNHEALTHY: (
            "For subscription administrators: the integration fares worse than before; its `issues` say what to settle."
        ),
    },
)


@strawberry.type(
    description=(
        "Something that the viewer is told once. It holds nothing of any calendar: an event is read live, through its "
        "booking."
    )
)
class Notification(Node):
    row: strawberry.Private[models.Notification]
    kind: NotificationKind = strawberry.field(description="What it is about.")
    created_at: datetime = strawberry.field(description="When it came.")
    read_at: datetime | None = strawberry.field(description="When the viewer read it; null while it is unread.")

    @loaded_field(
        description="What happened and what can be done, in words for people.",
        key=lambda notification: MessageKey(notification.row.id, notification.row),
        loader=lambda loaders: loaders.messages,
    )
    def message(self, words: str) -> str:
        return words

    @loaded_field(
        description="The booking that it is about; null where it is about something else, and once that is gone.",
        key=lambda notification: notification.subject_among(_ABOUT_BOOKINGS),
        loader=lambda loaders: loaders.bookings,
    )
    def booking(self, row: BookingRow | None) -> RoomBooking | None:
        return when_present(row, booking_of)

    @loaded_field(
        description=(
            "The room that said no or nothing, or the one that came in another's place. Null where it is about no "
            "single room, and once that is gone."
        ),
        key=lambda notification: notification.row.room_id,
        loader=lambda loaders: loaders.rooms,
    )
    def room(self, row: RoomRow | None) -> Room | None:
        return when_present(row, room_of)

    @loaded_field(
        description="The room whose place another one took; null where none was replaced, and once it is gone.",
        key=lambda notification: notification.row.former_room_id,
        loader=lambda loaders: loaders.rooms,
    )
    def former_room(self, row: RoomRow | None) -> Room | None:
        return when_present(row, room_of)

    @loaded_field(
        description=(
            "The viewer's shifts that it is about, by their start, cancelled ones included; without those that were "
            "changed again since. Empty where it is about something else."
        ),
        key=lambda notification: notification.subject_among(ABOUT_SHIFTS),
        loader=lambda loaders: loaders.changed_shifts,
    )
    def shifts(self, rows: Sequence[ShiftRow] | None) -> list[Shift]:
        return [shift_of(row) for row in rows or ()]

    def subject_among(self, kinds: Set[NotificationKind]) -> UUID | None:
        """What it is about, where it is of one of these kinds."""
        return self.row.subject_id if self.row.kind in kinds else None

    def id_in(self, ids: NodeIds) -> strawberry.ID:
        return ids.seal(NodeKind.NOTIFICATION, self.row.id)


@strawberry.input(description="Which notifications the viewer has read.")
class MarkNotificationsReadInput:
    notification_ids: list[strawberry.ID] | None = strawberry.field(
        description="The ids of at most 100 of the viewer's own notifications; null for all that came so far.",
        default=None,
    )


@strawberry.type(description="What was named is read now.")
class NotificationsMarkedRead:
    notifications: list[Notification] = strawberry.field(
        description="The notifications that were named, the newest first; empty where all were marked."
    )

    @member_field(description="How many notifications are unread now.")
    async def unread_count(self, info: Info) -> int:
        return await info.context.services.notifications.unread_count(info.context.member)


MarkNotificationsReadResult = Annotated[
    NotificationsMarkedRead | InvalidInput | NotFound,
    strawberry.union("MarkNotificationsReadResult", description="What was marked, or why nothing was."),
]


@strawberry.type
class NotificationQueries:
    @member_field(description="What the viewer was told, the newest first.")
    async def notifications(
        self,
        info: Info,
        unread_only: Annotated[
            bool, strawberry.argument(description="True leaves out what the viewer has read.")
        ] = False,
        first: First = 50,
        after: After = None,
    ) -> Connection[Notification]:
        context = info.context
        request = page_request(info, _NOTIFICATIONS, first, after)
        page = await context.services.notifications.page(context.member, request, unread_only=unread_only)
        return connection_of(_NOTIFICATIONS, page, notification_of)


@strawberry.type
class NotificationMutations:
    @member_mutation(description="Mark some of the viewer's notifications as read, or all of them; all or none.")
    async def mark_notifications_read(
        self,
        info: Info,
        command: Annotated[
            MarkNotificationsReadInput | None,
            strawberry.argument(name="input", description="Which ones were read; null for all that came so far."),
        ] = None,
    ) -> MarkNotificationsReadResult:
        context = info.context
        if command is None or command.notification_ids is None:
            await context.services.notifications.mark_all_read(context.member)
            return NotificationsMarkedRead(notifications=[])
        wanted = {context.ids.open(NodeKind.NOTIFICATION, id_) for id_ in command.notification_ids}
        marked = await context.services.notifications.mark_read(context.member, wanted)
        return NotificationsMarkedRead(notifications=[notification_of(row) for row in marked])


@strawberry.type
class NotificationSubscription:
    @member_subscription(description="Each notification of the viewer's as it comes, once.")
    async def notification_added(self, info: Info) -> AsyncGenerator[Notification, None]:
        return _Added(info.context).items()


class _Added:
    """One subscription: what comes from its beginning on."""

    def __init__(self, context: Context) -> None:
        self._services = context.services
        self._principal = context.member
        self._told = Told()
        self._looked_at = clock.now()

    async def items(self) -> AsyncGenerator[Notification, None]:
        # The first look would take these for new.
        before = await self._services.notifications.unread_since(self._principal, self._looked_at - _OVERLAP)
        for row in before:
            self._told.is_news(row.id)
        async with listening(self._services, member_topic(self._principal.member_id)) as messages:
            async for message in messages:
                for row in await self._added(message):
                    if self._told.is_news(row.id):
                        yield notification_of(row)

    async def _added(self, message: Message | None) -> Sequence[models.Notification]:
        """What a message, or a silence, means: the rows say."""
        notifications = self._services.notifications
        if message is None:
            since, self._looked_at = self._looked_at - _OVERLAP, clock.now()
            return await notifications.unread_since(self._principal, since)
        if message.kind is not MessageKind.NOTIFICATION_ADDED or message.row_id is None:
            return []
        try:
            return [await notifications.get(self._principal, message.row_id)]
        except domain.NotFound:
            return []


def notification_of(row: models.Notification) -> Notification:
    """A notification as the member whom it is for sees it."""
    return Notification(
        row=row,
        kind=row.kind,
        created_at=row.created_at,
        read_at=row.read_at,
    )
