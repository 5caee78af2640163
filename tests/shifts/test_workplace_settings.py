"""What administrators settle about where their organisation's people work."""

from datetime import timedelta

import pytest
from tortoise.context import TortoiseContext

from app.audit.models import AuditAction, AuditEntry
from app.errors import Forbidden, InvalidInput
from app.identity.models import LocationSharing, Member, Role
from app.shifts.workplace_settings import SHIFT_RETENTION_PERIOD, WorkplaceSettings, WorkplaceSettingsService
from tests.support.people import make_member, make_organisation, principal_of

SETTINGS = WorkplaceSettingsService()


@pytest.fixture
async def administrator(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation(), role=Role.SUBSCRIPTION_ADMINISTRATOR)


async def _entries(administrator: Member) -> list[AuditEntry]:
    rows = AuditEntry.of(administrator.organisation_id).filter(action=AuditAction.WORKPLACE_SETTINGS_CHANGED)
    return await rows.order_by("at")


async def test_until_somebody_settles_it_people_share_with_whom_they_meet_and_may_share_with_everyone(
    administrator: Member,
) -> None:
    settings = await SETTINGS.get(administrator.organisation_id)

    assert settings == WorkplaceSettings(
        default_sharing=LocationSharing.PEOPLE_I_MEET,
        widest_sharing=LocationSharing.EVERYONE,
        shift_retention=SHIFT_RETENTION_PERIOD,
    )


async def test_what_is_given_changes_and_the_rest_stays(administrator: Member) -> None:
    await SETTINGS.change(principal_of(administrator), widest_sharing=LocationSharing.PEOPLE_I_MEET)
    settings = await SETTINGS.change(principal_of(administrator), shift_retention_days=30)

    assert settings == WorkplaceSettings(
        default_sharing=LocationSharing.PEOPLE_I_MEET,
        widest_sharing=LocationSharing.PEOPLE_I_MEET,
        shift_retention=timedelta(days=30),
    )
    assert await SETTINGS.get(administrator.organisation_id) == settings


async def test_each_change_is_audited_and_nothing_else(administrator: Member) -> None:
    for _ in range(2):
        await SETTINGS.change(principal_of(administrator), widest_sharing=LocationSharing.PEOPLE_I_MEET)
    await SETTINGS.change(principal_of(administrator))

    [entry] = await _entries(administrator)
    assert (entry.actor_id, entry.details) == (administrator.id, {"settings": ["widest_sharing=PEOPLE_I_MEET"]})


@pytest.mark.parametrize("days", [0, -1, 3_651, 2**31 - 1])
async def test_a_retention_that_is_none_is_refused(administrator: Member, days: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await SETTINGS.change(principal_of(administrator), shift_retention_days=days)

    assert refusal.value.field == "shiftRetentionDays"
    assert await _entries(administrator) == []


async def test_a_default_that_is_wider_than_what_is_allowed_is_refused(administrator: Member) -> None:
    principal = principal_of(administrator)
    await SETTINGS.change(principal, widest_sharing=LocationSharing.PEOPLE_I_MEET)

    with pytest.raises(InvalidInput) as refusal:
        await SETTINGS.change(principal, default_sharing=LocationSharing.EVERYONE)

    assert refusal.value.field == "defaultLocationSharing"
    assert (await SETTINGS.get(principal.organisation_id)).default_sharing is LocationSharing.PEOPLE_I_MEET


async def test_what_is_allowed_goes_below_the_default_only_together_with_it(administrator: Member) -> None:
    principal, nobody = principal_of(administrator), LocationSharing.NOBODY

    with pytest.raises(InvalidInput) as refusal:
        await SETTINGS.change(principal, widest_sharing=nobody)
    settings = await SETTINGS.change(principal, default_sharing=nobody, widest_sharing=nobody)

    assert refusal.value.field == "widestLocationSharing"
    assert (settings.default_sharing, settings.widest_sharing) == (nobody, nobody)


async def test_whoever_is_no_administrator_any_more_changes_nothing(administrator: Member) -> None:
    principal = principal_of(administrator)
    await Member.of(administrator.organisation_id).filter(id=administrator.id).update(role=Role.MEMBER)

    with pytest.raises(Forbidden):
        await SETTINGS.change(principal, shift_retention_days=30)

    assert (await SETTINGS.get(administrator.organisation_id)).shift_retention == SHIFT_RETENTION_PERIOD
