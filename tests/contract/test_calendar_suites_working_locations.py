"""What every calendar suite does alike with where people work: what they told it, and what we write for them."""

from datetime import date, time, timedelta
from uuid import uuid4

import pytest

from app.suites.errors import NotFound, WorkingLocationsRefused
from app.suites.working_days import WorkingDay, WorkingKind
from tests.contract.meetings import DAY, WEEK
from tests.contract.worlds import Operation, Plan, Trouble, World, some_monday

ONE_DAY = timedelta(days=1)


def monday() -> date:
    return some_monday().date()


def working_day(place: str | None = "Lighthouse", day: date | None = None) -> WorkingDay:
    subject = "Working remotely" if place is None else f"Working at {place}"
    return WorkingDay(day=day or monday(), time_zone="Europe/Amsterdam", subject=subject, place=place)


class TestWhatPeopleTold:
    async def test_a_day_at_an_office_and_one_at_home_are_told_for_the_whole_of_each(self, world: World) -> None:
        mailbox, tuesday = await world.mailbox(world.organiser), monday() + ONE_DAY
        await world.plan(
            world.organiser,
            Plan(day=monday(), kind=WorkingKind.OFFICE, building="Lighthouse"),
            Plan(day=tuesday, kind=WorkingKind.REMOTE),
        )

        told = await mailbox.working_locations(monday(), tuesday)

        assert [(one.day, one.kind, one.start, one.end) for one in told] == [
            (monday(), WorkingKind.OFFICE, None, None),
            (tuesday, WorkingKind.REMOTE, None, None),
        ]
        assert "Lighthouse" in (told[0].label, told[0].place_id)

    async def test_both_ends_of_the_window_belong_to_it_and_nothing_beyond_them(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        days = [monday() + n * ONE_DAY for n in range(4)]
        await world.plan(world.organiser, *(Plan(day=day, kind=WorkingKind.REMOTE) for day in days))

        told = await mailbox.working_locations(days[1], days[2])

        assert [one.day for one in told] == days[1:3]

    async def test_the_parts_of_a_day_are_told_with_their_times(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.plan(
            world.organiser,
            Plan(day=monday(), kind=WorkingKind.REMOTE, hours=(time(13), time(17))),
            Plan(day=monday(), kind=WorkingKind.OFFICE, building="Lighthouse", hours=(time(9), time(12))),
        )

        told = await mailbox.working_locations(monday(), monday())

        assert [one.kind for one in told] == [WorkingKind.OFFICE, WorkingKind.REMOTE]
        assert all(one.start is not None and one.end is not None for one in told)
        assert [one.end - one.start for one in told if one.start and one.end] == [
            timedelta(hours=3),
            timedelta(hours=4),
        ]

    async def test_what_was_said_for_one_day_counts_more_than_a_rule(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.plan(
            world.organiser,
            Plan(day=monday(), kind=WorkingKind.REMOTE),
            Plan(day=monday(), kind=WorkingKind.OFFICE, building="Lighthouse", by_rule=True),
        )

        told = await mailbox.working_locations(monday(), monday())

        assert [one.kind for one in told] == [WorkingKind.REMOTE]

    async def test_whoever_told_nothing_has_nothing(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        assert list(await mailbox.working_locations(monday(), monday() + 6 * ONE_DAY)) == []

    async def test_an_edition_without_it_refuses_and_everything_else_works_on(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.forbid_plans()

        with pytest.raises(WorkingLocationsRefused):
            await mailbox.working_locations(monday(), monday())

        assert list(await mailbox.events(some_monday(), some_monday() + WEEK)) == []

    async def test_what_people_told_is_read_in_one_call(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.calls()

        await mailbox.working_locations(monday(), monday() + 61 * ONE_DAY)

        assert await world.calls() == 1


class TestWhatWeWrite:
    @pytest.mark.parametrize("place", ["Lighthouse", None])
    async def test_a_day_is_whole_free_and_without_reminder_or_guests(self, world: World, place: str | None) -> None:
        mailbox = await world.mailbox(world.organiser)

        await mailbox.write_working_day(working_day(place), uuid4())

        [item] = await world.items(world.organiser)
        assert working_day(place).subject in (item.get("subject"), item.get("summary"))
        assert item.get("isAllDay", "date" in item["start"]) is True
        assert "free" in (item.get("showAs"), {"transparent": "free"}.get(item.get("transparency", "")))
        assert not item.get("isReminderOn", item.get("reminders", {}).get("useDefault"))
        assert not item.get("attendees")
        start, end = (str(item[name].get("date") or item[name]["dateTime"])[:10] for name in ("start", "end"))
        assert (start, end) == (monday().isoformat(), (monday() + ONE_DAY).isoformat())

    async def test_it_is_no_meeting_of_the_calendar(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        await mailbox.write_working_day(working_day(), uuid4())

        assert list(await mailbox.events(some_monday() - DAY, some_monday() + WEEK)) == []

    async def test_it_is_nothing_that_the_member_told(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)

        await mailbox.write_working_day(working_day(), uuid4())

        assert list(await mailbox.working_locations(monday(), monday())) == []

    async def test_one_command_writes_one_day_however_often_it_is_sent(self, world: World) -> None:
        mailbox, command = await world.mailbox(world.organiser), uuid4()

        for day in (working_day(), working_day(), working_day("Lighthouse, renamed")):
            await mailbox.write_working_day(day, command)

        assert len(await world.items(world.organiser)) == 1

    async def test_a_write_whose_answer_is_lost_is_not_doubled(self, world: World) -> None:
        mailbox, command = await world.mailbox(world.organiser), uuid4()
        await world.order(Trouble.DONE_BUT_UNANSWERED, Operation.CREATE_EVENT)

        await mailbox.write_working_day(working_day(), command)

        assert len(await world.items(world.organiser)) == 1

    async def test_an_edition_without_working_locations_gets_an_ordinary_day_that_is_no_meeting(
        self, world: World
    ) -> None:
        mailbox = await world.mailbox(world.organiser)
        await world.forbid_plans()

        await mailbox.write_working_day(working_day(), uuid4())

        [item] = await world.items(world.organiser)
        assert item.get("eventType", "default") == "default"
        assert list(await mailbox.events(some_monday() - DAY, some_monday() + WEEK)) == []

    async def test_what_a_command_wrote_is_taken_away_and_nothing_else(self, world: World) -> None:
        mailbox, command = await world.mailbox(world.organiser), uuid4()
        await mailbox.write_working_day(working_day(), command)
        await mailbox.write_working_day(working_day(None, monday() + ONE_DAY), uuid4())

        await mailbox.remove_working_day(command)

        [left] = [item for item in await world.items(world.organiser) if item.get("status") != "cancelled"]
        assert "Working remotely" in (left.get("subject"), left.get("summary"))

    async def test_taking_away_what_is_gone_or_never_was_counts_as_done(self, world: World) -> None:
        mailbox, command = await world.mailbox(world.organiser), uuid4()
        await mailbox.write_working_day(working_day(), command)

        for each in (command, command, uuid4()):
            await mailbox.remove_working_day(each)

        with pytest.raises(NotFound):
            await mailbox.event(command.hex)
