"""What can be ordered of Google's calendars from outside."""

from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest

from app.sandbox.google.calendars.resources import ResourceBehaviour
from tests.sandbox.google.conftest import HERE, HUGO, IRIS, OTHER_ROOM, ROOM, STRANGER, SmallGoogle, event

CONTROL = "/control/google"
BOX = f"{CONTROL}/mailboxes/{IRIS}"
EVENTS = "/calendar/v3/calendars/primary/events"


def answers(body: dict[str, Any]) -> dict[str, str]:
    return {one["email"]: one["responseStatus"] for one in body["attendees"]}


def around(google: SmallGoogle, days: int = 30) -> str:
    start = google.soon(days=-1, hour=0)
    times = {"timeMin": start, "timeMax": start + timedelta(days=days)}
    return f"{EVENTS}?singleEvents=true&maxResults=2500&" + "&".join(
        f"{name}={quote(value.isoformat())}" for name, value in times.items()
    )


async def test_rooms_are_listed_with_how_they_answer(google: SmallGoogle) -> None:
    rooms = (await google.control.get(f"{CONTROL}/rooms")).body

    assert rooms[0] == {
        "address": ROOM,
        "name": "Meadow 2.14",
        "id": "1",
        "customer": HERE.id,
        "category": "CONFERENCE_ROOM",
        "building": "HQ",
        "capacity": 8,
        "behaviour": "AUTO_ACCEPT",
        "bookable_by": None,
        "replaced_by_similar": False,
        "released_when_empty": False,
    }


