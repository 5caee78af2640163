"""What every calendar suite does alike with days, hours and the zones they are written in."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo, available_timezones

import pytest

from app.suites.events import EventKind, Frequency, NewEvent, Recurrence, Weekday
from app.suites.protocol import Mailbox
from tests.contract.meetings import DAY, HOUR, WEEK
from tests.contract.worlds import World, Written, some_monday

FAR_ZONES = ("UTC", "Europe/Amsterdam", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu")
SPRING = datetime(2027, 3, 28, 1, tzinfo=UTC)
"""When Amsterdam's clocks go forward; New York's did two weeks before."""
AUTUMN = datetime(2027, 10, 31, 1, tzinfo=UTC)

RECURRENCES = [
    pytest.param(
        Recurrence(frequency=Frequency.DAILY, interval=2, count=3),
        [date(2027, 1, 29), date(2027, 1, 31), date(2027, 2, 2)],
        id="every-other-day",
    ),
    pytest.param(
        Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.FRIDAY, Weekday.MONDAY), until=date(2027, 2, 8)),
        [date(2027, 1, 29), date(2027, 2, 1), date(2027, 2, 5), date(2027, 2, 8)],
        id="twice-a-week-until-a-day",
    ),
    pytest.param(
        Recurrence(frequency=Frequency.WEEKLY, interval=2, weekdays=(Weekday.FRIDAY,), count=3),
        [date(2027, 1, 29), date(2027, 2, 12), date(2027, 2, 26)],
        id="every-other-week",
    ),
    pytest.param(
        Recurrence(frequency=Frequency.MONTHLY_BY_DATE, interval=2, count=3),
        [date(2027, 1, 29), date(2027, 3, 29), date(2027, 5, 29)],
        id="every-other-month",
    ),
    pytest.param(
        Recurrence(
            frequency=Frequency.MONTHLY_BY_WEEKDAY,
            weekdays=(Weekday.FRIDAY,),
            week_of_month=-1,
            until=date(2027, 3, 31),
        ),
        [date(2027, 1, 29), date(2027, 2, 26), date(2027, 3, 26)],
        id="the-last-friday",
    ),
]


def day_in(zone: str, day: date) -> tuple[datetime, datetime]:
    """A whole day as somebody in that zone asks for it."""
    begins = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    return begins, begins + DAY


async def seen_by_day(mailbox: Mailbox, zone: str, monday: date) -> list[int]:
    """How many events somebody in that zone sees on each day from the Sunday before on."""
    return [len(await mailbox.events(*day_in(zone, monday + number * DAY))) for number in range(-1, 5)]


class TestWholeDays:
    @pytest.mark.parametrize("written_in", ["Europe/Amsterdam", "Asia/Tokyo", "America/Los_Angeles"])
    async def test_a_whole_day_is_its_own_day_wherever_it_is_seen_from(self, world: World, written_in: str) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
        await world.write(world.organiser, Written(start=monday, end=monday + DAY, time_zone=written_in))

        seen = [await seen_by_day(mailbox, zone, monday) for zone in FAR_ZONES]
        [event] = await mailbox.events(*day_in("UTC", monday))

        assert seen == [[0, 1, 0, 0, 0, 0]] * len(FAR_ZONES)
        assert event.is_all_day
        assert (event.start.date, event.end.date) == (monday, monday + DAY)
        assert (event.start.date_time, event.end.date_time) == (None, None)

    async def test_several_days_end_before_the_day_that_ends_them(self, world: World) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
        await world.write(world.organiser, Written(start=monday, end=monday + 3 * DAY))

        seen = [await seen_by_day(mailbox, zone, monday) for zone in FAR_ZONES]

        assert seen == [[0, 1, 1, 1, 0, 0]] * len(FAR_ZONES)

    @pytest.mark.parametrize("zone", FAR_ZONES)
    async def test_a_day_has_its_first_second_and_its_last_and_neither_the_one_before_nor_the_one_after(
        self, world: World, zone: str
    ) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
        await world.write(world.organiser, Written(start=monday, end=monday + DAY))
        begins, ends = day_in(zone, monday)
        second = timedelta(seconds=1)

        seen = [
            len(await mailbox.events(first, first + second)) for first in (begins - second, begins, ends - second, ends)
        ]

        assert seen == [0, 1, 1, 0]

    async def test_a_whole_day_that_is_read_alone_is_the_same(self, world: World) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
        written = await world.write(world.organiser, Written(start=monday, end=monday + 2 * DAY))

        event = await mailbox.event(written)

        assert (event.start.date, event.end.date) == (monday, monday + 2 * DAY)

    async def test_a_series_of_whole_days_stays_on_its_weekday_when_the_clocks_change(self, world: World) -> None:
        mailbox, first = await world.mailbox(world.organiser), date(2027, 3, 22)
        series = await world.write(world.organiser, Written(start=first, end=first + DAY, weeks=3))
        begins = datetime(2027, 3, 1, tzinfo=UTC)

        dates = await mailbox.occurrences(series, begins, begins + 8 * WEEK)

        assert [event.start.date for event in dates] == [first, first + WEEK, first + 2 * WEEK]
        assert {event.kind for event in dates} == {EventKind.OCCURRENCE}
        assert [event.original_start and event.original_start.date() for event in dates] == [
            event.start.date for event in dates
        ]

    async def test_whole_days_stand_before_the_hours_of_their_day(self, world: World) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday()
        early = Written(subject="Early", start=monday + HOUR, end=monday + 2 * HOUR)
        await world.write(world.organiser, early)
        await world.write(world.organiser, Written(subject="Holiday", start=monday.date(), end=monday.date() + DAY))

        events = await mailbox.events(monday, monday + DAY)

        assert [event.subject for event in events] == ["Holiday", "Early"]


class TestHours:
    @pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"])
    async def test_an_hour_is_the_same_hour_in_whatever_zone_it_is_made(self, world: World, zone: str) -> None:
        mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
        new = NewEvent(subject="Call", start=begins, end=begins + HOUR, time_zone=zone)

        made = await mailbox.create(new, uuid4())

        assert (made.start.date_time, made.end.date_time) == (begins, begins + HOUR)
        [event] = await mailbox.events(begins, begins + HOUR)
        assert (event.start, event.end) == (made.start, made.end)

    async def test_an_event_across_midnight_is_on_two_days_where_it_is_midnight_and_on_one_elsewhere(
        self, world: World
    ) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday().date()
        midnight, half = day_in("Asia/Kathmandu", monday)[1], HOUR / 2
        await world.write(
            world.organiser, Written(start=midnight - half, end=midnight + half, time_zone="Asia/Kathmandu")
        )

        seen = {zone: await seen_by_day(mailbox, zone, monday) for zone in FAR_ZONES}

        assert seen == {
            "UTC": [0, 1, 0, 0, 0, 0],
            "Europe/Amsterdam": [0, 1, 0, 0, 0, 0],
            "Pacific/Kiritimati": [0, 0, 1, 0, 0, 0],
            "Pacific/Pago_Pago": [0, 1, 0, 0, 0, 0],
            "Asia/Kathmandu": [0, 1, 1, 0, 0, 0],
        }

    @pytest.mark.parametrize("moment", [AUTUMN - HOUR / 2, AUTUMN + HOUR / 2], ids=["first", "second"])
    async def test_an_hour_that_comes_twice_is_told_from_its_double(self, world: World, moment: datetime) -> None:
        mailbox = await world.mailbox(world.organiser)
        new = NewEvent(subject="Night shift", start=moment, end=moment + HOUR / 4, time_zone="Europe/Amsterdam")

        made = await mailbox.create(new, uuid4())

        assert (await mailbox.event(made.mailbox_id)).start.date_time == moment

    async def test_an_event_that_lasts_while_the_clocks_change_lasts_as_long_as_it_was_made(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        new = NewEvent(
            subject="Migration", start=SPRING - 2 * HOUR, end=SPRING + 2 * HOUR, time_zone="Europe/Amsterdam"
        )

        made = await mailbox.create(new, uuid4())

        assert (made.start.date_time, made.end.date_time) == (SPRING - 2 * HOUR, SPRING + 2 * HOUR)


class TestSeries:
    @pytest.mark.parametrize(("change", "shift"), [(SPRING, -HOUR), (AUTUMN, HOUR)], ids=["spring", "autumn"])
    async def test_a_series_keeps_its_hour_when_the_clocks_change(
        self, world: World, change: datetime, shift: timedelta
    ) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime.combine(change.date() - 6 * DAY, datetime.min.time(), UTC) + 9 * HOUR
        new = NewEvent(
            subject="Across the change",
            start=begins,
            end=begins + HOUR,
            time_zone="Europe/Amsterdam",
            recurrence=Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY,), count=2),
        )
        master = await mailbox.create(new, uuid4())

        dates = await mailbox.occurrences(master.mailbox_id, begins - DAY, begins + 3 * WEEK)

        assert [event.start.date_time for event in dates] == [begins, begins + WEEK + shift]
        assert [event.original_start for event in dates] == [event.start.date_time for event in dates]

    async def test_a_zone_without_clock_changes_keeps_its_instants(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime(2027, 3, 22, 9, tzinfo=UTC)
        new = NewEvent(
            subject="From Kolkata",
            start=begins,
            end=begins + HOUR,
            time_zone="Asia/Kolkata",
            recurrence=Recurrence(frequency=Frequency.WEEKLY, weekdays=(Weekday.MONDAY,), until=date(2027, 4, 5)),
        )
        master = await mailbox.create(new, uuid4())

        dates = await mailbox.occurrences(master.mailbox_id, begins - DAY, begins + 4 * WEEK)

        assert [event.start.date_time for event in dates] == [begins, begins + WEEK, begins + 2 * WEEK]

    @pytest.mark.parametrize(("recurrence", "dates"), RECURRENCES)
    async def test_a_series_falls_on_the_days_it_was_made_for(
        self, world: World, recurrence: Recurrence, dates: list[date]
    ) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime(2027, 1, 29, 22, 30, tzinfo=UTC)  # a Friday here, and Saturday in India already
        new = NewEvent(
            subject="Recurring",
            start=begins,
            end=begins + HOUR,
            time_zone="Europe/Amsterdam",
            recurrence=recurrence,
        )
        master = await mailbox.create(new, uuid4())

        found = await mailbox.occurrences(master.mailbox_id, begins - DAY, begins + 40 * WEEK)

        local = [event.start.date_time and event.start.date_time.astimezone(ZoneInfo(new.time_zone)) for event in found]
        assert [moment and moment.date() for moment in local] == dates
        assert {moment and (moment.hour, moment.minute) for moment in local} == {(23, 30)}

    async def test_a_series_falls_on_the_last_day_of_a_month_that_lacks_its_day(self, world: World) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime(2027, 1, 31, 9, tzinfo=UTC)
        new = NewEvent(
            subject="Monthly",
            start=begins,
            end=begins + HOUR,
            time_zone="UTC",
            recurrence=Recurrence(frequency=Frequency.MONTHLY_BY_DATE, count=3),
        )
        master = await mailbox.create(new, uuid4())

        found = await mailbox.occurrences(master.mailbox_id, begins, begins + 20 * WEEK)

        starts = [event.start.date_time for event in found]
        assert [(start.month, start.day) for start in starts if start] == [(1, 31), (2, 28), (3, 31)]

    @pytest.mark.parametrize("change", [SPRING, AUTUMN], ids=["spring", "autumn"])
    async def test_a_date_moved_across_the_change_knows_where_it_came_from(
        self, world: World, change: datetime
    ) -> None:
        mailbox = await world.mailbox(world.organiser)
        begins = datetime.combine(change.date() - 6 * DAY, datetime.min.time(), UTC) + 9 * HOUR
        series = await world.write(world.organiser, Written(start=begins, end=begins + HOUR, weeks=2))
        later = datetime.combine(change.date(), datetime.min.time(), UTC) + 12 * HOUR
        await world.move_date(world.organiser, series, begins.date(), Written(start=later, end=later + HOUR))

        moved, _ = await mailbox.occurrences(series, begins - DAY, begins + 3 * WEEK)
        [found] = await mailbox.events(later, later + HOUR)

        assert moved.kind is EventKind.EXCEPTION
        assert (moved.start.date_time, moved.original_start) == (later, begins)
        assert found.mailbox_id == moved.mailbox_id
        assert list(await mailbox.events(begins, begins + HOUR)) == []

    async def test_a_date_moved_out_of_a_window_is_not_in_it_and_one_moved_into_it_is(self, world: World) -> None:
        mailbox, begins = await world.mailbox(world.organiser), some_monday() + 9 * HOUR
        series = await world.write(world.organiser, Written(start=begins, end=begins + HOUR, weeks=2))
        wednesday = begins + 2 * DAY

        await world.move_date(world.organiser, series, begins.date(), Written(start=wednesday, end=wednesday + HOUR))

        assert list(await mailbox.events(begins, begins + DAY)) == []
        assert len(await mailbox.events(wednesday, wednesday + DAY)) == 1

    async def test_occurrences_have_keys_of_their_own_and_lead_back_to_themselves(self, world: World) -> None:
        mailbox, begins = await world.mailbox(world.organiser), some_monday() + 9 * HOUR
        series = await world.write(world.organiser, Written(start=begins, end=begins + HOUR, weeks=3))

        dates = await mailbox.occurrences(series, begins, begins + 4 * WEEK)

        assert len({event.shared_key for event in dates}) == 3
        for event in dates:
            again = await mailbox.event(event.mailbox_id)
            assert (again.start, again.shared_key, again.kind) == (event.start, event.shared_key, event.kind)
            assert again.series_mailbox_id == series


class TestZoneNames:
    async def test_whatever_a_suite_calls_a_zone_the_instant_stays_and_the_name_is_one_everybody_knows(
        self, world: World
    ) -> None:
        mailbox, monday = await world.mailbox(world.organiser), some_monday()
        for number, name in enumerate(world.zone_names):
            await world.plant_in_zone(name, str(name), monday + number * HOUR)

        events = await mailbox.events(monday, monday + WEEK)

        told = {event.subject: event.start.time_zone for event in events}
        assert told == {str(name): meant for name, meant in world.zone_names.items()}
        assert set(told.values()) <= available_timezones()
        assert [event.start.date_time for event in events] == [monday + number * HOUR for number in range(len(events))]

    @pytest.mark.parametrize("zone", ["Europe/Amsterdam", "America/New_York", "Asia/Kolkata"])
    async def test_the_zone_an_event_was_made_in_keeps_its_offset(self, world: World, zone: str) -> None:
        mailbox, begins = await world.mailbox(world.organiser), some_monday() + 10 * HOUR
        new = NewEvent(subject="Call", start=begins, end=begins + HOUR, time_zone=zone)

        made = await mailbox.create(new, uuid4())

        # Windows has one name for many zones, so Amsterdam may come back as Berlin.
        told, meant = ZoneInfo(made.start.time_zone), ZoneInfo(zone)
        assert [(begins + n * 26 * WEEK).astimezone(told).utcoffset() for n in (0, 1)] == [
            (begins + n * 26 * WEEK).astimezone(meant).utcoffset() for n in (0, 1)
        ]
