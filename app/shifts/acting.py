"""Who may change which shifts: a member their own, an administrator those of others that they can see.

Being an administrator shows nobody more than they may see, so what is hidden from them is not there to be changed.
"""

from collections.abc import Collection, Sequence
from uuid import UUID

from app.buildings.models import Building
from app.errors import NotFound
from app.identity.models import Member
from app.identity.principal import Principal
from app.shifts.commands import ShiftScope
from app.shifts.models import Shift
from app.shifts.visibility import shifts_in_view


async def lock_member(organisation_id: UUID, member_id: UUID) -> Member:
    """Whoever writes shifts of the same member waits until this transaction ends. Raises NotFound."""
    rows = Member.of(organisation_id).filter(id=member_id, merged_into_id=None)
    member = await rows.select_for_update(no_key=True).first()
    if member is None:
        raise NotFound("member")
    return member


async def lock_buildings(organisation_id: UUID, building_ids: Collection[UUID]) -> None:
    """Whoever books there, or changes these buildings, waits; call with the member's row locked."""
    if building_ids:
        await (
            Building.of(organisation_id).filter(id__in=list(building_ids)).order_by("id").select_for_update(no_key=True)
        )


async def shift_to_act_on(principal: Principal, shift_id: UUID) -> Shift:
    """The shift, of which whoever asks may decide; its member's row is locked. Raises Forbidden, NotFound."""
    seen = await shifts_in_view(principal).get_or_none(id=shift_id)
    if seen is None:
        raise NotFound("shift")
    if seen.member_id != principal.member_id:
        principal.require_administrator()
    await lock_member(principal.organisation_id, seen.member_id)
    shift = await Shift.of(principal.organisation_id).get_or_none(id=shift_id, member_id=seen.member_id)
    if shift is None:
        raise NotFound("shift")
    return shift


async def in_scope(principal: Principal, shift: Shift, scope: ShiftScope) -> Sequence[Shift]:
    """It, and where that is asked for the later ones that were booked with it; none that is cancelled."""
    meant = shifts_in_view(principal).filter(member_id=shift.member_id, cancelled_at__isnull=True)
    if scope is ShiftScope.THIS_AND_FOLLOWING and shift.pattern_id is not None:
        meant = meant.filter(pattern_id=shift.pattern_id, starts_at__gte=shift.starts_at)
    else:
        meant = meant.filter(id=shift.id)
    return await meant.order_by("starts_at", "id")
