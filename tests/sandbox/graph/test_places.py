"""Rooms and room lists."""

from app.sandbox.microsoft.mailboxes.rooms import Room
from tests.sandbox.graph.conftest import LIST, OTHER_ROOM, OTHER_TENANT, ROOM, TENANT, Sandbox


async def test_rooms_come_a_hundred_at_a_time_without_a_next_link(sandbox: Sandbox) -> None:
    client = sandbox.as_application("Place.Read.All")
    for number in range(3, 251):
        sandbox.state.mailboxes.registry.add_room(
            Room(
                id=f"00000000-0000-4000-9000-{number:012}",
                tenant_id=TENANT,
                name=f"Room {number}",
                address=f"room.{number}@harbour.example",
                nickname=str(number),
                time_zone="UTC",
            )
        )

    first = (await client.get("/v1.0/places/microsoft.graph.room?$count=true")).body
    pages = [
        (await client.get(f"/v1.0/places/microsoft.graph.room?$top=100&$skip={skip}")).body["value"]
        for skip in (0, 100, 200, 300)
    ]

    assert (len(first["value"]), first["@odata.count"], "@odata.nextLink" in first) == (100, 250, False)
    assert [len(page) for page in pages] == [100, 100, 50, 0]


async def test_a_room_that_nobody_described_has_nulls_nearly_everywhere(sandbox: Sandbox) -> None:
    found = await sandbox.as_application("Place.Read.All").get(f"/v1.0/places/{OTHER_ROOM}")

    assert found.body["@odata.type"] == "#microsoft.graph.room"
    assert found.body["emailAddress"] == OTHER_ROOM
    assert {found.body[name] for name in ("capacity", "building", "floorNumber", "geoCoordinates")} == {None}


async def test_a_list_is_named_by_its_address_and_holds_its_rooms(sandbox: Sandbox) -> None:
    client = sandbox.as_application("Place.Read.All")

    lists = await client.get("/v1.0/places/microsoft.graph.roomlist")
    rooms = await client.get(f"/v1.0/places/{LIST}/microsoft.graph.roomlist/rooms")
    absent = await client.get("/v1.0/places/none@harbour.example/microsoft.graph.roomlist/rooms")

    assert [one["emailAddress"] for one in lists.body["value"]] == [LIST]
    assert [one["emailAddress"] for one in rooms.body["value"]] == [ROOM, OTHER_ROOM]
    assert absent.status == 404


async def test_rooms_can_be_filtered_selected_and_ordered(sandbox: Sandbox) -> None:
    client = sandbox.as_application("Place.Read.All")

    chosen = await client.get(
        "/v1.0/places/microsoft.graph.room?$filter=building%20eq%20'Mill'&$select=displayName,capacity"
    )
    ordered = await client.get("/v1.0/places/microsoft.graph.room?$orderby=displayName%20desc")

    assert [(one["displayName"], one["capacity"]) for one in chosen.body["value"]] == [("Mill 1", 8)]
    assert [one["displayName"] for one in ordered.body["value"]] == ["Mill 2", "Mill 1"]


async def test_another_tenant_sees_no_rooms(sandbox: Sandbox) -> None:
    client = sandbox.as_application("Place.Read.All", tenant=OTHER_TENANT)

    assert (await client.get("/v1.0/places/microsoft.graph.room")).body["value"] == []
    assert (await client.get(f"/v1.0/places/{ROOM}")).status == 404
