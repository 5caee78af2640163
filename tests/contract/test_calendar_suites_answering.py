"""What every calendar suite does alike with an answer to a whole series."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.suites.events import Person, Response
from tests.contract.meetings import WEEK, weekly
from tests.contract.worlds import World, some_monday


@pytest.mark.parametrize("answer", [Response.ACCEPTED, Response.TENTATIVELY_ACCEPTED])
async def test_a_series_is_answered_from_one_of_its_dates(world: World, answer: Response) -> None:
    mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
    made = await mine.create(replace(weekly(world), attendees=(Person(world.colleague, "Colleague"),)), uuid4())
    _, second, _ = await theirs.events(some_monday(), some_monday() + 4 * WEEK)
    assert second.series_mailbox_id is not None

    await theirs.respond(second.series_mailbox_id, answer, "All of them")

    seen = await theirs.events(some_monday(), some_monday() + 4 * WEEK)
    assert [event.response for event in seen] == [answer] * 3
    assert [attendee.response for attendee in (await mine.event(made.mailbox_id)).attendees] == [answer]


async def test_an_answer_to_one_date_is_seen_by_the_organiser_on_that_date_alone(world: World) -> None:
    mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
    made = await mine.create(replace(weekly(world), attendees=(Person(world.colleague, "Colleague"),)), uuid4())
    _, second, _ = await theirs.events(some_monday(), some_monday() + 4 * WEEK)

    await theirs.respond(second.mailbox_id, Response.ACCEPTED)

    dates = await mine.occurrences(made.mailbox_id, some_monday(), some_monday() + 4 * WEEK)
    answers = [[attendee.response for attendee in date.attendees] for date in dates]
    assert answers == [[Response.NOT_RESPONDED], [Response.ACCEPTED], [Response.NOT_RESPONDED]]
