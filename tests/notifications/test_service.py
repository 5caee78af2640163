"""Telling a member something once."""

from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext
from tortoise.transactions import in_transaction

from app.identity.models import Member
from app.notifications.models import Notification, NotificationKind
from app.notifications.service import NotificationService, notify
from tests.support.people import make_member, make_organisation, principal_of


@pytest.fixture
async def member(database: TortoiseContext) -> Member:
    return await make_member(await make_organisation())


async def _reject(member: Member, occasion: str) -> Notification | None:
    async with in_transaction():
        return await notify(
            member.organisation_id,
            member.id,
            NotificationKind.ROOM_REJECTED,
            subject_id=uuid4(),
            occasion=occasion,
        )


async def test_a_member_is_told_of_an_occasion_once(member: Member) -> None:
    first = await _reject(member, "booking:1:3")
    second = await _reject(member, "booking:1:3")

    assert first is not None
    assert second is None
    assert await Notification.of(member.organisation_id).count() == 1


async def test_another_occasion_is_told_again(member: Member) -> None:
    await _reject(member, "booking:1:3")
    await _reject(member, "booking:1:5")

    assert await NotificationService().unread_count(principal_of(member)) == 2


async def test_a_duplicate_undoes_nothing_of_what_it_belongs_to(member: Member) -> None:
    await _reject(member, "booking:1:3")

    async with in_transaction():
        await Member.of(member.organisation_id).filter(id=member.id).update(name="Ada V.")
        await notify(
            member.organisation_id,
            member.id,
            NotificationKind.ROOM_REJECTED,
            subject_id=uuid4(),
            occasion="booking:1:3",
        )

    assert (await Member.get(id=member.id)).name == "Ada V."


async def test_only_the_members_own_unread_notifications_are_counted(member: Member) -> None:
    colleague = await make_member(await make_organisation("Newbridge"), "Nora Berg")
    await _reject(colleague, "booking:2:1")

    assert await NotificationService().unread_count(principal_of(member)) == 0


async def test_a_replaced_room_is_told_with_the_one_that_went_and_the_one_that_came(member: Member) -> None:
    former_room_id, room_id = uuid4(), uuid4()

    async with in_transaction():
        told = await notify(
            member.organisation_id,
            member.id,
            NotificationKind.ROOM_REPLACED,
            subject_id=uuid4(),
            occasion="replaced:1:2",
            former_room_id=former_room_id,
            room_id=room_id,
        )

    assert told is not None
    row = await Notification.get(id=told.id)
    assert (row.kind, row.former_room_id, row.room_id) == (NotificationKind.ROOM_REPLACED, former_room_id, room_id)
