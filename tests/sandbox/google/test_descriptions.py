"""Calls on rooms, lists, settings, free and busy and channels, recorded, against Google's published description."""

from types import ModuleType

import pytest

from app.sandbox.google.calendar_api.calendar_list import METHODS as LIST_METHODS
from app.sandbox.google.calendar_api.channels import METHODS as CHANNEL_METHODS
from app.sandbox.google.calendar_api.free_busy import METHODS as FREE_BUSY_METHODS
from app.sandbox.google.calendar_api.settings import METHODS as SETTING_METHODS
from app.sandbox.google.directory_api.resources import METHODS as RESOURCE_METHODS
from app.sandbox.google.seed_rooms import seed_rooms
from tests.sandbox.google.conftest import HERE, HUGO, IRIS, ROOM_ELSEWHERE, SmallGoogle, event
from tests.sandbox.google.receiver import receiving
from tests.support.published import findings

pytestmark = pytest.mark.descriptions


async def test_rooms_buildings_and_features_are_as_described(google: SmallGoogle, validate: ModuleType) -> None:
    iris, path = google.as_user(IRIS), "/admin/directory/v1/customer/my_customer/resources"
    seed_rooms(google.state.google.calendars.resources, HERE)
    for what in ("calendars", "buildings", "features"):
        await iris.get(f"{path}/{what}?maxResults=500")
    await iris.get(f"{path}/calendars?maxResults=1&orderBy=capacity%20desc&query=buildingId%3DHQ")
    for one in ("calendars/1", "buildings/HQ", "features/Video", "calendars/none"):
        await iris.get(f"{path}/{one}")

    assert len(google.exchanges) == 8
    assert findings(validate, "google", google.exchanges) == []


async def test_calendars_settings_and_free_and_busy_are_as_described(google: SmallGoogle, validate: ModuleType) -> None:
    iris, me = google.as_user(IRIS), "/calendar/v3/users/me"
    await iris.get(f"{me}/calendarList?maxResults=1&minAccessRole=reader")
    await iris.get(f"{me}/calendarList/primary")
    await iris.get("/calendar/v3/calendars/primary")
    await iris.get(f"{me}/settings")
    await iris.get(f"{me}/settings/timezone")
    await iris.post("/calendar/v3/calendars/primary/events", event(google.soon()))
    window = {"timeMin": google.soon(days=0).isoformat(), "timeMax": google.soon(days=2).isoformat()}
    items = [{"id": one} for one in (IRIS, HUGO, ROOM_ELSEWHERE)]
    await iris.post("/calendar/v3/freeBusy", {**window, "timeZone": "Asia/Tokyo", "items": items})
    await iris.post("/calendar/v3/freeBusy", {**window, "items": items, "calendarExpansionMax": 1})

    assert len(google.exchanges) == 8
    assert findings(validate, "google", google.exchanges) == []


async def test_channels_are_as_described(google: SmallGoogle, validate: ModuleType) -> None:
    iris = google.as_user(IRIS)
    async with receiving() as receiver:
        wanted = {"id": "channel-1", "type": "web_hook", "address": receiver.url, "params": {"ttl": "3600"}}
        made = await iris.post("/calendar/v3/calendars/primary/events/watch", wanted)
        await iris.post("/calendar/v3/calendars/primary/events/watch", wanted)
        named = {"id": "channel-1", "resourceId": made.body["resourceId"]}
        await iris.post("/calendar/v3/channels/stop", named)
        await iris.post("/calendar/v3/channels/stop", named)

    assert [one["response"]["status"] for one in google.exchanges] == [200, 400, 204, 404]
    assert findings(validate, "google", google.exchanges) == []


def test_methods_scopes_and_parameters_are_those_of_the_description(validate: ModuleType) -> None:
    described = {one["id"]: one for one in vars(validate)["doc"]("google")["methods"]}

    for method in (*LIST_METHODS, *CHANNEL_METHODS, *FREE_BUSY_METHODS, *SETTING_METHODS, *RESOURCE_METHODS):
        published = described[method.id]
        assert (method.verb, method.path) == (published["method"], published["path"]), method.id
        assert method.scopes == set(published["scopes"]), method.id
        assert method.parameters.keys() <= published["query"].keys(), method.id
