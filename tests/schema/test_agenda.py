"""The agenda and single events, and what stands between a member and their calendar."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.identity.models import Member
from app.suites.errors import SuiteThrottled, SuiteUnavailable
from app.suites.events import (
    Attendee,
    AttendeeKind,
    EventTime,
    Person,
    Response,
)
from tests.bookings.house import START, invitation, make_event
from tests.buildings.making import make_area, make_building, make_floor
from tests.schema.documents import AGENDA, WINDOW
from tests.schema.world import House
from tests.support.workplaces import make_shift

WHERE = """query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) { ... on Agenda { events { nodes {
  attendeeSummary { atEventBuilding elsewhere unknown }
  attendees { nodes { location { kind building floor area } } }
} } } } }"""


async def test_an_agenda_shows_an_event_with_its_people_and_rooms(house: House) -> None:
    bo = house.administrator
    house.event(
        attendees=(
            Attendee(Person(bo.address, bo.name), AttendeeKind.REQUIRED, Response.ACCEPTED),
            Attendee(Person("guest@elsewhere.example", "Guest"), AttendeeKind.OPTIONAL, Response.NOT_RESPONDED),
        )
    )
    house.rooms_appear()

    agenda = (await house.ask(AGENDA, **WINDOW))["agenda"]

    [event] = agenda["events"]["nodes"]
    assert agenda["problems"] == []
    assert event["subject"] == "Tide tables"
    assert event["start"] == {"dateTime": "2031-05-12T11:00:00Z", "date": None, "timeZone": "Europe/Amsterdam"}
    assert event["attendeeSummary"] == {"atEventBuilding": 0, "elsewhere": 0, "unknown": 2}
    colleague, guest = event["attendees"]["nodes"]
    assert colleague["member"]["name"] == bo.name
    assert [colleague["isExternal"], guest["isExternal"]] == [False, True]
    assert guest["location"]["kind"] == "UNKNOWN"
    assert event["rooms"][0]["room"]["name"] == "Lighthouse"
    assert event["rooms"][0]["state"] == "PENDING"


async def test_where_an_attendee_works_is_shown_by_names_and_counted(house: House) -> None:
    building = await make_building(house.organisation.id, "Harbour")
    floor = await make_floor(building, "2")
    bo = await Member.of(house.organisation.id).get(id=house.administrator.member_id)
    await make_shift(bo, START.date(), building, floor=floor, area=await make_area(floor, "Quay"))
    answers = (Response.ACCEPTED, Response.NOT_RESPONDED)
    for hour, answer in enumerate(answers):
        invited = Attendee(Person(bo.address, bo.name), AttendeeKind.REQUIRED, answer)
        house.hold(make_event(START + timedelta(hours=hour), attendees=(invited,), rooms=(invitation(house.room),)))

    seen = (await house.ask(WHERE, **WINDOW))["agenda"]["events"]["nodes"]

    places = [event["attendees"]["nodes"][0]["location"] for event in seen]
    assert places == [
        {"kind": "AT_OFFICE", "building": "Harbour", "floor": "2", "area": "Quay"},
        {"kind": "UNKNOWN", "building": None, "floor": None, "area": None},
    ]
    assert [event["attendeeSummary"] for event in seen] == [
        {"atEventBuilding": 1, "elsewhere": 0, "unknown": 0},
        {"atEventBuilding": 0, "elsewhere": 0, "unknown": 1},
    ]


async def test_an_agenda_is_read_page_by_page(house: House) -> None:
    for number in range(3):
        house.hold(make_event(START + timedelta(hours=number), subject=f"Number {number}"))

    first = (await house.ask(AGENDA, **WINDOW, first=2))["agenda"]["events"]
    second = (await house.ask(AGENDA, **WINDOW, first=2, after=first["pageInfo"]["endCursor"]))["agenda"]["events"]

    assert [node["subject"] for node in first["nodes"]] == ["Number 0", "Number 1"]
    assert first["pageInfo"]["hasNextPage"]
    assert first["edges"][1]["cursor"] == first["pageInfo"]["endCursor"]
    assert [node["subject"] for node in second["nodes"]] == ["Number 2"]
    assert second["pageInfo"] == {
        "hasNextPage": False,
        "hasPreviousPage": True,
        "endCursor": second["edges"][0]["cursor"],
    }


PAGES = """query ($from: DateTime!, $to: DateTime!, $after: String, $first: Int! = 2) { agenda(from: $from, to: $to) {
  ... on Agenda { events(first: $first, after: $after) { nodes { subject } pageInfo { hasNextPage endCursor } } }
} }"""
SEVERAL = """query ($from: DateTime!, $to: DateTime!, $after: String) { agenda(from: $from, to: $to) { ... on Agenda {
  start: events(first: 1) { nodes { subject } }
  rest: events(first: 2, after: $after) { nodes { subject } pageInfo { hasPreviousPage } }
} } }"""


async def test_a_page_that_counts_nothing_is_read_from_its_cursor_on(house: House) -> None:
    for number in range(5):
        house.hold(make_event(START + timedelta(hours=number), subject=f"Number {number}"))
    seen: list[list[str]] = []
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}

    while page["hasNextPage"]:
        answer = (await house.ask(PAGES, **WINDOW, after=page["endCursor"]))["agenda"]["events"]
        page = answer["pageInfo"]
        seen.append([node["subject"] for node in answer["nodes"]])

    assert seen == [["Number 0", "Number 1"], ["Number 2", "Number 3"], ["Number 4"]]


async def test_a_page_size_that_is_null_is_refused_where_it_was_given(house: House) -> None:
    query = PAGES.replace("$first: Int! = 2", "$first: Int = 2").replace("events(", "found: events(")

    answer = await house.server.ask(house.member, query, **WINDOW, first=None)

    assert answer["errors"][0]["path"] == ["agenda", "found"]


async def test_several_pages_of_one_agenda_are_answered_together(house: House) -> None:
    for number in range(4):
        house.hold(make_event(START + timedelta(hours=number), subject=f"Number {number}"))
    after = (await house.ask(PAGES, **WINDOW, after=None))["agenda"]["events"]["pageInfo"]["endCursor"]

    agenda = (await house.ask(SEVERAL, **WINDOW, after=after))["agenda"]

    assert [node["subject"] for node in agenda["start"]["nodes"]] == ["Number 0"]
    assert [node["subject"] for node in agenda["rest"]["nodes"]] == ["Number 2", "Number 3"]
    assert agenda["rest"]["pageInfo"] == {"hasPreviousPage": True}


async def test_an_all_day_event_has_days_and_no_instants(house: House) -> None:
    first, after = START.date(), START.date() + timedelta(days=1)
    event = house.hold(
        replace(
            house.event(is_all_day=True),
            start=EventTime("Europe/Amsterdam", date=first),
            end=EventTime("Europe/Amsterdam", date=after),
        )
    )

    data = await house.ask(
        "query ($id: ID!) { event(id: $id) { ... on Event { start { dateTime date } end { date } } } }",
        id=house.event_id(event),
    )

    assert data["event"] == {"start": {"dateTime": None, "date": "2031-05-12"}, "end": {"date": "2031-05-13"}}


async def test_what_stands_between_a_member_and_their_calendar_is_a_problem(house: House) -> None:
    async def code() -> Any:
        return (await house.ask(AGENDA, **WINDOW))["agenda"]["code"]

    house.server.suite.fail_next("events", SuiteUnavailable())
    unavailable = await code()
    house.server.suite.fail_next("events", SuiteThrottled(retry_after=timedelta(seconds=2.5)))
    throttled = await code()
    connections = CalendarConnection.of(house.organisation.id)
    await connections.update(status=ConnectionStatus.RECONNECT_REQUIRED, reason=ConnectionReason.EXPIRED)
    reconnect = await code()
    await connections.delete()
    required = await code()

    assert [unavailable, throttled, reconnect, required] == [
        "SUITE_UNAVAILABLE",
        "SUITE_THROTTLED",
        "RECONNECT_REQUIRED",
        "CONNECTION_REQUIRED",
    ]


async def test_a_throttled_suite_says_in_whole_seconds_when_to_try_again(house: House) -> None:
    house.server.suite.fail_next("events", SuiteThrottled(retry_after=timedelta(seconds=2.5)))

    data = await house.ask(
        "query ($from: DateTime!, $to: DateTime!) { agenda(from: $from, to: $to) {"
        " ... on SuiteUnavailable { retryAfterSeconds retryable } } }",
        **WINDOW,
    )

    assert data["agenda"] == {"retryAfterSeconds": 3, "retryable": True}


async def test_windows_that_are_reversed_or_too_long_are_problems(house: House) -> None:
    reversed_ = await house.ask(AGENDA, **{"from": WINDOW["to"], "to": WINDOW["from"]})
    long = await house.ask(AGENDA, **WINDOW | {"to": (START + timedelta(days=63)).isoformat()})

    assert reversed_["agenda"]["code"] == "WINDOW_REVERSED"
    assert long["agenda"]["code"] == "WINDOW_TOO_LONG"
