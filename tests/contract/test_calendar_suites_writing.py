"""What every calendar suite does alike: creating, changing, cancelling, answering."""

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest

from app.agenda.times import instant
from app.suites.errors import (
    ChangedMeanwhile,
    DuplicateCommand,
    InvalidRequest,
    NotFound,
    NotOrganiser,
)
from app.suites.events import (
    EventKind,
    Frequency,
    NewEvent,
    NewTime,
    Person,
    Recurrence,
    Response,
    RoomAnswer,
    RoomsChange,
)
from tests.contract.meetings import DAY, HOUR, WEEK, copy_of, meeting, weekly
from tests.contract.worlds import Operation, RoomHabit, Trouble, World, some_monday


class TestCreating:
    async def test_a_room_is_pending_until_it_answers(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        answered = await mailbox.event(made.mailbox_id)

        assert [room.answer for room in made.rooms] == [RoomAnswer.PENDING]
        assert [(room.room.address, room.answer) for room in answered.rooms] == [
            (world.rooms[0].address, RoomAnswer.ACCEPTED)
        ]
        assert answered.version != made.version

    async def test_what_was_created_reads_back_as_it_was_sent(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        new = meeting(world)

        made = await mailbox.create(new, uuid4())

        assert (made.subject, made.start.date_time, made.end.date_time) == (new.subject, new.start, new.end)
        assert [attendee.person.address for attendee in made.attendees] == [world.colleague]
        assert made.is_organiser
        assert made.response is Response.ORGANISER
        assert made.body_preview == "Agenda follows"

    @pytest.mark.parametrize("subject", ["Ünïcode 会議 🎉", 'R&D <review> "x"', "x" * 255])
    async def test_a_subject_and_a_text_come_back_letter_for_letter(self, world: World, subject: str) -> None:
        mailbox = await world.mailbox(world.organiser)
        new = replace(meeting(world), subject=subject, body="Bring: pens & paper — 5 > 3\nÜber alles reden")

        made = await mailbox.create(new, uuid4())

        assert made.subject == subject
        assert made.body_preview.splitlines() == ["Bring: pens & paper — 5 > 3", "Über alles reden"]

    async def test_an_online_meeting_has_an_address_and_others_have_none(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        online = await mailbox.create(replace(meeting(world), online_meeting=True), uuid4())
        plain = await mailbox.create(meeting(world), uuid4())

        read = await mailbox.event(online.mailbox_id)
        assert read.online_meeting_url is not None
        assert read.online_meeting_url.startswith("https://")
        assert plain.online_meeting_url is None

    async def test_an_event_says_which_command_made_it_or_nothing(self, world: World) -> None:
        mailbox, command = await world.mailbox(world.organiser), uuid4()

        made = await mailbox.create(meeting(world), command)

        assert made.command_id in {str(command), None}

    async def test_a_taken_room_declines_the_second_event(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        second = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        assert [room.answer for room in (await mailbox.event(second.mailbox_id)).rooms] == [RoomAnswer.DECLINED]

    async def test_a_room_that_needs_approval_says_so_where_the_suite_tells(self, world: World) -> None:
        await world.room_habit(world.rooms[0].address, RoomHabit.NEEDS_APPROVAL)
        mailbox = await world.mailbox(world.organiser)

        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        told = world.suite.capabilities.tells_awaiting_approval
        assert [room.answer for room in (await mailbox.event(made.mailbox_id)).rooms] == [
            RoomAnswer.AWAITING_APPROVAL if told else RoomAnswer.PENDING
        ]

    async def test_an_attendees_copy_shares_the_key_and_tells_a_rooms_answer_only_where_the_suite_does(
        self, world: World
    ) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())
        await world.rooms_answer()

        copy = await copy_of(made, theirs)

        told = world.suite.capabilities.room_answer_for_attendees
        assert [room.answer for room in copy.rooms] == [RoomAnswer.ACCEPTED if told else RoomAnswer.UNKNOWN]
        assert copy.shared_key == made.shared_key
        assert not copy.is_organiser
        assert copy.response is Response.NOT_RESPONDED

    async def test_the_same_command_makes_one_event_however_often_it_is_sent(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()

        first = await mailbox.create(meeting(world), command)
        second = await mailbox.create(meeting(world), command)

        assert first.mailbox_id == second.mailbox_id
        assert len(await mailbox.events(some_monday(), some_monday() + WEEK)) == 1

    async def test_the_same_command_with_other_content_is_refused(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()
        await mailbox.create(meeting(world), command)

        with pytest.raises(DuplicateCommand):
            await mailbox.create(meeting(world, at=some_monday() + DAY), command)

    async def test_an_event_is_found_by_the_command_that_made_it(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        command = uuid4()
        made = await mailbox.create(meeting(world), command)

        found = await mailbox.find_created(command)

        assert found is not None
        assert found.mailbox_id == made.mailbox_id
        assert await mailbox.find_created(uuid4()) is None

    async def test_nonsense_is_refused_and_makes_nothing(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = some_monday()
        backwards = NewEvent(subject="Backwards", start=begins, end=begins - HOUR, time_zone="Europe/Amsterdam")

        with pytest.raises(InvalidRequest):
            await mailbox.create(backwards, uuid4())

        assert list(await mailbox.events(begins - DAY, begins + DAY)) == []

    async def test_a_series_of_four_hundred_dates_is_one_event_that_is_read_in_parts(self, world: World) -> None:
        mailbox, begins = await world.mailbox(world.organiser), some_monday()
        daily = Recurrence(frequency=Frequency.DAILY, count=400)

        made = await mailbox.create(replace(weekly(world), recurrence=daily), uuid4())

        soon = await mailbox.occurrences(made.mailbox_id, begins, begins + 90 * DAY)
        whole = await mailbox.occurrences(made.mailbox_id, begins, begins + 1800 * DAY)
        assert (len(soon), len(whole)) == (90, 400)
        assert len({event.shared_key for event in whole}) == 400


class TestChanging:
    async def test_one_room_replaces_another_in_one_write(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        old, new = world.rooms

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(new,), remove=frozenset({old.address})))
        await world.rooms_answer()

        assert [(room.room.address, room.answer) for room in changed.rooms] == [(new.address, RoomAnswer.PENDING)]
        assert [attendee.person.address for attendee in changed.attendees] == [world.colleague]
        after = await mailbox.event(made.mailbox_id)
        assert [room.answer for room in after.rooms] == [RoomAnswer.ACCEPTED]

    async def test_a_room_that_stays_keeps_its_answer_when_another_comes(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

        answers = {room.room.address: room.answer for room in changed.rooms}
        assert answers == {
            world.rooms[0].address: RoomAnswer.ACCEPTED,
            world.rooms[1].address: RoomAnswer.PENDING,
        }

    async def test_rooms_that_are_as_they_should_be_are_left_alone(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        before = await mailbox.event(made.mailbox_id)

        after = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=world.rooms[:1]))

        assert [room.room for room in after.rooms] == [room.room for room in before.rooms]

    async def test_one_occurrence_can_have_another_room_than_its_series(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        _, second, _ = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        change = RoomsChange(add=(world.rooms[1],), remove=frozenset({world.rooms[0].address}))

        await mailbox.change_rooms(second.mailbox_id, change)

        after = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.kind for event in after] == [EventKind.OCCURRENCE, EventKind.EXCEPTION, EventKind.OCCURRENCE]
        assert [event.rooms[0].room.address for event in after] == [
            world.rooms[0].address,
            world.rooms[1].address,
            world.rooms[0].address,
        ]

    async def test_only_the_organiser_changes_rooms(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)

        with pytest.raises(NotOrganiser):
            await theirs.change_rooms(copy.mailbox_id, RoomsChange(add=(world.rooms[1],)))

    async def test_an_event_that_changed_meanwhile_is_read_once_more(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT)

        changed = await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

        assert len(changed.rooms) == 2

    async def test_an_event_that_keeps_changing_is_given_up(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT, times=None)

        with pytest.raises(ChangedMeanwhile):
            await mailbox.change_rooms(made.mailbox_id, RoomsChange(add=(world.rooms[1],)))

    async def test_a_moved_event_asks_its_room_anew(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()
        later = _at(some_monday() + timedelta(hours=15))

        moved = await mailbox.move(made.mailbox_id, later)
        await world.rooms_answer()

        after = await mailbox.event(made.mailbox_id)
        assert (moved.start.date_time, moved.end.date_time) == (later.start, later.end)
        assert (moved.mailbox_id, moved.shared_key) == (made.mailbox_id, made.shared_key)
        assert [room.answer for room in moved.rooms] == [RoomAnswer.PENDING]
        assert [room.answer for room in after.rooms] == [RoomAnswer.ACCEPTED]
        assert [attendee.person.address for attendee in after.attendees] == [world.colleague]
        assert (after.subject, after.body_preview) == (made.subject, made.body_preview)

    async def test_a_room_that_is_taken_declines_the_moved_event(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await mailbox.create(meeting(world, at=some_monday() + timedelta(hours=15)), uuid4())
        await world.rooms_answer()

        await mailbox.move(made.mailbox_id, _at(some_monday() + timedelta(hours=15)))
        await world.rooms_answer()

        assert [room.answer for room in (await mailbox.event(made.mailbox_id)).rooms] == [RoomAnswer.DECLINED]

    async def test_an_event_that_is_at_its_time_already_is_left_alone(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        await world.rooms_answer()

        same = await mailbox.move(made.mailbox_id, _at(some_monday() + timedelta(hours=10)))

        assert [room.answer for room in same.rooms] == [RoomAnswer.ACCEPTED]

    async def test_one_date_of_a_series_moves_alone(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        await world.rooms_answer()
        first, second, third = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)

        moved = await mailbox.move(second.mailbox_id, _at(begins + WEEK + timedelta(hours=15)))

        after = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.kind for event in after] == [EventKind.OCCURRENCE, EventKind.EXCEPTION, EventKind.OCCURRENCE]
        assert [event.start.date_time for event in after] == [
            first.start.date_time,
            begins + WEEK + timedelta(hours=15),
            third.start.date_time,
        ]
        assert [event.shared_key for event in after] == [first.shared_key, second.shared_key, third.shared_key]
        assert [room.answer for room in moved.rooms] == [RoomAnswer.PENDING]

    async def test_a_series_moves_to_another_time_of_its_days(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        await world.rooms_answer()

        await mailbox.move(master.mailbox_id, _at(begins + timedelta(hours=15)))
        asked = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        await world.rooms_answer()

        after = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.rooms[0].answer for event in asked] == [RoomAnswer.PENDING] * 3
        zone = ZoneInfo("Europe/Amsterdam")
        begin = (begins + timedelta(hours=15)).astimezone(zone)
        assert [instant(event.start).astimezone(zone).replace(tzinfo=None) for event in after] == [
            begin.replace(tzinfo=None) + week * WEEK for week in range(3)
        ]
        assert [event.rooms[0].answer for event in after] == [RoomAnswer.ACCEPTED] * 3

    async def test_dates_keep_a_key_when_they_or_their_series_move_to_another_hour(self, world: World) -> None:
        mailbox, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        invited = (Person(world.colleague, "Ben Kok"),)
        master = await mailbox.create(replace(weekly(world), attendees=invited), uuid4())
        begins = some_monday()
        before = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        await mailbox.move(before[1].mailbox_id, _at(begins + WEEK + timedelta(hours=17)))
        by_itself = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)

        moved = await mailbox.move(master.mailbox_id, _at(begins + timedelta(hours=15)))

        after = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        copies = await theirs.events(begins, begins + 4 * WEEK)
        keys = [date.lasting_key for date in before]
        assert len({moved.lasting_key, *keys}) == 4
        assert moved.lasting_key == master.lasting_key
        assert [date.lasting_key for date in by_itself] == keys
        assert [date.lasting_key for date in after] == keys
        assert [copy.lasting_key for copy in copies if copy.lasting_key in keys] == keys

    async def test_only_the_organiser_moves_an_event(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)

        with pytest.raises(NotOrganiser):
            await theirs.move(copy.mailbox_id, _at(some_monday() + timedelta(hours=15)))

    async def test_an_event_that_changed_meanwhile_is_moved_after_one_more_look(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())
        later = _at(some_monday() + timedelta(hours=15))
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT)
        moved = await mailbox.move(made.mailbox_id, later)
        await world.order(Trouble.CHANGED_MEANWHILE, Operation.CHANGE_EVENT, times=None)

        with pytest.raises(ChangedMeanwhile):
            await mailbox.move(made.mailbox_id, _at(some_monday() + timedelta(hours=17)))

        assert moved.start.date_time == later.start

    async def test_cancelling_twice_is_cancelling_once(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        await mailbox.cancel(made.mailbox_id, "Not needed")
        await mailbox.cancel(made.mailbox_id)

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []

    async def test_an_event_without_anybody_invited_is_cancelled_too(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = some_monday()
        alone = NewEvent(subject="Focus", start=begins, end=begins + HOUR, time_zone="Europe/Amsterdam")
        made = await mailbox.create(alone, uuid4())

        await mailbox.cancel(made.mailbox_id)

        with pytest.raises(NotFound):
            await mailbox.event(made.mailbox_id)

    async def test_cancelling_one_occurrence_leaves_the_others(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        master = await mailbox.create(weekly(world), uuid4())
        begins = some_monday()
        first, second, third = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)

        await mailbox.cancel(second.mailbox_id)

        left = await mailbox.occurrences(master.mailbox_id, begins, begins + 4 * WEEK)
        assert [event.mailbox_id for event in left] == [first.mailbox_id, third.mailbox_id]

    async def test_only_the_organiser_cancels(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        copy = await copy_of(await mine.create(meeting(world), uuid4()), theirs)

        with pytest.raises(NotOrganiser):
            await theirs.cancel(copy.mailbox_id)

    @pytest.mark.parametrize("answer", [Response.ACCEPTED, Response.TENTATIVELY_ACCEPTED])
    async def test_an_attendees_answer_reaches_the_organiser(self, world: World, answer: Response) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())
        copy = await copy_of(made, theirs)

        await theirs.respond(copy.mailbox_id, answer, "See you")

        assert (await theirs.event(copy.mailbox_id)).response is answer
        assert [attendee.response for attendee in (await mine.event(made.mailbox_id)).attendees] == [answer]

    async def test_a_declined_invitation_reaches_the_organiser(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        made = await mine.create(meeting(world), uuid4())

        await theirs.respond((await copy_of(made, theirs)).mailbox_id, Response.DECLINED)

        after = await mine.event(made.mailbox_id)
        assert [attendee.response for attendee in after.attendees] == [Response.DECLINED]

    async def test_one_date_of_a_series_can_be_answered_alone(self, world: World) -> None:
        mine, theirs = await world.mailbox(world.organiser), await world.mailbox(world.colleague)
        invited = replace(weekly(world), attendees=(Person(world.colleague, "Colleague"),))
        await mine.create(invited, uuid4())
        first, second, third = await theirs.events(some_monday(), some_monday() + 4 * WEEK)

        await theirs.respond(second.mailbox_id, Response.TENTATIVELY_ACCEPTED)

        seen = await theirs.events(some_monday(), some_monday() + 4 * WEEK)
        assert [event.mailbox_id for event in seen] == [first.mailbox_id, second.mailbox_id, third.mailbox_id]
        assert [event.response for event in seen] == [
            Response.NOT_RESPONDED,
            Response.TENTATIVELY_ACCEPTED,
            Response.NOT_RESPONDED,
        ]

    async def test_the_organiser_has_nothing_to_answer(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        made = await mailbox.create(meeting(world), uuid4())

        with pytest.raises(InvalidRequest):
            await mailbox.respond(made.mailbox_id, Response.ACCEPTED)


def _at(start: datetime) -> NewTime:
    return NewTime(start=start, end=start + HOUR, time_zone="Europe/Amsterdam")
