"""Fills the calendars of one customer's people: series and large meetings they share, then everybody's own days."""

from collections.abc import Sequence
from datetime import date, time, timedelta
from itertools import cycle
from typing import Any

from app.sandbox.google.calendars.arrivals import receive
from app.sandbox.google.calendars.calendar import StoredCalendar
from app.sandbox.google.calendars.meetings import Person
from app.sandbox.google.calendars.resources import Resource, ResourceBehaviour
from app.sandbox.google.directory import User
from app.sandbox.google.seed_bodies import Slot, body_of, draw, event_id
from app.sandbox.google.seed_plans import (
    BIRTHDAY,
    CHECK_IN,
    EVERYDAY,
    LARGE_MEETING,
    LARGE_MEETING_SIZE,
    Fate,
    Plan,
    RoomWish,
)
from app.sandbox.google.seed_series import SeriesSeeder
from app.sandbox.state import SandboxState

FORTNIGHT = timedelta(days=14)
EVENTS_A_DAY = 3
EVENTS_A_DAY_IN_SMALL_GROUPS = 2
SMALL_GROUP = 8
_REPLIES = ("accepted", "accepted", "needsAction", "tentative", "declined")
_OUTSIDER = Person("imani.okoro@partner.example", "Imani Okoro")
_WITH_CHECK_IN = 3
"""So many people, the first, have something today and tomorrow whatever day of the week it is."""


