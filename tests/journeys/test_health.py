"""What befalls an enabled integration at the suite: met in passing or by the daily look, told once, mended, gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.bad_input.world import ACCESS, AGENDA, in_plain_words
from tests.journeys.companies import BROOKSIDE, COMPANIES, Company
from tests.journeys.story import TEST, Slot, Story, story_on
from tests.support.client import Client
from tests.support.database import sqlite_url

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK_SECONDS = 30
TWO_DAYS = timedelta(days=2)
CONDITION = "{ integration { status health issues { code message remedy whoActs } lastTest { at passed } } }"
NOTIFICATIONS = "{ notifications(first: 100) { nodes { kind message } } }"
SYNC = "mutation { syncRooms { __typename ... on Problem { code } } }"
SYNC_STATE = "{ integration { roomSync { state failureCode } } }"
AUDIT = "{ auditLog(first: 1) { totalCount } }"

TOKEN_ERRORS = {"MICROSOFT_365": "entra/token-error", "GOOGLE_WORKSPACE": "google/token-error"}
EXPIRY = {"MICROSOFT_365": "entra/expire-access-tokens", "GOOGLE_WORKSPACE": "google/expire-access-tokens"}
SECRET_EXPIRED: dict[str, dict[str, Any]] = {
    "MICROSOFT_365": {"code": 7000222, "times": None},
    "GOOGLE_WORKSPACE": {"error": "invalid_client", "times": None},
}
APPLICATION_DISABLED: dict[str, dict[str, Any]] = {
    "MICROSOFT_365": {"code": 7000112, "times": None},
    "GOOGLE_WORKSPACE": {"error": "org_internal", "times": None},
}

_AT_ENTRA = "tenants/newbridge.example/consent"
_AT_GOOGLE = "google/customers/brookside.example"
TENANTS_CONSENT: dict[str, tuple[tuple[Any, ...], tuple[Any, ...]]] = {
    "MICROSOFT_365": (("DELETE", _AT_ENTRA), ("POST", _AT_ENTRA)),
    "GOOGLE_WORKSPACE": (
        ("PATCH", _AT_GOOGLE, {"app_access": "BLOCKED"}),
        ("PATCH", _AT_GOOGLE, {"app_access": "TRUSTED"}),
    ),
}
"""How the tenant withdraws its consent, and how it gives it again."""


@dataclass(frozen=True, slots=True)
class House:
    """An enabled organisation: its administrator, a connected member, and the hand that changes the suite."""

    story: Story
    administrator: Client
    member: Client

    @property
    def suite(self) -> str:
        return self.story.company.suite

    async def order(self, error: dict[str, Any]) -> None:
        """The token endpoint refuses so, and every access token has run out."""
        await self.story.sandbox.control("POST", TOKEN_ERRORS[self.suite], error)
        await self.story.sandbox.control("POST", EXPIRY[self.suite], {})

    async def mend(self) -> None:
        await self.story.sandbox.control("DELETE", TOKEN_ERRORS[self.suite])

    async def condition(self) -> dict[str, Any]:
        condition: dict[str, Any] = await self.administrator.field(CONDITION)
        return condition

    async def until(self, health: str) -> dict[str, Any]:
        """The integration once it fares so."""
        async with asyncio.timeout(CHECK_SECONDS):
            while True:
                condition = await self.condition()
                if condition["health"] == health:
                    return condition

    async def told(self, client: Client) -> int:
        """How often somebody was notified that the integration got worse."""
        nodes = (await client.field(NOTIFICATIONS))["nodes"]
        return [node["kind"] for node in nodes].count("INTEGRATION_UNHEALTHY")

    async def told_since(self, client: Client, before: int) -> int:
        """How often since then, once it was: it comes with the look that follows, a moment after the state is seen."""
        async with asyncio.timeout(CHECK_SECONDS):
            while await self.told(client) == before:
                pass
        return await self.told(client) - before

    async def agenda(self) -> dict[str, Any]:
        agenda: dict[str, Any] = await self.member.field(AGENDA, **Slot.in_days(3).as_window())
        return agenda

    async def accesses(self) -> list[dict[str, Any]]:
        """How administrator and member are connected."""
        return [(await client.field(ACCESS))["connection"] for client in (self.administrator, self.member)]


CONNECTED = [{"status": "CONNECTED", "reason": None}] * 2


@pytest_asyncio.fixture(
    scope="module", loop_scope="module", params=COMPANIES, ids=[company.suite for company in COMPANIES]
)
async def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """Both suites' company, each test leaves it as it found it."""
    company: Company = request.param
    folder = tmp_path_factory.mktemp("health")
    async with (
        story_on(sqlite_url(folder), folder, company, moves_clock=True, PENDING_POLLING="false") as story,
        story.speaking_for(await story.enabled()) as administrator,
        story.speaking_for(await story.connected_member()) as member,
    ):
        yield House(story, administrator, member)


