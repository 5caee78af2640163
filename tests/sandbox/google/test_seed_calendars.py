"""What lies in the calendars of a fresh Google."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from starlette.applications import Starlette

from app.sandbox.google.calendar_api.app import wire_routes
from app.sandbox.google.calendar_api.scopes import scopes
from app.sandbox.google.calendars.calendar import AccessRole, StoredCalendar
from app.sandbox.google.calendars.meetings import Answer
from app.sandbox.google.calendars.occasions import Occasion, Window, occasions
from app.sandbox.google.calendars.rendering import Viewer, render
from app.sandbox.google.calendars.resources import ResourceBehaviour
from app.sandbox.google.directory import User
from app.sandbox.google.seed import BROOKSIDE, FARFIELD, FERNHILL, application_of, seed_directory
from app.sandbox.google.seed_calendars import HOLIDAY_CALENDAR, seed_calendars
from app.sandbox.google.seed_plans import HOLIDAYS
from app.sandbox.state import Addresses, SandboxState
from tests.sandbox.graph.client import AsgiClient


def seeded() -> SandboxState:
    state = SandboxState(addresses=Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2"))
    seed_directory(state, application_of("secret", ()))
    seed_calendars(state)
    return state


@pytest.fixture(scope="module")
def state() -> SandboxState:
    return seeded()


def active(state: SandboxState) -> list[User]:
    return [user for user in state.google.directory.users() if not user.suspended]


def calendars(state: SandboxState) -> Iterator[StoredCalendar]:
    for user in active(state):
        yield from state.google.calendars.calendars_of(user.sub)


def on_day(state: SandboxState, address: str, days: int) -> list[Occasion]:
    user = state.google.directory.user_by_address(address)
    assert user is not None
    calendar = state.google.calendars.primary_of(user)
    now = state.clock.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=days)
    window = Window(midnight, midnight + timedelta(days=1))
    return [one for one in occasions(calendar, window, now) if one.stands]


@pytest.fixture(scope="module")
def shown(state: SandboxState) -> list[dict[str, Any]]:
    """Every event of every person as they see it."""
    return [
        render(Occasion(copy, None, copy.meeting.content), Viewer(calendar=calendar, role=AccessRole.OWNER))
        for calendar in calendars(state)
        for copy in calendar.shelf.all()
    ]


def test_everybody_who_is_not_suspended_has_something_on_every_working_day_of_four_weeks(state: SandboxState) -> None:
    today = state.clock.now()
    for user in active(state):
        for days in range(-14, 15):
            if (today + timedelta(days=days)).weekday() < 5:
                assert on_day(state, user.address, days), f"{user.address} {days}"


@pytest.mark.parametrize("address", [f"iris.moreau@{FERNHILL}", f"hugo.brandt@{FERNHILL}"])
@pytest.mark.parametrize("days", [0, 1])
def test_iris_and_hugo_meet_today_and_tomorrow_even_at_weekends(state: SandboxState, address: str, days: int) -> None:
    assert any(one.content.details.get("summary") == "Check-in" for one in on_day(state, address, days))


def test_the_calendars_hold_every_kind_of_oddity(shown: list[dict[str, Any]]) -> None:
    kinds = {one["eventType"] for one in shown}

    assert kinds == {"default", "workingLocation", "outOfOffice", "focusTime", "birthday", "fromGmail"}
    assert {"private", "confidential", "public"} <= {one.get("visibility") for one in shown}
    assert {"confirmed", "tentative", "cancelled"} <= {one["status"] for one in shown}
    assert any("summary" not in one for one in shown)
    assert any(one.get("summary", "").startswith("🚀") for one in shown)
    assert any("hangoutLink" in one for one in shown)
    assert any(len(one.get("attendees", ())) >= 120 for one in shown)
    assert any(one.get("attendeesOmitted") for one in shown)
    assert any(one["organizer"]["email"].endswith("@partner.example") for one in shown)
    assert {"Asia/Tokyo", "America/New_York", "Etc/UTC"} <= {one["start"].get("timeZone") for one in shown}
    assert any(one["end"].get("date", "") > one["start"].get("date", "~") for one in shown)


def test_everybody_has_declined_something_that_still_lies_in_their_calendar(
    state: SandboxState, shown: list[dict[str, Any]]
) -> None:
    mine = [entry for one in shown for entry in one.get("attendees", ()) if entry.get("self")]

    assert {"accepted", "declined", "tentative", "needsAction"} <= {entry["responseStatus"] for entry in mine}


def test_a_series_has_dates_moved_renamed_and_removed_and_one_the_room_declined(state: SandboxState) -> None:
    [series] = [
        copy.meeting
        for calendar in calendars(state)
        for copy in calendar.shelf.all()
        if copy.meeting.recurrence and copy.meeting.exceptions and calendar.id == f"iris.moreau@{FERNHILL}"
    ]
    changed = series.exceptions.values()

    assert sum(one.cancelled for one in changed) == 2
    assert any(one.details.get("summary") == "Stand-up with the new colleagues" for one in changed)
    assert any(one.start != series.original_start(key) for key, one in series.exceptions.items())
    room = next(one for one in series.content.attendees if one.resource)
    assert room.answer is Answer.ACCEPTED
    said = [one.attendee(room.email) for one in changed]
    assert any(entry is not None and entry.answer is Answer.DECLINED for entry in said)


def test_rooms_have_accepted_declined_and_left_waiting(state: SandboxState) -> None:
    answers = Counter(
        entry.answer
        for calendar in calendars(state)
        for copy in calendar.shelf.all()
        if copy.is_home
        for entry in copy.meeting.content.attendees
        if entry.resource
    )

    assert answers.keys() == {Answer.ACCEPTED, Answer.DECLINED, Answer.NEEDS_ACTION}
    assert answers[Answer.ACCEPTED] > answers.total() / 2
    assert state.google.calendars.attendant.waiting() == ()


def test_fernhill_has_three_buildings_and_some_forty_rooms_brookside_one_with_five_and_farfield_none(
    state: SandboxState,
) -> None:
    resources, directory = state.google.calendars.resources, state.google.directory
    counts = {}
    for domain in (FERNHILL, BROOKSIDE, FARFIELD):
        customer = directory.customer(domain)
        assert customer is not None
        counts[domain] = (len(resources.buildings(customer.id)), len(resources.all(customer.id)))

    assert counts == {FERNHILL: (3, 40), BROOKSIDE: (1, 5), FARFIELD: (0, 0)}
    assert any(one.name == "Meadow 2.14" for one in resources.all())


def test_some_rooms_are_odd(state: SandboxState) -> None:
    rooms = state.google.calendars.resources.all()

    assert {one.behaviour for one in rooms} == set(ResourceBehaviour)
    assert {one.category for one in rooms} == {"CONFERENCE_ROOM", "OTHER", "CATEGORY_UNKNOWN"}
    assert any(one.capacity is None and one.building_id is None for one in rooms)
    assert any(one.bookable_by for one in rooms)
    assert any(one.replaced_by_similar for one in rooms)
    assert any(len(one.name) > 100 for one in rooms)
    assert len({one.resource_id for one in rooms}) == len({one.email for one in rooms}) == len(rooms)


def test_a_second_calendar_holds_one_event_that_is_in_its_owners_own_as_well(state: SandboxState) -> None:
    iris = state.google.directory.user_by_address(f"iris.moreau@{FERNHILL}")
    assert iris is not None
    primary, second = state.google.calendars.calendars_of(iris.sub)

    in_both = {copy.meeting.id for copy in primary.shelf.all()} & {copy.meeting.id for copy in second.shelf.all()}

    assert len(in_both) == 1
    assert len(list(second.shelf.all())) == 3


def test_fernhills_people_see_the_holidays_and_some_a_colleagues_calendar(state: SandboxState) -> None:
    iris = state.google.directory.user_by_address(f"iris.moreau@{FERNHILL}")
    assert iris is not None

    listed = {calendar.id: role for calendar, role in state.google.calendars.lists.of(iris)}

    assert listed[iris.address] is AccessRole.OWNER
    assert listed[HOLIDAY_CALENDAR] is AccessRole.READER
    assert listed[f"theo.lindgren@{FERNHILL}"] is AccessRole.READER


def test_nothing_looks_as_if_it_had_been_written_just_now(state: SandboxState, shown: list[dict[str, Any]]) -> None:
    latest = (state.clock.now() - timedelta(days=1)).isoformat()

    assert max(one["updated"] for one in shown) < latest
    assert max(one["created"] for one in shown) < latest


def test_two_sandboxes_of_one_day_are_alike(state: SandboxState) -> None:
    other = seeded()

    def content(of: SandboxState) -> list[tuple[str, str, str]]:
        return [
            (calendar.id, copy.meeting.id, copy.meeting.content.details.get("summary", ""))
            for calendar in calendars(of)
            for copy in calendar.shelf.all()
        ]

    assert content(other) == content(state)


async def test_the_holidays_can_be_read_like_any_calendar_one_has_subscribed_to(state: SandboxState) -> None:
    iris = state.google.directory.user_by_address(f"iris.moreau@{FERNHILL}")
    assert iris is not None
    token = state.google.tokens.issue_access("client", iris.sub, scopes("calendar.readonly"))
    client = AsgiClient(Starlette(routes=wire_routes(state)), token.value)
    year = state.clock.now().year
    window = f"singleEvents=true&orderBy=startTime&timeMin={year}-01-01T00:00:00Z&timeMax={year}-12-31T00:00:00Z"

    found = (await client.get(f"/calendar/v3/calendars/{quote(HOLIDAY_CALENDAR)}/events?{window}")).body

    assert (found["summary"], found["accessRole"]) == ("Holidays in the Netherlands", "reader")
    assert [one["summary"] for one in found["items"]] == [name for name, _, _ in HOLIDAYS]
