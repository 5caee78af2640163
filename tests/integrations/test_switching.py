"""Another suite or tenant: it takes the present one's place after a confirmation, and never beside it."""

import pytest
from tortoise.context import TortoiseContext

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.connections.models import CalendarConnection
from app.errors import IntegrationStatusConflict, InvalidInput, SwitchConfirmationRequired
from app.identity.models import Identity
from app.integrations.issues import IssueCode
from app.integrations.models import Integration
from app.integrations.report import TestReport
from app.integrations.starting import StartedIntegration, WantedIntegration
from app.integrations.status import IntegrationStatus
from app.suites.protocol import SuiteName
from tests.integrations.belongings import furnish
from tests.integrations.doubles import World, make_world
from tests.support.people import TENANT
from tests.support.suites import FakeSuite

S = IntegrationStatus
MICROSOFT, GOOGLE = SuiteName.MICROSOFT_365, SuiteName.GOOGLE_WORKSPACE
OTHER_TENANT = "5f0a1d1e-0000-4000-8000-00000000b002"


@pytest.fixture
async def world(database: TortoiseContext) -> World:
    return await make_world(others=[FakeSuite(GOOGLE)])


async def ask(world: World, wanted: WantedIntegration) -> SwitchConfirmationRequired:
    with pytest.raises(SwitchConfirmationRequired) as raised:
        await world.service.start(world.administrator, wanted)
    return raised.value


async def switch(world: World, suite: SuiteName = GOOGLE, tenant: str | None = None) -> StartedIntegration:
    asked = await ask(world, WantedIntegration(suite=suite, tenant=tenant))
    confirmed = WantedIntegration(suite=suite, tenant=tenant, confirmation=asked.confirmation)
    return await world.service.start(world.administrator, confirmed)


async def second_account(world: World, tenant: str = OTHER_TENANT) -> None:
    """The administrator has proved an account in another tenant of the same suite."""
    await Identity.create(
        organisation_id=world.organisation_id,
        member_id=world.administrator.member_id,
        suite=world.suite.name,
        tenant=tenant,
        subject="another",
        address="ada@elsewhere.example",
        created_at=clock.now(),
    )


async def test_another_suite_asks_first_and_tells_the_consequences_in_true_numbers(world: World) -> None:
    enabled = await world.enabled()
    await furnish(world)

    asked = await ask(world, WantedIntegration(suite=GOOGLE))

    assert any("lose their connection to Microsoft 365: 2." in sentence for sentence in asked.consequences)
    assert asked.consequences[-1] == "Members consent again, at Google Workspace."
    assert (await Integration.get()).version == enabled.version


async def test_a_confirmed_switch_disables_the_old_one_and_starts_the_other_at_once(world: World) -> None:
    old = await world.enabled()

    started = await switch(world)

    retained = await Integration.get(id=old.id)
    assert (retained.status, retained.active_slot) == (S.DISABLED, None)
    assert retained.retained_until is not None
    assert (started.integration.suite, started.integration.status) == (GOOGLE, S.AWAITING_CONSENT)
    assert await world.service.current(world.organisation_id) == started.integration
    actions = [entry.action for entry in await AuditEntry.all().order_by("-at").limit(2)]
    assert set(actions) == {AuditAction.INTEGRATION_DISABLED, AuditAction.INTEGRATION_STARTED}


async def test_an_integration_that_was_never_enabled_is_cancelled_by_the_switch(world: World) -> None:
    old = await world.tested()

    started = await switch(world)

    assert (await Integration.get(id=old.id)).status is S.NOT_CONFIGURED
    assert await CalendarConnection.all().count() == 0
    assert started.integration.suite is GOOGLE


async def test_a_confirmation_whose_numbers_have_changed_is_asked_for_again_and_changes_nothing(world: World) -> None:
    await world.enabled()
    asked = await ask(world, WantedIntegration(suite=GOOGLE))
    await world.connect(world.member)

    again = await ask(world, WantedIntegration(suite=GOOGLE, confirmation=asked.confirmation))

    assert any("Microsoft 365: 2." in sentence for sentence in again.consequences)
    assert (await Integration.get()).status is S.ENABLED


