"""Each row of the table of errors, met at suites that speak their own wire protocols: code, words, who acts, state."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio

from tests.integrations import trust
from tests.integrations.trust import Met
from tests.journeys.bad_input.world import ACCESS, AGENDA, in_plain_words
from tests.journeys.companies import BROOKSIDE, NEWBRIDGE
from tests.journeys.story import START, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

ADA = "ada.vos@tidewater.example"
HUGO = "hugo.brandt@fernhill.example"
TEST = """mutation { runTestFlow { __typename
  ... on TestFlowRun { report {
    passed checks { name outcome isRequired durationMilliseconds
      issue { code message remedy whoActs suiteCode suiteCorrelationId } }
  } }
} }"""
CONDITION = "{ integration { status health issues { code message remedy whoActs } } }"
STATUS = "{ integration { status } }"
CLAIMS = {
    "WWW-Authenticate": 'Bearer realm="", error="insufficient_claims", '
    'claims="eyJhY2Nlc3NfdG9rZW4iOnsiYWNycyI6eyJlc3NlbnRpYWwiOnRydWUsInZhbHVlIjoiYzEifX19"'
}


@dataclass(frozen=True, slots=True)
class Side:
    """One suite: an enabled organisation with an administrator and a member, and one that is being set up."""

    story: Story
    administrator: Client
    member: Client
    newcomer: Client
    """The administrator of the organisation that is being set up."""
    newcomers_address: str
    orders: str
    """Where the sandbox takes orders for errors."""
    expiry: str
    """Where it makes access tokens expire."""

    def expected(self, met: Met) -> tuple[str, list[str]]:
        """The integration's health and its issues: one person's own consent is no issue but where it carries rooms."""
        if not met.is_personal:
            return met.health, [met.issue[0]]
        return ("DEGRADED", ["ROOM_DIRECTORY_UNCARRIED"]) if self.story.company is BROOKSIDE else ("HEALTHY", [])

    @contextlib.asynccontextmanager
    async def refusing(self, **order: Any) -> AsyncIterator[None]:
        """Every access token has run out, and the token endpoint refuses; afterwards all is as it was before."""
        control = self.story.sandbox.control
        await control("POST", f"{self.orders}/token-error", {"times": None, **order})
        await control("POST", self.expiry, {})
        try:
            yield
        finally:
            await control("DELETE", f"{self.orders}/token-error")
            await self.mend()

    @contextlib.asynccontextmanager
    async def faulty(self, **fault: Any) -> AsyncIterator[None]:
        """The suite answers calls so; afterwards all is as it was before."""
        await self.story.sandbox.control("POST", "faults", {"times": None, **fault})
        try:
            yield
        finally:
            await self.story.sandbox.control("DELETE", "faults")
            await self.mend()

    async def mend(self) -> None:
        company = self.story.company
        for client, address in ((self.administrator, company.administrator), (self.member, company.member)):
            if (await client.field(ACCESS))["connection"]["status"] != "CONNECTED":
                await self.story.connected(client, address)
        assert (await self.administrator.field(TEST))["report"]["passed"]
        assert (await self.administrator.field(CONDITION))["health"] == "HEALTHY"

    async def agenda(self) -> dict[str, Any]:
        agenda: dict[str, Any] = await self.member.field(AGENDA, **Slot.in_days(3).as_window())
        return agenda

    async def visit(self, error: dict[str, Any]) -> tuple[str, str]:
        """An administrator who starts the integration and is sent back so: the page's text and the status after it."""
        await self.story.sandbox.control("POST", f"{self.orders}/authorise-error", error)
        started = await self.newcomer.field(START, suite=self.story.company.suite)
        landing = await self.story.visit(self.newcomers_address, started["consentUrl"])
        await self.story.sandbox.control("DELETE", f"{self.orders}/authorise-error")
        return landing.text, (await self.newcomer.field(STATUS))["status"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def microsoft(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Side]:
    """Newbridge, enabled, and Tidewater beside it; every test of the module shares their server and sandbox."""
    folder = tmp_path_factory.mktemp("trust")
    async with (
        story_on(sqlite_url(folder), folder, NEWBRIDGE, PENDING_POLLING="false", SUITE_TIMEOUT="3") as story,
        _side(story, ADA, "Tidewater", "entra", "entra/expire-access-tokens") as side,
    ):
        yield side


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def google(microsoft: Side) -> AsyncIterator[Side]:
    """Brookside, enabled, and Fernhill, on the same server."""
    story = Story(microsoft.story.sandbox, microsoft.story.server, BROOKSIDE)
    async with _side(story, HUGO, "Fernhill", "google", "google/expire-access-tokens") as side:
        yield side


@contextlib.asynccontextmanager
async def _side(story: Story, address: str, name: str, orders: str, expiry: str) -> AsyncIterator[Side]:
    async with (
        story.speaking_for(await story.enabled()) as administrator,
        story.speaking_for(await story.connected_member()) as member,
        story.speaking_for(await story.token_by_invitation(address, name)) as newcomer,
    ):
        await story.connected(administrator, story.company.administrator)
        yield Side(story, administrator, member, newcomer, address, orders, expiry)


async def _shows(side: Side, met: Met) -> list[dict[str, Any]]:
    """Assert what the administrator's report, the member's problem, their connection and the integration show."""
    report = (await side.administrator.field(TEST))["report"]
    problem = await side.agenda()
    access = (await side.member.field(ACCESS))["connection"]
    condition = await side.administrator.field(CONDITION)
    issues = [check["issue"] for check in report["checks"] if check["issue"]]

    assert not report["passed"]
    assert {(issue["code"], issue["whoActs"]) for issue in issues} == {met.issue}
    assert all(met.remedy in issue["remedy"] and in_plain_words(issue) for issue in issues)
    assert (problem["code"], problem["whoActs"]) == met.problem
    assert in_plain_words(problem)
    assert (access["status"], access["reason"]) == met.access
    found = [issue["code"] for issue in condition["issues"]]
    assert (condition["status"], condition["health"], found) == ("ENABLED", *side.expected(met))
    return issues


@pytest.mark.parametrize(("code", "met"), trust.MICROSOFT.items(), ids=[str(code) for code in trust.MICROSOFT])
async def test_what_entra_answers_to_a_refresh_shows_as_the_table_says(microsoft: Side, code: int, met: Met) -> None:
    # What concerns the application is answered to its own requests too.
    order = {} if met in (trust.APPLICATION, trust.OUR_SECRET) else {"grant_type": "refresh_token"}

    async with microsoft.refusing(code=code, **order):
        issues = await _shows(microsoft, met)

    assert {issue["suiteCode"] for issue in issues} == {f"AADSTS{code}"}
    assert all(issue["suiteCorrelationId"] for issue in issues)


@pytest.mark.parametrize(("error", "met"), trust.GOOGLE.items(), ids=list(trust.GOOGLE))
async def test_what_google_answers_to_a_refresh_shows_as_the_table_says(google: Side, error: str, met: Met) -> None:
    async with google.refusing(error=error, grant_type="refresh_token"):
        issues = await _shows(google, met)

    assert {issue["suiteCode"] for issue in issues} == {error}


async def test_every_check_has_its_time_taken_and_the_report_can_be_made_again(microsoft: Side) -> None:
    first = (await microsoft.administrator.field(TEST))["report"]
    again = (await microsoft.administrator.field(TEST))["report"]

    assert (first["passed"], again["passed"]) == (True, True)
    assert [check["name"] for check in first["checks"]] == [
        "TOKEN",
        "GRANTED_SCOPES",
        "RIGHT_TENANT",
        "PROFILE",
        "CALENDAR_READ",
        "ROOM_DIRECTORY",
        "FREE_BUSY",
        "CHANGE_NOTIFICATIONS",
    ]
    asked = [check for check in first["checks"] if check["name"] in ("PROFILE", "CALENDAR_READ", "ROOM_DIRECTORY")]
    assert all(check["durationMilliseconds"] > 0 for check in asked)


@pytest.mark.parametrize("code", trust.PASSING)
async def test_what_passes_at_entra_is_tried_again_and_changes_nothing(microsoft: Side, code: int) -> None:
    async with microsoft.refusing(code=code, grant_type="refresh_token", times=1):
        agenda = await microsoft.agenda()

        access = (await microsoft.member.field(ACCESS))["connection"]
    assert agenda["__typename"] == "Agenda"
    assert (access["status"], access["reason"]) == trust.CONNECTED


async def test_a_number_that_nobody_knows_keeps_the_consent_and_names_a_correlation(microsoft: Side) -> None:
    async with microsoft.refusing(code=50059, error="novel_error", grant_type="refresh_token"):
        report = (await microsoft.administrator.field(TEST))["report"]
        problem = await microsoft.agenda()
        access = (await microsoft.member.field(ACCESS))["connection"]

    issues = [check["issue"] for check in report["checks"] if check["issue"]]
    assert {(issue["code"], issue["suiteCode"]) for issue in issues} == {("SUITE_UNAVAILABLE", "AADSTS50059")}
    assert all(issue["suiteCorrelationId"] for issue in issues)
    assert (problem["code"], problem["retryable"]) == ("SUITE_UNAVAILABLE", True)
    assert (access["status"], access["reason"]) == trust.CONNECTED


async def test_a_claims_challenge_that_no_new_token_meets_asks_for_a_new_sign_in(microsoft: Side) -> None:
    async with microsoft.faulty(host="graph", path="/me/**", status=401, headers=CLAIMS):
        problem = await microsoft.agenda()
        access = (await microsoft.member.field(ACCESS))["connection"]

    assert (problem["code"], problem["whoActs"]) == ("RECONNECT_REQUIRED", "MEMBER")
    assert (access["status"], access["reason"]) == trust.EXPIRED.access


async def test_an_account_without_a_cloud_mailbox_is_unsupported(microsoft: Side) -> None:
    where = f"users/{NEWBRIDGE.member}"
    await microsoft.story.sandbox.control("PATCH", where, {"has_mailbox": False})

    problem = await microsoft.agenda()
    access = (await microsoft.member.field(ACCESS))["connection"]

    await microsoft.story.sandbox.control("PATCH", where, {"has_mailbox": True})
    await microsoft.mend()
    assert (problem["code"], problem["whoActs"]) == trust.NO_MAILBOX.problem
    assert (access["status"], access["reason"]) == trust.NO_MAILBOX.access


async def test_a_mailbox_that_an_administrator_lacks_is_named_in_the_report_and_is_theirs_alone(
    microsoft: Side,
) -> None:
    body = {"error": {"code": "MailboxNotEnabledForRESTAPI", "message": "in words"}}
    async with microsoft.faulty(host="graph", path="/me/calendarView", status=404, body=body):
        report = (await microsoft.administrator.field(TEST))["report"]
        condition = await microsoft.administrator.field(CONDITION)

    [issue] = [check["issue"] for check in report["checks"] if check["issue"]]
    assert (issue["code"], issue["whoActs"]) == trust.NO_MAILBOX.issue
    assert trust.NO_MAILBOX.remedy in issue["remedy"]
    assert condition["health"] == "HEALTHY"


async def test_a_calendar_that_is_gone_is_told_as_such_and_no_consent_is_touched(microsoft: Side) -> None:
    body = {"error": {"code": "ErrorItemNotFound", "message": "in words"}}
    async with microsoft.faulty(host="graph", path="/me/calendarView", status=404, body=body):
        report = (await microsoft.administrator.field(TEST))["report"]
        access = (await microsoft.administrator.field(ACCESS))["connection"]

    [issue] = [check["issue"] for check in report["checks"] if check["issue"]]
    assert (issue["code"], issue["whoActs"]) == ("NOT_FOUND", "TENANT_ADMINISTRATOR")
    assert access["status"] == "CONNECTED"


@pytest.mark.parametrize(("code", "ends"), trust.VISITS.items(), ids=[str(code) for code in trust.VISITS])
async def test_what_entra_sends_an_administrator_back_with_ends_as_the_table_says(
    microsoft: Side, code: int, ends: tuple[str, str]
) -> None:
    text, status = await microsoft.visit({"code": code, "user": ADA})

    assert ends[0] in text
    assert status == ends[1]
    assert f"AADSTS{code}" in text or not trust.names_code(code)


@pytest.mark.parametrize(("error", "ends"), trust.GOOGLE_VISITS.items(), ids=list(trust.GOOGLE_VISITS))
async def test_what_google_sends_an_administrator_back_with_ends_as_the_table_says(
    google: Side, error: str, ends: tuple[str, str]
) -> None:
    text, status = await google.visit({"error": error, "user": HUGO})

    assert ends[0] in text
    assert status == ends[1]


async def test_who_declined_or_left_reads_both_readings_with_the_ways_out(microsoft: Side) -> None:
    text, _ = await microsoft.visit({"code": 65004, "user": ADA})

    assert "You declined" in text
    assert "You left the page because it asked for an administrator" in text
    assert "adminconsent" in text


async def test_fewer_scopes_than_asked_ask_to_tick_the_calendar_box(google: Side) -> None:
    started = await google.newcomer.field(START, suite="GOOGLE_WORKSPACE")

    landing = await google.story.visit(HUGO, started["consentUrl"], unticked=frozenset({"calendar.events"}))

    status = (await google.newcomer.field(STATUS))["status"]
    assert "Calendar access was not granted" in landing.text
    assert "tick every box" in landing.text
    assert status == "AWAITING_CONSENT"
