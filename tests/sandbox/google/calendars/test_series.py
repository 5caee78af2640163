"""Series: instances by the wall clock, changed and cancelled dates, and what happens to them later."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.calendars.moments import Moment
from app.sandbox.google.calendars.series import Series
from tests.sandbox.google.calendars.calling import EVENTS, ZONE, created, found, read, reason, weekly
from tests.sandbox.google.conftest import IRIS, SmallGoogle

AMSTERDAM = ZoneInfo(ZONE)


def starts(lines: list[str], first: str = "2027-03-20T09:30:00") -> list[str]:
    """The local starts of a series in Amsterdam, as far as 2030."""
    begins = datetime.fromisoformat(first).replace(tzinfo=AMSTERDAM)
    series = Series(lines, Moment(at=begins, zone=ZONE), Moment(at=begins + timedelta(hours=1), zone=ZONE))
    slots = series.slots(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
    return [slot.start.at.strftime("%m-%d %H:%M") for slot in slots if slot.start.at]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["RRULE:FREQ=WEEKLY;COUNT=3"], ["03-20 09:30", "03-27 09:30", "04-03 09:30"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20270327T083000Z"], ["03-20 09:30", "03-27 09:30"]),
        (["RRULE:FREQ=WEEKLY;UNTIL=20270327"], ["03-20 09:30", "03-27 09:30"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=Europe/Amsterdam:20270321T093000"], ["03-20 09:30", "03-22 09:30"]),
        (["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20270321T083000Z,20270322T083000Z"], ["03-20 09:30"]),
        (["RRULE:FREQ=DAILY;COUNT=1", "RDATE;TZID=Asia/Tokyo:20270405T160000"], ["03-20 09:30", "04-05 09:00"]),
        (["RDATE:20270405T080000Z"], ["03-20 09:30", "04-05 10:00"]),
        (["RRULE:FREQ=MONTHLY;BYDAY=-1SA;COUNT=2"], ["03-27 09:30", "04-24 09:30"]),
    ],
)
def test_the_lines_of_a_series_are_read_on_its_own_wall(lines: list[str], expected: list[str]) -> None:
    assert starts(lines) == expected


def test_a_time_that_the_clocks_leave_out_moves_on() -> None:
    assert starts(["RRULE:FREQ=DAILY;COUNT=3"], "2027-03-27T02:30:00") == ["03-27 02:30", "03-28 03:30", "03-29 02:30"]


@given(st.datetimes(datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2028-01-01")), st.integers(1, 400))
def test_every_instance_is_found_again_by_its_key(first: datetime, count: int) -> None:
    begins = first.replace(microsecond=0, tzinfo=AMSTERDAM).astimezone(UTC).astimezone(AMSTERDAM)
    end = Moment(at=begins + timedelta(minutes=45), zone=ZONE)
    series = Series([f"RRULE:FREQ=DAILY;COUNT={count}"], Moment(at=begins, zone=ZONE), end)

    slots = list(series.slots(begins, begins + timedelta(days=count + 1)))

    assert len(slots) == count
    assert all(series.slot(slot.key) == slot for slot in slots)
    assert series.slot("20200101T000000Z") is None


async def test_an_instance_that_is_changed_keeps_its_original_start_even_across_a_change_of_clocks(
    google: SmallGoogle,
) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 3))
    instance = f"{made['id']}_20270327T083000Z"

    times = ({"dateTime": f"2027-03-29T{hour}:00:00", "timeZone": ZONE} for hour in ("14", "15"))
    moved = await iris.patch(f"{EVENTS}/{instance}", dict(zip(("start", "end"), times, strict=True)))

    assert moved.body["id"] == instance
    assert moved.body["originalStartTime"] == {"dateTime": "2027-03-27T09:30:00+01:00", "timeZone": ZONE}
    assert moved.body["start"]["dateTime"] == "2027-03-29T14:00:00+02:00"
    listed = await found(iris, singleEvents="true", orderBy="startTime")
    assert [one["start"]["dateTime"][5:16] for one in listed] == ["03-20T09:30", "03-29T14:00", "04-03T09:30"]
    window = {"timeMin": "2027-03-27T00:00:00Z", "timeMax": "2027-03-28T00:00:00Z"}
    assert await found(iris, singleEvents="true", **window) == []
    assert {one["id"] for one in await found(iris)} == {made["id"], instance}


async def test_a_cancelled_instance_is_gone_and_can_be_restored(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 2))
    instance = f"{EVENTS}/{made['id']}_20270327T083000Z"

    first, second = await iris.patch(instance, {"status": "cancelled"}), await iris.delete(instance)
    left = await found(iris, singleEvents="true")
    await iris.patch(instance, {"status": "confirmed"})

    assert first.body["status"] == "cancelled"
    assert reason(second) == (410, "deleted")
    assert len(left) == 1
    assert len(await found(iris, singleEvents="true")) == 2


async def test_a_date_that_the_series_has_not_is_not_found(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 2))

    for key in ("20270328T083000Z", "20270410T073000Z", "20270327", "x"):
        assert reason(await iris.get(f"{EVENTS}/{made['id']}_{key}")) == (404, "notFound")


async def test_changed_instances_follow_their_series_wherever_they_did_not_differ(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 2))
    instance = f"{made['id']}_20270327T083000Z"
    await iris.patch(f"{EVENTS}/{instance}", {"location": "Attic"})

    change = {"summary": "Renamed", "location": "Cellar", "attendees": [{"email": "x@else.example"}]}
    await iris.patch(f"{EVENTS}/{made['id']}", change)

    changed = await read(iris, instance)
    assert (changed["summary"], changed["location"]) == ("Renamed", "Attic")
    assert [one["email"] for one in changed["attendees"]] == ["x@else.example"]


async def test_a_series_at_another_time_forgets_its_changed_instances(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 3))
    await iris.delete(f"{EVENTS}/{made['id']}_20270327T083000Z")
    await iris.patch(f"{EVENTS}/{made['id']}_20270403T073000Z", {"summary": "Special"})

    times = ({"dateTime": f"2027-03-20T{hour}:00:00", "timeZone": ZONE} for hour in ("14", "15"))
    await iris.patch(f"{EVENTS}/{made['id']}", dict(zip(("start", "end"), times, strict=True)))

    listed = await found(iris, singleEvents="true", orderBy="startTime")
    assert [one["id"].rpartition("_")[2] for one in listed] == [
        "20270320T130000Z",
        "20270327T130000Z",
        "20270403T120000Z",
    ]


async def test_all_day_instances_have_dates_for_keys(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    body = {"start": {"date": "2027-03-27"}, "end": {"date": "2027-03-28"}, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]}
    made = await created(iris, body)

    listed = await found(iris, singleEvents="true", orderBy="startTime")

    assert [one["id"] for one in listed] == [f"{made['id']}_20270327", f"{made['id']}_20270328"]
    assert listed[1]["originalStartTime"] == {"date": "2027-03-28"}
    assert listed[1]["end"] == {"date": "2027-03-29"}


async def test_the_instances_of_one_series_are_listed_by_themselves(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 5))
    await created(iris, weekly("2027-03-20T09:30:00", 5))
    await iris.delete(f"{EVENTS}/{made['id']}_20270327T083000Z")
    path = f"{EVENTS}/{made['id']}/instances"

    async def keys(query: str = "") -> list[str]:
        return [one["id"].rpartition("_")[2][:8] for one in (await iris.get(path + query)).body["items"]]

    assert await keys() == ["20270320", "20270403", "20270410", "20270417"]
    assert await keys("?showDeleted=true") == ["20270320", "20270327", "20270403", "20270410", "20270417"]
    assert await keys("?timeMin=2027-04-04T00:00:00Z&timeMax=2027-04-11T00:00:00Z") == ["20270410"]
    assert await keys("?originalStart=2027-04-03T09:30:00%2B02:00") == ["20270403"]
    first = (await iris.get(path + "?maxResults=3")).body
    assert await keys(f"?maxResults=3&pageToken={first['nextPageToken']}") == ["20270417"]
    assert reason(await iris.get(f"{EVENTS}/unknown/instances")) == (404, "notFound")


async def test_a_series_without_end_can_be_listed(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await created(iris, weekly("2027-03-20T09:30:00", 1) | {"recurrence": ["RRULE:FREQ=WEEKLY"]})

    listed = await found(iris, singleEvents="true", maxResults=2500)
    far = await found(iris, singleEvents="true", timeMin="2041-01-01T00:00:00Z", timeMax="2041-01-15T00:00:00Z")

    assert 200 < len(listed) < 300
    assert len(far) == 2
