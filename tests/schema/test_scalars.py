"""The scalars: what is an instant, a day, a time zone, and what is refused in words."""

from datetime import UTC, date, datetime, time, timedelta, timezone

import msgspec
import pytest
from graphql import GraphQLError
from hypothesis import given
from hypothesis import strategies as st

from schema.scalars import (
    parse_date,
    parse_date_time,
    parse_time,
    parse_time_zone,
    serialise_date_time,
    serialise_time,
)
from tests.schema.operations import OPERATIONS
from tests.schema.world import House

OFFSETS = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30), timezones=OFFSETS)  # noqa: DTZ001  # bounds are naive


@given(MOMENTS)
def test_an_instant_comes_back_as_the_same_instant(moment: datetime) -> None:
    parsed = parse_date_time(moment.isoformat())

    assert parsed == moment
    assert parsed.tzinfo is UTC
    assert parse_date_time(serialise_date_time(parsed)) == moment


@given(st.datetimes(timezones=st.just(UTC)))
def test_the_encoder_writes_an_instant_in_utc_as_the_scalar_does(moment: datetime) -> None:
    assert msgspec.json.encode(moment).decode() == f'"{serialise_date_time(moment)}"'


@given(MOMENTS)
def test_answers_are_in_utc(moment: datetime) -> None:
    assert serialise_date_time(moment).endswith("Z")


@given(st.one_of(st.text(max_size=9), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text())))
def test_anything_else_is_refused_in_words_and_never_breaks(value: object) -> None:
    for parse in (parse_date_time, parse_date, parse_time, parse_time_zone):
        with pytest.raises(GraphQLError, match=r"\.$"):
            parse(value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2031-05-12T09:00:00", "offset"),
        ("2031-05-12", "a text such as"),
        ("20310512T090000Z", "a text such as"),
        ("2031-02-30T09:00:00Z", "does not exist"),
        ("2031-05-12T24:30:00Z", "does not exist"),
        ("0001-01-01T00:00:00+14:00", "does not exist"),
        ("9999-12-31T23:59:59-14:00", "does not exist"),
        ("2031-05-12T09:00:00+25:00", "does not exist"),
        ("0001-01-02T00:00:00Z", "the years 1900 to 2999"),
        ("1899-12-31T23:59:59Z", "the years 1900 to 2999"),
        ("9999-12-31T23:59:59Z", "the years 1900 to 2999"),
    ],
)
def test_a_text_that_is_no_instant_is_refused_and_says_why(text: str, words: str) -> None:
    with pytest.raises(GraphQLError) as refused:
        parse_date_time(text)

    assert words in refused.value.message


@pytest.mark.parametrize(
    "text",
    ["2031-05-12T09:00Z", "2031-05-12t09:00:00z", "2031-05-12 09:00:00.5+00:00", "2031-05-12T11:00:00.123456789+02:00"],
)
def test_the_forms_of_rfc_3339_are_read(text: str) -> None:
    assert parse_date_time(text).replace(microsecond=0) == datetime(2031, 5, 12, 9, tzinfo=UTC)


def test_a_time_without_an_offset_never_leaves_the_server() -> None:
    with pytest.raises(ValueError, match="offset"):
        serialise_date_time(datetime(2031, 5, 12))  # noqa: DTZ001  # that is the point


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_at_the_end_of_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(GraphQLError, match="the years 1900 to 2999"):
        parse_date(text)


@given(st.dates(date(1900, 1, 1), date(2999, 12, 31)))
def test_a_day_is_written_as_it_is_read(day: date) -> None:
    assert parse_date(day.isoformat()) == day


@given(st.times().map(lambda moment: moment.replace(second=0, microsecond=0)))
def test_a_time_of_day_is_written_as_it_is_read(moment: time) -> None:
    assert parse_time(serialise_time(moment)) == moment


@pytest.mark.parametrize("text", ["24:00", "9:30", "09:60", "09:30:00", "09:30Z", "0930", "٠٩:٣٠"])
def test_a_time_of_day_is_hours_and_minutes_and_nothing_else(text: str) -> None:
    with pytest.raises(GraphQLError, match="such as 09:30"):
        parse_time(text)


@pytest.mark.parametrize(
    "name", ["Mars/Olympus", "../etc/passwd", "europe/lisbon", "", "posix/UTC\0", "Factory", "localtime"]
)
def test_a_time_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(GraphQLError):
        parse_time_zone(name)


def test_a_time_zone_that_exists_is_read() -> None:
    assert parse_time_zone("Europe/Lisbon") == "Europe/Lisbon"


async def test_a_client_that_sends_a_naive_time_is_told_what_is_missing(house: House) -> None:
    answer = await OPERATIONS["Query.agenda"].ask(house, house.member, **{"from": "2031-05-12T09:00:00"})

    [error] = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "offset" in error["message"]
    assert "data" not in answer
