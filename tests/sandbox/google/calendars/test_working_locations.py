"""Where people say that they work, as Google takes it and refuses it."""

from dataclasses import replace
from typing import Any

import pytest

from tests.sandbox.google.calendars.calling import EVENTS, created, events_of, found, listing, reason
from tests.sandbox.google.conftest import HUGO, IRIS, SmallGoogle

AT_HOME: dict[str, Any] = {
    "eventType": "workingLocation",
    "visibility": "public",
    "transparency": "transparent",
    "workingLocationProperties": {"type": "homeOffice", "homeOffice": {}},
    "start": {"date": "2027-03-22"},
    "end": {"date": "2027-03-23"},
}


async def test_a_working_location_of_one_day_is_kept(google: SmallGoogle) -> None:
    iris = google.as_user(IRIS)

    made = await created(iris, AT_HOME)

    assert [one["id"] for one in await found(iris, eventTypes="workingLocation")] == [made["id"]]


@pytest.mark.parametrize(
    "change",
    [
        {"visibility": "default"},
        {"transparency": "opaque"},
        {"workingLocationProperties": None},
        {"end": {"date": "2027-03-24"}},
        {"attendees": [{"email": HUGO}]},
    ],
)
async def test_any_other_form_is_refused(google: SmallGoogle, change: dict[str, Any]) -> None:
    reply = await google.as_user(IRIS).post(EVENTS, AT_HOME | change)

    assert reason(reply) == (400, "invalid")


async def test_a_further_calendar_takes_none(google: SmallGoogle) -> None:
    calendar = google.state.google.calendars.create_secondary(google.user(IRIS), "Team", "Europe/Amsterdam")

    reply = await google.as_user(IRIS).post(events_of(calendar.id), AT_HOME)

    assert reason(reply) == (400, "invalid")


async def test_an_edition_without_them_takes_none_and_lists_none(google: SmallGoogle) -> None:
    iris, directory = google.as_user(IRIS), google.state.google.directory
    customer = directory.customer(google.user(IRIS).customer_id or "")
    assert customer is not None
    directory.save_customer(replace(customer, working_locations=False))

    assert reason(await iris.post(EVENTS, AT_HOME)) == (403, "forbidden")
    assert reason(await iris.get(listing(eventTypes="workingLocation"))) == (403, "forbidden")
    assert await found(iris) == []
