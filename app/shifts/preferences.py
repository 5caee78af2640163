"""What a member wants between their shifts and their own calendar: both ways are off until they say otherwise."""

from dataclasses import dataclass

from tortoise.transactions import in_transaction

from app import clock
from app.connections.models import CalendarConnection
from app.events_bus.bus import EventsBus
from app.identity.models import Member
from app.identity.principal import Principal
from app.shifts import entries
from app.shifts.acting import lock_member
from app.shifts.models import Shift


@dataclass(frozen=True, slots=True)
class ShiftPreferences:
    """What holds for one member."""

    suggest_from_calendar: bool
    show_in_calendar: bool


class ShiftPreferencesService:
    """Reads and changes them."""

    def __init__(self, bus: EventsBus) -> None:
        self._bus = bus

    async def get(self, principal: Principal) -> ShiftPreferences:
        """What holds now."""
        return _preferences_of(await Member.of(principal.organisation_id).get(id=principal.member_id))

    async def change(
        self, principal: Principal, *, suggest_from_calendar: bool | None = None, show_in_calendar: bool | None = None
    ) -> ShiftPreferences:
        """Change what is given and leave the rest; the calendar follows soon, coming shifts for a start."""
        async with in_transaction():
            member = await lock_member(principal.organisation_id, principal.member_id)
            if suggest_from_calendar is not None:
                member.takes_suggestions = suggest_from_calendar
            begins_to_show = show_in_calendar is True and not member.shows_shifts
            ends_to_show = show_in_calendar is False and member.shows_shifts
            if show_in_calendar is not None:
                member.shows_shifts = show_in_calendar
            if begins_to_show:
                member.shows_shifts_since = clock.now()
            await member.save(update_fields=["takes_suggestions", "shows_shifts", "shows_shifts_since"])
            if begins_to_show:
                await entries.follow(await _coming(member))
            elif ends_to_show:
                await entries.take_all_away(member.organisation_id, member.id)
        if begins_to_show or ends_to_show:
            await entries.announce(self._bus)
        return _preferences_of(member)


async def come_with_the_calendar(emptied: Member, survivor: Member) -> None:
    """Let the survivor want what the emptied member wanted of the calendar that comes to them; of none, nothing.

    Call with both rows locked, before what is the one's becomes the other's.
    """
    organisation_id = survivor.organisation_id
    if await CalendarConnection.of(organisation_id).filter(member_id=emptied.id).exists():
        await (
            Member.of(organisation_id)
            .filter(id=survivor.id)
            .update(
                takes_suggestions=emptied.takes_suggestions,
                shows_shifts=emptied.shows_shifts,
                shows_shifts_since=emptied.shows_shifts_since,
            )
        )


async def _coming(member: Member) -> list[Shift]:
    now = clock.now()
    mine = Shift.of(member.organisation_id).filter(member_id=member.id, cancelled_at__isnull=True)
    return await mine.filter(ends_at__gt=now, starts_at__lte=now + entries.HORIZON)


def _preferences_of(member: Member) -> ShiftPreferences:
    return ShiftPreferences(suggest_from_calendar=member.takes_suggestions, show_in_calendar=member.shows_shifts)
