"""A tenant administrator's way back is a hint that anybody can forge: only the application's own live token proves."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from app.integrations.models import Integration
from app.integrations.status import IntegrationStatus
from app.keys import Keys
from app.suites.protocol import SuiteName
from tests.security.suites import GOOGLE, MICROSOFT
from tests.security.world import CALLBACKS, OTHER_TENANTS, TENANTS, World
from tests.web.browser import Answer

LINKS = "{ calendarSuites { name adminApprovalLink } }"
ROOMS = "Place.Read.All"
TENANT, OTHER_TENANT = TENANTS[MICROSOFT], OTHER_TENANTS[MICROSOFT]

microsoft_alone = pytest.mark.parametrize("suite", [MICROSOFT], indirect=True)


async def _awaiting(world: World) -> str:
    """The integration awaits the approval; the state of a genuine link."""
    rows = Integration.of(world.organisation.id).filter(id=world.integration.id)
    await rows.update(status=IntegrationStatus.AWAITING_ADMIN_APPROVAL, claimed_tenant=None)
    links: Sequence[dict[str, Any]] = await world.ask(world.ada, LINKS)
    [link] = [suite["adminApprovalLink"] for suite in links if suite["name"] == MICROSOFT]
    state: str = parse_qs(urlsplit(link).query)["state"][0]
    return state


async def _hint(world: World, **parameters: str) -> Answer:
    return await world.browser().get(f"{CALLBACKS[MICROSOFT]}/admin?{urlencode(parameters)}")


@microsoft_alone
async def test_an_approval_that_was_given_is_taken(world: World) -> None:
    state = await _awaiting(world)
    world.suites.roles[TENANT] = [ROOMS]

    answer = await _hint(world, admin_consent="True", tenant=TENANT, state=state)

    assert "confirms the approval" in answer.text
    assert (await Integration.of(world.organisation.id).get()).status is IntegrationStatus.AWAITING_CONSENT


@microsoft_alone
async def test_both_hints_forged_change_nothing_where_nobody_approved(world: World) -> None:
    state = await _awaiting(world)
    world.suites.roles[TENANT] = ["User.Read.All", "Place.Read.All.Not"]
    before = world.rows()

    answer = await _hint(world, admin_consent="True", tenant=TENANT, state=state)

    assert answer.status == 200
    assert "does not show the approval yet" in answer.text
    assert world.rows() == before
    assert world.suites.token_calls == 1


@microsoft_alone
@pytest.mark.parametrize(
    "tenant",
    [OTHER_TENANT, "", "organizations", "common", f"{TENANT}/../{OTHER_TENANT}", f"{TENANT}%00", "x" * 300, "tenänt"],
)
async def test_an_approval_given_in_another_tenant_says_nothing_of_ours(world: World, tenant: str) -> None:
    state = await _awaiting(world)
    world.suites.roles.update({segment: [ROOMS] for segment in (OTHER_TENANT, "organizations", "common")})
    before = world.rows()

    answer = await _hint(world, admin_consent="True", tenant=tenant, state=state)

    assert answer.status == 200
    assert world.rows() == before
    assert world.suites.token_calls == 0


@microsoft_alone
async def test_an_error_is_no_approval_even_where_it_says_so_and_everything_else_is_true(world: World) -> None:
    state = await _awaiting(world)
    world.suites.roles[TENANT] = [ROOMS]
    before = world.rows()

    answer = await _hint(world, admin_consent="True", tenant=TENANT, state=state, error="access_denied")

    assert "The approval was not given" in answer.text
    assert world.rows() == before
    assert world.suites.token_calls == 0


@microsoft_alone
async def test_without_the_state_of_a_link_of_ours_nobody_is_asked(world: World) -> None:
    state = await _awaiting(world)
    world.suites.roles[TENANT] = [ROOMS]
    before = world.rows()
    forged = ["", "approval", state[:-1], f"{state}x", state.swapcase(), Keys(b"\x03" * 32).signing.hex(), "\x00"]

    answers = [await _hint(world, admin_consent="True", tenant=TENANT, state=value) for value in forged]
    answers.append(await _hint(world, admin_consent="True", tenant=TENANT))

    assert all("You did not come here by an approval link" in answer.text for answer in answers)
    assert world.rows() == before
    assert world.suites.token_calls == 0


@microsoft_alone
async def test_the_state_of_an_approval_link_finishes_no_visit(world: World) -> None:
    state = await _awaiting(world)
    before = world.rows()

    answer = await world.browser().get(f"{CALLBACKS[MICROSOFT]}?{urlencode({'code': 'c', 'state': state})}")

    assert answer.status == 400
    assert world.rows() == before


@pytest.mark.parametrize("suite", [GOOGLE], indirect=True)
async def test_google_has_no_approval_page_and_so_no_way_back_from_one(world: World, suite: SuiteName) -> None:
    before = world.rows()

    answer = await world.browser().get(f"{CALLBACKS[suite]}/admin?admin_consent=True&tenant={TENANTS[suite]}")

    assert answer.status == 404
    assert world.rows() == before
