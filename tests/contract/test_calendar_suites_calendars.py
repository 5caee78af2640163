"""What every calendar suite does alike with the further calendars of a mailbox."""

import asyncio
from uuid import uuid4

import pytest

from app.suites.errors import NotFound
from tests.contract.meetings import DAY, HOUR, WEEK, meeting
from tests.contract.worlds import World, Written, some_monday


async def test_a_further_calendar_is_named_as_owned_and_is_not_the_default(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    added = await world.add_calendar(world.organiser, "Facilities")

    [found] = [calendar for calendar in await mailbox.calendars() if calendar.id == added]

    assert (found.name, found.is_owned, found.is_default) == ("Facilities", True, False)


async def test_a_colleagues_calendar_is_not_owned(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    before = {calendar.id for calendar in await mailbox.calendars()}
    await world.share_calendar(world.colleague, world.organiser)

    shared = [calendar for calendar in await mailbox.calendars() if calendar.id not in before]

    assert [(calendar.is_owned, calendar.is_default) for calendar in shared] in ([], [(False, False)])


async def test_each_calendar_is_read_by_its_own_id(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    further = await world.add_calendar(world.organiser, "Facilities")
    here = await mailbox.create(meeting(world), uuid4())
    there = await world.write(
        world.organiser, Written(subject="Lift inspection", start=begins, end=begins + HOUR), further
    )

    default = await mailbox.events(some_monday(), some_monday() + WEEK)
    other = await mailbox.events(some_monday(), some_monday() + WEEK, calendar_id=further)

    assert [event.mailbox_id for event in default] == [here.mailbox_id]
    assert [event.subject for event in other] == ["Lift inspection"]
    assert there in other[0].mailbox_id


async def test_an_event_of_a_further_calendar_leads_back_to_itself(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    further = await world.add_calendar(world.organiser, "Facilities")
    await world.write(world.organiser, Written(subject="Lift inspection", start=begins, end=begins + HOUR), further)
    [listed] = await mailbox.events(begins, begins + HOUR, calendar_id=further)

    read = await mailbox.event(listed.mailbox_id)

    assert (read.mailbox_id, read.shared_key) == (listed.mailbox_id, listed.shared_key)
    assert (read.subject, read.start, read.version) == (listed.subject, listed.start, listed.version)


async def test_a_series_of_a_further_calendar_has_its_dates(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    further = await world.add_calendar(world.organiser, "Facilities")
    await world.write(world.organiser, Written(start=begins, end=begins + HOUR, weeks=2), further)

    dates = await mailbox.events(begins, begins + 3 * WEEK, calendar_id=further)

    assert len(dates) == 2
    [series] = {event.series_mailbox_id for event in dates}
    assert series is not None
    again = await mailbox.occurrences(series, begins, begins + 3 * WEEK)
    assert [event.mailbox_id for event in again] == [event.mailbox_id for event in dates]


async def test_an_event_of_a_further_calendar_can_be_cancelled(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    further = await world.add_calendar(world.organiser, "Facilities")
    await world.write(world.organiser, Written(start=begins, end=begins + HOUR), further)
    [listed] = await mailbox.events(begins, begins + HOUR, calendar_id=further)

    await mailbox.cancel(listed.mailbox_id)

    with pytest.raises(NotFound):
        await mailbox.event(listed.mailbox_id)
    assert list(await mailbox.events(begins, begins + HOUR, calendar_id=further)) == []


async def test_an_event_in_two_calendars_has_one_key(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    further = await world.add_calendar(world.organiser, "Facilities")
    made = await mailbox.create(meeting(world), uuid4())
    await world.stand_in_both(made.mailbox_id, further)

    [here] = await mailbox.events(some_monday(), some_monday() + DAY)
    [there] = await mailbox.events(some_monday(), some_monday() + DAY, calendar_id=further)

    assert here.shared_key == there.shared_key == made.shared_key
    assert here.mailbox_id != there.mailbox_id


async def test_all_owned_calendars_are_read_side_by_side(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    await world.share_calendar(world.colleague, world.organiser)
    for name in ("Facilities", "Side projects", "Training"):
        further = await world.add_calendar(world.organiser, name)
        await world.write(world.organiser, Written(subject=name, start=begins, end=begins + HOUR), further)
    owned = [calendar.id for calendar in await mailbox.calendars() if calendar.is_owned]
    await world.calls()

    answers = await asyncio.gather(
        *(mailbox.events(some_monday(), some_monday() + WEEK, calendar_id=calendar_id) for calendar_id in owned)
    )

    assert await world.calls() == len(owned) == 4
    assert sorted(event.subject for events in answers for event in events) == [
        "Facilities",
        "Side projects",
        "Training",
    ]


async def test_a_calendar_that_is_not_there_is_not_found(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)

    with pytest.raises(NotFound):
        await mailbox.events(some_monday(), some_monday() + WEEK, calendar_id="no-such-calendar@nowhere.example")
