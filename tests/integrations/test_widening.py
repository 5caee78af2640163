"""Permissions that an enabled integration is asked for later: taken on once a test has proved them, and not before."""

import pytest

from app.audit.models import AuditAction, AuditEntry
from app.integrations.issues import IssueCode
from app.integrations.models import Integration
from app.integrations.report import TestReport
from app.integrations.starting import WantedIntegration
from app.integrations.status import IntegrationStatus
from app.rooms.models import RoomSync
from app.suites.protocol import PermissionVariant
from tests.integrations.doubles import World

FULL, WITHOUT = PermissionVariant.FULL, PermissionVariant.WITHOUT_ROOM_DIRECTORY


@pytest.fixture
async def without_directory(world: World) -> Integration:
    """Enabled without the room directory."""
    await world.start(WITHOUT)
    await world.consent()
    return await world.service.enable(world.administrator)


async def ask_for(world: World, variant: PermissionVariant) -> Integration:
    await world.service.start(world.administrator, WantedIntegration(suite=world.suite.name, variant=variant))
    return await world.consent()


async def test_asking_for_more_changes_nothing_until_the_consent_is_there(
    world: World, without_directory: Integration
) -> None:
    await world.service.start(world.administrator, WantedIntegration(suite=world.suite.name, variant=FULL))

    present = await Integration.get()
    assert (present.variant, present.version) == (WITHOUT, without_directory.version)


async def test_a_permission_that_a_test_has_proved_is_taken_on_and_the_rooms_are_synced(
    world: World, without_directory: Integration
) -> None:
    world.approve()

    widened = await ask_for(world, FULL)

    assert (widened.status, widened.variant) == (IntegrationStatus.ENABLED, FULL)
    assert await RoomSync.all().count() == 1
    entry = await AuditEntry.get(action=AuditAction.PERMISSIONS_CHANGED)
    assert entry.details["variant"] == "FULL"


async def test_a_permission_that_is_not_granted_is_named_and_the_integration_stays_as_it_was(
    world: World, without_directory: Integration
) -> None:
    told = await ask_for(world, FULL)

    present = await Integration.get()
    assert (present.variant, present.version, present.health) == (
        WITHOUT,
        without_directory.version,
        without_directory.health,
    )
    [issue] = TestReport.from_json(told.test_report or {}).issues
    assert issue.code is IssueCode.ROOM_DIRECTORY_NOT_APPROVED


async def test_doing_without_the_directory_later_keeps_the_rooms(world: World) -> None:
    await world.enabled()

    narrowed = await ask_for(world, WITHOUT)

    assert (narrowed.status, narrowed.variant) == (IntegrationStatus.ENABLED, WITHOUT)
