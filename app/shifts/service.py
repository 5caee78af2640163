"""Shifts for members: their own, and those of colleagues as far as these let them be seen."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tortoise.expressions import Q

from app.buildings.models import Building
from app.database.pages import earliest_first
from app.errors import NotFound
from app.events_bus.bus import EventsBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member
from app.identity.principal import Principal
from app.paging import Page, PageRequest
from app.shifts.booking import BookedShifts, ShiftBooking
from app.shifts.cancelling import ShiftCancelling
from app.shifts.changing import ShiftChanging
from app.shifts.commands import BookShifts, ChangeShift, ShiftScope
from app.shifts.days import check_window
from app.shifts.models import Shift
from app.shifts.ports import Notify
from app.shifts.visibility import shifts_in_view


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftFilter:
    """Which shifts: of these days, both ends included, of one member or in one building where that is said."""

    first: date
    last: date
    member_id: UUID | None = None
    building_id: UUID | None = None


class ShiftService:
    """Reads, books, changes and cancels shifts."""

    def __init__(self, idempotency: IdempotencyService, notify: Notify, bus: EventsBus) -> None:
        self._booking = ShiftBooking(idempotency, notify, bus)
        self._changing = ShiftChanging(notify, bus)
        self._cancelling = ShiftCancelling(notify, bus)

    async def list(self, principal: Principal, wanted: ShiftFilter, request: PageRequest) -> Page[Shift]:
        """What the viewer may see of them, by their start; cancelled ones are left out.

        Raises InvalidInput, NotFound for a member or a building that the organisation does not have.
        """
        check_window(wanted.first, wanted.last)
        await _check_named(principal, wanted)
        shifts = shifts_in_view(principal).filter(
            cancelled_at__isnull=True, date__gte=wanted.first, date__lte=wanted.last
        )
        if wanted.member_id is not None:
            shifts = shifts.filter(member_id=wanted.member_id)
        if wanted.building_id is not None:
            shifts = shifts.filter(building_id=wanted.building_id)
        return await earliest_first(shifts, "starts_at", request)

    async def get(self, principal: Principal, shift_id: UUID) -> Shift:
        """One that the viewer may see; of the cancelled ones their own. Raises NotFound."""
        found = await self.many(principal, [shift_id])
        if shift_id not in found:
            raise NotFound("shift")
        return found[shift_id]

    async def many(self, principal: Principal, shift_ids: Collection[UUID]) -> Mapping[UUID, Shift]:
        """Those of them that the viewer may see, by id, in one query; of the cancelled ones their own."""
        present = Q(cancelled_at__isnull=True) | Q(member_id=principal.member_id)
        shifts = shifts_in_view(principal).filter(present, id__in=list(shift_ids))
        return {shift.id: shift for shift in await shifts}

    async def of_changes(self, principal: Principal, change_ids: Collection[UUID]) -> Mapping[UUID, Sequence[Shift]]:
        """The viewer's own shifts that each of these changes touched last, in order, in one query."""
        own = Shift.of(principal.organisation_id).filter(member_id=principal.member_id)
        rows = await own.filter(last_change_id__in=list(change_ids)).order_by("starts_at", "id")
        return {change: [row for row in rows if row.last_change_id == change] for change in change_ids}

    async def book(self, principal: Principal, command: BookShifts) -> BookedShifts:
        """Book all of the days, or those that are possible where the command skips the others.

        Raises Forbidden, InvalidInput, NotFound, IdempotencyKeyReused, ShiftsOverlap, CapacityReached.
        """
        return await self._booking.book(principal, command)

    async def change(self, principal: Principal, command: ChangeShift) -> Sequence[Shift]:
        """The shifts that are meant, as they are now: all of them changed, or none.

        Raises Forbidden, InvalidInput, NotFound, ShiftOver, ShiftsOverlap, CapacityReached.
        """
        return await self._changing.change(principal, command)

    async def cancel(self, principal: Principal, shift_id: UUID, scope: ShiftScope) -> Sequence[Shift]:
        """The shift that was named and those that were cancelled with it. Raises Forbidden, NotFound, ShiftOver."""
        return await self._cancelling.cancel(principal, shift_id, scope)


async def _check_named(principal: Principal, wanted: ShiftFilter) -> None:
    organisation_id = principal.organisation_id
    if wanted.member_id is not None and not await Member.of(organisation_id).filter(id=wanted.member_id).exists():
        raise NotFound("member")
    if wanted.building_id is not None and not await Building.of(organisation_id).filter(id=wanted.building_id).exists():
        raise NotFound("building")
