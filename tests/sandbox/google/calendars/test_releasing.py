"""Rooms that Google takes off a meeting whose guests have gone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, answers, found, read
from tests.sandbox.google.calendars.test_rooms import booked, change_room
from tests.sandbox.google.conftest import HUGO, IRIS, LENA, ROOM, SmallGoogle, event


async def decline(google: SmallGoogle, who: str, event_id: str) -> None:
    body = {"attendees": [{"email": who, "responseStatus": "declined"}]}
    assert (await google.as_user(who).patch(f"{EVENTS}/{event_id}", body)).status == 200


async def test_a_room_is_released_once_all_guests_but_one_have_declined(google: SmallGoogle) -> None:
    change_room(google, released_when_empty=True)
    iris = google.as_user(IRIS)
    made = await booked(google, iris, event(google.soon(), guests=(HUGO, LENA, ROOM)))

    await decline(google, HUGO, made["id"])
    between = answers(await read(iris, made["id"]))
    await decline(google, LENA, made["id"])

    assert between[ROOM] == "accepted"
    assert ROOM not in answers(await read(iris, made["id"]))
    assert await found(google.as_user(LENA), ROOM) == []


async def test_deleting_ones_copy_counts_as_declining(google: SmallGoogle) -> None:
    change_room(google, released_when_empty=True)
    iris = google.as_user(IRIS)
    made = await booked(google, iris, event(google.soon(), guests=(HUGO, ROOM)))

    await google.as_user(HUGO).delete(f"{EVENTS}/{made['id']}")

    assert ROOM not in answers(await read(iris, made["id"]))


async def test_a_room_without_that_rule_stays(google: SmallGoogle) -> None:
    made = await booked(google, google.as_user(IRIS), event(google.soon(), guests=(HUGO, ROOM)))

    await decline(google, HUGO, made["id"])

    assert answers(await read(google.as_user(IRIS), made["id"])) == {HUGO: "declined", ROOM: "accepted"}


@pytest.mark.parametrize("minutes", [60, 181], ids=["begins within half an hour", "lasts longer than three hours"])
async def test_a_meeting_that_begins_soon_or_lasts_long_keeps_its_room(google: SmallGoogle, minutes: int) -> None:
    change_room(google, released_when_empty=True)
    start = google.soon() if minutes > 180 else google.state.clock.now() + timedelta(minutes=20)
    made = await booked(google, google.as_user(IRIS), event(start, minutes=minutes, guests=(HUGO, ROOM)))

    await decline(google, HUGO, made["id"])

    assert answers(await read(google.as_user(IRIS), made["id"]))[ROOM] == "accepted"


async def test_one_date_of_a_series_loses_its_room_alone(google: SmallGoogle) -> None:
    change_room(google, released_when_empty=True)
    iris = google.as_user(IRIS)
    daily: dict[str, Any] = event(google.soon(), guests=(HUGO, ROOM), recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    made = await booked(google, iris, daily)
    dates = (await iris.get(f"{EVENTS}/{made['id']}/instances")).body["items"]

    await decline(google, HUGO, dates[1]["id"])

    after = (await iris.get(f"{EVENTS}/{made['id']}/instances")).body["items"]
    assert [ROOM in answers(one) for one in after] == [True, False, True]


async def test_the_rule_is_a_switch_of_the_control_address(google: SmallGoogle) -> None:
    changed = await google.control.patch(f"/control/google/rooms/{ROOM}", {"released_when_empty": True})

    assert changed.body["released_when_empty"]


async def test_rooms_are_renamed_and_moved_and_buildings_come_and_go_by_order(google: SmallGoogle) -> None:
    building = {"customer": "meadow.example", "id": "MILL", "name": "Mill", "floors": ["1"]}
    directory = "/admin/directory/v1/customer/my_customer/resources"

    added = await google.control.post("/control/google/buildings", building)
    moved = await google.control.patch(
        f"/control/google/rooms/{ROOM}/details", {"name": "Attic", "building": "MILL", "floor": "1", "capacity": 4}
    )
    rooms = (await google.as_user(IRIS).get(f"{directory}/calendars")).body["items"]
    deleted = [await google.control.delete("/control/google/buildings/meadow.example/MILL") for _ in range(2)]

    shown = next(one for one in rooms if one["resourceEmail"] == ROOM)
    assert (added.status, moved.status) == (200, 200)
    assert (shown["resourceName"], shown["generatedResourceName"], shown["buildingId"]) == (
        "Attic",
        "MILL-1-Attic (4)",
        "MILL",
    )
    assert [one.status for one in deleted] == [200, 404]
