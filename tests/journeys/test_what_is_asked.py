"""What people are told that they will be asked for is what the suites' pages ask them for, at each of them."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from app.sandbox.visitor import Landing, Visitor
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE, Company
from tests.journeys.story import CONNECT, ENABLE, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio

LISTED = "{ calendarSuites { name adminApprovalLink permissions { scope } permissionChoices { variant scopes } } }"
START = """mutation ($suite: SuiteName!, $variant: PermissionVariant!) {
  startIntegration(input: {suite: $suite, variant: $variant}) { ... on IntegrationStarted {
    consentUrl integration { approvalWays { kind url } } } } }"""
LONG_NAMES = {
    "https://www.googleapis.com/auth/userinfo.email": "email",
    "https://www.googleapis.com/auth/userinfo.profile": "profile",
}
ALL_OF_THE_REGISTRATION = "https://graph.microsoft.com/.default"
"""Which are these, the approval page's answer tells."""


def _asked(*landings: Landing | None) -> set[str]:
    """Every permission that an address on the way names, asked for or given."""
    trail = [url for landing in landings if landing for url in landing.trail]
    scopes = [
        scope for url in trail for value in parse_qs(urlsplit(url).query).get("scope", ()) for scope in value.split()
    ]
    return {_short(scope) for scope in scopes if scope != ALL_OF_THE_REGISTRATION}


def _short(scope: str) -> str:
    return LONG_NAMES.get(scope, scope.removeprefix("https://graph.microsoft.com/"))


async def _started(story: Story, administrator: Client, variant: str) -> Sequence[Landing | None]:
    """What the administrator's visit came to, and the approval's where a page is visited for it."""
    started = await administrator.field(START, suite=story.company.suite, variant=variant)
    approved = await story.company.approve(story.sandbox, started["integration"]["approvalWays"])
    return approved, await story.visit(story.company.administrator, started["consentUrl"])


@pytest.mark.parametrize("company", [NEWBRIDGE, BROOKSIDE], ids=lambda company: company.name)
async def test_what_is_listed_is_what_every_page_of_the_suite_asks_for(company: Company, tmp_path: Path) -> None:
    async with story_on(sqlite_url(tmp_path), tmp_path, company) as story, Visitor(company.administrator) as browser:
        signed_in = await browser.open(f"{await story.invitation()}?suite={company.suite}")
        async with story.speaking_for(await story.token_in(browser)) as administrator:
            suites = await administrator.field(LISTED)
            [suite] = [each for each in suites if each["name"] == company.suite]
            [smaller] = [set(each["scopes"]) for each in suite["permissionChoices"] if each["variant"] != "FULL"]
            listed = {permission["scope"] for permission in suite["permissions"]}

            _, without_rooms = await _started(story, administrator, "WITHOUT_ROOM_DIRECTORY")
            approved, full = await _started(story, administrator, "FULL")
            assert (await administrator.field(ENABLE))["__typename"] == "IntegrationEnabled"
        async with story.speaking_for(await story.token_by_sign_in(company.member)) as member:
            connected = await story.visit(company.member, (await member.field(CONNECT))["consentUrl"])

    assert _asked(signed_in) < smaller
    assert _asked(without_rooms) == smaller
    assert _asked(connected) == smaller
    assert _asked(approved, full) == listed
