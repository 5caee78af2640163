"""Lists of calendars, single calendars and settings."""

import pytest

from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.calendar import AccessRole
from tests.sandbox.google.conftest import HUGO, IRIS, LENA, ROOM, ROOM_ELSEWHERE, STRANGER, SmallGoogle
from tests.sandbox.graph.client import Reply

LIST = "/calendar/v3/users/me/calendarList"
SETTINGS = "/calendar/v3/users/me/settings"


def reason(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.body["error"]["errors"][0]["reason"]


def subscribe(google: SmallGoogle, address: str, role: AccessRole) -> None:
    """Put somebody's calendar on Iris's list, with this role there."""
    store = google.state.google.calendars
    calendar = store.primary_of(google.user(address))
    calendar.grants[IRIS] = role
    store.lists.subscribe(google.user(IRIS), calendar)


async def test_ones_own_calendars_come_first_with_the_role_of_an_owner(google: SmallGoogle) -> None:
    store = google.state.google.calendars
    second = store.create_secondary(google.user(IRIS), "Team", "Asia/Tokyo")
    subscribe(google, HUGO, AccessRole.READER)

    found = (await google.as_user(IRIS).get(LIST)).body

    assert found["kind"] == "calendar#calendarList"
    assert [(one["id"], one["accessRole"], one.get("primary", False)) for one in found["items"]] == [
        (IRIS, "owner", True),
        (second.id, "owner", False),
        (HUGO, "reader", False),
    ]
    assert found["items"][1]["summary"] == "Team"
    assert found["items"][1]["timeZone"] == "Asia/Tokyo"


@pytest.mark.parametrize(
    ("least", "expected"),
    [("freeBusyReader", [IRIS, HUGO, LENA]), ("reader", [IRIS, LENA]), ("writer", [IRIS, LENA]), ("owner", [IRIS])],
)
async def test_the_list_is_narrowed_to_what_one_may_at_least(
    google: SmallGoogle, least: str, expected: list[str]
) -> None:
    subscribe(google, HUGO, AccessRole.FREE_BUSY_READER)
    subscribe(google, LENA, AccessRole.WRITER)

    found = (await google.as_user(IRIS).get(f"{LIST}?minAccessRole={least}")).body

    assert [one["id"] for one in found["items"]] == expected


async def test_calendars_of_other_organisations_are_left_out_when_asked(google: SmallGoogle) -> None:
    subscribe(google, STRANGER, AccessRole.READER)
    iris = google.as_user(IRIS)

    everything = (await iris.get(LIST)).body["items"]
    own = (await iris.get(f"{LIST}?showOwnOrganizationOnly=true")).body["items"]

    assert [one["id"] for one in everything] == [IRIS, STRANGER]
    assert [one["id"] for one in own] == [IRIS]


async def test_a_subscription_is_gone_when_it_may_not_be_seen_any_more(google: SmallGoogle) -> None:
    subscribe(google, STRANGER, AccessRole.NONE)

    found = (await google.as_user(IRIS).get(LIST)).body

    assert [one["id"] for one in found["items"]] == [IRIS]


async def test_the_list_comes_in_pages(google: SmallGoogle) -> None:
    subscribe(google, HUGO, AccessRole.READER)
    iris = google.as_user(IRIS)

    first = (await iris.get(f"{LIST}?maxResults=1")).body
    second = (await iris.get(f"{LIST}?maxResults=1&pageToken={first['nextPageToken']}")).body
    odd = await iris.get(f"{LIST}?pageToken=never")

    assert [one["id"] for page in (first, second) for one in page["items"]] == [IRIS, HUGO]
    assert "nextPageToken" not in second
    assert reason(odd) == (400, "invalid")


async def test_an_entry_is_read_by_the_calendars_id(google: SmallGoogle) -> None:
    subscribe(google, HUGO, AccessRole.READER)
    iris = google.as_user(IRIS)
    listed = (await iris.get(LIST)).body["items"]

    assert (await iris.get(f"{LIST}/primary")).body == listed[0]
    assert (await iris.get(f"{LIST}/{HUGO}")).body == listed[1]
    assert reason(await iris.get(f"{LIST}/{LENA}")) == (404, "notFound")


async def test_a_calendar_is_read_when_its_times_may_be_seen(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    mine, room = await iris.get("/calendar/v3/calendars/primary"), await iris.get(f"/calendar/v3/calendars/{ROOM}")
    foreign = [await iris.get(f"/calendar/v3/calendars/{one}") for one in (STRANGER, ROOM_ELSEWHERE, "no@such.example")]

    assert (mine.body["id"], mine.body["timeZone"], mine.body["kind"]) == (
        IRIS,
        "Europe/Amsterdam",
        "calendar#calendar",
    )
    assert room.body["summary"] == "HQ-2-Meadow 2.14 (8)"
    assert [reason(one) for one in foreign] == [(404, "notFound")] * 3


@pytest.mark.parametrize(
    ("path", "opens", "stays_shut"),
    [
        (LIST, "calendar.calendarlist.readonly", "calendar.events"),
        (f"{LIST}/primary", "calendar.app.created", "calendar.settings.readonly"),
        ("/calendar/v3/calendars/primary", "calendar.calendars.readonly", "calendar.calendarlist"),
        (SETTINGS, "calendar.settings.readonly", "calendar.events"),
        (f"{SETTINGS}/timezone", "calendar.readonly", "calendar.freebusy"),
    ],
)
async def test_each_call_has_scopes_of_its_own(google: SmallGoogle, path: str, opens: str, stays_shut: str) -> None:
    opened = await google.as_user(IRIS, scopes(opens)).get(path)
    refused = await google.as_user(IRIS, scopes(stays_shut)).get(path)

    assert opened.status == 200
    assert reason(refused) == (403, "insufficientPermissions")


async def test_settings_tell_the_persons_zone_and_language(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    listed = {one["id"]: one["value"] for one in (await iris.get(SETTINGS)).body["items"]}
    zone = await iris.get(f"{SETTINGS}/timezone")
    first = (await iris.get(f"{SETTINGS}?maxResults=1")).body

    assert (listed["timezone"], listed["locale"], listed["weekStart"]) == ("Europe/Amsterdam", "en", "1")
    assert zone.body["value"] == "Europe/Amsterdam"
    assert len(first["items"]) == 1
    assert first["nextPageToken"]
    assert reason(await iris.get(f"{SETTINGS}/shoeSize")) == (404, "notFound")
