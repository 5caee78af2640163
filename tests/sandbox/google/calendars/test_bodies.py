"""Which bodies are refused, and with which reason."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendars.moments import instant_of, read_moment
from app.sandbox.google.calendars.reading import Draft, read_event
from tests.sandbox.google.calendars.calling import EVENTS, ZONE, reason
from tests.sandbox.google.conftest import IRIS, SmallGoogle

NINE, TEN = {"dateTime": "2027-03-01T09:00:00Z"}, {"dateTime": "2027-03-01T10:00:00Z"}
LOCAL = {"dateTime": "2027-03-01T09:00:00"}
DAILY = ["RRULE:FREQ=DAILY;COUNT=3"]
ZONED = {"start": {**NINE, "timeZone": ZONE}, "end": {**TEN, "timeZone": ZONE}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"end": TEN}, "required"),
        ({"start": {}, "end": TEN}, "required"),
        ({"start": {"date": "2027-03-01", **NINE}, "end": TEN}, "invalid"),
        ({"start": {"date": "2027-03-01"}, "end": TEN}, "invalid"),
        ({"start": LOCAL, "end": TEN}, "required"),
        ({"start": {**LOCAL, "timeZone": "Mars/Base"}, "end": TEN}, "invalid"),
        ({"start": {"dateTime": "tomorrow"}, "end": TEN}, "invalid"),
        ({"start": {"date": "2027-02-30"}, "end": {"date": "2027-03-02"}}, "invalid"),
        ({"start": TEN, "end": NINE}, "timeRangeEmpty"),
        ({"start": {"date": "2027-03-01"}, "end": {"date": "2027-03-01"}}, "timeRangeEmpty"),
        ({"start": NINE, "end": TEN, "recurrence": DAILY}, "required"),
        ({**ZONED, "recurrence": ["FREQ=DAILY"]}, "invalid"),
        ({**ZONED, "recurrence": ["RRULE:FREQ=SOMETIMES"]}, "invalid"),
        ({**ZONED, "recurrence": ["DTSTART:20270301T090000Z", *DAILY]}, "invalid"),
        ({**ZONED, "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20200101T000000Z"]}, "invalid"),
        ({"start": NINE, "end": TEN, "summary": 7}, "invalid"),
        ({"start": NINE, "end": TEN, "attendees": [{"displayName": "Nobody"}]}, "required"),
        ({"start": NINE, "end": TEN, "attendees": [{"email": "nowhere"}]}, "invalid"),
        ({"start": NINE, "end": TEN, "attendees": [{"email": "a@b.example", "responseStatus": "yes"}]}, "invalid"),
        ({"start": NINE, "end": TEN, "visibility": "secret"}, "invalid"),
        ({"start": NINE, "end": TEN, "transparency": "glass"}, "invalid"),
        ({"start": NINE, "end": TEN, "eventType": "party"}, "invalid"),
        (
            {
                "start": NINE,
                "end": TEN,
                "reminders": {"useDefault": True, "overrides": [{"method": "popup", "minutes": 5}]},
            },
            "cannotUseDefaultRemindersAndSpecifyOverride",
        ),
        (
            {"start": NINE, "end": TEN, "reminders": {"overrides": [{"method": "popup", "minutes": 5}] * 6}},
            "invalid",
        ),
    ],
)
async def test_a_body_that_cannot_be_is_refused(google: SmallGoogle, body: dict[str, Any], expected: str) -> None:
    reply = await google.as_user(IRIS).post(EVENTS, body)

    assert reason(reply) == (400, expected)


async def test_a_guest_who_is_named_twice_is_invited_once(google: SmallGoogle) -> None:
    guests = [{"email": "a@else.example"}, {"email": "A@else.example "}]

    reply = await google.as_user(IRIS).post(EVENTS, {"start": NINE, "end": TEN, "attendees": guests})

    assert [one["email"] for one in reply.body["attendees"]] == ["a@else.example"]


async def test_a_meeting_may_end_earlier_on_the_wall_than_it_began_where_an_hour_comes_twice(
    google: SmallGoogle,
) -> None:
    zone = {"timeZone": "Europe/Amsterdam"}
    start, end = {"dateTime": "2027-10-31T02:30:00+02:00", **zone}, {"dateTime": "2027-10-31T02:15:00+01:00", **zone}

    reply = await google.as_user(IRIS).post(EVENTS, {"start": start, "end": end})

    moments = [datetime.fromisoformat(reply.body[name]["dateTime"]) for name in ("start", "end")]
    assert moments[1] - moments[0] == timedelta(minutes=45)


async def test_fractions_of_a_second_are_cut(google: SmallGoogle) -> None:
    body = {"start": {"dateTime": "2027-03-01T09:00:00.75Z"}, "end": {"dateTime": "2027-03-01T09:00:01Z"}}
    iris = google.as_user(IRIS)
    await iris.post(EVENTS, body)

    assert (await iris.get(f"{EVENTS}?timeMax=2027-03-01T09:00:00.5Z")).body["items"] != []


@pytest.mark.parametrize("payload", [b"{", b"[]", b'"text"', b"\xff"])
async def test_what_is_no_json_object_is_a_parse_error(google: SmallGoogle, payload: bytes) -> None:
    reply = await google.as_user(IRIS).call("POST", EVENTS, raw=payload)

    assert reason(reply) == (400, "parseError")


async def test_the_end_of_an_all_day_event_is_not_part_of_it(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await iris.post(EVENTS, {"start": {"date": "2027-03-01"}, "end": {"date": "2027-03-02"}})

    async def count(first: str, last: str) -> int:
        return len((await iris.get(f"{EVENTS}?timeMin={first}&timeMax={last}")).body["items"])

    assert await count("2027-03-01T22:00:00Z", "2027-03-02T22:00:00Z") == 1
    assert await count("2027-03-01T23:00:00Z", "2027-03-02T22:00:00Z") == 0


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = ("summary", "attendees", "recurrence", "reminders", "extendedProperties", "sequence", "status", "source")


Read = TypeVar("Read")
FIRST, LAST = datetime.fromisoformat("1001-01-01"), datetime.fromisoformat("8999-01-01")


def attempt(read: Callable[[], Read]) -> Read | GoogleError:
    try:
        return read()
    except GoogleError as error:
        return error


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON))
def test_whatever_is_sent_is_read_or_refused(members: dict[str, Any]) -> None:
    outcome = attempt(lambda: read_event({**ZONED, **members}, ZONE))

    assert isinstance(outcome, Draft) or outcome.status == 400


@given(st.text(max_size=30) | st.datetimes().map(lambda moment: moment.isoformat()))
def test_a_moment_without_offset_is_never_an_instant(text: str) -> None:
    outcome = attempt(lambda: instant_of(text, "timeMin"))

    assert outcome.status == 400 if isinstance(outcome, GoogleError) else outcome.tzinfo is not None


@given(st.datetimes(FIRST, LAST), st.timezones())
def test_a_local_time_is_read_as_what_the_wall_shows_unless_the_clocks_leave_it_out(
    local: datetime, zone: ZoneInfo
) -> None:
    moment = read_moment({"dateTime": local.isoformat(timespec="seconds"), "timeZone": zone.key}, "start", "UTC").at

    assert moment is not None
    wall = local.replace(microsecond=0)
    skipped = moment.replace(tzinfo=None) - wall
    assert moment.tzinfo == zone
    assert skipped == wall - wall or moment.utcoffset() != wall.replace(tzinfo=zone).utcoffset()
