"""The one door through which an integration changes."""

import asyncio
from datetime import datetime
from itertools import product

import pytest
from tortoise.exceptions import OperationalError

from app import clock
from app.audit.models import AuditAction, AuditEntry
from app.errors import IntegrationStatusConflict
from app.events_bus.bus import MessageKind, organisation_topic
from app.integrations.models import Integration
from app.integrations.status import CANCELLABLE, CLAIMS_TENANT, TRANSITIONS, IntegrationStatus, may_follow
from app.integrations.transitions import Act, Transitions
from app.suites.protocol import PermissionVariant, SuiteName
from tests.integrations.doubles import World

S = IntegrationStatus

LIFE = [S.NOT_CONFIGURED, S.AWAITING_CONSENT, S.AWAITING_ADMIN_APPROVAL, S.TEST_FAILED, S.TESTED, S.ENABLED, S.DISABLED]
FOLLOWS = {
    (S.NOT_CONFIGURED, S.AWAITING_CONSENT),
    (S.AWAITING_CONSENT, S.AWAITING_ADMIN_APPROVAL),
    (S.AWAITING_CONSENT, S.TESTED),
    (S.AWAITING_CONSENT, S.TEST_FAILED),
    (S.AWAITING_CONSENT, S.NOT_CONFIGURED),
    (S.AWAITING_ADMIN_APPROVAL, S.AWAITING_CONSENT),
    (S.AWAITING_ADMIN_APPROVAL, S.TESTED),
    (S.AWAITING_ADMIN_APPROVAL, S.TEST_FAILED),
    (S.AWAITING_ADMIN_APPROVAL, S.NOT_CONFIGURED),
    (S.TEST_FAILED, S.TESTED),
    (S.TEST_FAILED, S.AWAITING_ADMIN_APPROVAL),
    (S.TEST_FAILED, S.AWAITING_CONSENT),
    (S.TEST_FAILED, S.NOT_CONFIGURED),
    (S.TESTED, S.TEST_FAILED),
    (S.TESTED, S.AWAITING_ADMIN_APPROVAL),
    (S.TESTED, S.AWAITING_CONSENT),
    (S.TESTED, S.ENABLED),
    (S.TESTED, S.NOT_CONFIGURED),
    (S.ENABLED, S.DISABLED),
    (S.DISABLED, S.ENABLED),
    (S.DISABLED, S.NOT_CONFIGURED),
}


def act(world: World, action: AuditAction = AuditAction.INTEGRATION_STARTED) -> Act:
    return Act(action=action, actor_id=world.administrator.member_id, attempt="changed")


async def integration_in(world: World, status: IntegrationStatus) -> Integration:
    now = clock.now()
    return await Integration.create(
        organisation_id=world.organisation_id,
        suite=SuiteName.MICROSOFT_365,
        variant=PermissionVariant.FULL,
        status=status,
        tenant="tenant-1",
        claimed_tenant="tenant-1" if status in CLAIMS_TENANT else None,
        active_slot=None if status is S.NOT_CONFIGURED else 1,
        created_at=now,
        status_since=now,
    )


def test_the_table_knows_every_status() -> None:
    assert set(TRANSITIONS) == set(S) == set(LIFE)


def label(status: IntegrationStatus) -> str:
    return str(status.value)


def test_the_table_is_the_contracts_and_nothing_besides() -> None:
    assert {pair for pair in product(S, S) if may_follow(*pair)} == FOLLOWS


@pytest.mark.parametrize(("present", "following"), sorted(FOLLOWS), ids=label)
async def test_what_the_table_allows_is_done_with_everything_that_follows_from_it(
    world: World, present: IntegrationStatus, following: IntegrationStatus
) -> None:
    before = await integration_in(world, present)

    after = await Transitions(world.bus).move(before, following, act(world))

    assert (after.status, after.version) == (following, before.version + 1)
    assert after.claimed_tenant == ("tenant-1" if following in CLAIMS_TENANT else None)
    assert after.active_slot == (None if following is S.NOT_CONFIGURED else 1)
    entry = await AuditEntry.of(world.organisation_id).get()
    assert entry.details["status_before"] == present.value


