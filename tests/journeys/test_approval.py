"""Every branch of "Need admin approval", walked through the server and the suite's pages as people walk it."""

import html
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from app.sandbox.pages import Page
from app.sandbox.visitor import Answer, Landing, OnNeedApproval, Visitor
from tests.journeys.bad_input.world import in_plain_words
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE
from tests.journeys.story import ENABLE, MET_NEED_APPROVAL, STATUS, TEST, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

NORA, TOMAS, MIA = NEWBRIDGE.administrator, NEWBRIDGE.tenant_administrator, NEWBRIDGE.member
FREYA, RUI = "freya.dahl@harbourside.example", "rui.tavares@harbourside.example"
ADMIN_CALLBACK = "/auth/callback/microsoft-365/admin"
TICKET_LIVES = timedelta(minutes=10)
WAYS = ["CONSENT_FOR_ORGANISATION", "ADMIN_APPROVAL_LINK", "SUITE_REQUEST"]
GIVEN = "subscription { integrationChanged { status adminApprovalGivenAt } }"
CONDITION = """{ integration { status statusSince adminApprovalGivenAt
  approvalWays { kind instructions url applicationId }
  lastTest { passed checks { name outcome issue { code message remedy whoActs } } } } }"""
LINK = "{ calendarSuites { name adminApprovalLink } }"
CANCEL = "mutation { cancelIntegration { __typename ... on Problem { code message } } }"
START_WITHOUT_ROOMS = """mutation { startIntegration(input: {suite: MICROSOFT_365, variant: WITHOUT_ROOM_DIRECTORY}) {
  __typename ... on IntegrationStarted { consentUrl } ... on Problem { code message }
} }"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def microsoft(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Newbridge, used by one test after another, on a clock that moves."""
    folder = tmp_path_factory.mktemp("newbridge")
    async with story_on(sqlite_url(folder), folder, NEWBRIDGE, moves_clock=True, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Brookside, whose Workspace lets nobody use the application."""
    folder = tmp_path_factory.mktemp("brookside")
    async with story_on(sqlite_url(folder), folder, BROOKSIDE, moves_clock=True, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nora(microsoft: Story) -> AsyncIterator[Client]:
    """Newbridge's subscription administrator, who is none of the tenant."""
    async with microsoft.speaking_for(await microsoft.token_by_invitation(NORA)) as nora:
        yield nora


@pytest_asyncio.fixture(loop_scope="module")
async def _afresh(microsoft: Story, nora: Client) -> AsyncIterator[None]:
    """Nothing integrated here, nothing approved there."""
    yield
    await nora.field(CANCEL)
    await microsoft.sandbox.control("DELETE", "tenants/newbridge.example/application")


async def _stuck(story: Story, administrator: Client, **visit: Any) -> Landing:
    """The administrator starts and meets the page that asks for approval."""
    started = await story.started(administrator)
    return await story.visit(story.company.administrator, started["consentUrl"], **visit)


async def _consent_again(story: Story, administrator: Client) -> Landing:
    started = await story.started(administrator)
    return await story.visit(story.company.administrator, started["consentUrl"])


async def _status(administrator: Client) -> str:
    status: str = (await administrator.field(STATUS))["status"]
    return status


async def _directory_issue(administrator: Client) -> dict[str, Any]:
    last = (await administrator.field(CONDITION))["lastTest"]
    [issue] = [check["issue"] for check in last["checks"] if check["issue"]]
    found: dict[str, Any] = issue
    return found


async def _direct_link(administrator: Client) -> str:
    suites = await administrator.field(LINK)
    link: str = next(suite["adminApprovalLink"] for suite in suites if suite["name"] == "MICROSOFT_365")
    return link


async def _follow(link: str, by: str) -> Landing:
    async with Visitor(by) as browser:
        return await browser.open(link)


@pytest.mark.usefixtures("_afresh")
async def test_the_tick_for_the_whole_organisation_approves_all_but_the_list_of_rooms_which_the_link_mends(
    microsoft: Story, nora: Client
) -> None:
    await _stuck(microsoft, nora)
    await nora.field(MET_NEED_APPROVAL)
    started = await microsoft.started(nora)

    async with Visitor(TOMAS, for_organisation=True) as browser:
        handed_over = await browser.open(started["consentUrl"])
    after_the_tick = await _consent_again(microsoft, nora)
    status, issue = await _status(nora), await _directory_issue(nora)
    approved = await _follow(await _direct_link(nora), TOMAS)
    mended = await nora.field(TEST)

    assert handed_over.status == 403
    assert "it counts for everybody" in handed_over.text
    assert after_the_tick.status == 200
    assert status == "TEST_FAILED"
    assert (issue["code"], issue["whoActs"]) == ("ROOM_DIRECTORY_NOT_APPROVED", "TENANT_ADMINISTRATOR")
    assert in_plain_words(issue)
    assert "Approved" in approved.text
    assert mended["report"]["passed"], mended
    assert await _status(nora) == "TESTED"


@pytest.mark.usefixtures("_afresh")
async def test_without_the_list_of_rooms_the_tick_alone_is_enough(microsoft: Story, nora: Client) -> None:
    started = await nora.field(START_WITHOUT_ROOMS)
    async with Visitor(TOMAS, for_organisation=True) as browser:
        await browser.open(started["consentUrl"])

    again = await nora.field(START_WITHOUT_ROOMS)
    landing = await microsoft.visit(NORA, again["consentUrl"])

    assert landing.status == 200
    assert await _status(nora) == "TESTED"


async def test_a_tenant_administrator_who_runs_the_integration_ticks_the_box_on_their_own_way(
    microsoft: Story,
) -> None:
    async with microsoft.speaking_for(await microsoft.token_by_invitation(TOMAS, "Tomas's own")) as tomas:
        started = await microsoft.started(tomas)
        async with Visitor(TOMAS, for_organisation=True) as browser:
            landing = await browser.open(started["consentUrl"])
        issue = await _directory_issue(tomas)
        await tomas.field(CANCEL)
    await microsoft.sandbox.control("DELETE", "tenants/newbridge.example/application")

    assert landing.status == 200
    assert "Your consent was recorded, but the test found issues" in landing.text
    assert "v2.0/adminconsent?" in landing.text
    assert issue["code"] == "ROOM_DIRECTORY_NOT_APPROVED"


@pytest.mark.usefixtures("_afresh")
async def test_the_direct_link_may_be_followed_before_anybody_started_and_then_nobody_is_stuck(
    microsoft: Story, nora: Client
) -> None:
    approved = await _follow(await _direct_link(nora), TOMAS)

    landing = await _consent_again(microsoft, nora)

    assert "The approval is not visible yet" in approved.text
    assert "counts as soon as a subscription administrator starts" in approved.text
    assert landing.status == 200
    assert await _status(nora) == "TESTED"


@pytest.mark.usefixtures("_afresh")
async def test_whoever_waits_is_told_at_once_that_somebody_else_approved_and_when(
    microsoft: Story, nora: Client
) -> None:
    await _stuck(microsoft, nora)
    async with nora.subscribe(GIVEN) as changes:
        waiting = await changes.next()
        await _follow(await _direct_link(nora), TOMAS)
        given = await changes.next()
    await microsoft.started(nora)  # and goes nowhere
    turned_back = await nora.field(CONDITION)
    landing = await _consent_again(microsoft, nora)
    settled = await nora.field(CONDITION)

    assert waiting == {"status": "AWAITING_CONSENT", "adminApprovalGivenAt": None}
    assert given["status"] == "AWAITING_CONSENT"
    assert given["adminApprovalGivenAt"] is not None
    assert landing.status == 200
    assert settled["status"] == "TESTED"
    assert {seen["adminApprovalGivenAt"] for seen in (given, turned_back, settled)} == {given["adminApprovalGivenAt"]}


@pytest.mark.usefixtures("_afresh")
async def test_an_administrator_who_declines_the_direct_link_changes_nothing(microsoft: Story, nora: Client) -> None:
    await _stuck(microsoft, nora)
    await nora.field(MET_NEED_APPROVAL)

    async with Visitor(TOMAS, admin_answer=Answer.CANCEL) as browser:
        declined = await browser.open(await _direct_link(nora))
    by_nobody = await _follow(await _direct_link(nora), MIA)

    assert "The approval was not given" in declined.text
    assert by_nobody.page is Page.NEED_ADMIN_APPROVAL
    assert await _status(nora) == "AWAITING_ADMIN_APPROVAL"


@pytest.mark.usefixtures("_afresh")
async def test_a_request_that_was_approved_at_the_suite_lets_the_next_attempt_through(
    microsoft: Story, nora: Client
) -> None:
    sent = await _stuck(microsoft, nora, on_need_approval=OnNeedApproval.REQUEST)
    await nora.field(MET_NEED_APPROVAL)
    async with Visitor(TOMAS, approves_requests=True) as browser:
        await browser.open(f"{microsoft.sandbox.description.http}/approval-requests")

    tested = await nora.field(TEST)
    waiting = await _status(nora)
    landing = await _consent_again(microsoft, nora)

    assert sent.page is Page.APPROVAL_REQUESTED
    assert not tested["report"]["passed"]
    assert waiting == "AWAITING_ADMIN_APPROVAL"
    assert landing.status == 200
    assert (await _directory_issue(nora))["code"] == "ROOM_DIRECTORY_NOT_APPROVED"


@pytest.mark.usefixtures("_afresh")
async def test_an_approval_given_in_the_suites_own_administration_is_noticed_by_the_test_flow(
    microsoft: Story, nora: Client
) -> None:
    await _stuck(microsoft, nora)
    await nora.field(MET_NEED_APPROVAL)
    await microsoft.sandbox.control("POST", "tenants/newbridge.example/consent")

    tested = await nora.field(TEST)
    noticed = await _status(nora)
    landing = await _consent_again(microsoft, nora)

    assert not tested["report"]["passed"]
    assert noticed == "AWAITING_CONSENT"
    assert landing.status == 200
    assert await _status(nora) == "TESTED"


@pytest.mark.usefixtures("_afresh")
async def test_the_page_that_never_returns_outlives_its_ticket_and_the_ways_out_stay(
    microsoft: Story, nora: Client
) -> None:
    stuck = await _stuck(microsoft, nora)
    unused = (await microsoft.started(nora))["consentUrl"]
    await nora.field(MET_NEED_APPROVAL)
    before = await nora.field(CONDITION)

    await microsoft.advance(TICKET_LIVES + timedelta(seconds=1))
    too_late = await microsoft.visit(NORA, unused)
    await microsoft.advance(timedelta(days=6))
    after = await nora.field(CONDITION)

    assert stuck.page is Page.NEED_ADMIN_APPROVAL
    assert "This link does not work any more" in too_late.text
    assert before["status"] == "AWAITING_ADMIN_APPROVAL"
    assert [way["kind"] for way in before["approvalWays"]] == WAYS
    assert after == before


@pytest.mark.usefixtures("_afresh")
async def test_whoever_leaves_the_page_long_afterwards_comes_too_late_and_changes_nothing(
    microsoft: Story, nora: Client
) -> None:
    started = await microsoft.started(nora)
    async with Visitor(NORA) as browser:
        stuck = await browser.open(started["consentUrl"])
        await nora.field(MET_NEED_APPROVAL)
        before = await nora.field(CONDITION)
        await microsoft.advance(TICKET_LIVES + timedelta(seconds=1))
        browser.on_need_approval = OnNeedApproval.RETURN
        left = await browser.open(stuck.url)

    assert "This sign-in cannot be completed" in left.text
    assert await nora.field(CONDITION) == before


async def test_googles_page_never_returns_and_trusting_the_application_there_lets_the_next_attempt_through(
    google: Story,
) -> None:
    async with google.speaking_for(await google.token_by_invitation(BROOKSIDE.administrator)) as nell:
        stuck = await _stuck(google, nell)
        await nell.field(MET_NEED_APPROVAL)
        before = await nell.field(CONDITION)
        await google.advance(TICKET_LIVES + timedelta(days=6))
        after = await nell.field(CONDITION)

        await BROOKSIDE.approve(google.sandbox, after["approvalWays"])
        not_told = await nell.field(TEST)
        landing = await _consent_again(google, nell)
        status = await _status(nell)

    assert stuck.page is Page.GOOGLE_BLOCKED
    assert [way["kind"] for way in before["approvalWays"]] == ["TRUSTED_APPLICATION", "SUITE_REQUEST"]
    assert not any(way["url"] for way in before["approvalWays"])
    assert [bool(way["applicationId"]) for way in before["approvalWays"]] == [True, False]
    assert before["status"] == "AWAITING_ADMIN_APPROVAL"
    assert after == before
    assert not not_told["report"]["passed"]
    assert landing.status == 200
    assert status == "TESTED"


@pytest.mark.usefixtures("_afresh")
async def test_leaving_the_page_looks_like_a_refusal_so_both_readings_are_shown_with_the_ways_out(
    microsoft: Story, nora: Client
) -> None:
    left = await _stuck(microsoft, nora, on_need_approval=OnNeedApproval.RETURN)

    condition = await nora.field(CONDITION)
    marked = await nora.field(MET_NEED_APPROVAL)

    assert left.status == 200
    assert "You declined" in left.text
    assert "You left the page because it asked for an administrator" in left.text
    assert "v2.0/adminconsent?" in left.text
    assert condition["status"] == "AWAITING_CONSENT"
    assert [way["kind"] for way in condition["approvalWays"]] == WAYS
    assert marked["integration"]["status"] == "AWAITING_ADMIN_APPROVAL"


@pytest.mark.usefixtures("_afresh")
async def test_a_forged_redirect_changes_nothing_even_with_the_state_of_a_true_link(
    microsoft: Story, nora: Client
) -> None:
    await _stuck(microsoft, nora)
    await nora.field(MET_NEED_APPROVAL)
    before = await nora.field(CONDITION)
    state = parse_qs(urlsplit(await _direct_link(nora)).query)["state"][0]
    tenants = await microsoft.sandbox.control("GET", "tenants")
    tenant = next(tenant["id"] for tenant in tenants if tenant["domain"] == "newbridge.example")

    said = []
    async with aiohttp.ClientSession() as anybody:
        for forged in ({"tenant": tenant, "state": state}, {"tenant": tenant, "state": "x"}, {"tenant": tenant}):
            query = urlencode({"admin_consent": "True", "scope": "Place.Read.All", **forged})
            async with anybody.get(f"{microsoft.server.address}{ADMIN_CALLBACK}?{query}") as answer:
                said.append(await answer.text())

    assert ["does not show the approval yet" in text for text in said] == [True, False, False]
    assert ["did not come here by an approval link" in text for text in said] == [False, True, True]
    assert await nora.field(CONDITION) == before


async def test_where_nobody_may_consent_even_the_first_sign_in_waits_and_the_page_says_how_to_go_on(
    microsoft: Story,
) -> None:
    invitation = f"{await microsoft.invitation('Harbourside')}?suite=MICROSOFT_365"
    stuck = await microsoft.visit(FREYA, invitation)
    left = await microsoft.visit(FREYA, invitation, on_need_approval=OnNeedApproval.RETURN)
    [link] = [word for word in left.text.split('"') if "adminconsent" in word]

    approved = await _follow(html.unescape(link), RUI)
    async with Visitor(FREYA) as browser:
        await browser.open(invitation)
        token = await microsoft.token_in(browser)
    async with microsoft.speaking_for(token) as freya:
        landing = await microsoft.visit(FREYA, (await microsoft.started(freya))["consentUrl"])
        enabled = await freya.field(ENABLE)

    assert stuck.page is Page.NEED_ADMIN_APPROVAL
    assert "You left the page because it asked for an administrator" in left.text
    assert "counts as soon as a subscription administrator starts" in approved.text
    assert landing.status == 200
    assert enabled["integration"]["status"] == "ENABLED"
