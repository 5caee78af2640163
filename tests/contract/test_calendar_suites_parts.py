"""Every calendar suite is asked for the parts of events that somebody needs, and for no others."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest

from app.suites.events import WHOLE, Event, EventKind, EventPart, EventParts, Response
from app.suites.protocol import Mailbox
from tests.contract.conftest import Record
from tests.contract.meetings import DAY, WEEK, meeting, weekly
from tests.contract.test_calendar_suites_working_locations import working_day
from tests.contract.worlds import World, some_monday

ALWAYS = ("mailbox_id", "shared_key", "version", "kind", "status", "subject", "start", "end", "organiser", "show_as")
MEMBERS = {
    EventPart.INVITED: ("attendees", "rooms"),
    EventPart.RESPONSE: ("response",),
    EventPart.LOCATION: ("location",),
    EventPart.ONLINE_MEETING: ("online_meeting_url",),
    EventPart.WEB_URL: ("web_url",),
    EventPart.BODY_PREVIEW: ("body_preview",),
}
COMES_ALONG = {EventPart.INVITED: {EventPart.RESPONSE}}
"""Where the owner is one of the guests, and not marked apart from them."""
ABSENT = {(), None, "", Response.NOT_RESPONDED}


def window() -> tuple[datetime, datetime]:
    return some_monday(), some_monday() + DAY


async def accepted_meeting(world: World) -> Mailbox:
    """A mailbox that holds one meeting with every part that there is."""
    mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
    await mine.create(replace(meeting(world), online_meeting=True), uuid4())
    [copy] = await theirs.events(*window())
    await theirs.respond(copy.mailbox_id, Response.ACCEPTED)
    return theirs


async def only_event(mailbox: Mailbox, parts: EventParts) -> Event:
    [event] = await mailbox.events(*window(), parts=parts)
    return event


def values(event: Event, part: EventPart) -> tuple[Any, ...]:
    return tuple(getattr(event, name) for name in MEMBERS[part])


@pytest.mark.parametrize("part", EventPart)
async def test_a_part_that_is_asked_for_comes_and_no_other_does(world: World, part: EventPart) -> None:
    mailbox = await accepted_meeting(world)

    whole, alone = await only_event(mailbox, WHOLE), await only_event(mailbox, {part})

    assert values(alone, part) == values(whole, part)
    assert ABSENT.isdisjoint(values(whole, part))
    others = WHOLE - {part} - COMES_ALONG.get(part, set())
    assert all(ABSENT.issuperset(values(alone, other)) for other in others)


async def test_what_names_and_dates_an_event_comes_without_being_asked_for(world: World) -> None:
    mailbox = await accepted_meeting(world)

    whole, bare = await only_event(mailbox, WHOLE), await only_event(mailbox, frozenset())

    assert [getattr(bare, name) for name in ALWAYS] == [getattr(whole, name) for name in ALWAYS]


async def test_a_part_that_nobody_asked_for_does_not_leave_the_suite(world: World, record: Record) -> None:
    mailbox = await accepted_meeting(world)

    await only_event(mailbox, frozenset())

    answered = record.exchanges[-1].response.body
    assert b"Design review" in answered
    assert b"Agenda follows" not in answered
    assert world.rooms[0].address.encode() not in answered.lower()


async def test_the_dates_of_a_series_are_told_apart_with_no_part_asked_for(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await mailbox.create(weekly(world), uuid4())

    dates = await mailbox.events(some_monday(), some_monday() + 4 * WEEK, parts=frozenset())

    assert [date.kind for date in dates] == [EventKind.OCCURRENCE] * 3
    assert len({date.shared_key for date in dates}) == 3
    assert len({date.series_mailbox_id for date in dates}) == 1


async def test_a_day_that_we_wrote_is_no_meeting_with_no_part_asked_for(world: World) -> None:
    mailbox = await world.mailbox(world.organiser)
    await mailbox.write_working_day(working_day(), uuid4())

    assert await mailbox.events(*window(), parts=frozenset()) == []
