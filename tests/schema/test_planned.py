"""What clients ask for most is answered by plan: graphql-core resolves the fields of the root, and none below them.

A field that is worked out for one object after the other is the exception, and each is named here.
"""

import gc
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLObjectType
from graphql.execution import Executor
from graphql.execution.collect_fields import FieldDetailsList

from app.graphql.execution import Plans
from app.notifications.models import NotificationKind
from app.notifications.service import notify
from app.suites.events import Attendee, AttendeeKind, Person, Response
from tests.bookings.house import START, invitation, make_event
from tests.schema.documents import AGENDA, WINDOW
from tests.schema.listener import listening
from tests.schema.offices import SHIFTS, Office, day
from tests.schema.world import House

Resolved = Counter[str]

ROOMS = """{ rooms { totalCount pageInfo { endCursor } edges { cursor node { id } } nodes {
    id name email building floor capacity equipment isAccessible isBookable pairing overridden
    suiteDetails { name capacity equipment }
} } }"""
AVAILABLE = """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) {
    ... on AvailableRooms {
        reminder problems { code }
        rooms(first: 10) { totalCount nodes { availability problem { code message } room { id name building } } }
    }
    ... on Problem { code }
} }"""
BUILDINGS = """{ buildings { nodes {
    id name timeZone today openingHours { weekday opens closes }
    floors { id name capacity areas { id name floor { building { name } } } }
} } }"""
OCCUPANCY = "{ buildings { nodes { id name occupancy { people left isFull } floors { name } } } }"
BOOKINGS = """{ bookings { totalCount pageInfo { hasNextPage endCursor } nodes {
    id kind state reason since noAnswerSince room { id name } requestedRoom { name } event { id subject }
} } }"""
OCCURRENCES = "{ bookings { nodes { id occurrences { nodes { id state replacement { name } } } } } }"
PENDING = """subscription { pendingRooms {
    ... on RoomBookingUpdate { snapshot at booking { id state reason room { name } event { subject } } }
} }"""
NOTIFICATIONS = """{ notifications { totalCount nodes {
    id kind message createdAt readAt booking { id state room { name } } room { name } formerRoom { name }
    shifts { date building { name } member { id name role } }
} } }"""


@pytest.fixture
def resolved(monkeypatch: pytest.MonkeyPatch) -> Resolved:
    """The fields that graphql-core resolved itself, and how often."""
    counted: Resolved = Counter()
    execute = Executor.execute_field

    def counting(self: Any, parent: GraphQLObjectType, source: Any, asked: FieldDetailsList, *rest: Any) -> Any:
        counted[f"{parent.name}.{asked[0].node.name.value}"] += 1
        return execute(self, parent, source, asked, *rest)

    monkeypatch.setattr(Executor, "execute_field", counting)
    return counted


async def test_an_agenda_is_answered_by_plan(house: House, resolved: Resolved) -> None:
    people = (Person(house.member.address, house.member.name), Person("bea@elsewhere.example", "Bea"))
    attendees = tuple(Attendee(person, AttendeeKind.REQUIRED, Response.ACCEPTED) for person in people)
    await house.book()
    for hours in (1, 2, 3):
        begin = START + timedelta(hours=hours)
        house.hold(make_event(begin, attendees=attendees, rooms=(invitation(house.room),)))
    resolved.clear()

    data = await house.ask(AGENDA, **WINDOW)

    assert data["agenda"]["events"]["totalCount"] == 4
    assert resolved == {"Query.agenda": 1}


@pytest.mark.parametrize(("document", "root"), [(ROOMS, "rooms"), (AVAILABLE, "availableRooms")])
async def test_rooms_are_answered_by_plan(document: str, root: str, house: House, resolved: Resolved) -> None:
    window = {"from": WINDOW["from"], "to": (START + timedelta(hours=1)).isoformat()}
    variables = window if root == "availableRooms" else {}

    data = await house.ask(document, **variables)

    assert house.room.name in str(data)
    assert resolved == {f"Query.{root}": 1}


