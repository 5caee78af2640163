"""Fills the calendars of one tenant: series and large meetings they share, then everybody's own days."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import cycle

from app.sandbox.microsoft.directory import User
from app.sandbox.microsoft.graph.seed_plans import (
    EVERYDAY,
    LARGE_MEETING,
    LARGE_MEETING_SIZE,
    Fate,
    Plan,
    RoomWish,
)
from app.sandbox.microsoft.mailboxes.items import (
    Attendee,
    AttendeeType,
    Body,
    Invitation,
    Item,
    Location,
    OnlineMeeting,
    OwnData,
    Person,
    Response,
    Target,
    WallTime,
)
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.post import RoomRequest
from app.sandbox.microsoft.mailboxes.recurrence import (
    DayOfWeek,
    PatternType,
    RangeType,
    Recurrence,
    RecurrencePattern,
    RecurrenceRange,
    WeekIndex,
)
from app.sandbox.microsoft.mailboxes.rooms import RoomBehaviour
from app.sandbox.microsoft.mailboxes.scheduling import Changes
from app.sandbox.state import SandboxState

FORTNIGHT = timedelta(days=14)
_EVENTS_A_DAY = 3
_WORKING_DAYS = (
    DayOfWeek.MONDAY,
    DayOfWeek.TUESDAY,
    DayOfWeek.WEDNESDAY,
    DayOfWeek.THURSDAY,
    DayOfWeek.FRIDAY,
)
_REPLIES = (Response.ACCEPTED, Response.ACCEPTED, None, Response.TENTATIVELY_ACCEPTED, Response.DECLINED)
_BEHAVIOURS = {
    RoomWish.SILENT: RoomBehaviour.SILENT,
    RoomWish.APPROVAL: RoomBehaviour.APPROVAL,
    RoomWish.CLOSED: RoomBehaviour.DECLINE_ALL,
}
_IN_THE_PAST = {
    RoomBehaviour.AUTO_ACCEPT: Response.ACCEPTED,
    RoomBehaviour.APPROVAL: Response.ACCEPTED,
    RoomBehaviour.DECLINE_ALL: Response.DECLINED,
    RoomBehaviour.SILENT: None,
}
_OUTSIDER = Person("Imani Okoro", "imani.okoro@partner.example")


class TenantSeeder:
    """Fills one tenant's calendars."""

    def __init__(self, state: SandboxState, people: Sequence[User]) -> None:
        self._store = state.mailboxes
        self._people = people
        self._today = state.clock.now().date()
        self._now = state.clock.now()
        rooms = self._store.registry.rooms(people[0].tenant_id)
        self._rooms = {
            behaviour: [r.address for r in rooms if self._store.registry.policy(r.address).behaviour is behaviour]
            for behaviour in RoomBehaviour
        }
        self._next_room = cycle(self._rooms[RoomBehaviour.AUTO_ACCEPT] or [""])

    def fill(self) -> None:
        """Series first, since they need rooms that are free for months."""
        self._stand_up()
        for number in range(len(self._people)):
            self._own_series(number)
        self._large_meeting()
        self._store.attendant.run()
        days = [self._today + timedelta(days=n) for n in range(-FORTNIGHT.days, FORTNIGHT.days + 1)]
        working = [day for day in days if day.weekday() < 5]
        for number in range(len(self._people)):
            for day in working:
                for slot in range(_EVENTS_A_DAY):
                    self._ordinary(number, day, slot)

    # Series

    def _stand_up(self) -> None:
        """Every working day at a quarter past nine, with a date removed, one moved and one renamed."""
        organiser = self._box(0)
        first = self._monday(-4)
        recurrence = Recurrence(
            pattern=RecurrencePattern(
                type=PatternType.WEEKLY, days_of_week=_WORKING_DAYS, first_day_of_week=DayOfWeek.MONDAY
            ),
            range=RecurrenceRange(
                type=RangeType.END_DATE,
                start_date=first,
                end_date=first + timedelta(weeks=22),
                time_zone="W. Europe Standard Time",
            ),
        )
        says = self._invitation(
            organiser, Plan(subject="Stand-up", minutes=15, is_online=True, room=RoomWish.ANY), first, time(9, 15)
        )
        zone = "W. Europe Standard Time"
        says = replace(
            says,
            start=WallTime(says.start.local, zone),
            end=WallTime(says.end.local, zone),
            original_start_zone=zone,
            original_end_zone=zone,
            recurrence=recurrence,
            attendees=(*self._colleagues(0, 5), *self._room_entry(RoomWish.ANY)),
        )
        series = self._store.scheduling.create(organiser, says, OwnData(categories=("Green category",)))
        self._store.attendant.run()
        self._people_reply(series, 0)
        coming = series.dates.between(self._today, self._today + FORTNIGHT) if series.dates else []
        moved, renamed, removed, past = coming[1], coming[3], coming[5], first + timedelta(weeks=3)
        later = WallTime(datetime.combine(moved, time(11, 0)), zone)
        self._change(
            organiser,
            Target(series, moved),
            {"start": later, "end": WallTime(later.local + timedelta(minutes=20), zone)},
        )
        self._change(organiser, Target(series, renamed), {"subject": "Stand-up with the new colleagues"})
        self._store.scheduling.cancel(organiser, Target(series, removed))
        self._store.scheduling.cancel(organiser, Target(series, past))

    def _own_series(self, number: int) -> None:
        """One series that each person organises: weekly across a clock change, monthly, or yearly."""
        user, box = self._people[number], self._box(number)
        first = self._monday(-12) + timedelta(days=number % 5)
        patterns = (
            RecurrencePattern(type=PatternType.WEEKLY, days_of_week=(_WORKING_DAYS[number % 5],)),
            RecurrencePattern(type=PatternType.WEEKLY, interval=2, days_of_week=(_WORKING_DAYS[number % 5],)),
            RecurrencePattern(
                type=PatternType.RELATIVE_MONTHLY,
                days_of_week=(_WORKING_DAYS[number % 5],),
                index=(WeekIndex.SECOND, WeekIndex.LAST)[number % 2],
            ),
            RecurrencePattern(type=PatternType.ABSOLUTE_MONTHLY, day_of_month=31),
            RecurrencePattern(type=PatternType.DAILY, interval=3),
        )
        pattern = patterns[number % len(patterns)]
        plan = Plan(subject=f"{user.given_name}'s regular", minutes=45, room=RoomWish.ANY)
        says = self._invitation(box, plan, first, time(15, 30))
        recurrence = Recurrence(
            pattern=pattern,
            range=RecurrenceRange(
                type=RangeType.END_DATE,
                start_date=first,
                end_date=self._monday(24),
                time_zone=user.time_zone,
            ),
        )
        start = next(recurrence.dates(), first)
        says = replace(
            says,
            start=says.start.on(start),
            end=says.end.on(start),
            recurrence=recurrence,
            attendees=(*self._colleagues(number, 2), *self._room_entry(RoomWish.ANY)),
        )
        self._people_reply(self._store.scheduling.create(box, says), number)

    def _large_meeting(self) -> None:
        """One meeting with sixty people on it."""
        day = self._monday(0) + timedelta(days=3)
        organiser = self._box(min(1, len(self._people) - 1))
        says = self._invitation(organiser, LARGE_MEETING, day, time(16, 0))
        colleagues = self._colleagues(1, LARGE_MEETING.colleagues)
        guests = self._guests(LARGE_MEETING_SIZE - len(colleagues), 0)
        item = self._store.scheduling.create(organiser, replace(says, attendees=(*colleagues, *guests)))
        self._people_reply(item, 2)

    # Ordinary days

    def _ordinary(self, number: int, day: date, slot: int) -> None:
        plan = EVERYDAY[_draw(self._people[number].address, day, slot) % len(EVERYDAY)]
        at = time(9 + slot * 3 + (number + day.day) % 2, 30 * ((number + slot + day.day) % 2))
        if plan.subject == "Night migration":
            at = time(20, 0)
        box = self._box(number)
        if plan.fate is Fate.INVITED_FROM_OUTSIDE:
            me = Attendee(box.owner, AttendeeType.REQUIRED)
            says = self._invitation(box, plan, day, at, organizer=_OUTSIDER)
            guests = self._guests(2, number)
            self._store.scheduling.receive(box, replace(says, attendees=(me, *self._known_outside(number), *guests)))
            return
        organiser = box
        attendees = [*self._colleagues(number, plan.colleagues), *self._guests(plan.guests, number)]
        if plan.fate is Fate.CANCELLED_BY_COLLEAGUE and len(self._people) > 1:
            organiser = self._box((number + 1) % len(self._people))
            attendees = [Attendee(box.owner)]
        attendees += self._room_entry(plan.room)
        says = replace(self._invitation(organiser, plan, day, at), attendees=tuple(attendees))
        item = self._store.scheduling.create(organiser, says, OwnData(categories=plan.categories))
        self._rooms_reply(item)
        self._people_reply(item, number + day.day + slot)
        if plan.fate is Fate.CANCELLED_BY_COLLEAGUE:
            self._store.scheduling.cancel(organiser, Target(item))

    def _invitation(self, box: Mailbox, plan: Plan, day: date, at: time, organizer: Person | None = None) -> Invitation:
        zone = plan.zone or box.time_zone
        if plan.days:
            begins = datetime.combine(day, time())
            start, end = WallTime(begins, zone), WallTime(begins + timedelta(days=plan.days), zone)
        else:
            start = WallTime(datetime.combine(day, at), box.time_zone).in_zone(zone)
            end = WallTime(start.local + timedelta(minutes=plan.minutes), zone)
        key = f"{box.address} {plan.subject} {day} {at}"
        return Invitation(
            subject=plan.subject,
            start=start,
            end=end,
            organizer=organizer or box.owner,
            original_start_zone=zone,
            original_end_zone=zone,
            is_all_day=bool(plan.days),
            body=Body(f"<html><head></head><body>{plan.body}</body></html>" if plan.body else ""),
            locations=(Location(display_name=plan.location),) if plan.location else (),
            sensitivity=plan.sensitivity,
            show_as=plan.show_as,
            hide_attendees=plan.hides_attendees,
            online_meeting=_online(key) if plan.is_online else None,
        )

    def _people_reply(self, item: Item, turn: int) -> None:
        for place, attendee in enumerate(item.invitation.attendees):
            response = _REPLIES[(turn + place) % len(_REPLIES)]
            box = self._store.registry.at(self._people[0].tenant_id, attendee.person.address)
            if box is None or response is None or attendee.type is AttendeeType.RESOURCE:
                continue
            copy = box.copy_of(item.meeting)
            if copy is not None and not copy.is_organizer:
                self._store.answers.respond(box, Target(copy), response)

    def _rooms_reply(self, item: Item) -> None:
        """Rooms turn down what is over, so what they said before has to be said for them."""
        if item.invitation.ends_at > self._now:
            self._store.attendant.run()
            return
        for attendee in item.invitation.attendees:
            if attendee.type is not AttendeeType.RESOURCE:
                continue
            response = _IN_THE_PAST[self._store.registry.policy(attendee.person.address).behaviour]
            if response is not None:
                self._store.attendant.answer(RoomRequest(item.meeting, None, attendee.person.address), response)

    # Who and where

    def _box(self, number: int) -> Mailbox:
        box = self._store.registry.of_user(self._people[number])
        if box is None:
            raise LookupError(self._people[number].address)
        return box

    def _colleagues(self, number: int, count: int) -> list[Attendee]:
        size = len(self._people)
        chosen = [self._people[(number + 1 + n) % size] for n in range(min(count, size - 1))]
        kinds = (AttendeeType.REQUIRED, AttendeeType.REQUIRED, AttendeeType.OPTIONAL)
        return [Attendee(Person(u.display_name, u.address), kinds[n % len(kinds)]) for n, u in enumerate(chosen)]

    def _known_outside(self, number: int) -> list[Attendee]:
        """A colleague under an address that they are written to from outside."""
        known = [u for u in self._people if u.further_addresses and u is not self._people[number]]
        return [Attendee(Person(u.display_name, u.further_addresses[0])) for u in known[:1]]

    def _guests(self, count: int, turn: int) -> list[Attendee]:
        names = [f"Guest {turn * 2 + n + 1}" for n in range(count)]
        return [Attendee(Person(name, f"{name.lower().replace(' ', '-')}@partner.example")) for name in names]

    def _room_entry(self, wish: RoomWish) -> list[Attendee]:
        if wish is RoomWish.NONE:
            return []
        fitting = self._rooms[_BEHAVIOURS[wish]] if wish in _BEHAVIOURS else []
        room = self._store.registry.room(fitting[0] if fitting else next(self._next_room))
        return [Attendee(Person(room.name, room.address), AttendeeType.RESOURCE)] if room else []

    def _monday(self, weeks: int) -> date:
        return self._today - timedelta(days=self._today.weekday()) + timedelta(weeks=weeks)

    def _change(self, box: Mailbox, target: Target, fields: dict[str, object]) -> None:
        self._store.scheduling.change(box, target, Changes(invitation=fields))
        self._store.attendant.run()


def _draw(address: str, day: date, slot: int) -> int:
    """A number that looks like chance and is not."""
    return int.from_bytes(hashlib.blake2b(f"{address} {day} {slot}".encode(), digest_size=4).digest(), "big")


def _online(key: str) -> OnlineMeeting:
    thread = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    number = str(int(thread[:8], 16)).zfill(10)
    return OnlineMeeting(f"https://teams.example/l/meetup-join/19%3ameeting_{thread}%40thread.v2/0", number)
