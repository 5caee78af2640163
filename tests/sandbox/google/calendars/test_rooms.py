"""How rooms answer, how Google replaces them, and when they are free again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.sandbox.google.calendars.attendant import MOST_CONFLICTS
from app.sandbox.google.calendars.meetings import Answer
from app.sandbox.google.calendars.resources import Resource, ResourceBehaviour
from tests.sandbox.google.calendars.calling import (
    EVENTS,
    ZONE,
    answers,
    created,
    found,
    read,
    rooms_answer,
    weekly,
)
from tests.sandbox.google.conftest import HUGO, IRIS, LENA, OTHER_ROOM, ROOM, STRANGER, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient

START = datetime(2027, 3, 20, 8, 30, tzinfo=UTC)
NAME = "HQ-2-Meadow 2.14 (8)"


def change_room(google: SmallGoogle, email: str = ROOM, **changes: Any) -> Resource:
    resources = google.state.google.calendars.resources
    resource = resources.get(email)
    assert resource is not None
    return resources.save(replace(resource, **changes))


async def booked(google: SmallGoogle, client: AsgiClient, body: dict[str, Any]) -> dict[str, Any]:
    """An event whose rooms have answered."""
    made = await created(client, body)
    rooms_answer(google)
    return await read(client, made["id"])


def busy(google: SmallGoogle, email: str = ROOM) -> list[tuple[datetime, datetime]]:
    return google.state.google.calendars.busy(email, START - timedelta(days=400), START + timedelta(days=400))


async def test_a_room_that_is_invited_is_marked_and_answers_later(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    made = await created(iris, event(START, guests=(ROOM.upper(),)))

    assert made["attendees"] == [
        {"email": ROOM, "displayName": NAME, "resource": True, "responseStatus": "needsAction"}
    ]
    assert len(google.state.google.calendars.attendant.waiting()) == 1
    assert rooms_answer(google) == 1
    assert answers(await read(iris, made["id"])) == {ROOM: "accepted"}


async def test_a_room_answers_by_itself_after_its_delay(google: SmallGoogle) -> None:
    iris, store = google.as_user(IRIS), google.state.google.calendars
    store.attendant.delay = timedelta(minutes=1)
    made = await created(iris, event(START, guests=(ROOM,)))
    told = asyncio.Event()
    store.feed.listen(lambda calendar_id: told.set() if calendar_id == IRIS else None)

    google.state.clock.advance(timedelta(seconds=61))
    await asyncio.wait_for(told.wait(), 5)

    assert answers(await read(iris, made["id"])) == {ROOM: "accepted"}


async def test_a_room_that_was_answered_for_does_not_answer_once_more(google: SmallGoogle) -> None:
    iris, attendant = google.as_user(IRIS), google.state.google.calendars.attendant
    attendant.delay = timedelta(minutes=1)
    made = await created(iris, event(START, guests=(ROOM,)))
    attendant.answer(ROOM, made["id"], Answer.DECLINED)
    await created(iris, event(START, guests=(OTHER_ROOM,)))
    told = asyncio.Event()
    google.state.google.calendars.feed.listen(lambda calendar_id: told.set() if calendar_id == OTHER_ROOM else None)

    google.state.clock.advance(timedelta(seconds=61))
    await asyncio.wait_for(told.wait(), 5)

    assert answers(await read(iris, made["id"])) == {ROOM: "declined"}


async def test_what_a_room_declined_is_not_in_its_calendar(google: SmallGoogle) -> None:
    change_room(google, behaviour=ResourceBehaviour.DECLINE_ALL)
    made = await created(google.as_user(IRIS), event(START, guests=(ROOM,)))
    asked = await found(google.as_user(LENA), ROOM)

    rooms_answer(google)

    assert [one["id"] for one in asked] == [made["id"]]
    assert await found(google.as_user(LENA), ROOM) == []


async def test_a_room_that_is_deleted_has_no_calendar_and_never_answers(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(START, guests=(ROOM,)))
    google.state.google.calendars.resources.remove(ROOM)

    rooms_answer(google)

    assert answers(await read(iris, made["id"])) == {ROOM: "needsAction"}
    assert google.state.google.calendars.calendar(ROOM) is None


@pytest.mark.parametrize(
    ("behaviour", "expected", "conflicting"),
    [
        (ResourceBehaviour.AUTO_ACCEPT, "accepted", "declined"),
        (ResourceBehaviour.ADD_ALL, "accepted", "accepted"),
        (ResourceBehaviour.MANUAL, "needsAction", "needsAction"),
        (ResourceBehaviour.DECLINE_ALL, "declined", "declined"),
    ],
)
async def test_a_room_answers_as_it_is_set_up(
    google: SmallGoogle, behaviour: ResourceBehaviour, expected: str, conflicting: str
) -> None:
    change_room(google, behaviour=behaviour)

    first = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM,)))
    second = await booked(google, google.as_user(HUGO), event(START + timedelta(minutes=30), guests=(ROOM,)))
    after = await booked(google, google.as_user(HUGO), event(START + timedelta(minutes=90), guests=(ROOM,)))

    assert (answers(first)[ROOM], answers(second)[ROOM]) == (expected, conflicting)
    assert answers(after)[ROOM] == expected


async def test_who_has_no_right_to_a_room_is_declined(google: SmallGoogle) -> None:
    change_room(google, bookable_by=frozenset({LENA.upper()}))
    change_room(google, OTHER_ROOM, bookable_by=None)

    refused = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM, OTHER_ROOM)))
    allowed = await booked(google, google.as_user(LENA), event(START, guests=(ROOM,)))
    outsider = await booked(google, google.as_user(STRANGER), event(START + timedelta(days=1), guests=(OTHER_ROOM,)))

    assert answers(refused) == {ROOM: "declined", OTHER_ROOM: "accepted"}
    assert answers(allowed) == {ROOM: "accepted"}
    assert answers(outsider) == {OTHER_ROOM: "declined"}


async def test_nobody_can_answer_for_a_room_in_an_invitation(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    entry = {"email": ROOM, "responseStatus": "accepted"}
    made = await created(iris, event(START) | {"attendees": [entry]})

    changed = await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": [entry], "summary": "Other"})

    assert answers(made) == answers(changed.body) == {ROOM: "needsAction"}


async def test_a_rooms_answer_is_in_every_copy_and_in_its_own_calendar(google: SmallGoogle) -> None:
    made = await booked(google, google.as_user(IRIS), event(START, guests=(HUGO, ROOM)))

    [in_room] = await found(google.as_user(LENA), ROOM)

    assert answers(await read(google.as_user(HUGO), made["id"]))[ROOM] == "accepted"
    assert in_room["id"] == made["id"]
    assert "summary" not in in_room
    assert busy(google) == [(START, START + timedelta(hours=1))]


async def test_only_what_a_room_accepted_makes_it_busy(google: SmallGoogle) -> None:
    change_room(google, behaviour=ResourceBehaviour.MANUAL)
    made = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM,)))
    attendant = google.state.google.calendars.attendant
    before = busy(google)

    answered = attendant.answer(ROOM, made["id"], Answer.ACCEPTED)
    accepted = busy(google)
    attendant.answer(ROOM, made["id"], Answer.DECLINED)

    assert answered
    assert [len(one) for one in (before, accepted, busy(google))] == [0, 1, 0]
    assert not attendant.answer(ROOM, "unknown", Answer.ACCEPTED)
    assert not attendant.answer(OTHER_ROOM, made["id"], Answer.ACCEPTED)


async def test_people_are_busy_until_they_decline_or_say_they_are_free(google: SmallGoogle) -> None:
    iris, hugo, lena = (google.as_user(one) for one in (IRIS, HUGO, LENA))
    made = await created(iris, event(START, guests=(HUGO, LENA)))
    before = [len(busy(google, one)) for one in (IRIS, HUGO, LENA)]

    await hugo.patch(f"{EVENTS}/{made['id']}", {"attendees": [{"email": HUGO, "responseStatus": "declined"}]})
    await lena.patch(f"{EVENTS}/{made['id']}", {"transparency": "transparent"})

    assert before == [1, 1, 1]
    assert [len(busy(google, one)) for one in (IRIS, HUGO, LENA)] == [1, 0, 0]


async def test_another_time_releases_a_room_and_asks_it_again(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await booked(google, iris, event(START, guests=(ROOM,)))
    await booked(google, google.as_user(HUGO), event(START + timedelta(days=1), guests=(ROOM,)))
    later = event(START + timedelta(days=1))

    moved = await iris.patch(f"{EVENTS}/{made['id']}", {"start": later["start"], "end": later["end"]})
    between = busy(google)
    rooms_answer(google)

    assert answers(moved.body) == {ROOM: "needsAction"}
    assert len(between) == 1
    assert answers(await read(iris, made["id"])) == {ROOM: "declined"}


async def test_another_title_leaves_the_answer_alone(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await booked(google, iris, event(START, guests=(ROOM,)))

    changed = await iris.patch(f"{EVENTS}/{made['id']}", {"summary": "Other"})

    assert answers(changed.body) == {ROOM: "accepted"}
    assert google.state.google.calendars.attendant.waiting() == ()


@pytest.mark.parametrize("how", ["cancelled", "without the room", "released"])
async def test_a_room_is_free_again_when_it_is_not_needed(google: SmallGoogle, how: str) -> None:
    iris = google.as_user(IRIS)
    made = await booked(google, iris, event(START, guests=(HUGO, ROOM), location=f"{NAME}, Attic"))

    if how == "cancelled":
        await iris.delete(f"{EVENTS}/{made['id']}")
    elif how == "released":
        assert google.state.google.calendars.attendant.release(ROOM, made["id"])
        left = await read(google.as_user(HUGO), made["id"])
        assert (answers(left), left["location"]) == ({HUGO: "needsAction"}, "Attic")
        assert not google.state.google.calendars.attendant.release(ROOM, made["id"])
    else:
        await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": [{"email": HUGO}]})

    assert busy(google) == []
    assert await found(google.as_user(LENA), ROOM) == []


async def taken(google: SmallGoogle, dates: int) -> None:
    """Others have the room on the first so many dates of a daily series."""
    daily = [f"RRULE:FREQ=DAILY;COUNT={dates}"]
    await booked(google, google.as_user(HUGO), event(START, guests=(ROOM,), recurrence=daily))


@pytest.mark.parametrize(
    ("dates", "conflicts", "accepted"),
    [(4, 0, True), (4, 2, True), (4, 3, False), (20, MOST_CONFLICTS, True), (20, MOST_CONFLICTS + 1, False)],
)
async def test_a_series_is_accepted_if_half_of_it_is_free_and_at_most_eight_dates_are_not(
    google: SmallGoogle, dates: int, conflicts: int, accepted: bool
) -> None:
    iris = google.as_user(IRIS)
    if conflicts:
        await taken(google, conflicts)

    made = await booked(google, iris, event(START, guests=(ROOM,), recurrence=[f"RRULE:FREQ=DAILY;COUNT={dates}"]))

    listed = (await iris.get(f"{EVENTS}/{made['id']}/instances")).body["items"]
    declined = [answers(one)[ROOM] == "declined" for one in listed]
    if accepted:
        assert answers(made)[ROOM] == "accepted"
        assert declined == [True] * conflicts + [False] * (dates - conflicts)
    else:
        assert answers(made)[ROOM] == "declined"
        assert all(declined)
    assert len(busy(google)) == (dates if accepted else conflicts)


async def test_a_room_is_asked_for_one_date_that_is_moved(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await booked(google, iris, weekly("2027-03-20T09:30:00", 3, attendees=[{"email": ROOM}]))
    clash = {"dateTime": "2027-03-29T14:00:00", "timeZone": ZONE}, {"dateTime": "2027-03-29T15:00:00", "timeZone": ZONE}
    await booked(google, google.as_user(HUGO), event(START) | dict(zip(("start", "end"), clash, strict=True)))
    other = event(START, guests=(ROOM,)) | dict(zip(("start", "end"), clash, strict=True))
    await booked(google, google.as_user(HUGO), other)
    instance = f"{EVENTS}/{made['id']}_20270327T083000Z"

    moved = await iris.patch(instance, dict(zip(("start", "end"), clash, strict=True)))
    rooms_answer(google)

    listed = (await iris.get(f"{EVENTS}/{made['id']}/instances")).body["items"]
    assert answers(moved.body)[ROOM] == "needsAction"
    assert sorted(answers(one)[ROOM] for one in listed) == ["accepted", "accepted", "declined"]
    assert answers(await read(iris, made["id"]))[ROOM] == "accepted"


async def test_a_room_added_to_one_date_is_asked_for_that_date(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, weekly("2027-03-20T09:30:00", 3))

    await iris.patch(f"{EVENTS}/{made['id']}_20270327T083000Z", {"attendees": [{"email": ROOM}]})
    rooms_answer(google)

    assert [start.day for start, _ in busy(google)] == [27]


@pytest.mark.parametrize(
    ("similar", "expected"),
    [
        ({"building_id": "HQ", "capacity": 8}, True),
        ({"building_id": "HQ", "capacity": 7}, False),
        ({"building_id": "HQ", "capacity": None}, False),
        ({"building_id": "Mill", "capacity": 20}, False),
        ({"building_id": "HQ", "capacity": 8, "bookable_by": frozenset({LENA})}, False),
        ({"building_id": "HQ", "capacity": 8, "behaviour": ResourceBehaviour.MANUAL}, False),
    ],
)
async def test_a_declined_room_is_replaced_by_a_similar_one(
    google: SmallGoogle, similar: dict[str, Any], expected: bool
) -> None:
    change_room(google, replaced_by_similar=True)
    change_room(google, OTHER_ROOM, generated_name="HQ-1-Shed (8)", **similar)
    await booked(google, google.as_user(HUGO), event(START, guests=(ROOM,)))

    made = await booked(google, google.as_user(IRIS), event(START, guests=(LENA, ROOM), location=f"{NAME}, HQ"))

    if expected:
        assert answers(made) == {LENA: "needsAction", OTHER_ROOM: "accepted"}
        assert made["location"] == "HQ-1-Shed (8), HQ"
        assert len(busy(google, OTHER_ROOM)) == 1
    else:
        assert answers(made) == {LENA: "needsAction", ROOM: "declined"}
        assert made["location"] == f"{NAME}, HQ"


async def test_an_accepted_room_can_be_replaced_later(google: SmallGoogle) -> None:
    iris, attendant = google.as_user(IRIS), google.state.google.calendars.attendant
    made = await booked(google, iris, weekly("2027-03-20T09:30:00", 2, attendees=[{"email": ROOM}]))
    await iris.patch(f"{EVENTS}/{made['id']}_20270327T083000Z", {"summary": "Special"})

    replaced = attendant.replace(ROOM, made["id"], OTHER_ROOM)

    assert replaced
    listed = await found(iris, singleEvents="true")
    assert [answers(one) for one in listed] == [{OTHER_ROOM: "accepted"}] * 2
    assert {one["location"] for one in listed} == {"Shed"}
    assert (len(busy(google)), len(busy(google, OTHER_ROOM))) == (0, 2)
    assert not attendant.replace(ROOM, made["id"], OTHER_ROOM)


async def test_rooms_that_are_taken_off_before_they_answer_say_nothing(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(START, guests=(ROOM,)))
    await iris.patch(f"{EVENTS}/{made['id']}", {"attendees": None})

    rooms_answer(google)

    assert "attendees" not in await read(iris, made["id"])
    assert busy(google) == []


async def test_listeners_hear_of_every_calendar_that_a_change_reaches(google: SmallGoogle) -> None:
    told: list[str] = []
    google.state.google.calendars.feed.listen(told.append)

    made = await created(google.as_user(IRIS), event(START, guests=(HUGO, ROOM)))
    invited = list(told)
    told.clear()
    await google.as_user(HUGO).patch(f"{EVENTS}/{made['id']}", {"colorId": "2"})

    assert invited == sorted([IRIS, HUGO, ROOM])
    assert told == [HUGO]
