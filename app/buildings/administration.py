"""What administrators do with buildings: create, change and remove them, with everything in them at once.

Shifts that would no longer fit are listed first, and nothing happens before that is confirmed (see
`app.buildings.fitting` for which those are). Confirmed, the building changes, they are cancelled and their members are
told, all or nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import UUID

from tortoise.exceptions import IntegrityError
from tortoise.transactions import in_transaction

from app import clock
from app.audit import service as audit
from app.audit.models import AuditAction, AuditOutcome
from app.bookings.ports import Notify
from app.buildings.cancelling import CancelledShifts, cancel, move, tell_of_cancelled
from app.buildings.consequences import affected_shifts, content_of, sentences, shown
from app.buildings.fitting import Fitting, Misfit, fit
from app.buildings.layout import BuildingLayout, LayoutChanges, capacities, layout_of
from app.buildings.models import Building
from app.buildings.shifts import LockedBuilding, booked, elsewhere, with_building_locked
from app.buildings.validation import check_ids, checked, name_key
from app.buildings.writing import write_changes, write_new, write_removed
from app.confirmations import SignedConfirmations
from app.errors import InvalidInput, NotFound, ProblemCode, ShiftsNoLongerFit
from app.events_bus.bus import EventsBus
from app.identity.idempotency import IdempotencyService
from app.identity.principal import Principal
from app.keys import Keys

_OPERATION = "createBuilding"


@dataclass(frozen=True, slots=True)
class ChangedBuilding:
    """The building as it is now, and the shifts that went with the change."""

    building: Building
    cancelled: CancelledShifts


class BuildingAdministration:
    """Changes the organisation's buildings, for administrators; every change is in the audit log."""

    def __init__(self, keys: Keys, idempotency: IdempotencyService, notify: Notify, bus: EventsBus) -> None:
        self._confirmations = SignedConfirmations(keys, "change-building")
        self._idempotency = idempotency
        self._notify = notify
        self._bus = bus

    async def create(self, principal: Principal, wanted: BuildingLayout, idempotency_key: str) -> Building:
        """A new building. Repeating a request that was carried out reads its building anew.

        Raises Forbidden, InvalidInput, IdempotencyKeyReused, and NotFound for a repeat whose building is gone.
        """
        principal.require_administrator()
        layout = checked(wanted)
        try:
            async with in_transaction():
                claim = await self._idempotency.claim(principal, _OPERATION, idempotency_key, content_of(layout))
                if claim.record.result_ids is not None:
                    return await _present(principal, UUID(claim.record.result_ids[0]))
                building = await write_new(principal.organisation_id, layout, clock.now())
                await self._idempotency.finish(claim.record, [building.id])
                await _record(
                    principal,
                    AuditAction.BUILDING_CREATED,
                    building,
                    floors=len(layout.floors),
                    areas=len(list(layout.areas)),
                )
        except IntegrityError:
            await _check_free(principal, layout.name)
            raise
        return building

    async def update(
        self, principal: Principal, building_id: UUID, changes: LayoutChanges, confirmation: str | None
    ) -> ChangedBuilding:
        """Change what is said of a building, and leave the rest; a confirmation is asked for only where shifts go.

        Raises Forbidden, InvalidInput, NotFound, ShiftsNoLongerFit.
        """
        principal.require_administrator()

        async def carry_out(locked: LockedBuilding) -> ChangedBuilding:
            return await self._update(principal, locked, changes, confirmation)

        try:
            done = await with_building_locked(principal.organisation_id, building_id, carry_out)
        except IntegrityError:
            await _check_free(principal, changes.get("name", ""), beside=building_id)
            raise
        await tell_of_cancelled(self._bus, done.cancelled)
        return done

    async def remove(self, principal: Principal, building_id: UUID, confirmation: str | None) -> ChangedBuilding:
        """Remove a building with everything in it, once that is confirmed, whether shifts go with it or not.

        Raises Forbidden, NotFound, ShiftsNoLongerFit.
        """
        principal.require_administrator()

        async def carry_out(locked: LockedBuilding) -> ChangedBuilding:
            return await self._remove(principal, locked, confirmation)

        done = await with_building_locked(principal.organisation_id, building_id, carry_out)
        await tell_of_cancelled(self._bus, done.cancelled)
        return done

    async def _update(
        self, principal: Principal, locked: LockedBuilding, changes: LayoutChanges, confirmation: str | None
    ) -> ChangedBuilding:
        before = layout_of(locked.building, locked.floors, locked.areas)
        layout = checked(replace(before, **changes))
        check_ids(layout.floors, locked.floors, locked.areas)
        if layout == before:
            return ChangedBuilding(locked.building, CancelledShifts())
        fitting = await _fit(locked, before, layout)
        if fitting.misfits:
            await self._require_confirmed(principal, locked, layout, fitting.misfits, confirmation)
        await write_changes(locked, layout)
        cancelled = await cancel(locked, fitting.misfits, self._notify)
        moved = await move(locked, fitting, layout.time_zone)
        await _record(
            principal,
            AuditAction.BUILDING_UPDATED,
            locked.building,
            changed=sorted(name for name in changes if getattr(layout, name) != getattr(before, name)),
            shifts_moved=len(moved),
            **_figures(cancelled),
        )
        return ChangedBuilding(locked.building, cancelled)

    async def _remove(self, principal: Principal, locked: LockedBuilding, confirmation: str | None) -> ChangedBuilding:
        misfits = {shift.id: Misfit.PLACE_REMOVED for shift in locked.shifts}
        await self._require_confirmed(principal, locked, None, misfits, confirmation)
        await write_removed(locked)
        cancelled = await cancel(locked, misfits, self._notify)
        await _record(principal, AuditAction.BUILDING_REMOVED, locked.building, **_figures(cancelled))
        return ChangedBuilding(locked.building, cancelled)

    async def _require_confirmed(
        self,
        principal: Principal,
        locked: LockedBuilding,
        layout: BuildingLayout | None,
        misfits: Mapping[UUID, Misfit],
        confirmation: str | None,
    ) -> None:
        """Raises ShiftsNoLongerFit unless exactly this was shown and confirmed."""
        what = shown(locked, layout, misfits)
        if confirmation is not None and self._confirmations.confirms(confirmation, what):
            return
        raise ShiftsNoLongerFit(
            _message(locked.building, is_removal=layout is None, is_stale=confirmation is not None),
            consequences=sentences(locked, misfits, is_removal=layout is None),
            confirmation=self._confirmations.of(what),
            affected=await affected_shifts(principal, locked, misfits),
            total_count=len(misfits),
            code=None if confirmation is None else ProblemCode.CONFIRMATION_STALE,
        )


