"""Of what people told of one day, the most particular counts."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from app.suites.working_days import Told, WorkingKind, WorkingLocation, counting

DAY = date(2031, 5, 12)
CHANGED = datetime(2031, 5, 1, tzinfo=UTC)


def told(
    start: int | None = None, end: int | None = None, *, single: bool = True, changed: int = 0, label: str = "Desk"
) -> Told:
    """From one hour to another, or for the whole day."""
    hours = [None if hour is None else datetime(2031, 5, 12, hour, tzinfo=UTC) for hour in (start, end)]
    location = WorkingLocation(
        day=DAY, time_zone="UTC", kind=WorkingKind.OFFICE, start=hours[0], end=hours[1], label=label
    )
    return Told(location=location, is_single=single, changed_at=CHANGED + timedelta(hours=changed))


def labels(*entries: Told) -> list[str | None]:
    return [location.label for location in counting(entries)]


def test_a_time_of_the_day_counts_more_than_the_whole_day() -> None:
    assert labels(told(label="whole"), told(9, 12, label="morning")) == ["morning"]


def test_a_single_day_counts_more_than_a_rule_for_many() -> None:
    assert labels(told(label="rule", single=False, changed=5), told(label="single")) == ["single"]


def test_of_two_times_that_meet_the_later_counts_and_of_equal_ones_the_shorter() -> None:
    assert labels(told(9, 12, label="earlier"), told(11, 15, label="later")) == ["later"]
    assert labels(told(9, 17, label="longer"), told(9, 12, label="shorter")) == ["shorter"]


def test_of_two_whole_days_the_newer_counts() -> None:
    assert labels(told(label="older"), told(label="newer", changed=1)) == ["newer"]


def test_times_that_only_touch_both_count_in_order() -> None:
    assert labels(told(12, 17, label="afternoon"), told(9, 12, label="morning")) == ["morning", "afternoon"]


hours = st.tuples(st.integers(0, 22), st.integers(1, 23)).filter(lambda pair: pair[0] < pair[1])
entries = st.one_of(st.just((None, None)), hours)


@given(st.lists(st.tuples(entries, st.booleans(), st.integers(0, 9)), max_size=8))
def test_what_counts_never_meets_and_does_not_depend_on_the_order(
    found: list[tuple[tuple[int | None, int | None], bool, int]],
) -> None:
    given_ = [told(*span, single=single, changed=changed) for span, single, changed in found]

    counted = counting(given_)

    assert counting(reversed(given_)) == counted
    assert bool(counted) == bool(given_)
    spans = [(one.start, one.end) for one in counted]
    assert all(start is not None and end is not None for start, end in spans) or len(spans) <= 1
    assert all(before[1] <= after[0] for before, after in pairwise(spans) if before[1] and after[0])
