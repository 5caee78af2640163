"""What every calendar suite does alike with events that are not as they should be, or are no meetings."""

from uuid import uuid4

import pytest

from app.suites.events import Event, EventStatus, Response, Sensitivity, ShowAs
from tests.contract.meetings import DAY, HOUR, copy_of, meeting
from tests.contract.worlds import Oddity, World, Written, some_monday

LEFT_OUT = {Oddity.NO_TIMES, Oddity.YEAR_ONE, Oddity.WORKING_LOCATION, Oddity.BIRTHDAY}
"""What is no meeting, or cannot be told when."""


async def planted(world: World, oddity: Oddity) -> list[Event]:
    """The events of a day on which an ordinary one stands beside the odd one; the ordinary one is not answered."""
    if oddity in world.absent_oddities:
        pytest.skip(world.absent_oddities[oddity])
    mailbox, monday = await world.mailbox(world.organiser), some_monday()
    await world.plant(oddity, monday + 10 * HOUR)
    ordinary = await world.write(world.organiser, Written(start=monday + 15 * HOUR, end=monday + 16 * HOUR))

    events = await mailbox.events(monday, monday + DAY)

    assert [event.mailbox_id for event in events].count(ordinary) == 1
    return [event for event in events if event.mailbox_id != ordinary]


@pytest.mark.parametrize("oddity", Oddity)
async def test_an_odd_event_never_spoils_the_others_and_is_when_it_is(world: World, oddity: Oddity) -> None:
    odd = await planted(world, oddity)

    at = some_monday() + 10 * HOUR
    when = [(event.start.date_time, event.end.date_time) for event in odd]
    assert when == ([] if oddity in LEFT_OUT else [(at, at + HOUR)])


async def test_without_a_subject_an_event_has_an_empty_one(world: World) -> None:
    [odd] = await planted(world, Oddity.NO_SUBJECT)

    assert (odd.subject, odd.body_preview) == ("", "")


async def test_without_an_organiser_nobody_organises_it(world: World) -> None:
    [odd] = await planted(world, Oddity.NO_ORGANISER)

    assert odd.organiser is None
    assert not odd.is_organiser


async def test_somebody_without_an_address_is_no_attendee(world: World) -> None:
    [odd] = await planted(world, Oddity.NAMELESS_ATTENDEE)

    assert odd.attendees == ()


async def test_a_thousand_attendees_are_a_thousand(world: World) -> None:
    [odd] = await planted(world, Oddity.THOUSAND_ATTENDEES)

    assert len({attendee.person.address for attendee in odd.attendees}) == 1000


async def test_words_of_a_later_version_mean_what_is_safe(world: World) -> None:
    [odd] = await planted(world, Oddity.UNHEARD_OF_VALUES)

    assert odd.sensitivity in {Sensitivity.NORMAL, Sensitivity.PRIVATE}
    assert odd.show_as in {ShowAs.UNKNOWN, ShowAs.BUSY}


async def test_a_private_event_says_so_to_its_owner_with_everything_in_it(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    await world.write(world.organiser, Written(subject="Doctor", start=begins, end=begins + HOUR, is_private=True))

    [event] = await mailbox.events(begins, begins + HOUR)

    assert (event.sensitivity, event.subject) == (Sensitivity.PRIVATE, "Doctor")


async def test_an_event_without_guests_is_its_owners(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    await world.write(world.organiser, Written(start=begins, end=begins + HOUR))

    [event] = await mailbox.events(begins, begins + HOUR)

    assert (event.is_organiser, event.response) == (True, Response.ORGANISER)
    assert (event.attendees, event.rooms) == ((), ())


async def test_a_meeting_that_its_organiser_cancelled_is_gone_or_says_so(world: World) -> None:
    mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
    made = await mine.create(meeting(world), uuid4())
    await copy_of(made, theirs)

    await mine.cancel(made.mailbox_id)

    left = await theirs.events(some_monday(), some_monday() + DAY)
    assert {event.status for event in left} <= {EventStatus.CANCELLED}


async def test_a_date_that_its_organiser_took_out_is_gone_for_everybody(world: World) -> None:
    mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
    series = await world.write(world.organiser, Written(start=begins, end=begins + HOUR, weeks=2))
    first, second = await mailbox.occurrences(series, begins, begins + 14 * DAY)

    await mailbox.cancel(first.mailbox_id)

    left = await mailbox.events(begins, begins + 14 * DAY)
    assert [event.mailbox_id for event in left] == [second.mailbox_id]
