"""What administrators settle about telling the members of their organisation."""

import pytest
from tortoise.context import TortoiseContext

from app.audit.models import AuditAction, AuditEntry
from app.errors import Forbidden, InvalidInput
from app.identity.models import Member, Role
from app.notifications.preferences import NO_ANSWER_AFTER, NotificationSettingsService
from tests.support.people import make_member, make_organisation, principal_of

SETTINGS = NotificationSettingsService()


@pytest.fixture
async def administrator(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation(), role=Role.SUBSCRIPTION_ADMINISTRATOR)


async def _entries(administrator: Member) -> list[AuditEntry]:
    rows = AuditEntry.of(administrator.organisation_id).filter(action=AuditAction.NOTIFICATION_SETTINGS_CHANGED)
    return await rows.order_by("at")


async def test_until_somebody_settles_it_mails_name_no_subject(administrator: Member) -> None:
    settings = await SETTINGS.get(administrator.organisation_id)

    assert (settings.mails_subjects, settings.no_answer_after) == (False, NO_ANSWER_AFTER)


async def test_what_is_given_changes_and_the_rest_stays(administrator: Member) -> None:
    await SETTINGS.change(principal_of(administrator), no_answer_after_minutes=90)
    settings = await SETTINGS.change(principal_of(administrator), mails_subjects=True)

    assert (settings.mails_subjects, settings.no_answer_after.total_seconds()) == (True, 90 * 60)
    assert await SETTINGS.get(administrator.organisation_id) == settings


async def test_each_change_is_audited_and_nothing_else(administrator: Member) -> None:
    for _ in range(2):
        await SETTINGS.change(principal_of(administrator), mails_subjects=True)
    await SETTINGS.change(principal_of(administrator))

    [entry] = await _entries(administrator)
    assert (entry.actor_id, entry.details) == (administrator.id, {"settings": ["mails_subjects=1"]})


@pytest.mark.parametrize("minutes", [0, -1, 10_081, 2**31 - 1])
async def test_a_time_that_is_none_is_refused(administrator: Member, minutes: int) -> None:
    with pytest.raises(InvalidInput) as refusal:
        await SETTINGS.change(principal_of(administrator), no_answer_after_minutes=minutes)

    assert refusal.value.field == "noAnswerAfterMinutes"
    assert await _entries(administrator) == []


async def test_whoever_is_no_administrator_any_more_changes_nothing(administrator: Member) -> None:
    principal = principal_of(administrator)
    await Member.of(administrator.organisation_id).filter(id=administrator.id).update(role=Role.MEMBER)

    with pytest.raises(Forbidden):
        await SETTINGS.change(principal, mails_subjects=True)

    assert not (await SETTINGS.get(administrator.organisation_id)).mails_subjects
