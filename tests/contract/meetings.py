"""Meetings that the contract makes, and how another mailbox finds its copy of one."""

from datetime import datetime, timedelta

from app.suites.events import (
    Event,
    Frequency,
    NewEvent,
    Person,
    Recurrence,
    Weekday,
)
from app.suites.protocol import Mailbox
from tests.contract.worlds import World, some_monday

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


def meeting(world: World, *, at: datetime | None = None, rooms: tuple[Person, ...] | None = None) -> NewEvent:
    begins = at or some_monday() + timedelta(hours=10)
    return NewEvent(
        subject="Design review",
        start=begins,
        end=begins + HOUR,
        time_zone="Europe/Amsterdam",
        attendees=(Person(world.colleague, "Ben Kok"),),
        rooms=world.rooms[:1] if rooms is None else rooms,
        body="Agenda follows",
    )


def weekly(world: World, count: int = 3) -> NewEvent:
    begins = some_monday() + timedelta(hours=10)
    return NewEvent(
        subject="Weekly planning",
        start=begins,
        end=begins + HOUR,
        time_zone="Europe/Amsterdam",
        rooms=world.rooms[:1],
        recurrence=Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY,), count=count),
    )


async def copy_of(event: Event, mailbox: Mailbox) -> Event:
    """The same event as another mailbox holds it."""
    begins = event.start.date_time
    assert begins is not None
    [copy] = [seen for seen in await mailbox.events(begins, begins + HOUR) if seen.shared_key == event.shared_key]
    return copy
