"""From nothing configured to an enabled integration, as members and administrators see it."""

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from app.connections.models import CalendarConnection
from app.identity.models import Role
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from tests.bookings.house import START, make_event
from tests.connections.stack import account_of
from tests.schema.world import House, Server, make_house
from tests.support.carried import PERMISSIONS
from tests.support.people import make_member, make_organisation, principal_of


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
    approvalWays { kind url } adminApprovalGivenAt
} }"""


async def test_only_administrators_see_the_details_of_an_integration(house: House) -> None:
    for_member = (await house.ask(INTEGRATION))["integration"]
    for_administrator = (await house.server.data(house.administrator, INTEGRATION))["integration"]

    seen = {name for name, value in for_member.items() if value is not None}
    assert seen == {"status", "suite", "statusSince"}
    assert for_administrator["tenant"] == house.integration.tenant
    assert for_administrator["health"] == "HEALTHY"
    assert for_administrator["figures"] == {"connectedMembers": 2, "pairedRooms": 1, "pendingBookings": 0}


async def test_when_an_approval_was_given_is_for_administrators_alone(house: House) -> None:
    await Integration.of(house.organisation.id).update(admin_approval_given_at=START)

    for_member = (await house.ask(INTEGRATION))["integration"]
    for_administrator = (await house.server.data(house.administrator, INTEGRATION))["integration"]

    assert for_member["adminApprovalGivenAt"] is None
    assert for_administrator["adminApprovalGivenAt"] == "2031-05-12T09:00:00Z"


async def test_starting_gives_a_consent_address_and_waiting_for_approval_shows_the_three_ways_out(
    server: Server,
) -> None:
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


HEALTH = "{ integration { health issues { code message whoActs remedy } } }"


async def test_a_room_directory_that_nobody_carries_shows_at_once_and_goes_with_the_next_carrier(house: House) -> None:
    suite = house.server.suite
    suite.capabilities = replace(suite.capabilities, directory_by_application=False)
    mine = CalendarConnection.of(house.organisation.id).filter(member_id=house.administrator.member_id)

    uncarried = await house.server.data(house.administrator, HEALTH)
    await mine.update(scopes=["calendar", "openid", "rooms"])
    carried = await house.server.data(house.administrator, HEALTH)

    assert uncarried["integration"]["health"] == "DEGRADED"
    [issue] = uncarried["integration"]["issues"]
    assert (issue["code"], issue["whoActs"]) == ("ROOM_DIRECTORY_UNCARRIED", "SUBSCRIPTION_ADMINISTRATOR")
    assert carried["integration"] == {"health": "HEALTHY", "issues": []}


async def test_members_are_told_nothing_of_who_carries_the_directory(house: House) -> None:
    suite = house.server.suite
    suite.capabilities = replace(suite.capabilities, directory_by_application=False)

    assert await house.ask(HEALTH) == {"integration": {"health": None, "issues": None}}


async def test_a_test_says_of_each_check_whether_it_may_fail(server: Server) -> None:
    house = await make_house(server, status=IntegrationStatus.TEST_FAILED)
    server.suite.permissions = PERMISSIONS
    server.suite.capabilities = replace(server.suite.capabilities, directory_by_application=False)

    tested = await server.data(
        house.administrator,
        """mutation { runTestFlow { ... on TestFlowRun {
            integration { status issues { code } } report { passed checks { name outcome isRequired } }
        } } }""",
    )

    run = tested["runTestFlow"]
    assert (run["integration"]["status"], run["report"]["passed"]) == ("TESTED", True)
    assert run["integration"]["issues"] == [{"code": "ROOM_DIRECTORY_NOT_TICKED"}]
    failed = [check for check in run["report"]["checks"] if check["outcome"] == "FAILED"]
    assert failed == [{"name": "ROOM_DIRECTORY", "outcome": "FAILED", "isRequired": False}]
