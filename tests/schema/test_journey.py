"""The journey from an integration to a room's answer, as a client walks it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.identity.models import Role
from app.integrations.status import IntegrationStatus
from app.rooms.models import Room, RoomPairing
from app.suites.errors import SuiteThrottled, SuiteUnavailable
from app.suites.events import (
    Attendee,
    AttendeeKind,
    Availability,
    BusyInterval,
    EventTime,
    Person,
    Response,
    ScheduleOfAddress,
    SuiteRoom,
)
from schema.ids import NodeKind
from tests.bookings.house import START, make_event, make_room
from tests.connections.stack import account_of
from tests.schema.world import BOOK, House, Server, make_house
from tests.support.people import make_member, make_organisation, principal_of

WINDOW = {"from": START.isoformat(), "to": (START + timedelta(days=7)).isoformat()}

AGENDA = """
query Agenda($from: DateTime!, $to: DateTime!, $first: Int! = 50, $after: String) {
  agenda(from: $from, to: $to) {
    __typename
    ... on Agenda {
      problems { code }
      events(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage hasPreviousPage endCursor }
        edges { cursor node { id subject } }
        nodes {
          id subject isAllDay kind status sensitivity showAs isOrganiser response location bodyPreview seriesId
          start { dateTime date timeZone } end { dateTime date timeZone }
          organiser { name email }
          attendeeSummary { atEventBuilding elsewhere unknown }
          attendees(first: 10) {
            totalCount
            nodes { person { name email } kind response isExternal member { id name } location { kind building } }
          }
          rooms { name email state reason bookingId room { id name building } }
          attendance { kind } note { text } notes { text }
          onlineMeetingUrl webUrl originalStart
        }
      }
    }
    ... on Problem { code message remedy whoActs retryable }
  }
}
"""


async def test_the_viewer_sees_who_they_are_and_how_their_calendar_stands(house: House) -> None:
    data = await house.ask(
        """{ viewer {
            member { id name email } role organisation { name } locationSharing unreadNotificationCount
            connection { status reason scopes email since keptUntil }
            identities { suite tenant email } accessTokens { totalCount }
        } }"""
    )

    viewer = data["viewer"]
    assert viewer["member"]["name"] == "Ada Tidewater"
    assert viewer["role"] == "MEMBER"
    assert viewer["organisation"] == {"name": "Tidewater"}
    assert viewer["connection"]["status"] == "CONNECTED"
    assert viewer["connection"]["reason"] is None
    assert viewer["identities"][0]["tenant"] == house.integration.tenant
    assert viewer["unreadNotificationCount"] == 0


async def test_both_suites_are_listed_with_permissions_and_choices_before_anybody_consents(house: House) -> None:
    data = await house.ask(
        """{ calendarSuites {
            name isConfigured adminApprovalLink capabilities { adminApprovalLink revocableByUs }
            permissions { scope isDelegated purpose why } permissionChoices { variant scopes leftOut }
        } }"""
    )

    microsoft, google = data["calendarSuites"]
    assert [microsoft["name"], google["name"]] == ["MICROSOFT_365", "GOOGLE_WORKSPACE"]
    assert [microsoft["isConfigured"], google["isConfigured"]] == [True, False]
    assert microsoft["adminApprovalLink"].startswith("https://suite.example/")
    assert google["adminApprovalLink"] is None
    assert google["permissions"]
    assert microsoft["permissionChoices"][1]["leftOut"] == ["rooms"]


async def test_an_integration_is_never_null(server: Server) -> None:
    member = await make_member(await make_organisation("Newbridge"))

    data = await server.data(principal_of(member), "{ integration { id status suite issues { code } } }")

    assert data["integration"]["status"] == "NOT_CONFIGURED"
    assert data["integration"]["suite"] is None
    assert data["integration"]["issues"] is None


INTEGRATION = """{ integration {
    status suite statusSince variant tenant health issues { code } lastTest { passed } enabledAt retainedUntil
    enabledBy { name } figures { connectedMembers pairedRooms pendingBookings } roomSync { state }
    approvalWays { kind url }
} }"""


async def test_only_administrators_see_the_details_of_an_integration(house: House) -> None:
    for_member = (await house.ask(INTEGRATION))["integration"]
    for_administrator = (await house.server.data(house.administrator, INTEGRATION))["integration"]

    seen = {name for name, value in for_member.items() if value is not None}
    assert seen == {"status", "suite", "statusSince"}
    assert for_administrator["tenant"] == house.integration.tenant
    assert for_administrator["health"] == "HEALTHY"
    assert for_administrator["figures"] == {"connectedMembers": 2, "pairedRooms": 1, "pendingBookings": 0}


async def test_an_administrator_walks_from_start_to_enabled(server: Server) -> None:
    organisation = await make_organisation("Newbridge")
    member = await make_member(organisation, role=Role.SUBSCRIPTION_ADMINISTRATOR, tenant=str(uuid4()))
    administrator, account = principal_of(member, "Newbridge"), await account_of(member)
    server.suite.roles[account.tenant] = frozenset({"rooms"})

    started = await server.data(
        administrator,
        """mutation { startIntegration(input: {suite: MICROSOFT_365}) {
            __typename ... on IntegrationStarted { consentUrl integration { status approvalWays { kind } } }
        } }""",
    )
    marked = await server.data(
        administrator,
        """mutation { markAwaitingAdminApproval {
            __typename ... on AdminApprovalAwaited { integration { status approvalWays { kind url } } }
        } }""",
    )

    assert started["startIntegration"]["consentUrl"].startswith("http://127.0.0.1:8000/auth/continue/")
    assert started["startIntegration"]["integration"]["status"] == "AWAITING_CONSENT"
    assert len(started["startIntegration"]["integration"]["approvalWays"]) == 3
    integration = marked["markAwaitingAdminApproval"]["integration"]
    assert integration["status"] == "AWAITING_ADMIN_APPROVAL"
    assert [way["kind"] for way in integration["approvalWays"]] == [
        "CONSENT_FOR_ORGANISATION",
        "ADMIN_APPROVAL_LINK",
        "SUITE_REQUEST",
    ]


async def test_a_test_gives_a_report_and_a_preview_and_enabling_begins_a_room_sync(server: Server) -> None:
    house = await make_house(server, status=IntegrationStatus.TEST_FAILED)
    server.suite.roles[house.integration.tenant or ""] = frozenset({"rooms"})
    address = house.administrator.address
    event = make_event(START + timedelta(hours=1), subject="Harbour walk")
    server.suite.mailboxes[address].events[event.mailbox_id] = event

    tested = await server.data(
        house.administrator,
        """mutation { runTestFlow { __typename ... on TestFlowRun {
            integration { status issues { code } lastTest { passed } } previewSays preview { subject }
            report { passed at issues { code message whoActs remedy }
                checks { name outcome isRequired durationMilliseconds note issue { code } } }
        } } }""",
    )
    enabled = await server.data(
        house.administrator,
        """mutation { enableForAllUsers { __typename ... on IntegrationEnabled {
            integration { status enabledAt enabledBy { name } roomSync { state roomsRead } }
        } } }""",
    )

    run = tested["runTestFlow"]
    assert run["report"]["passed"], run["report"]
    assert run["preview"] == {"subject": "Harbour walk"}
    assert run["integration"]["status"] == "TESTED"
    assert enabled["enableForAllUsers"]["integration"]["status"] == "ENABLED"
    assert enabled["enableForAllUsers"]["integration"]["enabledBy"] == {"name": house.administrator.name}
    assert enabled["enableForAllUsers"]["integration"]["roomSync"]["state"] == "DUE"


async def test_enabling_without_a_passed_test_is_a_problem_with_its_remedy(server: Server) -> None:
    house = await make_house(server, status=IntegrationStatus.TEST_FAILED)

    data = await server.data(
        house.administrator, "mutation { enableForAllUsers { __typename ... on Problem { code remedy whoActs } } }"
    )

    problem = data["enableForAllUsers"]
    assert problem["__typename"] == "TestNotPassed"
    assert problem["whoActs"] == "SUBSCRIPTION_ADMINISTRATOR"
    assert problem["remedy"]


async def test_a_given_up_integration_leaves_nothing_configured(server: Server) -> None:
    house = await make_house(server, status=IntegrationStatus.TESTED)

    data = await server.data(
        house.administrator,
        "mutation { cancelIntegration { __typename ... on IntegrationCancelled { integration { status suite } } } }",
    )

    assert data["cancelIntegration"]["integration"] == {"status": "NOT_CONFIGURED", "suite": None}


async def test_connecting_answers_with_a_consent_address_of_our_own(house: House) -> None:
    data = await house.ask("mutation { connectCalendar { __typename ... on ConsentRequested { consentUrl } } }")

    assert data["connectCalendar"]["consentUrl"].startswith("http://127.0.0.1:8000/auth/continue/")


async def test_connecting_refuses_to_return_to_a_strange_place(house: House) -> None:
    data = await house.ask(
        """mutation { connectCalendar(input: {returnTo: "https://evil.example/"}) {
            __typename ... on InvalidInput { field }
        } }"""
    )

    assert data["connectCalendar"] == {"__typename": "InvalidInput", "field": "returnTo"}


async def test_disconnecting_says_that_the_suite_was_not_told(house: House) -> None:
    data = await house.ask(
        """mutation { disconnectCalendar { __typename ... on CalendarDisconnected {
            suiteWasTold connection { status reason }
        } } }"""
    )

    assert data["disconnectCalendar"]["suiteWasTold"] is False
    assert data["disconnectCalendar"]["connection"] == {"status": "NOT_CONNECTED", "reason": "CONSENT_NEEDED"}


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


async def test_an_all_day_event_has_days_and_no_instants(house: House) -> None:
    day = START.date()
    event = house.event(is_all_day=True)
    server = house.server
    server.suite.mailboxes[house.member.address].events.clear()
    # The double lists events with times only, so the day is read by its id.
    timed = make_event(mailbox_id=event.mailbox_id, is_all_day=True)
    object.__setattr__(timed, "start", EventTime("Europe/Amsterdam", date=day))
    object.__setattr__(timed, "end", EventTime("Europe/Amsterdam", date=day + timedelta(days=1)))
    house.hold(timed)

    data = await house.ask(
        "query ($id: ID!) { event(id: $id) { ... on Event { start { dateTime date } end { date } } } }",
        id=house.event_id(timed),
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


async def test_rooms_are_filtered_and_paged(house: House) -> None:
    await make_room(house.organisation, house.integration, "Anchor", capacity=4)
    await make_room(house.organisation, None, "Buoy", capacity=12, pairing=RoomPairing.UNPAIRED)
    query = """query ($filter: RoomFilterInput, $after: String) { rooms(filter: $filter, first: 2, after: $after) {
        totalCount nodes { name email building capacity equipment pairing } pageInfo { hasNextPage endCursor }
    } }"""

    first = (await house.ask(query))["rooms"]
    second = (await house.ask(query, after=first["pageInfo"]["endCursor"]))["rooms"]
    large = (await house.ask(query, filter={"minCapacity": 10}))["rooms"]

    assert [room["name"] for room in first["nodes"]] == ["Anchor", "Buoy"]
    assert first["totalCount"] == 3
    assert [room["name"] for room in second["nodes"]] == ["Lighthouse"]
    assert [room["name"] for room in large["nodes"]] == ["Buoy"]


async def test_the_schedules_of_many_rooms_are_one_question_to_the_suite(house: House) -> None:
    for name in ("Anchor", "Buoy"):
        await make_room(house.organisation, house.integration, name)
    await make_room(house.organisation, None, "Cellar", pairing=RoomPairing.UNPAIRED)
    house.calendar.busy[house.room.address] = ScheduleOfAddress(
        house.room.address, Availability.BUSY, (BusyInterval(START, START + timedelta(hours=1), is_tentative=False),)
    )

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { rooms { nodes { name schedule(from: $from, to: $to) {
            __typename ... on RoomSchedule { availability busy { nodes { start end isTentative } } }
        } } } }""",
        **WINDOW,
    )

    schedules = {room["name"]: room["schedule"] for room in data["rooms"]["nodes"]}
    assert schedules["Anchor"]["availability"] == "FREE"
    assert schedules["Lighthouse"]["availability"] == "BUSY"
    assert len(schedules["Lighthouse"]["busy"]["nodes"]) == 1
    assert house.server.suite.calls["schedules"] == 1
    assert schedules["Cellar"] == {"__typename": "RoomNotPaired"}


