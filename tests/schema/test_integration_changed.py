"""The integration is told as it stands, and again with every change that the viewer may see."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from app.events_bus.bus import Message, MessageKind, organisation_topic
from app.integrations.issues import IssueCode
from app.integrations.models import Integration, IntegrationHealth
from app.integrations.status import IntegrationStatus
from tests.bookings.house import START
from tests.schema.listener import Listener, listening
from tests.schema.world import House

CHANGED = "subscription { integrationChanged { id status suite health tenant issues { code } } }"
APPROVED = "subscription { integrationChanged { status adminApprovalGivenAt } }"


@pytest.fixture
async def administrator(house: House) -> AsyncIterator[Listener]:
    async with listening(house, house.administrator, CHANGED) as listener:
        yield listener


@pytest.fixture
async def member(house: House) -> AsyncIterator[Listener]:
    async with listening(house, house.member, CHANGED) as listener:
        yield listener


async def _change(house: House, *, told: bool = True, **columns: object) -> None:
    """A change as the one door makes it: the version grows, and the organisation is told."""
    rows = Integration.of(house.organisation.id).filter(id=house.integration.id)
    present = await rows.get()
    await rows.update(version=present.version + 1, **columns)
    if told:
        await _tell(house)


async def _tell(house: House) -> None:
    message = Message(MessageKind.INTEGRATION_CHANGED, house.integration.id)
    await house.server.bus.publish(organisation_topic(house.organisation.id), message)


async def test_it_is_told_at_once_as_it_stands(administrator: Listener) -> None:
    item = await administrator.item()

    assert (item["status"], item["suite"], item["health"]) == ("ENABLED", "MICROSOFT_365", "HEALTHY")


async def test_health_and_issues_are_told_to_administrators(house: House, administrator: Listener) -> None:
    await administrator.item()
    await _change(house, health=IntegrationHealth.BROKEN, trouble=IssueCode.APPLICATION_BLOCKED)

    item = await administrator.item()

    assert (item["health"], item["issues"]) == ("BROKEN", [{"code": "APPLICATION_BLOCKED"}])


async def test_an_approval_is_told_to_administrators_while_the_status_stays(house: House) -> None:
    async with listening(house, house.administrator, APPROVED) as administrator:
        before = await administrator.item()
        await _change(house, admin_approval_given_at=START)

        item = await administrator.item()

    assert before["adminApprovalGivenAt"] is None
    assert item == {**before, "adminApprovalGivenAt": "2031-05-12T09:00:00Z"}


async def test_it_stays_open_through_disabling_and_the_purge_and_whatever_is_begun_then(
    house: House, administrator: Listener
) -> None:
    first = await administrator.item()
    await _change(house, status=IntegrationStatus.DISABLED)
    disabled = await administrator.item()
    await _change(house, status=IntegrationStatus.NOT_CONFIGURED, active_slot=None, claimed_tenant=None, tenant=None)
    purged = await administrator.item()
    await house.server.data(
        house.administrator, "mutation { startIntegration(input: {suite: MICROSOFT_365}) { __typename } }"
    )
    begun = await administrator.item()

    statuses = [item["status"] for item in (first, disabled, purged, begun)]
    assert statuses == ["ENABLED", "DISABLED", "NOT_CONFIGURED", "AWAITING_CONSENT"]
    assert purged["suite"] is None
    assert begun["id"] not in {first["id"], purged["id"]}


async def test_each_state_is_told_once_however_often_the_bus_repeats_it(house: House, administrator: Listener) -> None:
    await administrator.item()
    for _ in range(3):
        await _tell(house)
    await _change(house, health=IntegrationHealth.DEGRADED)
    await _tell(house)
    degraded = await administrator.item()
    await _change(house, health=IntegrationHealth.HEALTHY)

    assert degraded["health"] == "DEGRADED"
    assert (await administrator.item())["health"] == "HEALTHY"


async def test_a_member_sees_the_status_and_nothing_that_is_for_administrators(house: House, member: Listener) -> None:
    first = await member.item()
    await _change(house, health=IntegrationHealth.BROKEN, trouble=IssueCode.APPLICATION_BLOCKED)
    await _change(house, status=IntegrationStatus.DISABLED)

    second = await member.item()

    assert [item["status"] for item in (first, second)] == ["ENABLED", "DISABLED"]
    for item in (first, second):
        assert (item["health"], item["tenant"], item["issues"]) == (None, None, None)


async def test_a_room_sync_that_somebody_asked_for_is_told_to_administrators_once(
    house: House, administrator: Listener, member: Listener
) -> None:
    before = [await administrator.item(), await member.item()]
    await house.server.data(house.administrator, "mutation { syncRooms { __typename } }")
    asked = await administrator.item()
    await _change(house, status=IntegrationStatus.DISABLED)

    assert asked == before[0]
    assert (await administrator.item())["status"] == (await member.item())["status"] == "DISABLED"


async def test_a_lost_message_only_delays_what_it_told(house: House) -> None:
    house.server.services = replace(house.server.services, look_again_after=timedelta(milliseconds=10))
    async with listening(house, house.member, CHANGED) as listener:
        await listener.item()
        await _change(house, told=False, status=IntegrationStatus.DISABLED)

        item = await listener.item()

    assert item["status"] == "DISABLED"


async def test_a_change_between_two_reads_of_the_client_is_not_lost(house: House, administrator: Listener) -> None:
    await administrator.item()
    await _change(house, health=IntegrationHealth.DEGRADED)
    await _change(house, health=IntegrationHealth.BROKEN)

    assert (await administrator.item())["health"] == "BROKEN"


async def test_closing_the_subscription_stops_listening(house: House) -> None:
    topic = organisation_topic(house.organisation.id)

    async with listening(house, house.member, CHANGED) as listener:
        await listener.item()
        during = house.server.bus.is_listened_to(topic)

    assert during
    assert not house.server.bus.is_listened_to(topic)
