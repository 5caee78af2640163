"""Admin approval: only a live credential proves it."""

from urllib.parse import parse_qs, urlsplit

import pytest
from tortoise.context import TortoiseContext

from app.audit.models import AuditAction, AuditEntry
from app.integrations.approval import ApprovalOutcome
from app.integrations.confirmations import Confirmations
from app.integrations.issues import IssueCode
from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.suites.errors import ConsentNeeded, SuiteUnavailable
from app.suites.protocol import SuiteName
from tests.integrations.doubles import World, make_world
from tests.support.people import TENANT
from tests.support.suites import FakeSuite

MICROSOFT = SuiteName.MICROSOFT_365
S = IntegrationStatus
OURS = Confirmations(Keys(b"\x02" * 32)).approval_state()
"""The state of every approval link of the server under test."""


async def awaiting(world: World) -> Integration:
    await world.start()
    return await world.service.mark_awaiting_admin_approval(world.administrator)


async def present(world: World) -> Integration:
    return await Integration.of(world.organisation_id).get()


async def test_an_approval_that_a_live_credential_proves_leads_back_to_consent(world: World) -> None:
    await awaiting(world)
    world.approve()

    outcome = await world.service.approval_hinted(MICROSOFT, TENANT, OURS)

    assert outcome is ApprovalOutcome.APPROVED
    assert (await present(world)).status is S.AWAITING_CONSENT
    entry = await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ADMIN_APPROVAL_GIVEN).get()
    assert entry.actor_id is None


async def test_a_redirect_that_claims_an_approval_nobody_gave_changes_nothing(world: World) -> None:
    before = await awaiting(world)

    outcome = await world.service.approval_hinted(MICROSOFT, TENANT, OURS)

    after = await present(world)
    assert outcome is ApprovalOutcome.NOT_YET
    assert (after.status, after.version) == (S.AWAITING_ADMIN_APPROVAL, before.version)


@pytest.mark.parametrize("tenant", [None, "", "forged-tenant", "5F0A1D1E-0000-4000-8000-00000000A001/../x"])
async def test_a_redirect_for_a_tenant_that_nobody_awaits_asks_nothing_and_changes_nothing(
    world: World, tenant: str | None
) -> None:
    before = await awaiting(world)
    world.suite.roles["forged-tenant"] = frozenset({"rooms"})

    outcome = await world.service.approval_hinted(MICROSOFT, tenant, OURS)

    after = await present(world)
    assert outcome is ApprovalOutcome.NOBODY_AWAITS
    assert (after.status, after.version) == (S.AWAITING_ADMIN_APPROVAL, before.version)
    assert world.suite.token_calls == 0


@pytest.mark.parametrize(
    "state", [None, "", "approval", f"{OURS}x", Confirmations(Keys(b"\x03" * 32)).approval_state(), "\x00", "ü"]
)
async def test_a_redirect_without_the_state_of_our_link_costs_no_token_call_and_changes_nothing(
    world: World, state: str | None
) -> None:
    before = await awaiting(world)
    world.approve()

    outcome = await world.service.approval_hinted(MICROSOFT, TENANT, state)

    after = await present(world)
    assert outcome is ApprovalOutcome.NOT_OUR_LINK
    assert (after.status, after.version) == (S.AWAITING_ADMIN_APPROVAL, before.version)
    assert world.suite.token_calls == 0


async def test_the_redirect_that_follows_our_own_link_is_taken(world: World) -> None:
    await awaiting(world)
    world.approve()
    link = await world.service.admin_approval_link(world.organisation_id, MICROSOFT)
    assert link is not None

    outcome = await world.service.approval_hinted(MICROSOFT, TENANT, parse_qs(urlsplit(link).query)["state"][0])

    assert outcome is ApprovalOutcome.APPROVED


async def test_an_approval_in_another_tenant_moves_only_who_awaits_that_tenant(world: World) -> None:
    await awaiting(world)
    rival = await make_world("Newbridge", suite=world.suite, bus=world.bus, tenant="newbridge-tenant")
    await awaiting(rival)
    rival.approve("newbridge-tenant")

    outcome = await rival.service.approval_hinted(MICROSOFT, "newbridge-tenant", OURS)

    assert outcome is ApprovalOutcome.APPROVED
    assert (await present(world)).status is S.AWAITING_ADMIN_APPROVAL
    assert (await present(rival)).status is S.AWAITING_CONSENT


