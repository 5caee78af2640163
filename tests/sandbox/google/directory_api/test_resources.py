"""Rooms, buildings and features, and who may list them."""

from dataclasses import replace

import pytest

from app.sandbox.google.calendar_api.scopes import scopes
from tests.sandbox.google.conftest import ELSEWHERE, HERE, HUGO, IRIS, ROOM, SAM, SmallGoogle
from tests.sandbox.graph.client import Reply

PATH = "/admin/directory/v1/customer/my_customer/resources"


def reason(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["errors"][0]["reason"]


async def test_an_administrator_lists_the_rooms_of_the_customer_with_what_is_known_of_each(google: SmallGoogle) -> None:
    found = await google.as_user(IRIS).get(f"{PATH}/calendars")

    room, bare = found.body["items"]
    assert found.body["kind"] == "admin#directory#resources#calendars#calendarResourcesList"
    assert found.body["etag"].startswith('"')
    assert room | {"etags": ""} == {
        "kind": "admin#directory#resources#calendars#CalendarResource",
        "etags": "",
        "resourceId": "1",
        "resourceName": "Meadow 2.14",
        "generatedResourceName": "HQ-2-Meadow 2.14 (8)",
        "resourceEmail": ROOM,
        "resourceCategory": "CONFERENCE_ROOM",
        "capacity": 8,
        "buildingId": "HQ",
        "floorName": "2",
        "featureInstances": [{"feature": {"name": "Whiteboard"}}, {"feature": {"name": "Video"}}],
    }
    assert bare.keys() == {"kind", "etags", "resourceId", "resourceName", "generatedResourceName", "resourceEmail"}
    assert "nextPageToken" not in found.body


async def test_the_customers_own_id_is_as_good_as_the_alias_and_another_customers_is_not_found(
    google: SmallGoogle,
) -> None:
    iris = google.as_user(IRIS)

    own = await iris.get(f"/admin/directory/v1/customer/{HERE.id}/resources/calendars")
    foreign = await iris.get(f"/admin/directory/v1/customer/{ELSEWHERE.id}/resources/calendars")

    assert len(own.body["items"]) == 2
    assert reason(foreign) == (404, "notFound")


@pytest.mark.parametrize("address", [HUGO, SAM])
async def test_whoever_is_no_administrator_is_refused(google: SmallGoogle, address: str) -> None:
    refused = await google.as_user(address).get(f"{PATH}/calendars")

    assert reason(refused) == (403, "forbidden")
    assert refused.body["error"]["message"] == "Not Authorized to access this resource/api"


async def test_calendar_scopes_do_not_open_the_directory(google: SmallGoogle) -> None:
    refused = await google.as_user(IRIS, scopes("calendar")).get(f"{PATH}/calendars")

    assert reason(refused) == (403, "insufficientPermissions")
    assert refused.body["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"


async def test_pages_lead_on_until_everything_was_shown_once(google: SmallGoogle) -> None:
    resources = google.state.google.calendars.resources
    room = resources.get(ROOM)
    assert room is not None
    for number in range(10, 17):
        resources.save(replace(room, resource_id=str(number), email=f"c_{number}@resource.calendar.google.com"))
    iris = google.as_user(IRIS)
    names: list[str] = []
    token = ""

    while True:
        page = (await iris.get(f"{PATH}/calendars?maxResults=4&orderBy=resourceName%20desc{token}")).body
        names += [one["resourceId"] for one in page["items"]]
        if "nextPageToken" not in page:
            break
        token = f"&pageToken={page['nextPageToken']}"

    assert sorted(names) == sorted(["1", "2", *(str(number) for number in range(10, 17))])
    assert names[0] == "2"


async def test_a_page_token_goes_with_the_parameters_it_was_given_for(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    token = (await iris.get(f"{PATH}/calendars?maxResults=1")).body["nextPageToken"]

    other_order = await iris.get(f"{PATH}/calendars?maxResults=1&orderBy=capacity&pageToken={token}")
    invented = await iris.get(f"{PATH}/calendars?maxResults=1&pageToken=never")

    assert [reason(other_order), reason(invented)] == [(400, "invalid")] * 2


async def test_a_page_can_be_empty_by_order_and_still_lead_on(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    google.state.google.calendars.resources.empty_pages_owed = 1

    empty = (await iris.get(f"{PATH}/calendars")).body
    rest = (await iris.get(f"{PATH}/calendars?pageToken={empty['nextPageToken']}")).body

    assert "items" not in empty
    assert len(rest["items"]) == 2


@pytest.mark.parametrize("size", ["0", "501", "many"])
async def test_a_page_holds_from_one_to_five_hundred(google: SmallGoogle, size: str) -> None:
    assert reason(await google.as_user(IRIS).get(f"{PATH}/calendars?maxResults={size}")) == (400, "invalid")


async def test_a_query_narrows_the_list_and_a_bad_one_is_refused(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    found = await iris.get(f"{PATH}/calendars?query=buildingId%3DHQ%20AND%20capacity%3D8")
    bad = [await iris.get(f"{PATH}/calendars?{bad}") for bad in ("query=size%3E4", "query=", "orderBy=colour")]

    assert [one["resourceId"] for one in found.body["items"]] == ["1"]
    assert [reason(one) for one in bad] == [(400, "invalid")] * 3


async def test_one_room_building_or_feature_is_read_by_its_name(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    room = await iris.get(f"{PATH}/calendars/1")
    [building] = (await iris.get(f"{PATH}/buildings")).body["buildings"]
    features = (await iris.get(f"{PATH}/features")).body["features"]

    assert room.body["resourceEmail"] == ROOM
    assert building == (await iris.get(f"{PATH}/buildings/HQ")).body
    assert building["address"] == {"locality": "Utrecht"}
    assert building["floorNames"] == ["1", "2"]
    assert [one["name"] for one in features] == ["Video", "Whiteboard"]
    assert (await iris.get(f"{PATH}/features/Video")).body == features[0]


@pytest.mark.parametrize("path", ["calendars/9", "calendars/none", "buildings/none", "features/none", "desks"])
async def test_what_is_not_there_or_another_customers_is_not_found(google: SmallGoogle, path: str) -> None:
    assert reason(await google.as_user(IRIS).get(f"{PATH}/{path}")) == (404, "notFound")
