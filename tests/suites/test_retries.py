"""How long to wait before a call is repeated."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.retries import MAX_PAUSE, back_off, retry_after

AT = datetime(2026, 11, 12, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("1", timedelta(seconds=1)),
        (" 0.25 ", timedelta(milliseconds=250)),
        ("86400", timedelta(days=1)),
        (format_datetime(AT + timedelta(seconds=7), usegmt=True), timedelta(seconds=7)),
        ("Thu, 12 Nov 2026 08:00:07 -0000", timedelta(seconds=7)),
    ],
)
def test_a_retry_after_in_seconds_fractions_or_as_a_date_is_obeyed(header: str, pause: timedelta) -> None:
    assert retry_after(header, AT) == pause


@pytest.mark.parametrize(
    "header", [None, "", "0", "-1", "soon", "1e9", "NaN", "inf", "٣", "Thu, 12 Nov 2026 07:00:00 GMT"]
)
def test_a_retry_after_that_cannot_be_obeyed_counts_as_absent(header: str | None) -> None:
    assert retry_after(header, AT) is None


@given(st.text(max_size=60))
def test_no_retry_after_however_odd_breaks_the_call(header: str) -> None:
    pause = retry_after(header, AT)

    assert pause is None or pause > timedelta()


@given(st.integers(min_value=1, max_value=10**7))
def test_a_date_says_the_same_as_the_seconds_until_it(seconds: int) -> None:
    date = format_datetime(AT + timedelta(seconds=seconds), usegmt=True)

    assert retry_after(date, AT) == retry_after(str(seconds), AT)


@given(st.integers(min_value=0, max_value=10_000), st.floats(min_value=0, max_value=1))
def test_the_pause_doubles_and_never_passes_its_limit(attempt: int, jitter: float) -> None:
    pause = back_off(attempt, jitter)

    assert timedelta(seconds=1) <= pause <= MAX_PAUSE
    assert back_off(attempt + 1, jitter) >= pause
