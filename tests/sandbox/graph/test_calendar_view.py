"""The expanded window: paging, time zones, series and what differs from them."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import ADA, BEN, ROOM, Sandbox, answers, event


def view(start: str, end: str, more: str = "") -> str:
    return f"/v1.0/me/calendarView?startDateTime={quote(start)}&endDateTime={quote(end)}{more}"


def around(start: datetime, days: int = 1, more: str = "") -> str:
    day = start.replace(hour=0, minute=0)
    return view(day.isoformat(), (day + timedelta(days=days)).isoformat(), more)


def weekly(start: datetime, count: int, zone: str = "W. Europe Standard Time") -> dict[str, Any]:
    body = event(start)
    for edge in ("start", "end"):
        body[edge]["timeZone"] = zone
    days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [days[start.weekday()]]}
    span = {"type": "numbered", "startDate": start.date().isoformat(), "numberOfOccurrences": count}
    return {**body, "recurrence": {"pattern": pattern, "range": span}}


async def whole(client: AsgiClient, path: str, **headers: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while path:
        body = (await client.get(path, **headers)).body
        rows += body["value"]
        path = body.get("@odata.nextLink", "")
    return rows


async def test_ten_events_make_a_page_and_the_next_link_leads_to_the_rest(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(hour=1)
    for number in range(23):
        await ada.post("/v1.0/me/events", event(start + timedelta(minutes=number), minutes=5))

    first = (await ada.get(around(start))).body
    rows = await whole(ada, around(start))
    large = (await ada.get(around(start, more="&$top=100"))).body
    preferred = (await ada.get(around(start), Prefer="odata.maxpagesize=20")).body

    assert len(first["value"]) == 10
    assert first["@odata.nextLink"].startswith("https://graph.sandbox.test/v1.0/me/calendarView?")
    assert len({row["id"] for row in rows}) == 23
    assert (len(large["value"]), "@odata.nextLink" in large) == (23, False)
    assert len(preferred["value"]) == 20


async def test_a_series_stays_at_nine_on_the_wall_when_the_clocks_change(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    amsterdam = ZoneInfo("Europe/Amsterdam")
    await ada.post("/v1.0/me/events", weekly(datetime(2027, 3, 15, 9, 0), 4))  # noqa: DTZ001  # Graph's own form

    rows = await whole(ada, view("2027-03-01T00:00:00Z", "2027-05-01T00:00:00Z"))

    utc = [row["start"]["dateTime"][11:16] for row in rows]
    local = [datetime.fromisoformat(r["start"]["dateTime"][:26] + "+00:00").astimezone(amsterdam).hour for r in rows]
    assert utc == ["08:00", "08:00", "07:00", "07:00"]
    assert local == [9, 9, 9, 9]
    assert {row["type"] for row in rows} == {"occurrence"}
    assert len({row["iCalUId"] for row in rows}) == len({row["id"] for row in rows}) == 4


async def test_a_patched_date_becomes_an_exception_and_a_cancelled_one_disappears(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    master = await ada.post("/v1.0/me/events", weekly(start, 5, "UTC"))
    path = around(start, days=40)
    rows = await whole(ada, path)

    patched = await ada.patch(f"/v1.0/me/events/{rows[1]['id']}", {"subject": "Special"})
    cancelled = await ada.post(f"/v1.0/me/events/{rows[2]['id']}/cancel", {})
    deleted = await ada.delete(f"/v1.0/me/events/{rows[3]['id']}")

    after = await whole(ada, path)
    assert (patched.status, cancelled.status, deleted.status) == (200, 202, 204)
    assert [(row["type"], row["subject"]) for row in after] == [
        ("occurrence", "Design review"),
        ("exception", "Special"),
        ("occurrence", "Design review"),
    ]
    assert after[1]["id"] == rows[1]["id"]
    chosen = await ada.get(f"/v1.0/me/events/{master.body['id']}?$select=cancelledOccurrences,subject")
    gone = [f"OID.{master.body['id']}.{row['start']['dateTime'][:10]}" for row in rows[2:4]]
    assert chosen.body["cancelledOccurrences"] == gone
    assert (await ada.get(f"/v1.0/me/events/{rows[2]['id']}")).status == 404


async def test_an_occurrence_may_not_reach_its_neighbours_day(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    await ada.post("/v1.0/me/events", weekly(start, 3, "UTC"))
    rows = await whole(ada, around(start, days=30))

    onto_neighbour = event(start + timedelta(days=14, hours=3))
    times = {name: onto_neighbour[name] for name in ("start", "end")}
    refused = await ada.patch(f"/v1.0/me/events/{rows[1]['id']}", times)

    assert (refused.status, refused.body["error"]["code"]) == (400, "ErrorOccurrenceCrossingBoundary")


async def test_a_series_patched_as_a_whole_keeps_what_an_exception_says_of_itself_only_in_other_matters(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    start = sandbox.soon(days=3)
    body = weekly(start, 3, "UTC") | {"attendees": event(start, people=(BEN,))["attendees"]}
    master = await ada.post("/v1.0/me/events", body)
    rows = await whole(ada, around(start, days=30))
    await ada.patch(f"/v1.0/me/events/{rows[1]['id']}", {"importance": "high"})

    await ada.patch(f"/v1.0/me/events/{master.body['id']}", {"subject": "Renamed"})

    after = await whole(ben, around(start, days=30))
    assert [(row["subject"], row["importance"]) for row in after] == [
        ("Renamed", "normal"),
        ("Renamed", "high"),
        ("Renamed", "normal"),
    ]


async def test_instances_are_the_dates_of_one_series(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(days=3)
    master = await ada.post("/v1.0/me/events", weekly(start, 3, "UTC"))
    await ada.post("/v1.0/me/events", event(start))
    window = around(start, days=30).split("?")[1]

    found = await ada.get(f"/v1.0/me/events/{master.body['id']}/instances?{window}")

    assert [row["seriesMasterId"] for row in found.body["value"]] == [master.body["id"]] * 3


async def test_all_day_events_float_at_midnight_in_whatever_zone_is_preferred(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(hour=0)
    body = event(start, minutes=24 * 60, isAllDay=True)
    for edge in ("start", "end"):
        body[edge]["timeZone"] = "W. Europe Standard Time"
    await ada.post("/v1.0/me/events", body)

    for zone in ("UTC", "Tokyo Standard Time", "America/New_York"):
        [row] = await whole(ada, around(start), Prefer=f'outlook.timezone="{zone}"')
        assert row["start"] == {"dateTime": f"{start.isoformat()}.0000000", "timeZone": zone}


async def test_a_preferred_zone_moves_the_times_and_an_unknown_one_is_refused(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon(hour=9)
    await ada.post("/v1.0/me/events", event(start))

    found = await ada.get(
        around(start), Prefer='outlook.timezone="Tokyo Standard Time", outlook.body-content-type="text"'
    )
    refused = await ada.get(around(start), Prefer='outlook.timezone="Nowhere"')

    assert found.body["value"][0]["start"]["dateTime"][11:16] == "18:00"
    assert found.body["value"][0]["body"]["contentType"] == "text"
    assert 'outlook.timezone="Tokyo Standard Time"' in found.headers["preference-applied"]
    assert refused.status == 400


async def test_a_window_is_required_and_no_longer_than_1825_days(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)

    without = await ada.get("/v1.0/me/calendarView")
    too_long = await ada.get(view("2026-01-01T00:00:00Z", "2031-01-01T00:00:00Z"))

    assert without.status == 400
    assert too_long.body["error"]["code"] == "ErrorInvalidRequest"
    assert "1825" in too_long.body["error"]["message"]


async def test_select_orderby_and_count_are_honoured_and_an_unknown_property_is_refused(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    start = sandbox.soon()
    for hour in (0, 1, 2):
        await ada.post("/v1.0/me/events", event(start + timedelta(hours=hour), subject=f"Number {hour}"))

    found = await ada.get(around(start, more="&$select=subject&$orderby=start/dateTime%20desc&$top=2&$count=true"))
    refused = await ada.get(around(start, more="&$select=colour"))

    assert [set(row) for row in found.body["value"]] == [{"@odata.etag", "id", "subject"}] * 2
    assert [row["subject"] for row in found.body["value"]] == ["Number 2", "Number 1"]
    assert found.body["@odata.count"] == 3
    assert refused.status == 400


async def test_a_date_answered_apart_from_its_series_is_tallied_on_that_date_alone(sandbox: Sandbox) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    start = sandbox.soon(days=3)
    body = weekly(start, 3, "UTC") | {"attendees": event(start, people=(BEN,), rooms=(ROOM,))["attendees"]}
    await ada.post("/v1.0/me/events", body)
    sandbox.rooms_answer()
    copies = await whole(ben, around(start, days=30))

    await ben.post(f"/v1.0/me/events/{copies[1]['id']}/tentativelyAccept", {})

    tallies = [answers(row) for row in await whole(ada, around(start, days=30))]
    assert [tally[BEN] for tally in tallies] == ["none", "tentativelyAccepted", "none"]
    assert [tally[ROOM] for tally in tallies] == ["accepted"] * 3
