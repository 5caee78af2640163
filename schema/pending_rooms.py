"""The subscription to the viewer's room bookings: what is open now, then every change.

Every change of a booking is told once, by the booking's version.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

import strawberry

from app import clock
from app.bookings import models
from app.bookings.status import BookingState
from app.connections.models import ConnectionStatus
from app.errors import NotFound
from app.events_bus.bus import Message, MessageKind, member_topic, organisation_topic
from app.identity.principal import Principal
from app.integrations.status import IntegrationStatus
from schema.bookings import RoomBooking, booking_of
from schema.context import Context, Info, Services
from schema.enums import describe
from schema.listening import Told, listening
from schema.permissions import member_subscription

_OVERLAP = timedelta(minutes=1)
"""How far back each look reaches: a change has its moment before it is committed, which a slow database draws out."""

_RESUMED = timedelta(minutes=1)
"""How much further back than it asks a client is told what changed.

What it saw last may have been stamped by another machine, or committed sooner, than what it has not seen yet.
"""

_ENDINGS = frozenset({MessageKind.CONNECTION_CHANGED, MessageKind.INTEGRATION_CHANGED})


class SubscriptionEndReason(StrEnum):
    """Why a subscription is over."""

    INTEGRATION_DISABLED = "INTEGRATION_DISABLED"
    CALENDAR_DISCONNECTED = "CALENDAR_DISCONNECTED"


describe(
    SubscriptionEndReason,
    "Why a subscription is over.",
    {
        SubscriptionEndReason.INTEGRATION_DISABLED: "The organisation's calendar integration is not enabled any more.",
        SubscriptionEndReason.CALENDAR_DISCONNECTED: "The viewer's calendar is not connected any more.",
    },
)


@strawberry.type(description="A room booking as it stands, at the beginning or after a change.")
class RoomBookingUpdate:
    booking: RoomBooking = strawberry.field(description="The booking as it stands now.")
    previous_state: BookingState | None = strawberry.field(
        description=(
            "The state before the present one, the same where the suite put another room in the booked one's place; "
            "null for a booking that never had another."
        )
    )
    snapshot: bool = strawberry.field(
        description="True for what stood so when the subscription began, false for a change since then."
    )
    at: datetime = strawberry.field(description="When the booking came into its present state.")


@strawberry.type(description="The last item of a subscription before it completes.")
class SubscriptionEnded:
    reason: SubscriptionEndReason = strawberry.field(description="Why nothing more will come.")


PendingRoomsItem = Annotated[
    RoomBookingUpdate | SubscriptionEnded,
    strawberry.union("PendingRoomsItem", description="A booking, or the end of the subscription."),
]


@strawberry.type
class PendingRoomsSubscription:
    @member_subscription(
        description=(
            "The viewer's room bookings: first those that are pending and those that changed since `since`, then every "
            "change as it happens. Each change comes once. It ends with `SubscriptionEnded` when the calendar is "
            "disconnected or the integration disabled."
        )
    )
    async def pending_rooms(
        self,
        info: Info,
        since: Annotated[
            datetime | None,
            strawberry.argument(
                description=(
                    "From when on changes are repeated at the beginning, an instant: the `at` of the last update that "
                    "the client saw. Those of the minute before are repeated too. Null repeats none."
                )
            ),
        ] = None,
    ) -> AsyncGenerator[PendingRoomsItem, None]:
        return _PendingRooms(info.context, since).items()


class _PendingRooms:
    """One subscription, from its snapshot to its end."""

    def __init__(self, context: Context, since: datetime | None) -> None:
        self._services: Services = context.services
        self._principal: Principal = context.member
        self._ids = context.ids
        self._since = since
        self._told = Told()
        self._looked_at = clock.now()

    async def items(self) -> AsyncGenerator[PendingRoomsItem, None]:
        """Everything the client is told, in order."""
        principal = self._principal
        topics = member_topic(principal.member_id), organisation_topic(principal.organisation_id)
        before = await self._just_before()
        async with listening(self._services, *topics) as messages:
            was_connected = await self._ended() is None
            for booking in await self._snapshot():
                yield self._update(booking, snapshot=True)
            self._untold(before)
            async for message in messages:
                for booking in await self._changes(message):
                    yield self._update(booking, snapshot=False)
                if message is None or message.kind in _ENDINGS:
                    reason = await self._ended()
                    if reason is not None and was_connected:
                        yield SubscriptionEnded(reason=reason)
                        return
                    was_connected = reason is None

    async def _just_before(self) -> Sequence[models.RoomBooking]:
        """What the first look would find and take for new, although it was so before anybody listened."""
        if self._since is not None:
            return []
        return await self._services.bookings.changed_since(self._principal, self._looked_at - _OVERLAP)

    async def _snapshot(self) -> list[models.RoomBooking]:
        bookings = self._services.bookings
        found = list(await bookings.pending(self._principal))
        if self._since is not None:
            found.extend(await bookings.changed_since(self._principal, self._since - _RESUMED))
        return self._untold(found)

    async def _changes(self, message: Message | None) -> list[models.RoomBooking]:
        """What a message, or a silence, means: the rows say."""
        bookings = self._services.bookings
        if message is None:
            since, self._looked_at = self._looked_at - _OVERLAP, clock.now()
            return self._untold(await bookings.changed_since(self._principal, since))
        if message.kind is not MessageKind.BOOKING_CHANGED or message.row_id is None:
            return []
        try:
            return self._untold([await bookings.get(self._principal, message.row_id)])
        except NotFound:
            return []

    def _untold(self, found: Sequence[models.RoomBooking]) -> list[models.RoomBooking]:
        """Those whose present version the client has not seen, each once."""
        return [booking for booking in found if self._told.is_news(booking.id, booking.version)]

    def _update(self, booking: models.RoomBooking, *, snapshot: bool) -> RoomBookingUpdate:
        return RoomBookingUpdate(
            booking=booking_of(booking),
            previous_state=booking.previous_state,
            snapshot=snapshot,
            at=booking.state_since,
        )

    async def _ended(self) -> SubscriptionEndReason | None:
        """Why the viewer's calendar gives nothing more; None while it does, or could after reconnecting."""
        integration = await self._services.integrations.current(self._principal.organisation_id)
        if integration is None or integration.status is not IntegrationStatus.ENABLED:
            return SubscriptionEndReason.INTEGRATION_DISABLED
        access = await self._services.connections.status_of(self._principal)
        if access.status is ConnectionStatus.NOT_CONNECTED:
            return SubscriptionEndReason.CALENDAR_DISCONNECTED
        return None
