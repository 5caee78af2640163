"""Changing shifts: another day, place, part of the day or kind of work, under the rules by which they are booked.

A shift does not stand in its own way: the place that it leaves is free for what it becomes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from app import clock
from app.errors import InvalidInput, NotFound, ShiftOver, ShiftsOverlap
from app.events_bus.bus import EventsBus
from app.identity.models import Member
from app.identity.principal import Principal
from app.notifications.models import Notification
from app.shifts import telling
from app.shifts.acting import in_scope, lock_buildings, shift_to_act_on
from app.shifts.capacity import Place
from app.shifts.commands import ChangeShift, ShiftScope
from app.shifts.days import WantedDay
from app.shifts.fitting import Draft, Fit, fit
from app.shifts.models import Shift, WorkKind
from app.shifts.nearby import capacity_reached
from app.shifts.places import lock_sites
from app.shifts.plans import Plan, Site, check_ahead, check_offered, check_part, closed_on
from app.shifts.ports import Notify
from app.shifts.zones import check_zone


@dataclass(frozen=True, slots=True)
class _Changed:
    shifts: Sequence[Shift]
    is_new: bool
    notification: Notification | None = None


class _Refused(Exception):
    """Not everything can be changed: the transaction goes, and the problem is worded outside it."""

    def __init__(self, member_id: UUID, found: Fit) -> None:
        self.member_id = member_id
        self.found = found


class ShiftChanging:
    """Changes shifts, for the member themself or, as an administrator, for another."""

    def __init__(self, notify: Notify, bus: EventsBus) -> None:
        self._notify = notify
        self._bus = bus

    async def change(self, principal: Principal, command: ChangeShift) -> Sequence[Shift]:
        """The shifts that are meant, as they are now: all of them changed, or none.

        What is so already is answered as it is. Raises Forbidden, InvalidInput, NotFound for a cancelled one too,
        ShiftOver, ShiftsOverlap, CapacityReached.
        """
        _check_form(command)
        try:
            async with in_transaction():
                changed = await self._write(principal, command)
        except _Refused as refused:
            if refused.found.in_the_way:
                raise ShiftsOverlap(tuple(refused.found.in_the_way)) from None
            raise await capacity_reached(principal, refused.member_id, refused.found.full) from None
        if changed.is_new:
            await telling.announce(self._bus, changed.notification)
        return changed.shifts

    async def _write(self, principal: Principal, command: ChangeShift) -> _Changed:
        shift = await shift_to_act_on(principal, command.shift_id)
        before = await in_scope(principal, shift, command.scope)
        sites = await _lock(command, before)
        # An administrator who changed the building may have cancelled or moved some of them meanwhile.
        await shift.refresh_from_db()
        meant = await in_scope(principal, shift, command.scope)
        if not meant or meant[0].id != shift.id:
            raise NotFound("shift")
        if meant[0].ends_at <= clock.now():
            raise ShiftOver
        drafts = _drafts(command, meant, sites)
        if not drafts:
            return _Changed(meant, is_new=False)
        changing = [row for row in meant if row.id in drafts]
        member = await Member.of(shift.organisation_id).get(id=shift.member_id)
        found = await fit(member, list(drafts.values()), changing)
        if found.in_the_way or found.full:
            raise _Refused(member.id, found)
        change_id = uuid4()
        # What a member makes of a shift is theirs to show: whoever booked it for them sees it by that no longer.
        booked_by = principal.member_id if principal.member_id != member.id else None
        for row in changing:
            await _save(row, {**_values(drafts[row.id], change_id), "booked_by_id": booked_by})
        notification = await telling.follow_up(principal, telling.CHANGED, change_id, changing, self._notify)
        return _Changed(sorted(meant, key=lambda row: (row.starts_at, row.id)), True, notification)


def _check_form(command: ChangeShift) -> None:
    """Raises InvalidInput."""
    if command.day is not None and command.scope is not ShiftScope.THIS:
        raise InvalidInput(
            "date", "Only one shift at a time moves to another day.", remedy="Choose the scope `THIS`, or no date."
        )
    if command.part is not None:
        check_part(command.part)
    if command.time_zone is not None:
        check_zone(command.time_zone)


async def _lock(command: ChangeShift, shifts: Sequence[Shift]) -> Mapping[Place, Site]:
    """The places that the shifts are to be at, with their buildings locked, and those that they leave too."""
    if not shifts:
        return {}
    organisation_id = shifts[0].organisation_id
    left = {shift.building_id for shift in shifts if shift.building_id is not None}
    places = {place for shift in shifts if (place := _wanted_place(command, shift)) is not None}
    if not places:
        await lock_buildings(organisation_id, left)
        return {}
    return await lock_sites(organisation_id, places, beside=left)


def _wanted_place(command: ChangeShift, shift: Shift) -> Place | None:
    """Where the shift is to be, as far as that is an office. Raises InvalidInput."""
    kind = command.kind or shift.kind
    if kind is not WorkKind.AT_OFFICE:
        if command.place is not None:
            raise InvalidInput("place", "Only `AT_OFFICE` has a place.", remedy="Leave `place` out.")
        return None
    if command.time_zone is not None:
        raise InvalidInput("timeZone", "At an office the building's time zone holds.", remedy="Leave `timeZone` out.")
    if command.place is not None:
        return command.place
    if shift.building_id is None:
        raise InvalidInput("place", "`AT_OFFICE` needs a place.", remedy="Say in which building.")
    return Place(shift.building_id, shift.floor_id, shift.area_id)


def _drafts(command: ChangeShift, shifts: Sequence[Shift], sites: Mapping[Place, Site]) -> Mapping[UUID, Draft]:
    """What each of the shifts becomes that are not so already. Raises InvalidInput."""
    now = clock.now()
    drafts: dict[UUID, Draft] = {}
    for shift in shifts:
        plan = _plan(command, shift, sites)
        wanted = WantedDay(command.day or shift.date, _field(command))
        draft = Draft(plan, wanted.date, plan.span_on(wanted), shift.id)
        values = _values(draft, shift.last_change_id)
        if all(getattr(shift, column) == value for column, value in values.items()):
            continue
        check_offered(plan)
        check_ahead(plan, wanted, draft.span, now)
        closed = closed_on(plan, wanted)
        if closed is not None:
            raise closed
        drafts[shift.id] = draft
    return drafts


def _plan(command: ChangeShift, shift: Shift, sites: Mapping[Place, Site]) -> Plan:
    kind, part, place = command.kind or shift.kind, command.part or shift.part, _wanted_place(command, shift)
    if place is None:
        return Plan(kind, part, command.time_zone or shift.time_zone)
    return Plan(kind, part, sites[place].building.time_zone, sites[place])


def _field(command: ChangeShift) -> str:
    """What of the input a day that cannot be is put down to."""
    named = {"date": command.day, "place": command.place, "slot": command.part, "timeZone": command.time_zone}
    return next((name for name, value in named.items() if value is not None), "kind")


def _values(draft: Draft, change_id: UUID) -> Mapping[str, Any]:
    place = draft.plan.place
    return {
        "kind": draft.plan.kind,
        "building_id": place.building_id if place else None,
        "floor_id": place.floor_id if place else None,
        "area_id": place.area_id if place else None,
        "date": draft.date,
        "slot": draft.plan.part.slot,
        "starts_at": draft.span.start,
        "ends_at": draft.span.end,
        "time_zone": draft.plan.time_zone,
        "last_change_id": change_id,
    }


async def _save(shift: Shift, values: Mapping[str, Any]) -> None:
    await Shift.of(shift.organisation_id).filter(id=shift.id).update(**values)
    for column, value in values.items():
        setattr(shift, column, value)