async def test_free_rooms_come_first_with_a_reminder(house: House) -> None:
    await make_room(house.organisation, house.integration, "Anchor", capacity=4)
    house.calendar.busy[house.room.address] = ScheduleOfAddress(house.room.address, Availability.BUSY)

    data = await house.ask(
        """query ($from: DateTime!, $to: DateTime!) { availableRooms(from: $from, to: $to) {
            ... on AvailableRooms { reminder problems { code } rooms(first: 1) {
                totalCount nodes { availability room { name } } } } } }""",
        **WINDOW,
    )

    assert data["availableRooms"]["rooms"] == {
        "totalCount": 2,
        "nodes": [{"availability": "FREE", "room": {"name": "Anchor"}}],
    }
    assert data["availableRooms"]["reminder"]


async def test_an_administrator_searches_the_suites_directory(house: House) -> None:
    house.server.suite.roles[house.integration.tenant or ""] = frozenset({"rooms"})
    house.server.suite.rooms.append(SuiteRoom(suite_id="1", address="quay@rooms.example", name="Quay", capacity=6))

    data = await house.server.data(
        house.administrator,
        """{ suiteRooms(search: "qua") {
            ... on SuiteRooms { problems { code } rooms { nodes { name email capacity } } }
        } }""",
    )

    assert data["suiteRooms"]["rooms"]["nodes"] == [{"name": "Quay", "email": "quay@rooms.example", "capacity": 6}]


