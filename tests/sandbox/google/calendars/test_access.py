"""Who may call what: bearers, scopes, roles, and paths that are not there."""

from typing import Any

import pytest

from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.calendar import AccessRole
from tests.sandbox.google.calendars.calling import EVENTS, created, events_of, found, reason
from tests.sandbox.google.conftest import HERE, HUGO, IRIS, ROOM, STRANGER, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient

WORKING_LOCATION: dict[str, Any] = {
    "eventType": "workingLocation",
    "visibility": "public",
    "transparency": "transparent",
}


@pytest.mark.parametrize("token", [None, "unknown"])
async def test_a_missing_or_unknown_bearer_is_refused(google: SmallGoogle, token: str | None) -> None:
    reply = await AsgiClient(google.app, token).get(EVENTS)

    assert reason(reply) == (401, "authError")
    assert reply.headers["www-authenticate"].startswith("Bearer ")
    assert reply.body["error"]["message"] == "Invalid Credentials"
    assert reply.body["error"]["status"] == "UNAUTHENTICATED"


async def test_a_suspended_account_has_no_credentials(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    google.state.google.directory.change_user(google.user(IRIS).sub, suspended=True)

    assert reason(await iris.get(EVENTS)) == (401, "authError")


@pytest.mark.parametrize("name", ["calendar.events.readonly", "calendar.readonly", "calendar.freebusy"])
async def test_writing_needs_a_scope_that_writes(google: SmallGoogle, name: str) -> None:
    reply = await google.as_user(IRIS, scopes(name)).post(EVENTS, event(google.soon()))

    assert reason(reply) == (403, "insufficientPermissions")
    [detail] = reply.body["error"]["details"]
    assert detail["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
    assert reply.body["error"]["status"] == "PERMISSION_DENIED"
    assert "insufficient_scope" in reply.headers["www-authenticate"]


@pytest.mark.parametrize(
    ("name", "read", "write"),
    [
        ("calendar", 200, 200),
        ("calendar.events", 200, 200),
        ("calendar.events.owned", 200, 200),
        ("calendar.events.owned.readonly", 200, 403),
        ("calendar.events.readonly", 200, 403),
        ("calendar.events.freebusy", 200, 403),
        ("calendar.events.public.readonly", 404, 403),
        ("calendar.app.created", 404, 404),
        ("calendar.freebusy", 403, 403),
    ],
)
async def test_each_scope_opens_what_it_is_for(google: SmallGoogle, name: str, read: int, write: int) -> None:
    iris = google.as_user(IRIS, scopes(name))

    assert (await iris.get(EVENTS)).status == read
    assert (await iris.post(EVENTS, event(google.soon()))).status == write


async def test_scopes_on_owned_calendars_end_at_other_peoples(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS, scopes("calendar.events.owned"))

    assert reason(await iris.get(events_of(HUGO))) == (404, "notFound")


async def test_colleagues_see_times_and_no_titles(google: SmallGoogle) -> None:
    await created(google.as_user(HUGO), event(google.soon(), location="Attic", guests=(IRIS,)))
    at_home = {"type": "homeOffice", "homeOffice": {}}
    await created(
        google.as_user(HUGO),
        event(google.soon(days=2), summary="Home", workingLocationProperties=at_home, **WORKING_LOCATION),
    )

    busy, location = await found(google.as_user(IRIS), HUGO)

    assert not {"summary", "location", "attendees", "organizer", "description"} & set(busy)
    assert busy["start"]
    assert location["workingLocationProperties"] == at_home


async def test_a_grant_opens_a_calendar_but_not_its_private_events(google: SmallGoogle) -> None:
    await created(google.as_user(HUGO), event(google.soon(), summary="Open"))
    await created(google.as_user(HUGO), event(google.soon(days=2), summary="Doctor", visibility="private"))
    calendar = google.state.google.calendars.primary_of(google.user(HUGO))
    calendar.grants[IRIS] = AccessRole.READER

    read, private = await found(google.as_user(IRIS), HUGO)

    assert read["summary"] == "Open"
    assert "summary" not in private
    refused = await google.as_user(IRIS).post(events_of(HUGO), event(google.soon()))
    assert reason(refused) == (403, "requiredAccessLevel")


async def test_a_writer_organises_in_the_name_of_the_calendar(google: SmallGoogle) -> None:
    google.state.google.calendars.primary_of(google.user(HUGO)).grants[IRIS] = AccessRole.WRITER

    made = await created(google.as_user(IRIS), event(google.soon()), HUGO)

    assert made["organizer"] == {"email": HUGO, "self": True}
    assert made["creator"] == {"email": IRIS}


async def test_other_customers_calendars_are_not_found(google: SmallGoogle) -> None:
    for calendar in (STRANGER, "ghost@meadow.example"):
        assert reason(await google.as_user(IRIS).get(events_of(calendar))) == (404, "notFound")
    assert reason(await google.as_user(STRANGER).get(events_of(ROOM))) == (404, "notFound")


async def test_without_the_calendar_service_nobody_is_a_calendar_user(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)
    google.state.google.directory.save_customer(
        type(HERE)(id=HERE.id, domain=HERE.domain, display_name=HERE.display_name, calendar_service=False)
    )

    assert reason(await iris.get(EVENTS)) == (403, "notACalendarUser")


@pytest.mark.parametrize("path", ["/calendar/v3/nowhere", "/calendar/v3/calendars/primary/events/x/y/z"])
async def test_an_unknown_path_is_not_found_in_json(google: SmallGoogle, path: str) -> None:
    assert reason(await google.as_user(IRIS).get(path)) == (404, "notFound")
