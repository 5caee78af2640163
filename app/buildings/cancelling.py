"""Shifts that go, or move, with a change of their building; inside the transaction that makes it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from app.bookings.ports import Notify
from app.buildings.fitting import Fitting, Misfit
from app.buildings.shifts import LockedBuilding, in_parts
from app.events_bus.bus import EventsBus, Message, MessageKind, member_topic
from app.notifications.models import Notification, NotificationKind
from app.shifts import entries
from app.shifts.models import Shift, ShiftEnd

_MOVED = ("starts_at", "ends_at", "time_zone")


@dataclass(frozen=True, slots=True)
class CancelledShifts:
    """What was cancelled by one change, and what the members are told."""

    shifts: Sequence[Shift] = ()
    notifications: Sequence[Notification] = ()

    @property
    def members(self) -> int:
        """How many members lose a shift."""
        return len({shift.member_id for shift in self.shifts})


async def cancel(locked: LockedBuilding, misfits: Mapping[UUID, Misfit], notify: Notify) -> CancelledShifts:
    """Cancel these shifts as one change, and tell each of their members once."""
    lost = [shift for shift in locked.shifts if shift.id in misfits]
    if not lost:
        return CancelledShifts()
    organisation_id, change_id = locked.building.organisation_id, uuid4()
    for ids in in_parts([shift.id for shift in lost]):
        await (
            Shift.of(organisation_id)
            .filter(id__in=ids)
            .update(cancelled_at=locked.now, end_reason=ShiftEnd.NO_LONGER_FITS, last_change_id=change_id)
        )
    for shift in lost:
        shift.cancelled_at, shift.end_reason, shift.last_change_id = locked.now, ShiftEnd.NO_LONGER_FITS, change_id
    await entries.follow(lost)
    told = [
        await notify(
            organisation_id,
            member_id,
            NotificationKind.SHIFTS_CANCELLED,
            subject_id=change_id,
            occasion=f"shifts-cancelled:{change_id}",
        )
        for member_id in sorted({shift.member_id for shift in lost})
    ]
    return CancelledShifts(lost, [notification for notification in told if notification is not None])


async def move(locked: LockedBuilding, fitting: Fitting, time_zone: str) -> Sequence[Shift]:
    """Give the coming shifts that stay their new zone and instants; those whose instants changed."""
    moved, renamed = [], []
    for shift in locked.shifts:
        if shift.id in fitting.misfits or shift.starts_at <= locked.now:
            continue
        span = fitting.moved.get(shift.id)
        if span is not None:
            shift.starts_at, shift.ends_at = span.start, span.end
            moved.append(shift)
        if span is not None or shift.time_zone != time_zone:
            shift.time_zone = time_zone
            renamed.append(shift)
    if renamed:
        await Shift.of(locked.building.organisation_id).bulk_update(renamed, _MOVED, batch_size=100)
    await entries.follow(moved)
    return moved


async def tell_of_cancelled(bus: EventsBus, cancelled: CancelledShifts) -> None:
    """Wake the members' clients, and whoever keeps their calendars; after the transaction."""
    for notification in cancelled.notifications:
        topic = member_topic(notification.member_id)
        await bus.publish(topic, Message(MessageKind.NOTIFICATION_ADDED, notification.id))
    await entries.announce(bus)
