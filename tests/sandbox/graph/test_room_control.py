"""What can be ordered of rooms and room lists themselves."""

from tests.sandbox.graph.conftest import ADA, LIST, OTHER_ROOM, ROOM, Sandbox, answers, event

READ_PLACES = "Place.Read.All"


async def names(sandbox: Sandbox, path: str) -> list[str]:
    reply = await sandbox.as_application(READ_PLACES).get(f"/v1.0/places/{path}")
    return [one["displayName"] for one in reply.body["value"]]


async def test_a_room_is_renamed_and_moved_under_its_address(sandbox: Sandbox) -> None:
    changed = await sandbox.control.patch(
        f"/control/graph/rooms/{ROOM}/details", {"name": "Attic", "building": "Tower", "capacity": 3}
    )

    shown = (await sandbox.as_application(READ_PLACES).get(f"/v1.0/places/{ROOM}")).body
    assert changed.status == 200
    assert (shown["displayName"], shown["building"], shown["capacity"]) == ("Attic", "Tower", 3)


async def test_a_room_with_another_address_is_still_reached_under_the_former_one(sandbox: Sandbox) -> None:
    ada, new = sandbox.as_user(ADA), "attic@harbour.example"
    await sandbox.control.patch(f"/control/graph/rooms/{ROOM}/details", {"address": new})

    created = await ada.post("/v1.0/me/events", event(sandbox.soon(), rooms=(ROOM,)))
    sandbox.rooms_answer()

    found = await ada.get(f"/v1.0/me/events/{created.body['id']}")
    listed = (await sandbox.as_application(READ_PLACES).get("/v1.0/places/microsoft.graph.room")).body["value"]
    kept = (await sandbox.control.get(f"/control/graph/mailboxes/{new}/items")).body
    assert answers(found.body) == {ROOM: "accepted"}
    assert {one["emailAddress"] for one in listed} == {new, OTHER_ROOM}
    assert len(kept) == 1


async def test_an_address_that_is_taken_is_refused(sandbox: Sandbox) -> None:
    found = [
        (await sandbox.control.patch(f"/control/graph/rooms/{ROOM}/details", {"address": address})).status
        for address in (OTHER_ROOM, ADA, ROOM.upper())
    ]

    assert found == [409, 409, 200]


async def test_room_lists_are_added_replaced_and_deleted(sandbox: Sandbox) -> None:
    order = {"address": "tower@harbour.example", "name": "Tower", "rooms": [OTHER_ROOM]}

    added = await sandbox.control.post("/control/graph/room-lists", order)
    replaced = await sandbox.control.post("/control/graph/room-lists", {**order, "name": "New tower"})
    before = await names(sandbox, "microsoft.graph.roomlist")
    inside = await names(sandbox, f"{order['address']}/microsoft.graph.roomlist/rooms")
    deleted = [await sandbox.control.delete(f"/control/graph/room-lists/{one}") for one in (LIST, LIST)]

    assert added.body == replaced.body
    assert (before, inside) == (["Mill", "New tower"], ["Mill 2"])
    assert [one.status for one in deleted] == [200, 404]
    assert await names(sandbox, "microsoft.graph.roomlist") == ["New tower"]


async def test_a_list_of_rooms_that_do_not_exist_is_refused(sandbox: Sandbox) -> None:
    order = {"address": "tower@harbour.example", "name": "Tower", "rooms": ["nowhere@harbour.example"]}

    assert (await sandbox.control.post("/control/graph/room-lists", order)).status == 404