async def test_the_confirmation_of_one_switch_is_none_of_another_nor_of_disabling(world: World) -> None:
    await world.enabled()
    await second_account(world)
    preview = await world.service.disable_preview(world.administrator)
    asked = await ask(world, WantedIntegration(suite=MICROSOFT, tenant=OTHER_TENANT))

    await ask(world, WantedIntegration(suite=GOOGLE, confirmation=preview.confirmation))
    await ask(world, WantedIntegration(suite=GOOGLE, confirmation=asked.confirmation))

    assert (await Integration.get()).status is S.ENABLED


async def test_whatever_keeps_the_other_from_starting_keeps_the_old_one_as_it_was(world: World) -> None:
    old = await world.enabled()
    asked = await ask(world, WantedIntegration(suite=GOOGLE))
    world.flows.refuses = InvalidInput("returnTo", "Not allowed.")

    with pytest.raises(InvalidInput):
        await world.service.start(world.administrator, WantedIntegration(suite=GOOGLE, confirmation=asked.confirmation))

    present = await Integration.get()
    assert (present.id, present.status, present.version) == (old.id, S.ENABLED, old.version)


async def test_another_tenant_of_the_same_suite_is_a_switch_too(world: World) -> None:
    old = await world.enabled()
    await second_account(world)

    started = await switch(world, MICROSOFT, OTHER_TENANT)

    assert (await Integration.get(id=old.id)).status is S.DISABLED
    assert started.integration.id != old.id
    assert world.flows.started[-1].tenant == OTHER_TENANT


async def test_a_tenant_in_which_one_has_no_account_cannot_be_named(world: World) -> None:
    await world.enabled()

    with pytest.raises(InvalidInput) as raised:
        await world.service.start(world.administrator, WantedIntegration(suite=MICROSOFT, tenant=OTHER_TENANT))

    assert raised.value.field == "tenant"


@pytest.mark.parametrize("name", ["x" * 256, "tidewater\x00", "tïdewater"])
async def test_what_cannot_be_a_tenant_at_all_is_one_without_an_account(world: World, name: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        await world.service.start(world.administrator, WantedIntegration(suite=MICROSOFT, tenant=name))

    assert raised.value.field == "tenant"


async def test_back_to_a_retained_tenant_takes_up_the_old_integration_still_disabled(world: World) -> None:
    old = await world.enabled()
    await switch(world)

    back = await switch(world, MICROSOFT)

    assert (back.integration.id, back.integration.status, back.integration.active_slot) == (old.id, S.DISABLED, 1)
    assert await Integration.filter(active_slot=1).count() == 1


async def test_going_back_to_a_retained_tenant_asks_nobody_to_consent_anew(world: World) -> None:
    await world.enabled()
    await switch(world)

    asked = await ask(world, WantedIntegration(suite=MICROSOFT))

    assert asked.consequences[-1].startswith("The integration with Microsoft 365 goes on where it was disabled")
    assert not any("consent again" in sentence for sentence in asked.consequences)


async def test_a_consent_for_an_integration_that_gave_way_meanwhile_changes_nothing(world: World) -> None:
    old = await world.enabled()
    await world.start()
    visit = world.flows.started[-1]
    await switch(world)
    before = await Integration.get(id=old.id)

    with pytest.raises(IntegrationStatusConflict):
        await world.service.consent_completed(visit, world.grant())

    after = await Integration.get(id=old.id)
    assert (after.version, after.test_report) == (before.version, before.test_report)


async def test_starting_another_suite_beside_a_disabled_one_needs_no_confirmation(world: World) -> None:
    old = await world.enabled()
    preview = await world.service.disable_preview(world.administrator)
    await world.service.disable(world.administrator, preview.confirmation, revoke_at_suite=False)

    started = await world.service.start(world.administrator, WantedIntegration(suite=GOOGLE))

    assert started.integration.suite is GOOGLE
    assert [row.id for row in await world.service.retained(world.administrator)] == [old.id]


async def test_consenting_with_a_retained_tenant_says_how_to_go_back_to_it(world: World) -> None:
    await world.enabled()
    await second_account(world)
    started = await switch(world, MICROSOFT, OTHER_TENANT)

    await world.consent()

    integration = await Integration.get(id=started.integration.id)
    [issue] = TestReport.from_json(integration.test_report or {}).issues
    assert (integration.status, integration.tenant) == (S.TEST_FAILED, TENANT)
    assert issue.code is IssueCode.TENANT_IN_USE
    assert "own disabled integration" in issue.message
