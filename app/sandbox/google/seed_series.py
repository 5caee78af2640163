"""The series in the seeded Google: across clock changes, with dates moved, renamed and removed, and rooms."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.sandbox.google.calendars.resources import Resource
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.google.directory import User
from app.sandbox.google.seed_bodies import Slot, body_of, until, wire_time
from app.sandbox.google.seed_plans import Plan

STAND_UP_ZONE = "Europe/Amsterdam"
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR")
_STAND_UP = Plan(summary="Stand-up", minutes=15, is_online=True)


class SeriesSeeder:
    """Writes the series of people who work together."""

    def __init__(
        self, store: CalendarStore, people: Sequence[User], today: date, rooms: Iterator[Resource | None]
    ) -> None:
        self._store = store
        self._people = people
        self._today = today
        self._rooms = rooms

    def fill(self) -> None:
        """The one that all share, then everybody's own."""
        self._stand_up()
        for number in range(len(self._people)):
            self._own(number)

    def _stand_up(self) -> None:
        """Every working day at a quarter past nine; the room has another meeting on one of the days."""
        organiser, first = self._people[0], self._monday(-4)
        room = next(self._rooms)
        coming = [day for day in (self._today + timedelta(days=n) for n in range(1, 15)) if day.weekday() < 5]
        taken, moved, renamed, removed, past = coming[2], coming[1], coming[3], coming[5], first + timedelta(weeks=3)
        if room is not None:
            plan = Plan(summary="Early visitors", minutes=60)
            slot = Slot(taken, time(9), STAND_UP_ZONE)
            body = body_of(plan, slot, f"{organiser.address} early")
            self._insert(organiser, {**body, "attendees": [{"email": room.email}]})
        body = body_of(_STAND_UP, Slot(first, time(9, 15), STAND_UP_ZONE), f"{organiser.address} stand-up")
        ends = until(first + timedelta(weeks=22))
        body["recurrence"] = [f"RRULE:FREQ=WEEKLY;BYDAY={','.join(_WEEKDAYS)};{ends}"]
        body["attendees"] = self._invited(organiser, self._people[1:6], room)
        self._insert(organiser, body)
        calendar = self._store.primary_of(organiser)
        later = datetime.combine(moved, time(11), ZoneInfo(STAND_UP_ZONE))
        times = {
            "start": wire_time(later, STAND_UP_ZONE),
            "end": wire_time(later + timedelta(minutes=20), STAND_UP_ZONE),
        }
        self._store.patch(calendar, _instance(body["id"], moved), times)
        self._store.patch(calendar, _instance(body["id"], renamed), {"summary": "Stand-up with the new colleagues"})
        for gone in (removed, past):
            self._store.delete(calendar, _instance(body["id"], gone))
        self._store.attendant.run()

    def _own(self, number: int) -> None:
        """One series that each person organises: weekly across a clock change, monthly, every third day."""
        user, first = self._people[number], self._monday(-12) + timedelta(days=number % 5)
        weekday, ends = _WEEKDAYS[number % 5], until(self._monday(24))
        rules = (
            f"RRULE:FREQ=WEEKLY;BYDAY={weekday};{ends}",
            f"RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY={weekday};{ends}",
            f"RRULE:FREQ=MONTHLY;BYDAY={('2', '-1')[number % 2]}{weekday};{ends}",
            f"RRULE:FREQ=MONTHLY;BYMONTHDAY=31;{ends}",
            "RRULE:FREQ=DAILY;INTERVAL=3;COUNT=60",
        )
        plan = Plan(summary=f"{user.given_name}'s regular", minutes=45)
        body = body_of(plan, Slot(first, time(15, 30), user.time_zone), f"{user.address} regular")
        body["recurrence"] = [rules[number % len(rules)]]
        others = [self._people[(number + 1 + n) % len(self._people)] for n in range(min(2, len(self._people) - 1))]
        body["attendees"] = self._invited(user, others, next(self._rooms))
        self._insert(user, body)

    def _invited(self, organiser: User, others: Sequence[User], room: Resource | None) -> list[dict[str, Any]]:
        answers = ("accepted", "tentative", "accepted", "needsAction", "declined")
        people = [
            {"email": one.address, "displayName": one.display_name, "responseStatus": answers[place % 5]}
            for place, one in enumerate(others)
        ]
        rooms = [{"email": room.email}] if room else []
        return [{"email": organiser.address, "responseStatus": "accepted"}, *people, *rooms]

    def _insert(self, organiser: User, body: dict[str, Any]) -> None:
        self._store.insert(self._store.primary_of(organiser), body, organiser, conference_version=1)
        self._store.attendant.run()

    def _monday(self, weeks: int) -> date:
        return self._today - timedelta(days=self._today.weekday()) + timedelta(weeks=weeks)


def _instance(event_id: str, day: date) -> str:
    """The id of the stand-up of one day."""
    start = datetime.combine(day, time(9, 15), ZoneInfo(STAND_UP_ZONE)).astimezone(UTC)
    return f"{event_id}_{start:%Y%m%dT%H%M%SZ}"
