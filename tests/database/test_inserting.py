"""A row is inserted unless it is there, and whoever inserts is told which it was."""

import asyncio
from uuid import UUID, uuid4

from tortoise.transactions import in_transaction

from app import clock
from app.database import engine
from app.database.inserting import insert_missing
from app.identity.models import IdempotencyRecord, Member
from tests.support.people import make_member, make_organisation


def _record(member: Member, result_ids: list[str] | None = None) -> IdempotencyRecord:
    return IdempotencyRecord(
        id=uuid4(),
        organisation_id=member.organisation_id,
        member_id=member.id,
        operation="bookRoom",
        key_hash="a" * 64,
        input_hash="b" * 64,
        result_ids=result_ids,
        created_at=clock.now(),
    )


async def test_a_row_that_is_there_stays_as_it_is(database_url: str) -> None:
    await engine.migrate(database_url)
    async with engine.database(database_url):
        member = await make_member(await make_organisation())
        first, second = _record(member, ["one"]), _record(member)

        assert await insert_missing(first)
        assert not await insert_missing(second)
        async with in_transaction():
            assert not await insert_missing(second)

        [present] = await IdempotencyRecord.of(member.organisation_id)
    columns = IdempotencyRecord._meta.db_fields
    assert {name: getattr(present, name) for name in columns} == {name: getattr(first, name) for name in columns}


async def test_of_many_who_insert_the_same_at_once_one_is_told_that_it_did(database_url: str) -> None:
    await engine.migrate(database_url)
    async with engine.database(database_url):
        member = await make_member(await make_organisation())

        async def insert() -> UUID | None:
            row = _record(member)
            async with in_transaction():
                return row.id if await insert_missing(row) else None

        told = await asyncio.gather(*(insert() for _ in range(8)))

        [present] = await IdempotencyRecord.of(member.organisation_id)
    assert [row_id for row_id in told if row_id is not None] == [present.id]
