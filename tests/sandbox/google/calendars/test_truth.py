"""What became of every booking, told in one call."""

from datetime import UTC, datetime, timedelta

from app.sandbox.google.calendars.resources import ResourceBehaviour
from tests.sandbox.google.calendars.calling import EVENTS
from tests.sandbox.google.calendars.test_rooms import booked, change_room
from tests.sandbox.google.conftest import HUGO, IRIS, LENA, OTHER_ROOM, ROOM, SmallGoogle, event

START = datetime(2027, 3, 20, 8, 30, tzinfo=UTC)
BOOKINGS, ANSWERS = "/control/google/bookings", "/control/google/answers"


async def test_bookings_of_everybody_are_told_with_what_each_room_answered_and_whether_it_keeps_the_time(
    google: SmallGoogle,
) -> None:
    first = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM, OTHER_ROOM, HUGO)))
    second = await booked(google, google.as_user(HUGO), event(START, guests=(ROOM,)))
    await booked(google, google.as_user(HUGO), event(START))

    told = (await google.control.get(BOOKINGS)).body
    of_hugo = (await google.control.get(f"{BOOKINGS}?organizer={HUGO}")).body

    assert {one["organizer"]: one["event_id"] for one in told} == {IRIS: first["id"], HUGO: second["id"]}
    rooms = {one["organizer"]: {r["address"]: (r["answer"], r["holds"]) for r in one["rooms"]} for one in told}
    assert rooms[IRIS] == {ROOM: ("accepted", True), OTHER_ROOM: ("accepted", True)}
    assert rooms[HUGO] == {ROOM: ("declined", False)}
    assert [one["event_id"] for one in of_hugo] == [second["id"]]


async def test_a_series_tells_each_of_its_dates(google: SmallGoogle) -> None:
    await booked(google, google.as_user(HUGO), event(START + timedelta(days=1), guests=(ROOM,)))
    daily = event(START, guests=(ROOM,), recurrence=["RRULE:FREQ=DAILY;COUNT=3"])
    made = await booked(google, google.as_user(IRIS), daily)

    told = (await google.control.get(f"{BOOKINGS}?organizer={IRIS}")).body

    [room] = told[0]["rooms"]
    assert (told[0]["event_id"], told[0]["is_series"], room["answer"]) == (made["id"], True, "accepted")
    assert room["dates"] == {
        "2027-03-20": {"answer": "accepted", "holds": True},
        "2027-03-21": {"answer": "declined", "holds": False},
        "2027-03-22": {"answer": "accepted", "holds": True},
    }


async def test_a_cancelled_event_is_told_as_cancelled_and_its_room_as_free(google: SmallGoogle) -> None:
    made = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM,)))

    await google.as_user(IRIS).delete(f"{EVENTS}/{made['id']}")

    [told] = (await google.control.get(BOOKINGS)).body
    assert told["cancelled"]
    assert not told["rooms"][0]["holds"]


async def test_every_answer_is_kept_with_its_moment_and_so_are_replacement_and_release(google: SmallGoogle) -> None:
    change_room(google, behaviour=ResourceBehaviour.MANUAL)
    made = await booked(google, google.as_user(IRIS), event(START, guests=(ROOM, LENA)))
    for order, body in (
        (f"rooms/{ROOM}/answer", {"response": "accept"}),
        (f"rooms/{ROOM}/replace", {"by": OTHER_ROOM}),
        (f"rooms/{OTHER_ROOM}/release", {}),
    ):
        assert (await google.control.post(f"/control/google/{order}", {"event_id": made["id"], **body})).status == 200

    told = (await google.control.get(ANSWERS)).body

    assert [(one["room"], one["was"], one["answer"]) for one in told] == [
        (ROOM, "needsAction", "accepted"),
        (ROOM, "accepted", "replaced"),
        (OTHER_ROOM, "needsAction", "accepted"),
        (OTHER_ROOM, "accepted", "released"),
    ]
    assert {(one["organizer"], one["event_id"], one["occurrence"]) for one in told} == {(IRIS, made["id"], None)}
