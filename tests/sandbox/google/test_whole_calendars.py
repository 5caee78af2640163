"""Calendars shared, taken away and emptied by order; events whose time zone nobody knows."""

from tests.sandbox.google.conftest import HUGO, IRIS, ROOM, SmallGoogle, event
from tests.sandbox.google.test_calendar_control import BOX, CONTROL, EVENTS, around

LIST = "/calendar/v3/users/me/calendarList"


async def test_a_shared_calendar_is_on_the_readers_list_and_can_be_read(google: SmallGoogle) -> None:
    await google.as_user(IRIS).post(EVENTS, event(google.soon()))
    hugo = google.as_user(HUGO)

    await google.control.post(f"{BOX}/share", {"reader": HUGO})

    roles = {one["id"]: one["accessRole"] for one in (await hugo.get(LIST)).body["items"]}
    assert roles == {HUGO: "owner", IRIS: "reader"}
    shown = (await hugo.get(f"/calendar/v3/calendars/{IRIS}/events")).body["items"]
    assert [one["summary"] for one in shown] == ["Design review"]


async def test_taking_further_calendars_leaves_the_first(google: SmallGoogle) -> None:
    made = (await google.control.post(f"{BOX}/secondary", {"summary": "Team"})).body

    gone = (await google.control.delete(f"{BOX}/secondary")).body

    iris = google.as_user(IRIS)
    assert gone == {"removed": [made["id"]]}
    assert [one["id"] for one in (await iris.get(LIST)).body["items"]] == [IRIS]
    assert (await iris.get(f"/calendar/v3/calendars/{made['id']}/events")).status == 404


async def test_an_emptied_room_is_free(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    await iris.post(EVENTS, event(google.soon(), guests=(ROOM,)))
    await google.control.post(f"{CONTROL}/attendant/run")

    await google.control.delete(f"{CONTROL}/rooms/{ROOM}/items")

    second = (await iris.post(EVENTS, event(google.soon(), guests=(ROOM,)))).body
    await google.control.post(f"{CONTROL}/attendant/run")
    read = (await iris.get(f"{EVENTS}/{second['id']}")).body
    assert [one["responseStatus"] for one in read["attendees"] if one["email"] == ROOM] == ["accepted"]


async def test_an_event_in_a_zone_that_nobody_knows_is_when_its_offset_says(google: SmallGoogle) -> None:
    at = google.soon(days=3)
    edge = {"dateTime": at.isoformat(), "timeZone": "tzone://Google/Custom"}

    await google.control.post(f"{BOX}/raw", {"id": "zoned", "status": "confirmed", "start": edge, "end": edge})

    iris = google.as_user(IRIS)
    before = (await iris.get(around(google, days=2))).body["items"]
    until_then = (await iris.get(around(google, days=10))).body["items"]
    assert (before, [one["id"] for one in until_then]) == ([], ["zoned"])


async def test_whoever_is_not_there_is_named(google: SmallGoogle) -> None:
    nobody = await google.control.post(f"{BOX}/share", {"reader": "ghost@meadow.example"})
    nowhere = await google.control.delete(f"{CONTROL}/mailboxes/ghost@meadow.example/secondary")
    no_room = await google.control.delete(f"{CONTROL}/rooms/{HUGO}/items")

    assert (nobody.status, nowhere.status, no_room.status) == (404, 404, 404)
