"""Where the demo's people work: days that can be booked, whatever the time of the day it is started at."""

from datetime import date, timedelta

from app.demo.offices import AWAY, REMOTE, always, at, first_day, fortnight

THURSDAY = date(2031, 5, 15)
MORNING = at("Lighthouse", slot="MORNING")


def test_nobody_books_a_day_that_is_over_in_one_of_their_offices() -> None:
    at_midnight_in_amsterdam = [{"today": "2031-05-14"}, {"today": "2031-05-15"}]

    assert first_day(at_midnight_in_amsterdam) == THURSDAY


def test_a_week_falls_on_the_working_days_of_a_fortnight_from_today() -> None:
    days = dict(fortnight(((REMOTE,), (AWAY,), (AWAY,), (REMOTE,), (AWAY,)), THURSDAY))

    assert days[REMOTE] == [THURSDAY + timedelta(days=number) for number in (0, 4, 7, 11)]
    assert all(day.weekday() < 5 for day in days[AWAY])


def test_a_part_of_today_is_left_out_since_it_may_be_over() -> None:
    [(work, days)] = fortnight(always(MORNING), THURSDAY)

    assert work == MORNING
    assert days[0] == THURSDAY + timedelta(days=1)
