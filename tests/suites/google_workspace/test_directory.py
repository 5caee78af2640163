"""The domain's rooms, with the names of their buildings."""

import pytest

from app.suites.errors import MissingScope, SuiteUnavailable
from app.suites.events import SuiteRoom
from app.suites.google_workspace.api import GoogleApi
from app.suites.google_workspace.directory import GoogleRoomDirectory
from tests.suites.doubles import Provider
from tests.suites.google_workspace.wire import HARBOUR, LIGHTHOUSE, error

BASE = "/admin/directory/v1/customer/my_customer/resources"
ROOMS = f"{BASE}/calendars"
BUILDINGS = f"{BASE}/buildings"
RESOURCE = {
    "resourceId": "48213",
    "resourceEmail": LIGHTHOUSE,
    "resourceName": "Lighthouse",
    "generatedResourceName": "HQ-2-Lighthouse (8)",
    "resourceCategory": "CONFERENCE_ROOM",
    "capacity": 8,
    "buildingId": "HQ",
    "floorName": "2",
    "featureInstances": [{"feature": {"name": "Whiteboard"}}, {"feature": {"name": "Wheelchair accessible"}}],
}


def resource(**changes: object) -> dict[str, object]:
    return {member: value for member, value in {**RESOURCE, **changes}.items() if value is not None}


async def listed(api: GoogleApi) -> list[SuiteRoom]:
    return [room async for page in GoogleRoomDirectory(api).pages() for room in page.rooms]


@pytest.fixture
def with_buildings(server: Provider) -> None:
    server.answer(BUILDINGS, {"buildings": [{"buildingId": "HQ", "buildingName": "Head office"}, None, {}]})


@pytest.mark.usefixtures("with_buildings")
async def test_a_room_is_described_as_far_as_the_domain_describes_it(server: Provider, api: GoogleApi) -> None:
    server.answer(ROOMS, {"items": [RESOURCE, {"resourceId": "2", "resourceEmail": HARBOUR.upper()}]})

    described, bare = await listed(api)

    assert described == SuiteRoom(
        suite_id="48213",
        address=LIGHTHOUSE,
        name="Lighthouse",
        building="Head office",
        floor="2",
        capacity=8,
        equipment=("Whiteboard", "Wheelchair accessible"),
        is_accessible=True,
    )
    assert bare == SuiteRoom(suite_id="2", address=HARBOUR, name=HARBOUR.upper())


@pytest.mark.usefixtures("with_buildings")
async def test_pages_are_followed_and_a_room_that_comes_twice_counts_once(server: Provider, api: GoogleApi) -> None:
    server.answer(ROOMS, {"nextPageToken": "1"})
    server.answer(ROOMS, {"items": [RESOURCE], "nextPageToken": "2"})
    server.answer(ROOMS, {"items": [RESOURCE, resource(resourceId="2")]})

    assert [room.suite_id for room in await listed(api)] == ["48213", "2"]
    assert sum(seen.path == BUILDINGS for seen in server.seen) == 1


@pytest.mark.usefixtures("with_buildings")
async def test_a_broken_off_reading_goes_on_at_the_page_that_was_named(server: Provider, api: GoogleApi) -> None:
    server.answer(ROOMS, {"items": [RESOURCE], "nextPageToken": "3"})
    server.answer(ROOMS, {"items": [resource(resourceId="2")]})

    pages = [page async for page in GoogleRoomDirectory(api).pages("2")]

    asked = [seen.query.get("pageToken") for seen in server.seen if seen.path == ROOMS]
    assert asked == ["2", "3"]
    assert [(page.resume, page.total) for page in pages] == [("3", None), (None, None)]


@pytest.mark.usefixtures("with_buildings")
async def test_where_google_does_not_take_a_token_any_more_the_reading_begins_anew(
    server: Provider, api: GoogleApi
) -> None:
    refusal = {"error": {"code": 400, "errors": [{"reason": "invalid"}]}}
    server.answer(ROOMS, refusal, status=400)
    server.answer(ROOMS, {"items": [RESOURCE]})

    pages = [page async for page in GoogleRoomDirectory(api).pages("old")]

    assert [room.suite_id for page in pages for room in page.rooms] == ["48213"]
    assert [seen.query.get("pageToken") for seen in server.seen if seen.path == ROOMS] == ["old", None]


@pytest.mark.usefixtures("with_buildings")
async def test_projectors_and_what_cannot_be_invited_are_no_rooms(server: Provider, api: GoogleApi) -> None:
    odd = [
        resource(resourceId="1", resourceCategory="OTHER"),
        resource(resourceId=None),
        resource(resourceId="3", resourceEmail=None),
        resource(resourceId="4", resourceCategory="CATEGORY_UNKNOWN"),
        resource(resourceId="5", resourceCategory=None),
        None,
    ]
    server.answer(ROOMS, {"items": odd})

    assert [room.suite_id for room in await listed(api)] == ["4", "5"]


@pytest.mark.usefixtures("with_buildings")
@pytest.mark.parametrize(
    ("features", "equipment", "accessible"),
    [
        (None, (), None),
        ("Whiteboard", (), None),
        ([None, {}, {"feature": None}, {"feature": {"name": " "}}], (), None),
        ([{"feature": {"name": "Not accessible"}}], ("Not accessible",), None),
        ([{"feature": {"name": "Screen"}}, {"feature": {"name": "Screen"}}], ("Screen",), None),
        ([{"feature": {"name": "Accessible"}}], ("Accessible",), True),
    ],
)
async def test_features_are_equipment_and_only_a_clear_word_makes_a_room_accessible(
    server: Provider, api: GoogleApi, features: object, equipment: tuple[str, ...], accessible: bool | None
) -> None:
    server.answer(ROOMS, {"items": [resource(featureInstances=features)]})

    [room] = await listed(api)

    assert (room.equipment, room.is_accessible) == (equipment, accessible)


@pytest.mark.usefixtures("with_buildings")
@pytest.mark.parametrize("capacity", [0, -3, True, "8", None])
async def test_a_capacity_that_is_none_is_unknown(server: Provider, api: GoogleApi, capacity: object) -> None:
    server.answer(ROOMS, {"items": [resource(capacity=capacity)]})

    [room] = await listed(api)

    assert room.capacity is None


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_rooms_are_listed_without_the_names_of_their_buildings(
    server: Provider, api: GoogleApi, status: int
) -> None:
    server.answer(BUILDINGS, error(status, "notFound"), status=status)
    server.answer(ROOMS, {"items": [RESOURCE, resource(resourceId="2", buildingId=None)]})

    first, second = await listed(api)

    assert (first.building, second.building) == ("HQ", None)


@pytest.mark.usefixtures("with_buildings")
@pytest.mark.parametrize(("status", "reason"), [(403, "forbidden"), (404, "notFound")])
async def test_who_may_not_list_rooms_is_told_so(server: Provider, api: GoogleApi, status: int, reason: str) -> None:
    server.answer(ROOMS, error(status, reason), status=status)

    with pytest.raises(MissingScope, match=reason):
        await listed(api)


@pytest.mark.usefixtures("with_buildings")
async def test_a_directory_that_is_down_is_not_taken_for_an_empty_one(server: Provider, api: GoogleApi) -> None:
    server.answer(ROOMS, error(503, "backendError"), status=503)

    with pytest.raises(SuiteUnavailable):
        await listed(api)
