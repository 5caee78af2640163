"""When a booking is looked at again."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.bookings.polling import LONGEST_PAUSE, READ_AT_EVERY_NOTICE, PollingPolicy, pause_after_read
from app.bookings.status import BookingState

INTERVAL = timedelta(seconds=15)
PLAIN = PollingPolicy(interval=INTERVAL, random=lambda: 0.0)
SILENT = PollingPolicy(interval=INTERVAL, random=lambda: 0.0, enabled=False)


def test_a_young_pending_booking_is_looked_at_every_interval() -> None:
    waits = {PLAIN.next_look(BookingState.PENDING, timedelta(minutes=minutes), 0) for minutes in range(10)}

    assert waits == {INTERVAL}


def test_an_older_one_at_doubling_intervals_up_to_five_minutes() -> None:
    waits = [PLAIN.next_look(BookingState.PENDING, timedelta(minutes=10), attempts) for attempts in range(7)]

    assert [int(wait.total_seconds()) for wait in waits] == [30, 60, 120, 240, 300, 300, 300]


def test_a_booking_that_is_not_pending_is_looked_at_once_a_day() -> None:
    for state in (BookingState.ACCEPTED, BookingState.REJECTED):
        assert PLAIN.next_look(state, timedelta(), 0) == timedelta(days=1)


def test_without_polling_a_pending_booking_is_looked_at_once_a_day() -> None:
    assert SILENT.next_look(BookingState.PENDING, timedelta(), 0) == timedelta(days=1)


def test_after_failures_the_wait_doubles_up_to_half_an_hour() -> None:
    waits = [PLAIN.after_failure(attempts) for attempts in range(9)]

    assert [int(wait.total_seconds()) for wait in waits] == [15, 30, 60, 120, 240, 480, 960, 1800, 1800]


@given(
    random=st.floats(0, 1, exclude_max=True),
    minutes=st.integers(0, 10_000),
    attempts=st.integers(0, 10_000),
    seconds=st.integers(1, 3_600),
)
def test_jitter_only_ever_delays_and_by_a_tenth_at_most(
    random: float, minutes: int, attempts: int, seconds: int
) -> None:
    interval, age = timedelta(seconds=seconds), timedelta(minutes=minutes)
    plain = PollingPolicy(interval=interval, random=lambda: 0.0)
    jittered = PollingPolicy(interval=interval, random=lambda: random)

    wait = jittered.next_look(BookingState.PENDING, age, attempts)

    base = plain.next_look(BookingState.PENDING, age, attempts)
    assert interval <= base <= wait <= base * 1.1


@given(attempts=st.integers(0, 10_000), asked=st.integers(0, 100_000))
def test_a_wait_that_the_suite_asked_for_is_never_cut_short(attempts: int, asked: int) -> None:
    wait = PLAIN.after_failure(attempts, timedelta(seconds=asked))

    assert wait >= timedelta(seconds=asked)


def test_notices_that_name_no_event_lead_to_a_bounded_number_of_reads() -> None:
    assert pause_after_read(READ_AT_EVERY_NOTICE) == timedelta()
    assert pause_after_read(30) == timedelta(seconds=6)
    assert pause_after_read(10_000) == LONGEST_PAUSE