async def test_an_expired_secret_is_told_once_touches_no_connection_and_is_gone_once_mended(house: House) -> None:
    before = await house.told(house.administrator)
    await house.order(SECRET_EXPIRED[house.suite])

    problem = await house.agenda()
    await house.agenda()

    met = await house.condition()
    told, members = await house.told(house.administrator) - before, await house.told(house.member)
    accesses = await house.accesses()
    await house.mend()
    report = (await house.administrator.field(TEST))["report"]
    healed = await house.condition()
    agenda = await house.agenda()
    assert (problem["code"], problem["whoActs"]) == ("SUITE_UNAVAILABLE", "OPERATOR")
    assert (met["status"], met["health"]) == ("ENABLED", "DEGRADED")
    assert [(issue["code"], issue["whoActs"]) for issue in met["issues"]] == [("OPERATOR_SETUP", "OPERATOR")]
    assert all(in_plain_words(issue) for issue in met["issues"])
    assert (told, members) == (1, 0)
    assert accesses == CONNECTED
    assert report["passed"]
    assert (healed["health"], healed["issues"]) == ("HEALTHY", [])
    assert agenda["__typename"] == "Agenda"


async def test_the_daily_look_finds_an_expired_secret_and_that_it_was_mended(house: House) -> None:
    before, acts = await house.told(house.administrator), await house.administrator.field(AUDIT)
    await house.order(SECRET_EXPIRED[house.suite])

    await house.story.advance(TWO_DAYS)
    found = await house.until("DEGRADED")
    told, accesses = await house.told(house.administrator) - before, await house.accesses()
    await house.mend()
    await house.story.advance(TWO_DAYS)
    healed = await house.until("HEALTHY")

    assert [issue["code"] for issue in found["issues"]] == ["OPERATOR_SETUP"]
    assert told == 1
    assert accesses == CONNECTED
    assert healed["issues"] == []
    assert healed["lastTest"]["passed"]
    assert await house.told(house.administrator) - before == 1
    assert await house.administrator.field(AUDIT) == acts


async def test_an_application_that_is_disabled_in_the_tenant_breaks_the_integration(house: House) -> None:
    before = await house.told(house.administrator)
    await house.order(APPLICATION_DISABLED[house.suite])

    await house.story.advance(TWO_DAYS)
    found = await house.until("BROKEN")
    problem = await house.agenda()
    told, accesses = await house.told(house.administrator) - before, await house.accesses()
    await house.mend()
    await house.administrator.field(TEST)

    assert [(issue["code"], issue["whoActs"]) for issue in found["issues"]] == [
        ("APPLICATION_BLOCKED", "TENANT_ADMINISTRATOR")
    ]
    assert (problem["code"], problem["whoActs"]) == ("SUITE_UNAVAILABLE", "TENANT_ADMINISTRATOR")
    assert told == 1
    assert accesses == CONNECTED
    assert (await house.condition())["health"] == "HEALTHY"


async def test_a_room_directory_that_is_refused_degrades_the_integration_and_rooms_stay_bookable(house: House) -> None:
    before = await house.told(house.administrator)
    await _set_directory(house, allowed=False)

    await house.administrator.field(SYNC)
    found = await house.until("DEGRADED")
    told, slot = await house.told_since(house.administrator, before), Slot.in_days(3)
    room = await house.story.free_room(house.member, slot)
    await _set_directory(house, allowed=True)
    await house.administrator.field(TEST)

    expected = {"MICROSOFT_365": "ROOM_DIRECTORY_NOT_APPROVED", "GOOGLE_WORKSPACE": "ROOM_DIRECTORY_UNCARRIED"}
    assert [issue["code"] for issue in found["issues"]] == [expected[house.suite]]
    assert all("entered by email address" in issue["remedy"] for issue in found["issues"])
    assert told == 1
    assert room["id"]
    assert (await house.condition())["health"] == "HEALTHY"


async def _set_directory(house: House, *, allowed: bool) -> None:
    """The suite lists its rooms to us, or does not any more."""
    control = house.story.sandbox.control
    if house.story.company is BROOKSIDE:
        await control("PATCH", f"google/users/{BROOKSIDE.administrator}", {"is_administrator": allowed})
        return
    await control("DELETE", _AT_ENTRA)
    await control("POST", _AT_ENTRA, {} if allowed else {"roles": []})


async def test_a_consent_that_the_tenant_withdraws_breaks_the_integration_until_it_is_given_again(house: House) -> None:
    before = await house.told(house.administrator)
    withdrawn, given = TENANTS_CONSENT[house.suite]
    await house.story.sandbox.control(*withdrawn)
    await house.story.sandbox.control("POST", EXPIRY[house.suite], {})

    await house.story.advance(TWO_DAYS)
    found = await house.until("BROKEN")
    told = await house.told(house.administrator) - before
    await house.story.sandbox.control(*given)
    await _reconnected(house)
    report = (await house.administrator.field(TEST))["report"]

    assert {issue["whoActs"] for issue in found["issues"]} == {"TENANT_ADMINISTRATOR"}
    assert found["issues"][0]["code"] == "ADMIN_APPROVAL_NEEDED"
    assert all(in_plain_words(issue) for issue in found["issues"])
    assert told == 1
    assert report["passed"]
    assert (await house.condition())["health"] == "HEALTHY"


async def _reconnected(house: House) -> None:
    """Whoever lost their own consent with it gives it again."""
    company = house.story.company
    for client, address in ((house.administrator, company.administrator), (house.member, company.member)):
        if (await client.field(ACCESS))["connection"] != CONNECTED[0]:
            await house.story.connected(client, address)