async def test_an_approval_before_anybody_marked_it_is_confirmed_and_changes_no_status(world: World) -> None:
    before = await world.start()
    world.approve()

    outcome = await world.service.approval_hinted(MICROSOFT, TENANT, OURS)

    after = await present(world)
    assert outcome is ApprovalOutcome.APPROVED
    assert (after.status, after.status_since) == (before.status, before.status_since)


async def test_a_suite_that_does_not_answer_is_told_as_such(world: World) -> None:
    await awaiting(world)
    world.suite.fail_next("application_tokens", SuiteUnavailable())

    assert await world.service.approval_hinted(MICROSOFT, TENANT, OURS) is ApprovalOutcome.SUITE_UNAVAILABLE


async def test_a_tenant_without_the_application_has_not_approved_it(world: World) -> None:
    await awaiting(world)
    world.suite.fail_next("application_tokens", ConsentNeeded("AADSTS65001"))

    assert await world.service.approval_hinted(MICROSOFT, TENANT, OURS) is ApprovalOutcome.NOT_YET


async def test_the_test_notices_an_approval_given_elsewhere(world: World) -> None:
    await awaiting(world)
    world.approve()

    run = await world.service.run_test(world.administrator)

    assert run.integration.status is S.AWAITING_CONSENT
    assert [issue.code for issue in run.report.issues] == [IssueCode.CONSENT_NEEDED]
    entry = await AuditEntry.of(world.organisation_id).filter(action=AuditAction.ADMIN_APPROVAL_GIVEN).get()
    assert entry.actor_id == world.administrator.member_id


@pytest.mark.parametrize("failure", [None, SuiteUnavailable()])
async def test_the_test_says_that_approval_is_still_missing(world: World, failure: Exception | None) -> None:
    before = await awaiting(world)
    if failure:
        world.suite.fail_next("application_tokens", failure)

    run = await world.service.run_test(world.administrator)

    assert [issue.code for issue in run.report.issues] == [IssueCode.ADMIN_APPROVAL_NEEDED]
    assert run.integration.version == before.version


async def test_the_link_leads_to_the_administrators_tenant_and_names_nobody(world: World) -> None:
    await world.start()

    link = await world.service.admin_approval_link(world.organisation_id, MICROSOFT)
    again = await world.service.admin_approval_link(world.organisation_id, MICROSOFT)

    assert link is not None
    assert link == again
    parts = urlsplit(link)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    assert parts.path == f"/{TENANT}/approve"
    assert query["redirect_uri"] == "https://meetings.example/auth/callback/microsoft-365/admin"
    assert query["state"] == OURS
    assert str(world.organisation_id) not in link


async def test_the_link_of_an_organisation_that_has_started_nothing_leads_to_any_tenant(world: World) -> None:
    link = await world.service.admin_approval_link(world.organisation_id, MICROSOFT)

    assert link is not None
    assert urlsplit(link).path == "/organizations/approve"


async def test_whoever_belongs_to_no_organisation_yet_gets_the_link_to_any_tenant_too(world: World) -> None:
    await world.start()

    link = await world.service.admin_approval_link(None, MICROSOFT)

    assert link is not None
    assert urlsplit(link).path == "/organizations/approve"


async def test_a_suite_that_is_not_configured_has_no_link(world: World) -> None:
    assert await world.service.admin_approval_link(world.organisation_id, SuiteName.GOOGLE_WORKSPACE) is None


class _Unreachable(FakeSuite):
    async def admin_approval_url(self, tenant: str | None, redirect_uri: str, state: str) -> str | None:
        raise SuiteUnavailable


async def test_a_suite_that_does_not_answer_has_no_link_now(database: TortoiseContext) -> None:
    world = await make_world(suite=_Unreachable())

    assert await world.service.admin_approval_link(world.organisation_id, MICROSOFT) is None
