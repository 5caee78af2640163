"""How an enabled integration fares where only an administrator's own consent lists the rooms."""

from typing import Any

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.identity.models import Member, Role
from app.integrations.condition import IntegrationCondition
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.suites.errors import MissingScope
from app.suites.protocol import PermissionVariant
from tests.integrations.doubles import World, make_world
from tests.support.carried import CarriedSuite

UNCARRIED = (IntegrationHealth.DEGRADED, [IssueCode.ROOM_DIRECTORY_UNCARRIED])
WELL: tuple[IntegrationHealth, list[IssueCode]] = (IntegrationHealth.HEALTHY, [])


@pytest.fixture
def suite() -> CarriedSuite:
    return CarriedSuite()


@pytest.fixture
async def carried(database: TortoiseContext, suite: CarriedSuite) -> World:
    """Enabled, with Ada's consent for a carrier."""
    world = await make_world(suite=suite)
    await world.enabled()
    return world


async def condition(world: World) -> IntegrationCondition:
    return await world.service.condition(await Integration.of(world.organisation_id).get(active_slot=1))


async def told(world: World) -> tuple[IntegrationHealth | None, list[IssueCode]]:
    now = await condition(world)
    return now.health, [issue.code for issue in now.issues]


async def test_with_a_carrier_all_is_well(carried: World) -> None:
    assert await told(carried) == WELL


@pytest.mark.parametrize(
    "change",
    [
        {"status": ConnectionStatus.RECONNECT_REQUIRED, "reason": ConnectionReason.EXPIRED},
        {"scopes": ["openid", "calendar"]},
    ],
    ids=["the consent died", "the suite grants less"],
)
async def test_the_last_carrier_that_is_lost_shows_at_once(carried: World, change: dict[str, Any]) -> None:
    await CalendarConnection.of(carried.organisation_id).update(**change)

    assert await told(carried) == UNCARRIED


async def test_a_last_carrier_who_disconnects_shows_at_once(carried: World) -> None:
    await CalendarConnection.of(carried.organisation_id).delete()

    assert await told(carried) == UNCARRIED


async def test_a_last_carrier_who_is_no_administrator_any_more_shows_at_once(carried: World) -> None:
    await Member.of(carried.organisation_id).filter(id=carried.administrator.member_id).update(role=Role.MEMBER)

    assert await told(carried) == UNCARRIED


async def test_a_member_who_connects_carries_nothing(carried: World) -> None:
    await CalendarConnection.of(carried.organisation_id).delete()
    await carried.connect(carried.member)

    assert await told(carried) == UNCARRIED


async def test_it_goes_when_another_administrator_connects_and_ticks_the_box(carried: World) -> None:
    await CalendarConnection.of(carried.organisation_id).delete()
    await carried.connect(carried.colleague, without={"rooms"})
    unticked = await told(carried)

    await carried.connect(carried.colleague)

    assert (unticked, await told(carried)) == (UNCARRIED, WELL)


async def test_it_says_who_can_mend_it_and_that_rooms_can_be_entered_by_address(carried: World) -> None:
    await CalendarConnection.of(carried.organisation_id).delete()

    [issue] = (await condition(carried)).issues

    assert issue.who_acts == "SUBSCRIPTION_ADMINISTRATOR"
    assert "entered by email address" in issue.remedy


async def test_what_was_met_since_the_last_test_is_named_until_a_test_passes(carried: World) -> None:
    met = {"health": IntegrationHealth.DEGRADED, "trouble": IssueCode.ADMIN_APPROVAL_NEEDED}
    await Integration.of(carried.organisation_id).update(**met)
    before = await told(carried)

    await carried.service.run_test(carried.administrator)

    assert before == (IntegrationHealth.DEGRADED, [IssueCode.ADMIN_APPROVAL_NEEDED])
    assert await told(carried) == WELL


async def test_a_worse_health_is_not_made_better_by_it(carried: World) -> None:
    await Integration.of(carried.organisation_id).update(health=IntegrationHealth.BROKEN)
    await CalendarConnection.of(carried.organisation_id).delete()

    assert (await condition(carried)).health is IntegrationHealth.BROKEN


async def test_without_the_room_directory_nobody_has_to_carry_it(carried: World) -> None:
    await Integration.of(carried.organisation_id).update(variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)
    await CalendarConnection.of(carried.organisation_id).delete()

    assert await told(carried) == WELL


async def test_where_the_application_itself_lists_rooms_nobody_has_to_carry_them(world: World) -> None:
    await world.enabled()
    await CalendarConnection.of(world.organisation_id).delete()

    assert await told(world) == WELL


async def test_what_one_administrator_may_not_is_no_issue_of_the_integration_while_another_carries(
    carried: World, suite: CarriedSuite
) -> None:
    await carried.connect(carried.colleague, without={"rooms"})

    run = await carried.service.run_test(carried.colleague)

    assert [issue.code for issue in run.report.issues] == [IssueCode.ROOM_DIRECTORY_NOT_TICKED]
    assert await told(carried) == WELL


async def test_a_test_that_meets_a_refusal_shows_on_the_integration_when_nobody_else_carries(
    carried: World, suite: CarriedSuite
) -> None:
    suite.pages = [MissingScope("forbidden")]

    run = await carried.service.run_test(carried.administrator)

    assert run.report.passed
    assert await told(carried) == UNCARRIED


async def test_a_right_that_was_given_meanwhile_is_noticed_by_the_test_without_a_new_consent(
    carried: World, suite: CarriedSuite
) -> None:
    suite.pages = [MissingScope("forbidden")]
    await carried.service.run_test(carried.administrator)
    suite.pages = []

    await carried.service.run_test(carried.administrator)

    assert await told(carried) == WELL


async def test_before_it_is_enabled_the_last_test_alone_is_told(database: TortoiseContext, suite: CarriedSuite) -> None:
    world = await make_world(suite=suite)
    suite.pages = [MissingScope("forbidden")]
    await world.tested()

    assert await told(world) == (None, [IssueCode.ROOM_DIRECTORY_REFUSED])


async def test_an_issue_of_the_last_test_stays_beside_it(carried: World, suite: CarriedSuite) -> None:
    suite.fail_next("schedules", MissingScope("insufficientPermissions"))
    await carried.service.run_test(carried.administrator)
    await CalendarConnection.of(carried.organisation_id).delete()

    assert await told(carried) == (
        IntegrationHealth.DEGRADED,
        [IssueCode.PERMISSION_MISSING, IssueCode.ROOM_DIRECTORY_UNCARRIED],
    )
