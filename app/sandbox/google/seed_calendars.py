"""The rooms and calendars that the sandbox's Google begins with.

What lies where depends on the day and on nothing else, so two sandboxes of one day are alike.
"""

import gc
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from app.sandbox.google.calendars.arrivals import lay_down
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.directory import User
from app.sandbox.google.seed_bodies import draw, event_id
from app.sandbox.google.seed_days import GroupSeeder
from app.sandbox.google.seed_plans import HOLIDAYS
from app.sandbox.google.seed_rooms import seed_rooms
from app.sandbox.state import SandboxState

HOLIDAY_CALENDAR = "en.dutch#holiday@group.v.calendar.google.com"
HOLIDAY_NAME = "Holidays in the Netherlands"


def seed_calendars(state: SandboxState) -> None:
    """Rooms first, then everybody's fortnight before and after today.

    Nearly all that comes into being here stays, so no time is spent on looking for garbage.
    """
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        _fill(state)
    finally:
        if was_collecting:
            gc.enable()


def _fill(state: SandboxState) -> None:
    directory, store = state.google.directory, state.google.calendars
    for customer in directory.customers():
        seed_rooms(store.resources, customer)
        people = [one for one in directory.users(customer.id) if not one.suspended]
        if people:
            GroupSeeder(state, people).fill()
            _share(state, people)
    for alone in [one for one in directory.users() if one.customer_id is None and not one.suspended]:
        GroupSeeder(state, [alone]).fill()
    store.attendant.run()
    _age(state)


def _share(state: SandboxState, people: list[User]) -> None:
    """The first of them see the next one's calendar, and all of them the holidays."""
    store = state.google.calendars
    for user, colleague in pairwise(people[:4]):
        calendar = store.primary_of(colleague)
        calendar.grants[user.address.lower()] = AccessRole.READER
        store.lists.subscribe(user, calendar)
    holidays = store.calendar(HOLIDAY_CALENDAR) or _holidays(state)
    for user in people:
        holidays.grants[user.address.lower()] = AccessRole.READER
        store.lists.subscribe(user, holidays)


def _holidays(state: SandboxState) -> StoredCalendar:
    store = state.google.calendars
    calendar = store.registry.add(
        StoredCalendar(
            id=HOLIDAY_CALENDAR,
            owner_sub=None,
            customer_id=None,
            summary=HOLIDAY_NAME,
            time_zone="Europe/Amsterdam",
        )
    )
    whose = {"email": HOLIDAY_CALENDAR, "displayName": HOLIDAY_NAME, "self": True}
    this_year = state.clock.now().year
    for year in (this_year - 1, this_year, this_year + 1):
        for name, month, number in HOLIDAYS:
            day = date(year, month, number)
            body = {
                "id": event_id(f"{name} {year}"),
                "status": "confirmed",
                "summary": name,
                "start": {"date": day.isoformat()},
                "end": {"date": (day + timedelta(days=1)).isoformat()},
                "creator": whose,
                "organizer": whose,
                "iCalUID": f"{event_id(f'{name} {year}')}@google.com",
                "transparency": "transparent",
                "visibility": "public",
                "eventType": "default",
            }
            lay_down(store, calendar, body)
    return calendar


def _age(state: SandboxState) -> None:
    """Make everything look as if it had been written some time ago."""
    store = state.google.calendars
    today = state.clock.now().replace(hour=8, minute=0, second=0, microsecond=0)
    for user in state.google.directory.users():
        for calendar in store.calendars_of(user.sub):
            for copy in calendar.shelf.all():
                written_at = today - timedelta(days=16 + draw(copy.meeting.id) % 30)
                copy.meeting.created = written_at
                copy.stamp = replace(copy.stamp, at=written_at)
                copy.stamps = {key: replace(stamp, at=written_at) for key, stamp in copy.stamps.items()}
