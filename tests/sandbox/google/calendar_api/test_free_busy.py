"""When calendars are taken, for whom that is told, and within which limits."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.calendar_api.free_busy import merged
from app.sandbox.google.calendar_api.scopes import scopes
from tests.sandbox.google.conftest import (
    HUGO,
    IRIS,
    OTHER_ROOM,
    ROOM,
    ROOM_ELSEWHERE,
    SAM,
    STRANGER,
    SmallGoogle,
    event,
)
from tests.sandbox.graph.client import Reply

PATH = "/calendar/v3/freeBusy"
EVENTS = "/calendar/v3/calendars/primary/events"


def asked(google: SmallGoogle, *ids: str, days: int = 3, **more: Any) -> dict[str, Any]:
    start = google.soon(days=0, hour=0)
    return {
        "timeMin": start.isoformat(),
        "timeMax": (start + timedelta(days=days)).isoformat(),
        "items": [{"id": one} for one in ids],
        **more,
    }


def reason(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["errors"][0]["reason"]


async def test_busy_times_are_merged_and_say_nothing_else(google: SmallGoogle) -> None:
    hugo = google.as_user(HUGO)
    for hour, minutes in ((9, 60), (9, 90), (10, 60), (14, 30)):
        await hugo.post(EVENTS, event(google.soon(hour=hour), minutes=minutes))
    await hugo.post(EVENTS, event(google.soon(hour=16), transparency="transparent"))

    found = (await google.as_user(IRIS).post(PATH, asked(google, HUGO))).body

    day = f"{google.soon():%F}"
    assert found["kind"] == "calendar#freeBusy"
    assert found["calendars"] == {
        HUGO: {
            "busy": [
                {"start": f"{day}T09:00:00Z", "end": f"{day}T11:00:00Z"},
                {"start": f"{day}T14:00:00Z", "end": f"{day}T14:30:00Z"},
            ]
        }
    }
    assert found["timeMin"].endswith(":00.000Z")


async def test_times_are_shown_in_the_zone_asked_for_and_cut_to_the_window(google: SmallGoogle) -> None:
    hugo = google.as_user(HUGO)
    start = google.soon(hour=9)
    await hugo.post(EVENTS, event(start, minutes=120))
    window = {"timeMin": (start + timedelta(hours=1)).isoformat(), "timeZone": "Asia/Tokyo"}

    found = (await hugo.post(PATH, {**asked(google, "primary"), **window})).body

    day = f"{google.soon():%F}"
    assert found["calendars"]["primary"]["busy"] == [{"start": f"{day}T19:00:00+09:00", "end": f"{day}T20:00:00+09:00"}]


async def test_a_room_is_busy_once_it_has_accepted(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await iris.post(EVENTS, event(google.soon(), guests=(ROOM,)))

    before = (await iris.post(PATH, asked(google, ROOM, OTHER_ROOM))).body["calendars"]
    google.state.google.calendars.attendant.run()
    after = (await iris.post(PATH, asked(google, ROOM, OTHER_ROOM))).body["calendars"]

    assert (before[ROOM]["busy"], len(after[ROOM]["busy"]), after[OTHER_ROOM]["busy"]) == ([], 1, [])


@pytest.mark.parametrize("calendar", [STRANGER, SAM, ROOM_ELSEWHERE, "nobody@meadow.example", "a-group@meadow.example"])
async def test_a_calendar_that_is_unknown_or_not_to_be_seen_is_not_found(google: SmallGoogle, calendar: str) -> None:
    found = (await google.as_user(IRIS).post(PATH, asked(google, IRIS, calendar))).body["calendars"]

    assert found[calendar] == {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []}
    assert "errors" not in found[IRIS]


async def test_more_than_fifty_calendars_are_too_many_for_each_of_them(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    many = [f"person-{number}@meadow.example" for number in range(50)]

    fifty = (await iris.post(PATH, asked(google, *many))).body["calendars"]
    more = (await iris.post(PATH, asked(google, *many, IRIS))).body["calendars"]
    fewer_wanted = (await iris.post(PATH, asked(google, IRIS, HUGO, calendarExpansionMax=1))).body["calendars"]

    assert {one["errors"][0]["reason"] for one in fifty.values()} == {"notFound"}
    assert {one["errors"][0]["reason"] for one in more.values()} == {"tooManyCalendarsRequested"}
    assert {one["errors"][0]["reason"] for one in fewer_wanted.values()} == {"tooManyCalendarsRequested"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"timeMin": None}, "required"),
        ({"timeMax": "2026-11-12T10:00:00"}, "badRequest"),
        ({"timeMax": "tomorrow"}, "badRequest"),
        ({"timeMax": 5}, "badRequest"),
        ({"timeMin": "2026-11-12T10:00:00Z", "timeMax": "2026-11-12T10:00:00Z"}, "timeRangeEmpty"),
        ({"timeMin": "2026-11-12T10:00:00Z", "timeMax": "2026-11-12T09:00:00Z"}, "timeRangeEmpty"),
        ({"timeMin": "2026-01-01T00:00:00Z", "timeMax": "2026-04-01T00:00:01Z"}, "timeRangeTooLong"),
        ({"timeZone": "Mars/Olympus"}, "invalid"),
        ({"calendarExpansionMax": 51}, "invalid"),
        ({"items": "everybody"}, "invalid"),
        ({"items": [{}]}, "required"),
    ],
)
async def test_a_question_that_cannot_be_answered_is_refused(
    google: SmallGoogle, changes: dict[str, Any], expected: str
) -> None:
    refused = await google.as_user(IRIS).post(PATH, {**asked(google, IRIS), **changes})

    assert reason(refused) == (400, expected)


async def test_ninety_days_are_not_too_long(google: SmallGoogle) -> None:
    assert (await google.as_user(IRIS).post(PATH, asked(google, IRIS, days=90))).status == 200


@pytest.mark.parametrize("name", ["calendar", "calendar.readonly", "calendar.freebusy", "calendar.events.freebusy"])
async def test_scopes_that_reach_free_and_busy(google: SmallGoogle, name: str) -> None:
    reply = await google.as_user(IRIS, scopes(name)).post(PATH, asked(google, HUGO))

    assert reply.body["calendars"] == {HUGO: {"busy": []}}


@pytest.mark.parametrize("name", ["calendar.events", "calendar.events.readonly", "calendar.events.owned"])
async def test_scopes_on_events_do_not_reach_free_and_busy(google: SmallGoogle, name: str) -> None:
    refused = await google.as_user(IRIS, scopes(name)).post(PATH, asked(google, IRIS))

    assert reason(refused) == (403, "insufficientPermissions")


MOMENTS = st.integers(0, 500).map(lambda minutes: datetime(2026, 3, 29, tzinfo=UTC) + timedelta(minutes=minutes))
INTERVALS = st.lists(st.tuples(MOMENTS, MOMENTS).map(lambda pair: (min(pair), max(pair))))


@given(INTERVALS, st.tuples(MOMENTS, MOMENTS).map(lambda pair: (min(pair), max(pair))))
def test_merged_times_cover_the_same_minutes_and_stand_apart(
    intervals: list[tuple[datetime, datetime]], window: tuple[datetime, datetime]
) -> None:
    def minutes(spans: list[tuple[datetime, datetime]]) -> set[datetime]:
        return {
            start + timedelta(minutes=n)
            for start, end in spans
            for n in range(int((end - start).total_seconds()) // 60)
        }

    found = merged(intervals, window)

    assert minutes(found) == {one for one in minutes(intervals) if window[0] <= one < window[1]}
    assert all(start < end for start, end in found)
    assert all(earlier[1] < later[0] for earlier, later in pairwise(found))
