"""Removing a room: what it does to bookings first, then all at once, confirmed with the figures that were shown.

The suite's directory is not written to, so it may still list the room: the row stays, marked, and every sync passes it
over. Entering the same address again brings the room back.
"""

from dataclasses import astuple, dataclass
from uuid import UUID

from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction
from app.bookings.of_room import RoomBookingFigures, close_bookings_of_room, figures_of_room, tell_of_closed
from app.bookings.ports import Notify
from app.confirmations import SignedConfirmations
from app.errors import ConfirmationRequired, ConfirmationStale, NotFound
from app.events_bus.bus import EventsBus
from app.identity.principal import Principal
from app.keys import Keys
from app.rooms.models import Room, RoomPairing


@dataclass(frozen=True, slots=True)
class RemovedRoom:
    """The room that is gone, and the bookings that were closed with it."""

    room: Room
    figures: RoomBookingFigures


class _FiguresChanged(Exception):
    """Somebody booked, or a room answered, between the look and the change: nothing was done."""


class RoomRemoval:
    """Says what removing a room does, and does it."""

    def __init__(self, keys: Keys, notify: Notify, bus: EventsBus) -> None:
        self._confirmations = SignedConfirmations(keys, "remove-room")
        self._notify = notify
        self._bus = bus

    async def remove(self, principal: Principal, room_id: UUID, confirmation: str | None) -> RemovedRoom:
        """Remove what was shown and confirmed, and nothing else.

        Raises Forbidden, NotFound, ConfirmationRequired where nothing was confirmed yet, ConfirmationStale.
        """
        principal.require_administrator()
        room = await Room.of(principal.organisation_id).get_or_none(id=room_id, removed_at__isnull=True)
        if room is None:
            raise NotFound("room")
        figures = await figures_of_room(principal.organisation_id, room.id)
        if confirmation is None:
            raise ConfirmationRequired(
                f"Removing {room.name} has consequences.",
                consequences=consequences_of(room, figures),
                confirmation=self._confirmations.of(_shown(room, figures)),
            )
        if not self._confirmations.confirms(confirmation, _shown(room, figures)):
            raise self._stale(room, figures)
        try:
            await self._carry_out(principal, room, figures)
        except _FiguresChanged:
            raise self._stale(room, await figures_of_room(principal.organisation_id, room.id)) from None
        return RemovedRoom(room, figures)

    async def _carry_out(self, principal: Principal, room: Room, figures: RoomBookingFigures) -> None:
        organisation_id, now = principal.organisation_id, clock.now()
        gone = {"removed_at": now, "pairing": RoomPairing.UNPAIRED, "pairing_retained": False, "kept_unpaired": False}
        async with in_transaction():
            if not await Room.of(organisation_id).filter(id=room.id, removed_at__isnull=True).update(**gone):
                raise NotFound("room")
            # The room's row is locked by now: it is taken off the list before its bookings are counted again.
            if await figures_of_room(organisation_id, room.id) != figures:
                raise _FiguresChanged
            closed = await close_bookings_of_room(organisation_id, room.id, now, self._notify)
            await audit.record(
                organisation_id,
                AuditAction.ROOM_REMOVED,
                actor_id=principal.member_id,
                target_id=room.id,
                bookings_closed=len(closed),
            )
        for name, value in gone.items():
            setattr(room, name, value)
        await tell_of_closed(self._bus, closed)

    def _stale(self, room: Room, figures: RoomBookingFigures) -> ConfirmationStale:
        return ConfirmationStale(
            consequences=consequences_of(room, figures), confirmation=self._confirmations.of(_shown(room, figures))
        )


def _shown(room: Room, figures: RoomBookingFigures) -> list[object]:
    return [str(room.organisation_id), str(room.id), room.name, room.suite_room_id, *astuple(figures)]


def consequences_of(room: Room, figures: RoomBookingFigures) -> tuple[str, ...]:
    """What removing the room does, a sentence each."""
    listed = (
        "The suite's directory may go on listing it; no room sync brings it back."
        if room.suite_room_id is not None
        else "No directory lists it."
    )
    return (
        f"{room.name} is no longer one of the organisation's rooms: nobody finds or books it here.",
        f"Bookings that are closed: {figures.pending} pending, {figures.accepted} accepted, {figures.rejected} "
        "rejected. Their members are told.",
        "The room stays on those events in the calendar suite; nobody hears here what it answers.",
        f"{listed} Entering its email address again brings it back.",
    )
