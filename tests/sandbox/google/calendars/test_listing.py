"""Lists: windows, orders, filters and pages."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, created, found, listing, reason, weekly
from tests.sandbox.google.conftest import HUGO, IRIS, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient

NINE, TEN, ELEVEN = (f"2027-03-01T{hour}:00:00Z" for hour in ("09", "10", "11"))


def between(first: str, last: str, **more: Any) -> dict[str, Any]:
    return {"start": {"dateTime": first}, "end": {"dateTime": last}, **more}


async def pages(client: AsgiClient, **parameters: Any) -> list[dict[str, Any]]:
    """Every page of a list."""
    gathered: list[dict[str, Any]] = []
    while not gathered or "nextPageToken" in gathered[-1]:
        token = {"pageToken": gathered[-1]["nextPageToken"]} if gathered else {}
        gathered.append((await client.get(listing(**parameters, **token))).body)
    return gathered


async def test_both_bounds_of_a_window_are_exclusive(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await created(iris, between(TEN, ELEVEN))

    assert len(await found(iris, timeMin=TEN, timeMax=ELEVEN)) == 1
    assert await found(iris, timeMin=NINE, timeMax=TEN) == []
    assert await found(iris, timeMin=ELEVEN) == []
    assert len(await found(iris, timeMin="2027-03-01T11:59:59+01:00")) == 1


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"timeMin": "2027-03-01T09:00:00"}, "badRequest"),
        ({"timeMax": "2027-03-01"}, "badRequest"),
        ({"timeMin": TEN, "timeMax": TEN}, "timeRangeEmpty"),
        ({"orderBy": "startTime"}, "badRequest"),
        ({"orderBy": "size"}, "invalid"),
        ({"singleEvents": "True"}, "invalid"),
        ({"maxResults": "0"}, "invalid"),
        ({"maxResults": "many"}, "invalid"),
        ({"timeZone": "Mars/Base"}, "invalid"),
        ({"eventTypes": "party"}, "invalid"),
        ({"pageToken": "garbage"}, "invalid"),
        ({"colour": "red"}, "invalid"),
        ({"q": ["one", "two"]}, "invalid"),
        ({"fields": "items(id"}, "invalidParameter"),
    ],
)
async def test_a_query_that_cannot_be_is_refused(
    google: SmallGoogle, parameters: dict[str, Any], expected: str
) -> None:
    reply = await google.as_user(IRIS).get(listing(**parameters))

    assert reason(reply) == (400, expected)


async def test_a_list_says_whose_it_is_and_what_the_caller_may(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await created(iris, event(google.soon()))

    body = (await iris.get(listing(timeZone="Asia/Tokyo"))).body

    assert (body["kind"], body["summary"], body["accessRole"]) == ("calendar#events", IRIS, "owner")
    assert body["timeZone"] == "Asia/Tokyo"
    assert body["defaultReminders"] == [{"method": "popup", "minutes": 10}]
    assert body["items"][0]["start"]["dateTime"].endswith("+09:00")
    assert body["updated"] == body["items"][0]["updated"]


async def test_a_series_is_one_item_or_one_for_each_instance(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 4))

    [master] = await found(iris)
    single = await found(iris, singleEvents="true", orderBy="startTime")

    assert (master["id"], master["recurrence"]) == (made["id"], ["RRULE:FREQ=WEEKLY;COUNT=4"])
    assert [one["id"] for one in single] == [
        f"{made['id']}_{key}"
        for key in ("20270320T083000Z", "20270327T083000Z", "20270403T073000Z", "20270410T073000Z")
    ]
    assert {one["start"]["dateTime"][11:] for one in single} == {"09:30:00+01:00", "09:30:00+02:00"}
    assert {one["iCalUID"] for one in single} == {made["iCalUID"]}
    assert all(one["recurringEventId"] == made["id"] and "recurrence" not in one for one in single)


async def test_a_series_is_listed_only_in_windows_that_one_of_its_instances_touches(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await created(iris, weekly("2027-03-20T09:30:00", 4))

    assert len(await found(iris, timeMin="2027-04-01T00:00:00Z", timeMax="2027-04-04T00:00:00Z")) == 1
    assert await found(iris, timeMin="2027-04-04T00:00:00Z", timeMax="2027-04-09T00:00:00Z") == []
    assert await found(iris, timeMin="2027-05-01T00:00:00Z") == []


async def test_an_event_of_several_weeks_is_found_in_its_middle(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, {"start": {"date": "2027-03-01"}, "end": {"date": "2027-06-01"}})

    items = await found(iris, timeMin="2027-04-20T00:00:00Z", timeMax="2027-04-21T00:00:00Z")

    assert [one["id"] for one in items] == [made["id"]]


async def test_lists_are_ordered_by_start_or_by_their_last_change(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    late = await created(iris, between(TEN, ELEVEN))
    early = await created(iris, between(NINE, TEN))
    await iris.patch(f"{EVENTS}/{late['id']}", {"summary": "Changed last"})

    by_start = await found(iris, singleEvents="true", orderBy="startTime")
    by_change = await found(iris, orderBy="updated")

    assert [one["id"] for one in by_start] == [early["id"], late["id"]]
    assert [one["id"] for one in by_change] == [early["id"], late["id"]]


async def test_pages_follow_each_other_without_gap_or_repetition(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    ids = {(await created(iris, event(google.soon(days=n % 3, hour=n))))["id"] for n in range(7)}

    answered = await pages(iris, maxResults=3, singleEvents="true", orderBy="startTime")

    items = [one for page in answered for one in page["items"]]
    assert [len(page["items"]) for page in answered] == [3, 3, 1]
    assert {one["id"] for one in items} == ids
    assert len(items) == len(ids)
    assert [one["start"]["dateTime"] for one in items] == sorted(one["start"]["dateTime"] for one in items)
    assert ["nextSyncToken" in page for page in answered] == [False, False, False]


async def test_a_page_holds_250_events_and_never_more_than_2500(google: SmallGoogle) -> None:
    iris, store = google.as_user(IRIS), google.state.google.calendars
    for number in range(2501):
        store.insert(store.primary_of(google.user(IRIS)), between(NINE, TEN, summary=str(number)), google.user(IRIS))

    assert len(await found(iris)) == 250
    assert len(await found(iris, maxResults=9999)) == 2500


async def test_a_page_token_is_good_for_the_same_question_only(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    for _ in range(2):
        await created(iris, event(google.soon()))
    token = (await iris.get(listing(maxResults=1, q="design"))).body["nextPageToken"]

    other = await iris.get(listing(maxResults=1, q="review", pageToken=token))
    same = await iris.get(listing(maxResults=1, q="design", pageToken=token, fields="items(id)"))

    assert reason(other) == (400, "invalid")
    assert len(same.body["items"]) == 1


async def test_a_page_may_be_empty_though_more_follow(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))
    google.state.google.calendars.owe_empty_page(IRIS)

    first, second = await pages(iris)

    assert first["items"] == []
    assert [one["id"] for one in second["items"]] == [made["id"]]


async def test_deleted_events_are_shown_on_demand_with_no_more_than_is_certain(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon()))
    await iris.delete(f"{EVENTS}/{made['id']}")

    [stub] = await found(iris, showDeleted="true")

    assert stub == {"kind": "calendar#event", "etag": stub["etag"], "id": made["id"], "status": "cancelled"}
    assert await found(iris) == []


async def test_cancelled_instances_come_with_their_series_unless_it_is_expanded(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 2))
    instance = f"{made['id']}_20270320T083000Z"
    await iris.delete(f"{EVENTS}/{instance}")

    whole = {one["id"]: one for one in await found(iris)}
    expanded = await found(iris, singleEvents="true")
    with_deleted = await found(iris, singleEvents="true", showDeleted="true")

    assert set(whole) == {made["id"], instance}
    assert whole[instance]["status"] == "cancelled"
    assert whole[instance]["recurringEventId"] == made["id"]
    assert whole[instance]["originalStartTime"]["dateTime"] == "2027-03-20T09:30:00+01:00"
    assert "summary" not in whole[instance]
    assert [one["id"] for one in expanded] == [f"{made['id']}_20270327T083000Z"]
    assert len(with_deleted) == 2


async def test_events_are_found_by_words_uid_and_extended_properties(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    properties = {"private": {"ref": "7"}, "shared": {"team": "blue"}}
    made = await created(iris, event(google.soon(), guests=(HUGO,), location="Attic", extendedProperties=properties))
    await created(iris, event(google.soon(), summary="Lunch"))

    for parameters in (
        {"q": "attic DESIGN"},
        {"q": HUGO},
        {"iCalUID": made["iCalUID"]},
        {"privateExtendedProperty": "ref=7"},
        {"sharedExtendedProperty": ["team=blue"]},
    ):
        assert [one["id"] for one in await found(iris, **parameters)] == [made["id"]]
    assert await found(iris, privateExtendedProperty=["ref=7", "ref=8"]) == []
    assert await found(google.as_user(HUGO), privateExtendedProperty="ref=7") == []
    assert len(await found(google.as_user(HUGO), sharedExtendedProperty="team=blue")) == 1


async def test_events_changed_since_a_moment_include_the_deleted(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    old, gone = [await created(iris, event(google.soon())) for _ in range(2)]
    google.state.clock.advance(timedelta(minutes=10))
    moment = google.state.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
    google.state.clock.advance(timedelta(minutes=10))
    await iris.delete(f"{EVENTS}/{gone['id']}")

    items = await found(iris, updatedMin=moment)

    assert [(one["id"], one["status"]) for one in items] == [(gone["id"], "cancelled")]
    assert old["id"] not in {one["id"] for one in items}


async def test_too_many_guests_are_left_out(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await created(iris, event(google.soon(), guests=(IRIS, HUGO, "x@else.example")))

    [few] = await found(iris, maxAttendees=2)
    [all_of_them] = await found(iris, maxAttendees=3)

    assert [one["email"] for one in few["attendees"]] == [IRIS]
    assert few["attendeesOmitted"] is True
    assert len(all_of_them["attendees"]) == 3
    assert "attendeesOmitted" not in all_of_them


async def test_a_part_of_an_answer_can_be_asked_for(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), guests=(HUGO,)))

    body = (await iris.get(listing(fields="summary,items(id,start/timeZone,attendees(email))"))).body

    assert body == {
        "summary": IRIS,
        "items": [{"id": made["id"], "start": {"timeZone": "UTC"}, "attendees": [{"email": HUGO}]}],
    }


async def test_a_window_of_a_full_calendar_looks_only_at_what_is_near(google: SmallGoogle) -> None:
    store, owner = google.state.google.calendars, google.user(IRIS)
    calendar, start = store.primary_of(owner), google.soon(hour=0)
    for number in range(1000):
        store.insert(calendar, event(start + timedelta(days=number), summary=str(number)), owner)

    near = list(calendar.shelf.near(start + timedelta(days=500), start + timedelta(days=501)))

    assert 0 < len(near) < 12
