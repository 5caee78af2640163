"""What happens to bookings at the suite without us: rooms answer and change their minds, owners move events."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.faults.randomised.houses import Decider, House
from tests.faults.randomised.known import Knowledge
from tests.faults.randomised.plan import HouseKind, PlannedHouseAct
from tests.faults.randomised.suites import SuiteSide, TrueEvent


class Happenings:
    """At one organisation's suite."""

    def __init__(self, side: SuiteSide, house: House, knowledge: Knowledge) -> None:
        self.done = 0
        self._side = side
        self._knowledge = knowledge
        self._asked = {address for address, decider in house.room_addresses() if decider is Decider.IS_ASKED}
        self._members = set(house.member_addresses())

    async def happen(self, act: PlannedHouseAct) -> None:
        events = [event for event in (await self._side.truth()).events if not event.is_cancelled and event.rooms]
        chosen = self._chosen(events, act)
        if chosen is None:
            return
        event, room = chosen
        known = self._knowledge.bookings.get(event.subject)
        if known is not None:
            known.changes += 1
        if act.kind not in {HouseKind.ANSWERED, HouseKind.CHANGED_MIND}:
            self._knowledge.touch(event.subject)
        match act.kind:
            case HouseKind.ANSWERED | HouseKind.CHANGED_MIND:
                await self._side.answer(event, room, accepts=act.accepts)
            case HouseKind.ROOM_REMOVED:
                removals = self._knowledge.removals
                removals[event.subject] = removals.get(event.subject, 0) + 1
                await self._side.remove_room(event, room)
            case HouseKind.MOVED:
                step = timedelta(hours=1 + int(act.which * 5))
                await self._side.move(event, event.start + step, event.end + step)
            case HouseKind.DELETED:
                await self._side.delete(event)
        self.done += 1

    def _chosen(self, events: Sequence[TrueEvent], act: PlannedHouseAct) -> tuple[TrueEvent, str] | None:
        """An event and a room of it; for an answer one that waits, if there is any."""
        pairs = [(event, room) for event in events if event.organiser in self._members for room in event.rooms]
        if act.kind is HouseKind.ANSWERED:
            waiting = [(one, room) for one, room in pairs if room in self._asked and one.rooms[room] == "PENDING"]
            pairs = waiting
        return pairs[int(act.which * len(pairs))] if pairs else None


def first_day(now: datetime) -> datetime:
    """Midnight of the day on which the run began, from which acts count their days."""
    return now.replace(hour=0, minute=7, second=0, microsecond=0)