class GroupSeeder:
    """Fills the calendars of people who work together."""

    def __init__(self, state: SandboxState, people: Sequence[User]) -> None:
        self._store = state.google.calendars
        self._people = people
        self._today = state.clock.now().date()
        self._events_a_day = EVENTS_A_DAY_IN_SMALL_GROUPS if len(people) < SMALL_GROUP else EVENTS_A_DAY
        rooms = self._store.resources.all(people[0].customer_id) if people[0].customer_id else ()
        self._rooms = {wish: [one for one in rooms if _grants(one, wish)] for wish in RoomWish}
        self._next_room = cycle(self._rooms[RoomWish.ANY] or [None])

    def fill(self) -> None:
        """Series first, since they need rooms that are free for months."""
        SeriesSeeder(self._store, self._people, self._today, self._next_room).fill()
        self._large_meeting()
        self._second_calendars()
        tomorrow = self._today + timedelta(days=1)
        days = [self._today + timedelta(days=n) for n in range(-FORTNIGHT.days, FORTNIGHT.days + 1)]
        for number, user in enumerate(self._people):
            for day in days:
                if number < _WITH_CHECK_IN and day in (self._today, tomorrow):
                    self._plan(number, CHECK_IN, Slot(day, time(9 + 2 * number), user.time_zone))
                if day.weekday() < 5:
                    self._day(number, day)
            self._birthday(number)

    def _day(self, number: int, day: date) -> None:
        user = self._people[number]
        if number % 2 == 0:
            self._working_location(number, day)
        for slot in range(self._events_a_day):
            plan = EVERYDAY[draw(user.address, day, slot) % len(EVERYDAY)]
            if slot == 0 and plan.fate is Fate.CANCELLED_BY_COLLEAGUE:
                plan = EVERYDAY[0]  # so that no day is empty
            hour = 9 + slot * 3 + (number + day.day) % 2
            at = (
                time(20, 10 * slot)
                if plan.summary == "Night migration"
                else time(hour, 30 * ((number + slot + day.day) % 2))
            )
            self._plan(number, plan, Slot(day, at, user.time_zone))

    def _plan(self, number: int, plan: Plan, slot: Slot) -> None:
        user = self._people[number]
        key = f"{user.address} {plan.summary} {slot.day} {slot.at}"
        turn = draw(key)
        body = body_of(plan, slot, key)
        guests = [*self._colleagues(number, plan.colleagues, turn), *_guests(plan.guests, number)]
        if plan.fate is Fate.INVITED_FROM_OUTSIDE:
            body["attendees"] = [{"email": user.address, "responseStatus": _REPLIES[turn % 5]}, *_guests(2, number)]
            receive(self._store, body, _OUTSIDER, time_zone=user.time_zone)
            return
        organiser = user
        if plan.fate is not Fate.STANDS and len(self._people) > 1:
            organiser = self._people[(number + 1) % len(self._people)]
            answer = "declined" if plan.fate is Fate.DECLINED_BY_OWNER else "accepted"
            others = [one for one in guests if one["email"] not in (organiser.address, user.address)]
            guests = [{"email": user.address, "responseStatus": answer}, *others]
        guests += self._room_entry(plan.room)
        self._create(organiser, {**body, **_attendees(organiser, guests)})
        if plan.fate is Fate.CANCELLED_BY_COLLEAGUE and organiser is not user:
            self._store.delete(self._store.primary_of(organiser), body["id"])

    def _working_location(self, number: int, day: date) -> None:
        user = self._people[number]
        buildings = self._store.resources.buildings(user.customer_id) if user.customer_id else ()
        where: dict[str, Any] = {"type": "homeOffice", "homeOffice": {}}
        if buildings and day.weekday() not in (0, 4):
            office = buildings[number % len(buildings)]
            where = {"type": "officeLocation", "officeLocation": {"buildingId": office.id, "label": office.name}}
        members = {
            "eventType": "workingLocation",
            "visibility": "public",
            "transparency": "transparent",
            "workingLocationProperties": where,
        }
        label = where.get("officeLocation", {}).get("label", "Home")
        plan = Plan(summary=label, days=1, members=members)
        self._create(user, body_of(plan, Slot(day, time(), user.time_zone), f"{user.address} place {day}"))

    def _birthday(self, number: int) -> None:
        user = self._people[number]
        day = self._today + timedelta(days=draw(user.address, "birthday") % 28 - 14)
        members = {**BIRTHDAY, "recurrence": ["RRULE:FREQ=YEARLY"]}
        plan = Plan(summary="Happy birthday!", days=1, members=members)
        self._create(user, body_of(plan, Slot(day, time(), user.time_zone), f"{user.address} birthday"))

    def _large_meeting(self) -> None:
        """One meeting with a hundred and twenty people on it."""
        number = min(1, len(self._people) - 1)
        day = self._today - timedelta(days=self._today.weekday()) + timedelta(days=3)
        organiser = self._people[number]
        colleagues = self._colleagues(number, LARGE_MEETING.colleagues, 2)
        guests = [*colleagues, *_guests(LARGE_MEETING_SIZE - len(colleagues), 0)]
        slot = Slot(day, time(16), organiser.time_zone)
        body = body_of(LARGE_MEETING, slot, f"{organiser.address} large")
        self._create(organiser, {**body, **_attendees(organiser, guests)})

    def _second_calendars(self) -> None:
        """Every fourth person keeps a calendar for a team, with one event that is in their own calendar as well."""
        for number, user in enumerate(self._people):
            if number % 4:
                continue
            calendar = self._store.registry.add(
                StoredCalendar(
                    id=f"c_{event_id(f'{user.address} team')}@group.calendar.google.com",
                    owner_sub=user.sub,
                    customer_id=user.customer_id,
                    summary=f"Team {user.given_name}",
                    time_zone=user.time_zone,
                )
            )
            for offset, summary in enumerate(("Team lunch", "Team review", "Rota"), -1):
                day = self._today + timedelta(days=offset)
                plan = Plan(summary=summary, minutes=40)
                body = body_of(plan, Slot(day, time(12), user.time_zone), f"{user.address} {summary} {day}")
                if summary == "Team review":
                    body["attendees"] = [{"email": user.address, "responseStatus": "accepted"}]
                self._store.insert(calendar, body, user)

    def _create(self, organiser: User, body: dict[str, Any]) -> None:
        self._store.insert(self._store.primary_of(organiser), body, organiser, conference_version=1)
        self._store.attendant.run()

    def _colleagues(self, number: int, count: int, turn: int) -> list[dict[str, Any]]:
        size = len(self._people)
        chosen = [self._people[(number + 1 + n) % size] for n in range(min(count, size - 1))]
        return [
            {
                "email": one.address,
                "displayName": one.display_name,
                "responseStatus": _REPLIES[(turn + place) % len(_REPLIES)],
                "optional": place % 3 == 2,
            }
            for place, one in enumerate(chosen)
        ]

    def _room_entry(self, wish: RoomWish) -> list[dict[str, Any]]:
        if wish is RoomWish.NONE:
            return []
        fitting = self._rooms[wish]
        room = fitting[0] if fitting and wish is not RoomWish.ANY else next(self._next_room)
        return [{"email": room.email}] if room else []


def _grants(room: Resource, wish: RoomWish) -> bool:
    """Whether a room is of the kind that a plan wishes for."""
    return (
        room.capacity is not None
        and {
            RoomWish.NONE: False,
            RoomWish.ANY: (room.behaviour, room.bookable_by, room.replaced_by_similar)
            == (ResourceBehaviour.AUTO_ACCEPT, None, False),
            RoomWish.APPROVAL: room.behaviour is ResourceBehaviour.MANUAL,
            RoomWish.CLOSED: room.behaviour is ResourceBehaviour.DECLINE_ALL,
            RoomWish.FOR_FEW: room.bookable_by is not None,
            RoomWish.SWAPPED: room.replaced_by_similar,
        }[wish]
    )


def _guests(count: int, turn: int) -> list[dict[str, Any]]:
    names = [f"Guest {turn * 2 + n + 1}" for n in range(count)]
    return [
        {
            "email": f"{name.lower().replace(' ', '-')}@partner.example",
            "displayName": name,
            "responseStatus": "accepted",
        }
        for name in names
    ]


def _attendees(organiser: User, guests: list[dict[str, Any]]) -> dict[str, Any]:
    """Nobody is listed when nobody is invited; else the organiser is, as Google does."""
    if not guests:
        return {}
    return {"attendees": [{"email": organiser.address, "responseStatus": "accepted"}, *guests]}
