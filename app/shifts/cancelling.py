"""Cancelling shifts: the place is free at once, and the row stays for as long as past ones do."""

from collections.abc import Sequence
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from app import clock
from app.errors import ShiftOver
from app.events_bus.bus import EventsBus
from app.identity.principal import Principal
from app.notifications.models import Notification
from app.shifts import telling
from app.shifts.acting import in_scope, lock_buildings, shift_to_act_on
from app.shifts.commands import ShiftScope
from app.shifts.models import Shift, ShiftEnd
from app.shifts.ports import Notify


class ShiftCancelling:
    """Cancels shifts, for the member themself or, as an administrator, for another."""

    def __init__(self, notify: Notify, bus: EventsBus) -> None:
        self._notify = notify
        self._bus = bus

    async def cancel(self, principal: Principal, shift_id: UUID, scope: ShiftScope) -> Sequence[Shift]:
        """The shift that was named and those that were cancelled with it, in order.

        One that is cancelled already stays as it is. Raises Forbidden, NotFound, ShiftOver.
        """
        async with in_transaction():
            shift = await shift_to_act_on(principal, shift_id)
            meant = await in_scope(principal, shift, scope)
            await lock_buildings(shift.organisation_id, {row.building_id for row in meant if row.building_id})
            # An administrator who changed the building may have cancelled or moved some of them meanwhile.
            await shift.refresh_from_db()
            meant = await in_scope(principal, shift, scope)
            if shift.cancelled_at is None and shift.ends_at <= clock.now():
                raise ShiftOver
            notification = await self._write(principal, meant)
        if meant:
            await telling.announce(self._bus, notification)
        if any(row.id == shift.id for row in meant):
            return meant
        return [await Shift.of(shift.organisation_id).get(id=shift.id), *meant]

    async def _write(self, principal: Principal, shifts: Sequence[Shift]) -> Notification | None:
        if not shifts:
            return None
        is_own = shifts[0].member_id == principal.member_id
        values = {
            "cancelled_at": clock.now(),
            "end_reason": ShiftEnd.CANCELLED_BY_MEMBER if is_own else ShiftEnd.CANCELLED_BY_ADMINISTRATOR,
            "last_change_id": uuid4(),
        }
        rows = Shift.of(principal.organisation_id).filter(id__in=[shift.id for shift in shifts])
        await rows.update(**values)
        for shift in shifts:
            shift.update_from_dict(values)
        return await telling.follow_up(principal, telling.CANCELLED, shifts[0].last_change_id, shifts, self._notify)
