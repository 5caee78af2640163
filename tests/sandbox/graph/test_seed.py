"""What lies in the calendars of a fresh sandbox."""

from collections import Counter
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from app.sandbox.microsoft.graph.app import graph_routes
from app.sandbox.microsoft.graph.control import control_routes
from app.sandbox.microsoft.mailboxes.items import CopyState, Response
from app.sandbox.seed import TIDEWATER, application_of, seed
from app.sandbox.state import Addresses, SandboxState
from tests.sandbox.graph.client import AsgiClient
from tests.sandbox.graph.conftest import SCOPES

ADA = f"ada.vos@{TIDEWATER}"


def seeded() -> SandboxState:
    state = SandboxState(addresses=Addresses(pages="http://127.0.0.1:1", tls="https://127.0.0.1:2"))
    seed(state, application_of("00000000-0000-4000-8000-000000000001", "secret", ()))
    return state


@pytest.fixture(scope="module")
def state() -> SandboxState:
    return seeded()


def test_everybody_with_a_mailbox_has_something_on_every_working_day_of_four_weeks(state: SandboxState) -> None:
    midnight = state.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    days = [midnight + timedelta(days=n) for n in range(-14, 15)]
    people = [u for u in state.directory.users() if u.has_mailbox and u.enabled]

    for user in people:
        box = state.mailboxes.registry.of_user(user)
        assert box is not None
        for day in days:
            if day.weekday() < 5:
                assert box.view(day, day + timedelta(days=1)), f"{user.address} on {day:%F}"


def test_some_people_are_invited_from_outside_by_a_further_address(state: SandboxState) -> None:
    aliases = {address for user in state.directory.users() for address in user.further_addresses}

    invited = {
        attendee.person.address
        for box in state.mailboxes.registry.mailboxes()
        for item in box.items()
        for attendee in item.invitation.attendees
    }

    assert aliases & invited
    assert not aliases & {user.address for user in state.directory.users()}


def test_the_calendars_hold_every_kind_of_oddity(state: SandboxState) -> None:
    items = [item for box in state.mailboxes.registry.mailboxes() for item in box.items()]
    says = [item.invitation for item in items]

    assert any(i.exceptions and i.removed for i in items)
    assert any(i.state is CopyState.CANCELLED for i in items)
    assert any(s.is_all_day and s.end.local - s.start.local > timedelta(days=1) for s in says)
    assert any(len(s.attendees) >= 60 for s in says)
    assert {s.sensitivity.value for s in says} == {"normal", "personal", "private", "confidential"}
    assert {"free", "tentative", "busy", "oof", "workingElsewhere"} <= {i.show_as.value for i in items}
    assert {"tzone://Microsoft/Utc", "Tokyo Standard Time", "Eastern Standard Time"} <= {
        s.original_start_zone for s in says
    }
    assert any(s.subject == "" for s in says)
    assert any(s.hide_attendees for s in says)
    assert any(
        not i.is_organizer and s.organizer.address.endswith("@partner.example")
        for i, s in zip(items, says, strict=True)
    )


def test_rooms_have_accepted_declined_and_left_waiting(state: SandboxState) -> None:
    registry = state.mailboxes.registry
    answers = Counter(
        attendee.answer.response
        for box in registry.mailboxes()
        for item in box.items()
        if item.is_organizer
        for attendee in item.invitation.attendees
        if registry.room(attendee.person.address)
    )

    assert answers.keys() == {
        Response.ACCEPTED,
        Response.DECLINED,
        Response.NONE,
        Response.TENTATIVELY_ACCEPTED,
    }
    assert answers[Response.ACCEPTED] > answers.total() / 2
    assert state.mailboxes.attendant.waiting() == ()


def test_tidewater_has_three_buildings_and_forty_rooms(state: SandboxState) -> None:
    tenant = state.directory.tenant(TIDEWATER)
    assert tenant is not None

    rooms = state.mailboxes.registry.rooms(tenant.id)
    lists = state.mailboxes.registry.room_lists(tenant.id)

    assert len(rooms) == 40
    assert [one.name for one in lists] == ["Lighthouse", "Harbour", "Mill"]
    assert len({room.time_zone for room in rooms}) == 3
    assert any(room.address == f"room.lighthouse-2.14@{TIDEWATER}" for room in rooms)


def test_two_sandboxes_of_one_day_are_alike(state: SandboxState) -> None:
    other = seeded()

    def content(of: SandboxState) -> list[tuple[str, str]]:
        boxes = of.mailboxes.registry.mailboxes()
        return [(item.ids.default, item.invitation.subject) for box in boxes for item in box.items()]

    assert content(other) == content(state)


async def test_a_week_of_two_hundred_events_with_thirty_attendees_is_one_answer() -> None:
    state = seeded()
    user = state.directory.user_by_address(ADA)
    assert user is not None
    token = state.tokens.issue_access(tenant_id=user.tenant_id, user_oid=user.oid, scopes=SCOPES)
    ada = AsgiClient(Starlette(routes=[Mount("/v1.0", routes=graph_routes(state))]), token.value)
    control = AsgiClient(Starlette(routes=[Mount("/control/graph", routes=control_routes(state))]))
    await control.delete(f"/control/graph/mailboxes/{ADA}/items")
    await control.post(f"/control/graph/mailboxes/{ADA}/fill", {"events": 200, "attendees": 30, "start": "2026-11-23"})
    window = "startDateTime=2026-11-23T00:00:00Z&endDateTime=2026-11-30T00:00:00Z"

    found = await ada.get(f"/v1.0/me/calendarView?{window}&$top=1000")

    assert len(found.body["value"]) == 200
    assert {len(row["attendees"]) for row in found.body["value"]} == {30}
    assert "@odata.nextLink" not in found.body
