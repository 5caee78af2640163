"""A customer of Google's blocks the application after it was enabled: all are told who acts, and nothing is lost."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from app.sandbox.pages import Page
from tests.journeys.bad_input.world import ACCESS, AGENDA, in_plain_words
from tests.journeys.companies import BROOKSIDE
from tests.journeys.story import CONNECT, TEST, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

JOY = "joy.adeyemi@brookside.example"
CONDITION = "{ integration { status health issues { code message remedy whoActs } approvalWays { kind } } }"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Brookside at Google."""
    folder = tmp_path_factory.mktemp("blocked-later")
    async with story_on(sqlite_url(folder), folder, BROOKSIDE, PENDING_POLLING="false") as story:
        yield story


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nell(story: Story) -> AsyncIterator[Client]:
    """Who enabled the integration."""
    async with story.speaking_for(await story.enabled()) as nell:
        yield nell


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def mara(story: Story, nell: Client) -> AsyncIterator[Client]:
    """A connected member."""
    async with story.speaking_for(await story.connected_member()) as mara:
        yield mara


@pytest_asyncio.fixture(loop_scope="module")
async def _blocked(story: Story, nell: Client, mara: Client) -> AsyncIterator[None]:
    """Google lets nobody of the customer use the application, and every access token has run out; then as before."""
    await _set(story, "BLOCKED")
    yield
    await _set(story, "TRUSTED")
    assert (await nell.field(TEST))["report"]["passed"]


async def _set(story: Story, access: str) -> None:
    await story.sandbox.control("PATCH", "google/customers/brookside.example", {"app_access": access})
    await story.sandbox.control("POST", "google/expire-access-tokens", {})


async def _agenda(member: Client) -> dict[str, Any]:
    agenda: dict[str, Any] = await member.field(AGENDA, **Slot.in_days(3).as_window())
    return agenda


@pytest.mark.usefixtures("_blocked")
async def test_a_members_calls_say_that_an_administrator_of_the_suite_acts(mara: Client) -> None:
    problem = await _agenda(mara)

    access = (await mara.field(ACCESS))["connection"]
    assert (problem["code"], problem["whoActs"]) == ("PERMISSION_MISSING", "TENANT_ADMINISTRATOR")
    assert problem["retryable"] is False
    assert "administrator" in problem["message"]
    assert in_plain_words(problem)
    assert access == {"status": "CONNECTED", "reason": None}


@pytest.mark.usefixtures("_blocked")
async def test_the_integration_says_that_it_waits_for_approval_once_a_call_has_met_it(
    nell: Client, mara: Client
) -> None:
    before = await nell.field(CONDITION)

    await _agenda(mara)

    after = await nell.field(CONDITION)
    [issue] = after["issues"]
    assert (before["health"], before["issues"]) == ("HEALTHY", [])
    assert (after["status"], after["health"]) == ("ENABLED", "BROKEN")
    assert (issue["code"], issue["whoActs"]) == ("ADMIN_APPROVAL_NEEDED", "TENANT_ADMINISTRATOR")
    assert in_plain_words(issue)


@pytest.mark.usefixtures("_blocked")
async def test_a_new_member_stays_on_googles_own_page(story: Story) -> None:
    async with story.speaking_for(await story.token_by_sign_in(JOY)) as joy:
        connecting = await joy.field(CONNECT)

        landing = await story.visit(JOY, connecting["consentUrl"])

        access = (await joy.field(ACCESS))["connection"]
    assert landing.page is Page.GOOGLE_BLOCKED
    assert access["status"] == "NOT_CONNECTED"


@pytest.mark.usefixtures("_blocked")
async def test_a_test_run_says_the_same_and_members_go_on_once_google_trusts_the_application_again(
    story: Story, nell: Client, mara: Client
) -> None:
    failed = await nell.field(TEST)
    meanwhile = await nell.field(CONDITION)
    await _set(story, "TRUSTED")
    agenda = await _agenda(mara)
    passed = await nell.field(TEST)
    healed = await nell.field(CONDITION)

    found = {check["issue"]["code"] for check in failed["report"]["checks"] if check["issue"]}
    assert not failed["report"]["passed"]
    assert found == {"ADMIN_APPROVAL_NEEDED"}
    assert (meanwhile["status"], meanwhile["health"]) == ("ENABLED", "BROKEN")
    assert [issue["code"] for issue in meanwhile["issues"]] == ["ADMIN_APPROVAL_NEEDED"]
    assert agenda["__typename"] == "Agenda"
    assert passed["report"]["passed"]
    assert (healed["health"], healed["issues"]) == ("HEALTHY", [])
