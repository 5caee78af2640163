"""What a client reads of everything that is kept about its member."""

import json

from tests.schema.world import House

MY_DATA = "{ myData { version mediaType createdAt document } }"


async def test_a_member_gets_everything_that_is_kept_about_them(house: House) -> None:
    answer = await house.ask(MY_DATA)

    document = json.loads(answer["myData"]["document"])
    assert answer["myData"]["mediaType"] == "application/json"
    assert answer["myData"]["version"] == document["version"] == 1
    assert answer["myData"]["createdAt"] == document["created_at"]
    assert document["profile"]["name"] == house.member.name
    assert [calendar["status"] for calendar in document["calendars"]] == ["CONNECTED"]


async def test_nobody_gets_a_colleagues(house: House) -> None:
    answer = await house.server.data(house.administrator, MY_DATA)

    document = json.loads(answer["myData"]["document"])
    assert document["profile"]["name"] != house.member.name
    assert house.member.address not in answer["myData"]["document"]
