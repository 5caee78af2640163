"""What every calendar suite tells of rooms: series, single dates, people in charge, other rooms in their place."""

from dataclasses import replace
from uuid import uuid4

import pytest

from app.suites.events import Availability, Event, NewEvent, Recurrence, RoomAnswer, RoomsChange
from app.suites.protocol import Mailbox
from tests.contract.meetings import DAY, HOUR, WEEK, meeting, weekly
from tests.contract.worlds import RoomHabit, World, some_monday

ACCEPTED, DECLINED = RoomAnswer.ACCEPTED, RoomAnswer.DECLINED


async def with_dates_taken(world: World, weeks: list[int]) -> Mailbox:
    """The organiser's mailbox, in a world where the first room is taken in these weeks of the series."""
    mailbox = await world.mailbox(world.organiser)
    for week in weeks:
        await mailbox.create(meeting(world, at=some_monday() + 10 * HOUR + week * WEEK), uuid4())
    await world.rooms_answer()
    return mailbox


async def dates_of(mailbox: Mailbox, series: Event) -> list[Event]:
    return list(await mailbox.occurrences(series.mailbox_id, some_monday(), some_monday() + 20 * WEEK))


def answers(events: list[Event]) -> list[RoomAnswer]:
    return [room.answer for event in events for room in event.rooms]


def lasting(world: World, count: int) -> NewEvent:
    new = weekly(world)
    assert new.recurrence is not None
    recurrence: Recurrence = replace(new.recurrence, count=count)
    return replace(new, recurrence=recurrence)


class TestSeries:
    async def test_a_free_room_takes_every_date(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        series = await mailbox.create(weekly(world), uuid4())

        await world.rooms_answer()

        assert answers([await mailbox.event(series.mailbox_id)]) == [ACCEPTED]
        assert answers(await dates_of(mailbox, series)) == [ACCEPTED] * 3

    async def test_a_room_that_declines_single_dates_takes_the_others(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.DECLINES_SINGLE_DATES)
        mailbox = await with_dates_taken(world, [1])
        series = await mailbox.create(lasting(world, 4), uuid4())

        await world.rooms_answer()

        assert answers(await dates_of(mailbox, series)) == [ACCEPTED, DECLINED, ACCEPTED, ACCEPTED]

    async def test_a_room_that_is_taken_more_often_than_not_declines_the_whole_series(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.DECLINES_SINGLE_DATES)
        mailbox = await with_dates_taken(world, [0, 1, 2])
        series = await mailbox.create(lasting(world, 4), uuid4())

        await world.rooms_answer()

        assert answers(await dates_of(mailbox, series)) == [DECLINED] * 4

    async def test_a_room_that_would_decline_more_than_eight_dates_declines_the_series(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.DECLINES_SINGLE_DATES)
        mailbox = await with_dates_taken(world, list(range(9)))
        series = await mailbox.create(lasting(world, 18), uuid4())

        await world.rooms_answer()

        assert set(answers(await dates_of(mailbox, series))) == {DECLINED}

    async def test_a_single_dates_room_can_be_replaced_after_it_declined(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.DECLINES_SINGLE_DATES)
        mailbox = await with_dates_taken(world, [1])
        series = await mailbox.create(lasting(world, 4), uuid4())
        await world.rooms_answer()
        declined = (await dates_of(mailbox, series))[1]
        old, new = world.rooms

        await mailbox.change_rooms(declined.mailbox_id, RoomsChange(add=(new,), remove=frozenset({old.address})))
        await world.rooms_answer()

        dates = await dates_of(mailbox, series)
        assert answers(dates) == [ACCEPTED] * 4
        assert [event.rooms[0].room.address for event in dates] == [old.address, new.address, old.address, old.address]

    async def test_a_cancelled_series_frees_the_room(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        series = await mailbox.create(weekly(world), uuid4())
        await world.rooms_answer()

        await mailbox.cancel(series.mailbox_id)

        [room] = await mailbox.schedules([world.rooms[0].address], some_monday(), some_monday() + 4 * WEEK)
        assert room.availability is Availability.FREE


class TestPeopleInCharge:
    @pytest.mark.parametrize("accepts", [True, False])
    async def test_a_room_that_awaits_approval_answers_when_somebody_decides(self, world: World, accepts: bool) -> None:
        room = world.rooms[0].address
        await world.room_habit(room, RoomHabit.NEEDS_APPROVAL)
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        await world.room_decides(room, made, accepts=accepts)

        assert answers([await mailbox.event(made.mailbox_id)]) == [ACCEPTED if accepts else DECLINED]

    async def test_a_room_that_had_accepted_can_still_decline_and_is_free_again(self, world: World) -> None:
        room = world.rooms[0].address
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        await world.room_decides(room, made, accepts=False)

        assert answers([await mailbox.event(made.mailbox_id)]) == [DECLINED]
        [schedule] = await mailbox.schedules([room], some_monday(), some_monday() + DAY)
        assert schedule.availability is Availability.FREE

    async def test_a_room_that_declines_one_date_later_is_told_of_that_date_alone(self, world: World) -> None:
        room = world.rooms[0].address
        mailbox = await world.mailbox(world.organiser)
        series = await mailbox.create(weekly(world), uuid4())
        await world.rooms_answer()
        second = (await dates_of(mailbox, series))[1]

        await world.room_decides(room, second, accepts=False)

        assert answers(await dates_of(mailbox, series)) == [ACCEPTED, DECLINED, ACCEPTED]
        assert answers([await mailbox.event(second.mailbox_id)]) == [DECLINED]

    async def test_a_room_that_gives_up_its_slot_is_gone_or_says_no_and_is_free_again(self, world: World) -> None:
        room = world.rooms[0].address
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        await world.room_gives_up(room, made)

        assert answers([await mailbox.event(made.mailbox_id)]) in ([], [DECLINED])
        [schedule] = await mailbox.schedules([room], some_monday(), some_monday() + DAY)
        assert schedule.availability is Availability.FREE

    async def test_a_room_that_was_taken_off_is_gone_and_free_again(self, world: World) -> None:
        room = world.rooms[0].address
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        await world.room_is_taken_off(room, made)

        after = await mailbox.event(made.mailbox_id)
        assert after.rooms == ()
        assert [attendee.person.address for attendee in after.attendees] == [world.colleague]
        [schedule] = await mailbox.schedules([room], some_monday(), some_monday() + DAY)
        assert schedule.availability is Availability.FREE


class TestReplacement:
    async def test_a_room_that_declines_may_be_replaced_where_the_suite_does_so(self, world: World) -> None:
        if not world.suite.capabilities.replaces_rooms:
            pytest.skip("the suite leaves a declined room where it is")
        room = world.rooms[0].address
        mailbox = await with_dates_taken(world, [0])
        await world.room_habit(room, RoomHabit.REPLACED_BY_SIMILAR)
        made = await mailbox.create(meeting(world), uuid4())

        await world.rooms_answer()

        [other] = (await mailbox.event(made.mailbox_id)).rooms
        assert (other.answer, other.room.address != room) == (ACCEPTED, True)

    async def test_a_room_that_declines_stays_where_the_suite_replaces_none(self, world: World) -> None:
        room = world.rooms[0].address
        mailbox = await with_dates_taken(world, [0])
        made = await mailbox.create(meeting(world), uuid4())

        await world.rooms_answer()

        [declined] = (await mailbox.event(made.mailbox_id)).rooms
        assert (declined.room.address, declined.answer) == (room, DECLINED)
