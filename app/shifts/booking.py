"""Booking shifts: several days at once, all or none, and never more people in a place than it takes.

The member's row is locked first and then the building's, so whoever comes at the same moment waits, and counts what was
written before. A repeat under the same idempotency key writes nothing and reads the shifts anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

import orjson
from tortoise.transactions import in_transaction

from app import clock
from app.errors import InvalidInput, NotFound, ProblemError, ShiftsOverlap
from app.events_bus.bus import EventsBus
from app.identity.idempotency import IdempotencyService
from app.identity.models import Member
from app.identity.principal import Principal
from app.notifications.models import Notification
from app.shifts import telling
from app.shifts.acting import lock_member
from app.shifts.commands import BookShifts
from app.shifts.days import WantedDay, wanted_days
from app.shifts.fitting import Draft, Fit, fit
from app.shifts.models import Shift, WorkKind
from app.shifts.nearby import capacity_reached
from app.shifts.places import lock_sites
from app.shifts.plans import Plan, check_ahead, check_offered, check_part, closed_on
from app.shifts.ports import Notify
from app.shifts.visibility import shifts_in_view
from app.shifts.zones import check_zone, usual_zone

_OPERATION = "bookShift"


@dataclass(frozen=True, slots=True)
class BookedShifts:
    """The shifts in order, and why days were left out; a repeat does not say the latter again."""

    shifts: Sequence[Shift]
    problems: tuple[ProblemError, ...] = ()


@dataclass(frozen=True, slots=True)
class _Booked:
    shifts: Sequence[Shift]
    fit: Fit = field(default_factory=Fit)
    closed: Sequence[InvalidInput] = ()
    notification: Notification | None = None


class _Refused(Exception):
    """Nothing can be booked, or not all of it: the transaction goes, and the problem is worded outside it."""

    def __init__(self, found: _Booked) -> None:
        self.found = found


class ShiftBooking:
    """Books shifts, for the member themself or, as an administrator, for another."""

    def __init__(self, idempotency: IdempotencyService, notify: Notify, bus: EventsBus) -> None:
        self._idempotency = idempotency
        self._notify = notify
        self._bus = bus

    async def book(self, principal: Principal, command: BookShifts) -> BookedShifts:
        """Book all of the days, or those that are possible where the command skips the others.

        Raises Forbidden, InvalidInput, NotFound, IdempotencyKeyReused, ShiftsOverlap, CapacityReached.
        """
        member_id = command.member_id or principal.member_id
        if member_id != principal.member_id:
            principal.require_administrator()
        days = wanted_days(command.dates, command.weekly)
        _check_form(command)
        try:
            async with in_transaction():
                booked = await self._write(principal, member_id, command, days)
        except _Refused as refused:
            found = refused.found
            if found.fit.in_the_way:
                raise ShiftsOverlap(tuple(found.fit.in_the_way)) from None
            if found.fit.full:
                raise await capacity_reached(principal, member_id, found.fit.full) from None
            raise found.closed[0] from None
        if booked.shifts:
            await telling.announce(self._bus, booked.notification)
        return BookedShifts(booked.shifts, await _left_out(principal, member_id, booked))

    async def _write(
        self, principal: Principal, member_id: UUID, command: BookShifts, days: Sequence[WantedDay]
    ) -> _Booked:
        claim = await self._idempotency.claim(principal, _OPERATION, command.idempotency_key, orjson.dumps(command))
        if claim.record.result_ids is not None:
            return _Booked(await _booked_before(principal, claim.record.result_ids))
        member = await lock_member(principal.organisation_id, member_id)
        plan = await _plan(principal, member, command)
        found = await _consider(member, plan, days)
        left_out = bool(found.fit.in_the_way or found.fit.full or found.closed)
        if not found.fit.free or (left_out and not command.skips_unavailable):
            raise _Refused(found)
        change_id, now = uuid4(), clock.now()
        pattern_id = uuid4() if len(found.fit.free) > 1 else None
        booked_by = principal.member_id if member_id != principal.member_id else None
        shifts = [_shift(member, draft, booked_by, pattern_id, change_id, now) for draft in found.fit.free]
        await Shift.bulk_create(shifts)
        await self._idempotency.finish(claim.record, [shift.id for shift in shifts])
        notification = await telling.follow_up(principal, telling.BOOKED, change_id, shifts, self._notify)
        return _Booked(shifts, found.fit, found.closed, notification)


def _check_form(command: BookShifts) -> None:
    """Raises InvalidInput for what no member and no building could make right."""
    check_part(command.part)
    is_at_office = command.kind is WorkKind.AT_OFFICE
    if is_at_office and command.place is None:
        raise InvalidInput("place", "`AT_OFFICE` needs a place.", remedy="Say in which building.")
    if not is_at_office and command.place is not None:
        raise InvalidInput("place", "Only `AT_OFFICE` has a place.", remedy="Leave `place` out, or choose `AT_OFFICE`.")
    if is_at_office and command.time_zone is not None:
        raise InvalidInput("timeZone", "At an office the building's time zone holds.", remedy="Leave `timeZone` out.")
    if command.time_zone is not None:
        check_zone(command.time_zone)


async def _plan(principal: Principal, member: Member, command: BookShifts) -> Plan:
    """With the building locked. Raises InvalidInput, NotFound."""
    if command.place is None:
        return Plan(command.kind, command.part, command.time_zone or await usual_zone(principal, member.id))
    site = (await lock_sites(member.organisation_id, [command.place]))[command.place]
    plan = Plan(command.kind, command.part, site.building.time_zone, site)
    check_offered(plan)
    return plan


async def _consider(member: Member, plan: Plan, days: Sequence[WantedDay]) -> _Booked:
    """What of it fits in. Raises InvalidInput for a day that is over or too far ahead."""
    now, closed, drafts = clock.now(), [], []
    for day in days:
        span = plan.span_on(day)
        check_ahead(plan, day, span, now)
        problem = closed_on(plan, day)
        if problem is None:
            drafts.append(Draft(plan, day.date, span))
        else:
            closed.append(problem)
    return _Booked((), await fit(member, drafts), closed)


async def _left_out(principal: Principal, member_id: UUID, booked: _Booked) -> tuple[ProblemError, ...]:
    """Why days are not among the booked ones: closed, taken by shifts of the member's own, full."""
    problems: list[ProblemError] = [*booked.closed]
    if booked.fit.in_the_way:
        problems.append(ShiftsOverlap(tuple(booked.fit.in_the_way)))
    if booked.fit.full:
        problems.append(await capacity_reached(principal, member_id, booked.fit.full))
    return tuple(problems)


async def _booked_before(principal: Principal, result_ids: Sequence[str]) -> Sequence[Shift]:
    """As they are now; without those that another member has taken into their own hands since. Raises NotFound."""
    rows = shifts_in_view(principal).filter(id__in=[UUID(result) for result in result_ids])
    shifts = await rows.order_by("starts_at", "id")
    if not shifts:
        raise NotFound("shift")
    return shifts


def _shift(
    member: Member, draft: Draft, booked_by: UUID | None, pattern_id: UUID | None, change_id: UUID, now: datetime
) -> Shift:
    place = draft.plan.place
    return Shift(
        id=uuid4(),
        organisation_id=member.organisation_id,
        member_id=member.id,
        booked_by_id=booked_by,
        kind=draft.plan.kind,
        building_id=place.building_id if place else None,
        floor_id=place.floor_id if place else None,
        area_id=place.area_id if place else None,
        date=draft.date,
        slot=draft.plan.part.slot,
        starts_at=draft.span.start,
        ends_at=draft.span.end,
        time_zone=draft.plan.time_zone,
        pattern_id=pattern_id,
        last_change_id=change_id,
        created_at=now,
    )