async def _fit(locked: LockedBuilding, before: BuildingLayout, layout: BuildingLayout) -> Fitting:
    has_moved = (layout.time_zone, layout.afternoon_starts) != (before.time_zone, before.afternoon_starts)
    return fit(
        [booked(shift) for shift in locked.shifts],
        layout,
        capacities(locked.building.id, layout),
        locked.now,
        await elsewhere(locked) if has_moved else {},
    )


def _message(building: Building, *, is_removal: bool, is_stale: bool) -> str:
    if is_stale:
        return "What you confirmed has changed meanwhile, or was shown more than ten minutes ago."
    if is_removal:
        return f"Removing {building.name} has to be confirmed."
    return f"Shifts no longer fit {building.name} once it is so."


async def _present(principal: Principal, building_id: UUID) -> Building:
    building = await Building.of(principal.organisation_id).get_or_none(id=building_id, removed_at__isnull=True)
    if building is None:
        raise NotFound("building")
    return building


async def _check_free(principal: Principal, name: str, *, beside: UUID | None = None) -> None:
    """Raises InvalidInput where another building is called so."""
    others = Building.of(principal.organisation_id).filter(present_name=name_key(name.strip()))
    other = await (others if beside is None else others.exclude(id=beside)).first()
    if other is not None:
        raise InvalidInput(
            "name",
            f"Another building is called {other.name} already, without regard to case.",
            remedy="Use the building that is there, or choose another name.",
        )


def _figures(cancelled: CancelledShifts) -> Mapping[str, int]:
    return {"shifts_cancelled": len(cancelled.shifts), "members_told": len(cancelled.notifications)}


async def _record(
    principal: Principal, action: AuditAction, building: Building, **details: str | int | list[str] | None
) -> None:
    await audit.record(
        principal.organisation_id,
        action,
        actor_id=principal.member_id,
        target_id=building.id,
        outcome=AuditOutcome.SUCCEEDED,
        **details,
    )