async def test_a_directory_that_nobody_approved_is_a_problem(house: House) -> None:
    data = await house.server.data(
        house.administrator, "{ suiteRooms { __typename ... on PermissionMissing { scopes whoActs } } }"
    )

    assert data["suiteRooms"] == {
        "__typename": "PermissionMissing",
        "scopes": ["rooms"],
        "whoActs": "TENANT_ADMINISTRATOR",
    }


async def test_booking_a_room_for_a_new_event_is_pending(house: House) -> None:
    booked = await house.book()

    [booking] = booked["bookings"]
    assert booking["state"] == "PENDING"
    assert booking["reason"] == "NOT_ANSWERED"
    assert booking["room"] == {"name": "Lighthouse"}
    assert booking["event"]["id"] == booked["event"]["id"]
    assert booked["event"]["rooms"][0]["bookingId"] == booking["id"]


async def test_repeating_a_booking_reads_its_answer_anew_and_other_content_is_refused(house: House) -> None:
    command = {"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "once"}
    first = (await house.ask(BOOK, input=command))["bookRoom"]

    again = (await house.ask(BOOK, input=command))["bookRoom"]
    other = (await house.ask(BOOK, input=command | {"event": house.new_event(subject="Other")}))["bookRoom"]

    assert again["bookings"][0]["id"] == first["bookings"][0]["id"]
    assert other["__typename"] == "IdempotencyKeyReused"
    assert len(house.calendar.events) == 1


async def test_bookings_of_one_event_read_it_once(house: House) -> None:
    other = await make_room(house.organisation, house.integration, "Anchor")
    other_id = house.ids.seal(NodeKind.ROOM, other.id)
    house.server.suite.calls.clear()

    booked = await house.book(roomIds=[house.room_id, other_id], event=house.new_event())

    assert [booking["event"]["subject"] for booking in booked["bookings"]] == ["Tide tables"] * 2
    assert house.server.suite.calls["event"] == 1


async def test_what_a_booking_refuses_names_the_value(house: House) -> None:
    async def refusal(**values: Any) -> tuple[str, str]:
        answer = await house.book(event=house.new_event(**values))
        return answer["field"], answer["code"]

    assert await refusal(subject="x" * 256) == ("event.subject", "SUBJECT_TOO_LONG")
    assert await refusal(start=(START - timedelta(hours=1)).isoformat()) == ("event.start", "EVENT_IN_THE_PAST")
    assert await refusal(attendees=[{"email": "nobody"}]) == ("event.attendees.0.email", "MALFORMED_EMAIL")
    many = [{"email": f"person-{number}@tidewater.example"} for number in range(500)]
    assert await refusal(attendees=many) == ("event.attendees", "TOO_MANY_ATTENDEES")


async def test_a_room_that_is_not_paired_is_named(house: House) -> None:
    await Room.of(house.organisation.id).update(pairing=RoomPairing.UNPAIRED)

    data = await house.ask(
        """mutation ($input: BookRoomInput!) { bookRoom(input: $input) {
            __typename ... on RoomNotPaired { roomName whoActs } } }""",
        input={"roomIds": [house.room_id], "event": house.new_event(), "idempotencyKey": "1"},
    )

    assert data["bookRoom"] == {
        "__typename": "RoomNotPaired",
        "roomName": "Lighthouse",
        "whoActs": "SUBSCRIPTION_ADMINISTRATOR",
    }


async def test_a_series_booking_shows_its_dates_and_their_states(house: House) -> None:
    master = house.series(dates=3)

    booked = await house.book(eventId=house.event_id(master))

    [booking] = booked["bookings"]
    assert booking["kind"] == "SERIES"
    assert [date["state"] for date in booking["occurrences"]["nodes"]] == ["PENDING"] * 3


BOOKINGS = """query ($states: [BookingState!], $after: String) { bookings(states: $states, first: 1, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    nodes { id state since createdAt lastCheckedAt closedAt room { name } event { subject } }
} }"""


async def test_bookings_are_listed_by_state_the_newest_first(house: House) -> None:
    await house.book()
    house.server.ticker.advance(timedelta(minutes=1))
    newest = (await house.book())["bookings"][0]["id"]

    first = (await house.ask(BOOKINGS))["bookings"]
    second = (await house.ask(BOOKINGS, after=first["pageInfo"]["endCursor"]))["bookings"]
    accepted = (await house.ask(BOOKINGS, states=["ACCEPTED"]))["bookings"]

    assert first["nodes"][0]["id"] == newest
    assert first["nodes"][0]["event"] == {"subject": "Tide tables"}
    assert second["nodes"][0]["id"] != newest
    assert accepted["totalCount"] == 0


async def test_a_booking_whose_event_the_suite_does_not_show_has_a_null_event(house: House) -> None:
    await house.book()
    house.server.suite.fail_next("event", SuiteUnavailable())

    data = await house.ask(BOOKINGS)

    assert data["bookings"]["nodes"][0]["event"] is None
    assert data["bookings"]["nodes"][0]["state"] == "PENDING"


CANCEL = """mutation ($input: CancelBookingInput!) { cancelBooking(input: $input) {
    __typename ... on BookingCancelled { booking { id state closedAt room { name } } } ... on Problem { code }
} }"""


async def test_a_cancelled_booking_is_closed_and_cannot_be_cancelled_again(house: House) -> None:
    booking = (await house.book())["bookings"][0]

    cancelled = (await house.ask(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]
    again = (await house.ask(CANCEL, input={"bookingId": booking["id"]}))["cancelBooking"]

    assert cancelled["booking"]["state"] == "CANCELLED"
    assert cancelled["booking"]["room"] == {"name": "Lighthouse"}
    assert again == {"__typename": "BookingClosed", "code": "BOOKING_CLOSED"}


TOKEN = """mutation ($input: CreateAccessTokenInput!) { createAccessToken(input: $input) {
    __typename ... on AccessTokenCreated { token accessToken { id name createdAt expiresAt revokedAt } }
    ... on InvalidInput { field message }
} }"""


async def test_an_access_token_is_shown_once_and_can_be_revoked(house: House) -> None:
    command = {"name": "Kiosk", "lifetimeDays": 7, "idempotencyKey": "kiosk"}

    first = (await house.ask(TOKEN, input=command))["createAccessToken"]
    again = (await house.ask(TOKEN, input=command))["createAccessToken"]
    revoked = await house.ask(
        """mutation ($id: ID!) { revokeAccessToken(input: {accessTokenId: $id}) {
            ... on AccessTokenRevoked { accessToken { revokedAt } } } }""",
        id=first["accessToken"]["id"],
    )

    assert first["token"]
    assert again["token"] is None
    assert again["accessToken"]["id"] == first["accessToken"]["id"]
    assert revoked["revokeAccessToken"]["accessToken"]["revokedAt"] is not None


async def test_a_token_that_would_live_too_long_is_refused_however_large_the_number(house: House) -> None:
    for days in (0, -5, 366, 2**31 - 1):
        answer = await house.ask(TOKEN, input={"name": "Kiosk", "lifetimeDays": days, "idempotencyKey": str(days)})

        assert answer["createAccessToken"]["field"] == "lifetimeDays"


async def test_signing_out_ends_the_credential(house: House) -> None:
    data = await house.ask("mutation { signOut { __typename ... on SessionEnded { at } } }")

    assert data["signOut"]["at"] == "2031-05-12T09:00:00Z"


async def test_syncing_rooms_answers_with_the_run(house: House) -> None:
    data = await house.server.data(
        house.administrator,
        "mutation { syncRooms { __typename ... on RoomSyncRequested { roomSync { state roomsRead requestedAt } } } }",
    )

    assert data["syncRooms"]["roomSync"]["state"] == "DUE"


async def test_node_finds_every_object_again_by_its_id(house: House) -> None:
    booked = await house.book(eventId=house.event_id(house.series()))
    booking = booked["bookings"][0]
    token = (await house.ask(TOKEN, input={"name": "Kiosk", "idempotencyKey": "k"}))["createAccessToken"]["accessToken"]
    integration = (await house.ask("{ integration { id } }"))["integration"]
    member = (await house.ask("{ viewer { member { id } } }"))["viewer"]["member"]
    ids = {
        "RoomBooking": booking["id"],
        "BookingOccurrence": booking["occurrences"]["nodes"][0]["id"],
        "Event": booked["event"]["id"],
        "Room": house.room_id,
        "AccessToken": token["id"],
        "Integration": integration["id"],
        "Member": member["id"],
    }

    found = {
        name: (await house.ask("query ($id: ID!) { node(id: $id) { __typename id } }", id=id_))["node"]
        for name, id_ in ids.items()
    }

    assert found == {name: {"__typename": name, "id": id_} for name, id_ in ids.items()}
