"""Windows names, IANA names, and the ones that are neither."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tzlocal.windows_tz import win_tz

from app.suites.errors import InvalidRequest
from app.suites.microsoft365.time_zones import iana_name, wall_time, windows_name

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


@pytest.mark.parametrize(
    ("provider", "iana"),
    [
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("w. europe standard time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Kolkata"),
        ("Nepal Standard Time", "Asia/Kathmandu"),
        ("Argentina Standard Time", "America/Argentina/Buenos_Aires"),
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("UTC", "UTC"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("tzone://Microsoft/Custom", "UTC"),
        ("Customized Time Zone", "UTC"),
        ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "UTC"),
        ("../../etc/passwd", "UTC"),
        ("", "UTC"),
        (None, "UTC"),
    ],
)
def test_a_zone_we_cannot_name_is_utc(provider: str | None, iana: str) -> None:
    assert iana_name(provider) == iana


@pytest.mark.parametrize("windows", sorted(win_tz))
def test_every_windows_name_is_a_zone_we_know(windows: str) -> None:
    assert ZoneInfo(iana_name(windows))


@given(st.text(max_size=120))
def test_no_name_however_odd_breaks_the_reading(provider: str) -> None:
    assert ZoneInfo(iana_name(provider))


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2037, 12, 31)).map(  # noqa: DTZ001  # zone follows
        lambda naive: naive.replace(microsecond=0, tzinfo=UTC)
    ),
    st.sampled_from(ZONES),
)
def test_an_instant_written_as_wall_time_is_read_back_as_the_same_instant(instant: datetime, zone: str) -> None:
    text, name = wall_time(instant, zone)

    assert datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(iana_name(name))).astimezone(UTC) == instant


@pytest.mark.parametrize(
    ("instant", "zone", "written"),
    [
        (
            datetime(2026, 11, 12, 13, tzinfo=UTC),
            "Europe/Amsterdam",
            ("2026-11-12T14:00:00", "W. Europe Standard Time"),
        ),
        (
            datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
            "Europe/Berlin",
            ("2026-10-25T02:30:00", "W. Europe Standard Time"),
        ),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Berlin", ("2026-10-25T01:30:00", "UTC")),
        (datetime(2026, 7, 1, 12, tzinfo=UTC), "Antarctica/Troll", ("2026-07-01T12:00:00", "UTC")),
    ],
)
def test_the_hour_that_exists_twice_and_zones_without_a_windows_name_are_written_in_utc(
    instant: datetime, zone: str, written: tuple[str, str]
) -> None:
    assert wall_time(instant, zone) == written


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "../../etc/passwd", "Europe", "a\0b"])
def test_a_name_that_is_no_zones_is_not_sent(zone: str) -> None:
    with pytest.raises(InvalidRequest):
        wall_time(datetime(2026, 11, 12, 13, tzinfo=UTC), zone)


def test_an_old_name_has_the_windows_name_of_the_new_one() -> None:
    assert windows_name("Asia/Calcutta") == windows_name("Asia/Kolkata") == "India Standard Time"