async def test_shifts_are_answered_by_plan(office: Office, resolved: Resolved) -> None:
    await office.booked(day(1), day(2))
    resolved.clear()

    found = await office.listed()

    assert "building" in SHIFTS
    assert found["totalCount"] == 2
    assert resolved == {"Query.shifts": 1}


async def test_buildings_are_answered_by_plan(office: Office, resolved: Resolved) -> None:
    data = await office.house.ask(BUILDINGS)

    [building] = data["buildings"]["nodes"]
    assert building["floors"][0]["areas"][0]["floor"]["building"] == {"name": building["name"]}
    assert resolved == {"Query.buildings": 1}


async def test_how_full_a_place_is_is_worked_out_for_each_and_all_else_of_it_planned(
    office: Office, resolved: Resolved
) -> None:
    await office.house.ask(OCCUPANCY)

    assert resolved == {"Query.buildings": 1, "BuildingConnection.nodes": 1, "Building.occupancy": 1}


async def test_bookings_are_answered_by_plan(house: House, resolved: Resolved) -> None:
    await house.book()
    await house.book()
    resolved.clear()

    data = await house.ask(BOOKINGS)

    assert [row["event"]["subject"] for row in data["bookings"]["nodes"]] == ["Tide tables"] * 2
    assert resolved == {"Query.bookings": 1}


async def test_an_event_that_the_suite_does_not_show_takes_no_plan_away(house: House, resolved: Resolved) -> None:
    await house.book()
    house.calendar.events.clear()
    resolved.clear()

    data = await house.ask(BOOKINGS)

    assert [row["event"] for row in data["bookings"]["nodes"]] == [None]
    assert resolved == {"Query.bookings": 1}


async def test_the_dates_of_a_series_are_a_page_of_each_booking_and_planned_from_there(
    house: House, resolved: Resolved
) -> None:
    await house.book()
    resolved.clear()

    await house.ask(OCCURRENCES)

    assert resolved == {"Query.bookings": 1, "RoomBookingConnection.nodes": 1, "RoomBooking.occurrences": 1}


async def test_notifications_are_answered_by_plan(office: Office, resolved: Resolved) -> None:
    house = office.house
    await office.booked(day(1), by_administrator=True)
    await notify(
        house.organisation.id,
        house.member.member_id,
        NotificationKind.ROOM_REJECTED,
        subject_id=uuid4(),
        occasion="rejected",
        room_id=house.room.id,
    )
    resolved.clear()

    data = await house.ask(NOTIFICATIONS)

    assert {row["kind"] for row in data["notifications"]["nodes"]} >= {"ROOM_REJECTED"}
    assert resolved == {"Query.notifications": 1}


async def test_what_a_subscription_tells_is_answered_by_plan(house: House, resolved: Resolved) -> None:
    await house.book()
    resolved.clear()

    async with listening(house, house.member, PENDING) as listener:
        item = await listener.item()

    assert item["booking"]["room"] == {"name": house.room.name}
    assert resolved == {"Subscription.pendingRooms": 1}


@pytest.mark.parametrize(
    "document", [ROOMS, BUILDINGS, OCCUPANCY, BOOKINGS, OCCURRENCES, NOTIFICATIONS], ids=lambda text: text.split()[1]
)
async def test_an_answer_is_the_same_without_plans(
    document: str, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.house.book()
    await office.booked(day(1), by_administrator=True)

    planned = await office.house.ask(document)
    monkeypatch.setattr(Plans, "of", lambda *_: None)

    assert await office.house.ask(document) == planned


@pytest.mark.parametrize(
    "document", [ROOMS, BUILDINGS, BOOKINGS, OCCURRENCES, NOTIFICATIONS], ids=lambda text: text.split()[1]
)
async def test_an_answer_goes_without_the_garbage_collector(document: str, office: Office) -> None:
    await office.house.book()
    await office.booked(day(1), by_administrator=True)
    for _ in range(2):  # what is made once and kept is made
        await office.house.ask(document)
    gc.collect()
    gc.disable()
    try:
        await office.house.ask(document)
        assert gc.collect() == 0
    finally:
        gc.enable()