async def test_a_room_answers_as_it_was_told_to(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    said = {}
    rules: dict[str, dict[str, Any]] = {
        "closed": {"behaviour": "DECLINE_ALL"},
        "manual": {"behaviour": "MANUAL"},
        "others only": {"behaviour": "AUTO_ACCEPT", "bookable_by": [HUGO]},
        "everybody": {"bookable_by": []},
    }

    for number, (name, rule) in enumerate(rules.items()):
        await google.control.patch(f"{CONTROL}/rooms/{ROOM}", rule)
        made = await iris.post(EVENTS, event(google.soon(days=2 + number), guests=(ROOM,)))
        await google.control.post(f"{CONTROL}/attendant/run")
        said[name] = answers((await iris.get(f"{EVENTS}/{made.body['id']}")).body)[ROOM]

    assert said == {
        "closed": "declined",
        "manual": "needsAction",
        "others only": "declined",
        "everybody": "accepted",
    }


async def test_somebody_in_charge_of_a_room_answers_for_it_at_any_time(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await google.control.patch(f"{CONTROL}/rooms/{ROOM}", {"behaviour": "MANUAL"})
    made = (await iris.post(EVENTS, event(google.soon(), guests=(ROOM,)))).body
    order = {"event_id": made["id"], "response": "accept"}

    answered = await google.control.post(f"{CONTROL}/rooms/{ROOM}/answer", order)
    not_asked = await google.control.post(f"{CONTROL}/rooms/{OTHER_ROOM}/answer", order)

    assert answered.body == {"answered": "accept"}
    assert not_asked.status == 404
    assert answers((await iris.get(f"{EVENTS}/{made['id']}")).body)[ROOM] == "accepted"


async def test_a_room_declines_one_date_of_a_series(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    start = google.soon(days=2)
    weekly = event(start, guests=(ROOM,), recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    made = (await iris.post(EVENTS, weekly)).body
    google.state.google.calendars.attendant.run()
    day = (start + timedelta(days=1)).date().isoformat()
    order = {"event_id": made["id"], "response": "decline"}

    await google.control.post(f"{CONTROL}/rooms/{ROOM}/answer", {**order, "occurrence": day})
    absent = await google.control.post(f"{CONTROL}/rooms/{ROOM}/answer", {**order, "occurrence": "1999-01-01"})

    found = (await iris.get(around(google) + "&orderBy=startTime")).body["items"]
    assert [answers(one)[ROOM] for one in found] == ["accepted", "declined", "accepted"]
    assert absent.status == 404


async def test_a_booked_room_is_replaced_or_released_afterwards(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = (await iris.post(EVENTS, event(google.soon(), guests=(ROOM,)))).body
    google.state.google.calendars.attendant.run()
    named = {"event_id": made["id"]}

    await google.control.post(f"{CONTROL}/rooms/{ROOM}/replace", {**named, "by": OTHER_ROOM})
    replaced = (await iris.get(f"{EVENTS}/{made['id']}")).body
    gone = await google.control.post(f"{CONTROL}/rooms/{ROOM}/replace", {**named, "by": OTHER_ROOM})
    unknown = await google.control.post(f"{CONTROL}/rooms/{OTHER_ROOM}/replace", {**named, "by": "none@x.example"})
    await google.control.post(f"{CONTROL}/rooms/{OTHER_ROOM}/release", named)
    released = (await iris.get(f"{EVENTS}/{made['id']}")).body

    assert answers(replaced) == {OTHER_ROOM: "accepted"}
    assert "attendees" not in released
    assert (gone.status, unknown.status) == (404, 404)


async def test_a_room_is_added_to_a_customer_and_deleted(google: SmallGoogle) -> None:
    wanted = {"customer": HERE.domain, "name": "Loft", "capacity": 4, "building": "HQ", "floor": "3"}

    added = (await google.control.post(f"{CONTROL}/rooms", wanted)).body
    again = await google.control.post(f"{CONTROL}/rooms", wanted)
    nowhere = await google.control.post(f"{CONTROL}/rooms", {**wanted, "customer": "none.example"})
    room = google.state.google.calendars.resources.get(added["address"])
    await google.control.delete(f"{CONTROL}/rooms/{added['address']}")

    assert room is not None
    assert (room.generated_name, room.behaviour) == ("HQ-3-Loft (4)", ResourceBehaviour.AUTO_ACCEPT)
    assert (again.status, nowhere.status) == (409, 404)
    assert google.state.google.calendars.calendar(added["address"]) is None


async def test_how_long_rooms_take_is_set_and_what_waits_is_shown(google: SmallGoogle) -> None:
    await google.control.patch(f"{CONTROL}/attendant", {"delay_milliseconds": 60_000})
    made = (await google.as_user(IRIS).post(EVENTS, event(google.soon(), guests=(ROOM,)))).body

    waiting = (await google.control.get(f"{CONTROL}/attendant")).body
    ran = (await google.control.post(f"{CONTROL}/attendant/run")).body

    assert waiting == {"delay_milliseconds": 60_000, "pending": [{"room": ROOM, "event_id": made["id"]}]}
    assert ran == {"answered": 1}


async def test_a_calendar_is_filled_and_emptied(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    filled = await google.control.post(f"{BOX}/fill", {"events": 1200, "attendees": 30, "start": "2026-11-23"})
    week = f"{EVENTS}?singleEvents=true&maxResults=2500&timeMin=2026-11-23T00:00:00Z&timeMax=2026-11-30T00:00:00Z"

    found = (await iris.get(week)).body["items"]
    await google.control.delete(f"{BOX}/items")

    assert filled.body == {"added": 1200}
    assert len(found) == 1200
    assert {len(one["attendees"]) for one in found} == {30}
    assert (await iris.get(week)).body["items"] == []


async def test_an_event_is_laid_down_as_it_is_written(google: SmallGoogle) -> None:
    start = {"dateTime": google.soon().isoformat()}
    crowd = [{"email": f"guest-{n}@partner.example", "responseStatus": "accepted"} for n in range(1000)]
    oddities: list[dict[str, Any]] = [
        {"id": "nobodys", "status": "confirmed", "start": start, "end": start},
        {"id": "crowded", "status": "confirmed", "start": start, "end": start, "attendees": crowd},
        {"id": "gone_20261104T083000Z", "status": "cancelled", "recurringEventId": "gone", "originalStartTime": start},
        {"id": "zoned", "status": "confirmed", "start": {**start, "timeZone": "tzone://Google/Custom"}, "end": start},
    ]
    for one in oddities:
        assert (await google.control.post(f"{BOX}/raw", one)).body == {"id": one["id"]}

    found = (await google.as_user(IRIS).get(around(google) + "&showDeleted=true")).body["items"]

    shown = {one["id"]: one for one in found}
    for one in oddities:
        assert shown[one["id"]] == {**one, "kind": "calendar#event", "etag": shown[one["id"]]["etag"]}


async def test_a_person_in_google_calendar_creates_changes_and_cancels_events(google: SmallGoogle) -> None:
    hugo = google.as_user(HUGO)
    made = (await google.control.post(f"{BOX}/events", event(google.soon(), guests=(HUGO,)))).body

    await google.control.patch(f"{BOX}/events/{made['id']}", {"summary": "Changed"})
    changed = (await hugo.get(f"{EVENTS}/{made['id']}")).body
    await google.control.delete(f"{BOX}/events/{made['id']}")
    twice = await google.control.delete(f"{BOX}/events/{made['id']}")

    assert changed["summary"] == "Changed"
    assert (await hugo.get(around(google))).body["items"] == []
    assert (twice.status, twice.body) == (410, {"error": "deleted: Resource has been deleted"})


async def test_a_guest_answers_and_is_taken_off_an_event(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = (await iris.post(EVENTS, event(google.soon(), guests=(HUGO, "guest@partner.example")))).body
    path = f"{CONTROL}/mailboxes/{HUGO}/events/{made['id']}/answer"

    await google.control.post(path, {"response": "tentativelyAccept"})
    answered = answers((await iris.get(f"{EVENTS}/{made['id']}")).body)
    await google.control.post(f"{BOX}/events/{made['id']}/remove-attendee", {"address": HUGO})
    left = answers((await iris.get(f"{EVENTS}/{made['id']}")).body)

    assert answered[HUGO] == "tentative"
    assert HUGO not in left


async def test_events_are_counted_by_their_summary(google: SmallGoogle) -> None:
    await google.as_user(IRIS).post(EVENTS, event(google.soon(), summary="Once"))

    once = (await google.control.get(f"{BOX}/items?summary=Once")).body
    never = (await google.control.get(f"{BOX}/items?summary=Never")).body

    assert (len(once), never) == (1, [])


async def test_a_further_calendar_is_added_and_written_to(google: SmallGoogle) -> None:
    made = (await google.control.post(f"{BOX}/secondary", {"summary": "Team"})).body

    await google.control.post(f"{BOX}/events?calendar={made['id']}", event(google.soon()))
    found = (await google.as_user(IRIS).get(f"/calendar/v3/calendars/{made['id']}/events")).body
    elsewhere = await google.control.get(f"{CONTROL}/mailboxes/{HUGO}/items?calendar={made['id']}")

    assert (await google.control.get(f"{BOX}/secondary")).body == [made]
    assert [one["summary"] for one in found["items"]] == ["Design review"]
    assert elsewhere.status == 404


@pytest.mark.parametrize("whose", [{"address": IRIS}, {}])
async def test_sync_tokens_expire_by_order(google: SmallGoogle, whose: dict[str, str]) -> None:
    iris = google.as_user(IRIS)
    token = (await iris.get(EVENTS)).body["nextSyncToken"]

    await google.control.post(f"{CONTROL}/sync-tokens/expire", whose)
    refused = await iris.get(f"{EVENTS}?syncToken={token}")

    assert refused.status == 410
    assert refused.body["error"]["errors"][0]["reason"] == "fullSyncRequired"


async def test_the_next_lists_are_empty_by_order_and_lead_on(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await iris.post(EVENTS, event(google.soon()))
    rooms = "/admin/directory/v1/customer/my_customer/resources/calendars"
    await google.control.post(f"{CONTROL}/empty-page", {"address": IRIS})
    await google.control.post(f"{CONTROL}/empty-page", {})

    page, no_rooms = (await iris.get(EVENTS)).body, (await iris.get(rooms)).body
    rest = (await iris.get(f"{EVENTS}?pageToken={page['nextPageToken']}")).body
    all_rooms = (await iris.get(f"{rooms}?pageToken={no_rooms['nextPageToken']}")).body

    assert (page.get("items", []), no_rooms.get("items", [])) == ([], [])
    assert (len(rest["items"]), len(all_rooms["items"])) == (1, 2)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PATCH", f"/rooms/{ROOM}", {"behaviour": "MAYBE"}, 422),
        ("PATCH", "/rooms/none@x.example", {"behaviour": "MANUAL"}, 404),
        ("GET", "/mailboxes/none@x.example/items", None, 404),
        ("POST", f"/mailboxes/{IRIS}/events", {"summary": "Without times"}, 400),
        ("PATCH", f"/mailboxes/{IRIS}/events/none", {"summary": "x"}, 404),
        ("POST", f"/mailboxes/{STRANGER}/fill", {"events": 0, "attendees": 0}, 422),
        ("POST", "/channels/none/forge", {}, 404),
    ],
)
async def test_bad_orders_are_answered_in_words(
    google: SmallGoogle, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    refused = await google.control.call(method, CONTROL + path, body)

    assert (refused.status, bool(refused.body["error"])) == (status, True)
