"""The clock shows the machine's time until somebody who may put it forward does."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from app import clock

FIVE_DAYS = timedelta(days=5)


def test_a_moved_clock_shows_the_machines_time_and_what_was_added() -> None:
    moved = clock.MovedClock(timedelta(hours=1))

    moved.advance(FIVE_DAYS)

    assert moved.ahead == FIVE_DAYS + timedelta(hours=1)
    assert abs(moved.now() - datetime.now(UTC) - moved.ahead) < timedelta(minutes=1)


def test_a_moved_clock_never_goes_back() -> None:
    moved = clock.MovedClock(FIVE_DAYS)

    with pytest.raises(ValueError, match="only goes forward"):
        moved.advance(timedelta(seconds=-1))

    assert moved.ahead == FIVE_DAYS


def test_a_clock_used_everywhere_is_read_in_threads_that_began_outside_too() -> None:
    read: list[datetime] = []
    is_moved = threading.Event()

    def look() -> None:
        is_moved.wait(5)
        read.append(clock.now())

    thread = threading.Thread(target=look)
    thread.start()
    with clock.use_everywhere(clock.MovedClock(FIVE_DAYS).now):
        is_moved.set()
        thread.join()

    assert read[0] > datetime.now(UTC) + timedelta(days=4)
    assert clock.now() < datetime.now(UTC) + timedelta(minutes=1)


def test_the_clock_of_a_context_goes_before_the_one_used_everywhere() -> None:
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)

    with clock.use_everywhere(clock.MovedClock(FIVE_DAYS).now), clock.use(lambda: noon):
        shown = clock.now()

    assert shown == noon
