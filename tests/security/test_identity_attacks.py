"""Who somebody is: what the suite signed about tenant and subject, for us, for now and for this visit; nothing else."""

from dataclasses import replace

import pytest
from aiohttp import web

from app.connections.models import FlowPurpose
from app.identity.invitations import InvitationService
from app.identity.models import Organisation
from app.suites.protocol import SuiteName
from tests.security.forgeries import ATTACKERS_KEY, ATTACKERS_KEYS, FORGED
from tests.security.suites import Person
from tests.security.world import OTHER_TENANTS, SESSION, World, come_back
from tests.suites.signing import published

FORGERIES = [(suite, name) for suite, forged in FORGED.items() for name in forged]


@pytest.mark.parametrize(("suite", "name"), FORGERIES, indirect=["suite"])
async def test_a_forged_id_token_lets_nobody_in_and_changes_nothing(world: World, suite: SuiteName, name: str) -> None:
    world.suites.replies[ATTACKERS_KEYS] = lambda: web.json_response(published(ATTACKERS_KEY))
    for purpose in FlowPurpose:
        visit = await world.visit(purpose)
        before = world.rows(visits=False)
        bait = world.suites.approve(visit.page, visit.person, FORGED[suite][name])

        answer = await come_back(visit.browser, suite, bait)

        assert answer.status in {400, 403, 503}, (purpose, answer.text)  # 503 where the answer could not be read
        assert SESSION not in answer.cookies
        assert world.rows(visits=False) == before, purpose
    assert f"GET {ATTACKERS_KEYS}" not in world.suites.seen


@pytest.mark.parametrize("purpose", [FlowPurpose.CONNECT_CALENDAR, FlowPurpose.START_INTEGRATION])
async def test_only_the_account_that_is_the_members_own_consents_for_them(world: World, purpose: FlowPurpose) -> None:
    _, colleague = await world.colleague()
    others = [
        colleague,
        replace(world.as_ada, subject="another-person-with-the-same-address"),
        replace(world.as_ada, tenant=OTHER_TENANTS[world.suite]),
    ]

    for person in others:
        visit = await world.visit(purpose)
        before = world.rows(visits=False)
        answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, person))

        assert answer.status in {400, 403}
        assert world.rows(visits=False) == before


async def test_the_same_address_in_another_tenant_signs_nobody_in(world: World) -> None:
    visit = await world.visit(FlowPurpose.SIGN_IN)
    before = world.rows(visits=False)
    namesake = replace(world.as_ada, tenant=OTHER_TENANTS[world.suite])

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, namesake))

    assert answer.status == 403
    assert SESSION not in answer.cookies
    assert world.rows(visits=False) == before


async def test_the_same_address_with_another_subject_is_another_person_without_the_roles_of_the_first(
    world: World,
) -> None:
    visit = await world.visit(FlowPurpose.SIGN_IN)
    successor = replace(world.as_ada, subject="who-got-the-address-later")

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, successor))
    principal = await world.sessions().authenticate(answer.cookies[SESSION].value)

    assert principal.member_id != world.ada.id
    assert principal.role.value == "MEMBER"


@pytest.mark.parametrize("purpose", [FlowPurpose.ACCEPT_INVITATION, FlowPurpose.LINK_IDENTITY])
async def test_who_belongs_to_another_organisation_is_bound_to_no_second_one(
    world: World, purpose: FlowPurpose
) -> None:
    rivals = await Organisation.create(name="Newbridge", created_at=world.organisation.created_at)
    _, rival = await world.colleague("Ren Kato", organisation=rivals, tenant=OTHER_TENANTS[world.suite])
    visit = await world.visit(purpose)
    before = world.rows(visits=False)

    answer = await come_back(visit.browser, world.suite, world.suites.approve(visit.page, rival))

    assert answer.status == 403
    assert SESSION not in answer.cookies
    assert world.rows(visits=False) == before


async def test_an_invitation_that_was_used_lets_no_thief_in_even_one_who_began_before(world: World) -> None:
    _, token = await InvitationService().create_organisation("Fernhill")
    link = f"/auth/invitation/{token}?suite={world.suite}"
    invited, thief = world.browser(), world.browser()
    page, thiefs_page = await world.at_the_suite(invited, link), await world.at_the_suite(thief, link)
    cy, eve = (Person(tenant=OTHER_TENANTS[world.suite], address=f"{name}@fernhill.example") for name in ("cy", "eve"))
    assert (await come_back(invited, world.suite, world.suites.approve(page, cy))).status == 200
    before = world.rows(visits=False)

    late = await come_back(thief, world.suite, world.suites.approve(thiefs_page, eve))
    again = await world.browser().get(link)

    assert (late.status, again.status) == (404, 404)
    assert SESSION not in late.cookies
    assert world.rows(visits=False) == before
