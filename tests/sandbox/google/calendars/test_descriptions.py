"""Every kind of call on events, recorded, against Google's published description."""

from types import ModuleType

import pytest

from app.sandbox.google.calendar_api.event_lists import METHODS as LIST_METHODS
from app.sandbox.google.calendar_api.events import METHODS as EVENT_METHODS
from tests.sandbox.google.calendars.calling import (
    EVENTS,
    ZONE,
    created,
    events_of,
    listing,
    rooms_answer,
    weekly,
)
from tests.sandbox.google.conftest import HUGO, IRIS, OTHER_ROOM, ROOM, SmallGoogle, event
from tests.sandbox.graph.client import AsgiClient
from tests.support.published import findings

pytestmark = pytest.mark.descriptions


async def test_events_are_as_described(google: SmallGoogle, validate: ModuleType) -> None:
    iris, hugo = google.as_user(IRIS), google.as_user(HUGO)
    full = event(
        google.soon(days=3),
        guests=(IRIS, HUGO, ROOM),
        id="abcdefgh01234567",
        description="Agenda",
        location="Attic",
        colorId="4",
        visibility="private",
        transparency="transparent",
        guestsCanInviteOthers=False,
        guestsCanSeeOtherGuests=False,
        source={"title": "Agenda", "url": "https://agenda.example/1"},
        reminders={"useDefault": False, "overrides": [{"method": "popup", "minutes": 5}]},
        extendedProperties={"private": {"ref": "1"}, "shared": {"team": "blue"}},
        conferenceData={"createRequest": {"requestId": "r", "conferenceSolutionKey": {"type": "hangoutsMeet"}}},
    )
    made = await iris.post(f"{EVENTS}?conferenceDataVersion=1&sendUpdates=all&maxAttendees=2", full)
    path = f"{EVENTS}/{full['id']}"
    series = await created(iris, weekly("2027-03-20T09:30:00", 4, attendees=[{"email": ROOM}, {"email": HUGO}]))
    day = {"start": {"date": "2027-03-20"}, "end": {"date": "2027-03-21"}}
    place = {"workingLocationProperties": {"type": "homeOffice", "homeOffice": {}}, "transparency": "transparent"}
    await created(iris, day | place | {"eventType": "workingLocation", "visibility": "public"})
    rooms_answer(google)
    google.state.google.calendars.attendant.replace(ROOM, series["id"], OTHER_ROOM)
    await iris.get(f"{path}?timeZone=Asia/Tokyo&maxAttendees=1")
    await iris.patch(path, {"summary": "New", "location": None}, If_Match=made.body["etag"])
    await hugo.patch(path, {"attendees": [{"email": HUGO, "responseStatus": "declined", "comment": "Away"}]})
    await iris.call("PUT", path, event(google.soon(days=4), guests=(HUGO,)))
    await iris.patch(f"{EVENTS}/{series['id']}_20270327T083000Z", {"summary": "Special"})
    await iris.delete(f"{EVENTS}/{series['id']}_20270403T073000Z?sendUpdates=all")
    await iris.get(f"{EVENTS}/{series['id']}/instances?showDeleted=true&maxResults=2")
    page = await iris.get(listing(maxResults=2, showDeleted="true"))
    await iris.get(listing(maxResults=2, showDeleted="true", pageToken=page.body["nextPageToken"]))
    whole = await iris.get(listing(singleEvents="true", timeMin="2026-01-01T00:00:00Z", eventTypes=["default"]))
    await iris.delete(path)
    await iris.get(listing(singleEvents="true", syncToken=whole.body["nextSyncToken"]))
    await iris.get(events_of(HUGO))
    team = google.state.google.calendars.create_secondary(google.user(IRIS), "Team", ZONE)
    await iris.post(f"{EVENTS}/{series['id']}/move?destination={team.id}")

    assert findings(validate, "google", google.exchanges) == []


async def test_refusals_are_as_described(google: SmallGoogle, validate: ModuleType) -> None:
    iris = google.as_user(IRIS)
    made = await created(iris, event(google.soon(), guests=(HUGO,), id="abcde"))

    refused = [
        await iris.post(EVENTS, event(google.soon(), id="abcde")),
        await iris.get(f"{EVENTS}/unknown"),
        await iris.patch(f"{EVENTS}/abcde", {}, If_Match='"1"'),
        await iris.get(listing(syncToken="old")),
        await google.as_user(HUGO).patch(f"{EVENTS}/{made['id']}", {"summary": "Mine"}),
        await AsgiClient(google.app, "unknown", google.exchanges).get(EVENTS),
    ]

    assert [one.status for one in refused] == [409, 404, 412, 410, 403, 401]
    assert findings(validate, "google", google.exchanges) == []


def test_methods_have_the_scopes_paths_and_parameters_that_are_published(validate: ModuleType) -> None:
    published = {one["id"]: one for one in validate.doc("google")["methods"]}

    for method in (*LIST_METHODS, *EVENT_METHODS):
        described = published[method.id]
        assert (method.verb, method.path) == (described["method"], described["path"])
        assert method.scopes == set(described["scopes"])
        assert set(method.parameters) == set(described["query"])
        for name, parameter in method.parameters.items():
            assert parameter.repeated is described["query"][name].get("repeated", False), name
            assert parameter.choices == set(described["query"][name].get("enum", ())), name
