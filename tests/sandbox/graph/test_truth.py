"""What became of every booking, told in one call."""

from datetime import timedelta

from tests.sandbox.graph.conftest import ADA, BEN, OTHER_ROOM, ROOM, Sandbox, event
from tests.sandbox.graph.test_rooms import policy, series

BOOKINGS, ANSWERS = "/control/graph/bookings", "/control/graph/answers"


async def test_bookings_of_everybody_are_told_with_what_each_room_answered_and_whether_it_keeps_the_time(
    sandbox: Sandbox,
) -> None:
    ada, ben = sandbox.as_user(ADA), sandbox.as_user(BEN)
    first = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM, OTHER_ROOM), people=(BEN,)))
    sandbox.rooms_answer()
    second = await ben.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    await ben.post("/v1.0/me/events", event(sandbox.soon()))
    sandbox.rooms_answer()

    told = (await sandbox.control.get(BOOKINGS)).body

    assert [(one["organizer"], one["other_id"]) for one in told] == [(ADA, first.body["id"]), (BEN, second.body["id"])]
    rooms = [{room["address"]: (room["answer"], room["holds"]) for room in one["rooms"]} for one in told]
    assert rooms == [{ROOM: ("accepted", True), OTHER_ROOM: ("accepted", True)}, {ROOM: ("declined", False)}]


async def test_bookings_can_be_narrowed_to_organisers_and_to_rooms(sandbox: Sandbox) -> None:
    for who, room in ((ADA, ROOM), (ADA, OTHER_ROOM), (BEN, OTHER_ROOM)):
        await sandbox.as_user(who).post("/v1.0/me/events", event(sandbox.soon(), rooms=(room,)))

    of_ada = (await sandbox.control.get(f"{BOOKINGS}?organizer={ADA.upper()}")).body
    of_both = (await sandbox.control.get(f"{BOOKINGS}?organizer={ADA}&organizer={BEN}&room={OTHER_ROOM}")).body

    assert len(of_ada) == 2
    assert [one["organizer"] for one in of_both] == [ADA, BEN]


async def test_a_series_tells_each_of_its_dates(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, maximum_conflict_instances=1, conflict_percentage_allowed=25)
    start = sandbox.soon(days=3)
    await ada.post("/v1.0/me/events", event(start + timedelta(days=7), rooms=(ROOM,)))
    sandbox.rooms_answer()
    await ada.post("/v1.0/me/events", series(start, 4))
    sandbox.rooms_answer()

    [room] = next(one for one in (await sandbox.control.get(BOOKINGS)).body if one["is_series"])["rooms"]

    days = [(start + timedelta(weeks=n)).date().isoformat() for n in range(4)]
    answered = {"answer": "accepted", "holds": True}
    assert room["answer"] == "accepted"
    assert room["dates"] == dict.fromkeys(days, answered) | {days[1]: {"answer": "declined", "holds": False}}


async def test_every_answer_is_kept_with_its_moment_and_what_stood_there_before(sandbox: Sandbox) -> None:
    ada = sandbox.as_user(ADA)
    await policy(sandbox, behaviour="APPROVAL")
    made = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)), Prefer='IdType="ImmutableId"')
    sandbox.rooms_answer()
    between = sandbox.state.clock.now()
    order = {"organizer": ADA, "event_id": made.body["id"], "response": "accept"}
    await sandbox.control.post(f"/control/graph/rooms/{ROOM}/answer", order)

    told = (await sandbox.control.get(ANSWERS)).body
    since = (await sandbox.control.get(f"{ANSWERS}?since={between.isoformat().replace('+', '%2B')}")).body
    senseless = await sandbox.control.get(f"{ANSWERS}?since=yesterday")

    assert [(one["was"], one["answer"]) for one in told] == [
        ("none", "tentativelyAccepted"),
        ("tentativelyAccepted", "accepted"),
    ]
    assert {(one["organizer"], one["event_id"], one["room"], one["occurrence"]) for one in told} == {
        (ADA, made.body["id"], ROOM, None)
    }
    assert since == told[1:]
    assert senseless.status == 422
    assert (await sandbox.control.delete(ANSWERS)).status == 200
    assert (await sandbox.control.get(ANSWERS)).body == []