@pytest.mark.parametrize(("present", "following"), sorted({*product(S, S)} - FOLLOWS), ids=label)
async def test_what_the_table_forbids_is_refused_with_the_present_status(
    world: World, present: IntegrationStatus, following: IntegrationStatus
) -> None:
    before = await integration_in(world, present)

    with pytest.raises(IntegrationStatusConflict) as raised:
        await Transitions(world.bus).move(before, following, act(world))

    after = await Integration.of(world.organisation_id).get()
    assert raised.value.status == present
    assert (after.status, after.version) == (present, before.version)
    assert await AuditEntry.of(world.organisation_id).count() == 0


def test_everything_before_enabled_can_be_given_up() -> None:
    assert {status for status in S if (status, S.NOT_CONFIGURED) in FOLLOWS} == CANCELLABLE | {S.DISABLED}


async def test_whoever_comes_second_is_told_the_present_status(world: World) -> None:
    transitions = Transitions(world.bus)
    seen_by_both = await integration_in(world, S.TESTED)
    await transitions.move(seen_by_both, S.ENABLED, act(world))

    with pytest.raises(IntegrationStatusConflict) as raised:
        await transitions.move(seen_by_both, S.AWAITING_CONSENT, act(world))

    assert raised.value.status == S.ENABLED
    assert raised.value.message == "The integration is enabled: it cannot be changed now."


async def test_a_second_start_at_the_same_moment_is_told_in_words(world: World) -> None:
    transitions = Transitions(world.bus)
    suite, variant = SuiteName.MICROSOFT_365, PermissionVariant.FULL

    results = await asyncio.gather(
        *(transitions.open(world.organisation_id, suite, variant, act(world)) for _ in range(2)),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["Integration", "IntegrationStatusConflict"]
    assert await Integration.of(world.organisation_id).count() == 1
    assert await AuditEntry.of(world.organisation_id).count() == 1


async def test_the_act_fails_when_its_audit_entry_does(world: World) -> None:
    before = await integration_in(world, S.TESTED)
    nobody = Act(action=AuditAction.INTEGRATION_ENABLED, actor_id=None, attempt="enabled", details={"bad": object()})  # type: ignore[dict-item]  # what no entry can hold

    with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the database or the encoder says
        await Transitions(world.bus).move(before, S.ENABLED, nobody)

    after = await Integration.of(world.organisation_id).get()
    assert (after.status, after.version) == (S.TESTED, before.version)


async def test_what_fails_alongside_takes_the_change_back_and_tells_nobody(world: World) -> None:
    before = await integration_in(world, S.TESTED)

    async def fail(_: Integration) -> None:
        raise OperationalError("disk full")

    async with world.bus.subscribe(organisation_topic(world.organisation_id)) as messages:
        with pytest.raises(OperationalError):
            await Transitions(world.bus).move(before, S.ENABLED, act(world), alongside=fail)
        told = asyncio.ensure_future(anext(messages))
        await asyncio.sleep(0)

        assert not told.done()
        told.cancel()

    after = await Integration.of(world.organisation_id).get()
    assert (after.status, after.version) == (S.TESTED, before.version)
    assert await AuditEntry.of(world.organisation_id).count() == 0


async def test_a_change_is_told_after_it_was_committed(world: World) -> None:
    before = await integration_in(world, S.TESTED)

    async with world.bus.subscribe(organisation_topic(world.organisation_id)) as messages:
        after = await Transitions(world.bus).move(before, S.ENABLED, act(world))
        message = await anext(messages)

    assert (message.kind, message.row_id, message.version) == (
        MessageKind.INTEGRATION_CHANGED,
        after.id,
        after.version,
    )


async def test_an_amendment_keeps_the_status_and_its_moment(world: World) -> None:
    before = await integration_in(world, S.TESTED)

    after = await Transitions(world.bus).amend(before, act(world), variant=PermissionVariant.WITHOUT_ROOM_DIRECTORY)

    assert isinstance(after.status_since, datetime)
    assert (after.status, after.status_since) == (before.status, before.status_since)
    assert after.version == before.version + 1
