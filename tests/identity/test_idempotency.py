"""Idempotency keys: one use each, for one content, by one member."""

from uuid import uuid4

import pytest
from tortoise.context import TortoiseContext

from app.errors import IdempotencyKeyReused, InvalidInput
from app.identity.idempotency import IdempotencyService
from app.identity.models import IdempotencyRecord
from app.identity.principal import Principal
from app.keys import Keys
from tests.support.people import make_member, make_organisation, principal_of


@pytest.fixture
def service(keys: Keys) -> IdempotencyService:
    return IdempotencyService(keys)


@pytest.fixture
async def principal(database: TortoiseContext) -> Principal:
    return principal_of(await make_member(await make_organisation()))


async def test_the_first_use_of_a_key_is_new_and_the_next_reads_the_result(
    service: IdempotencyService, principal: Principal
) -> None:
    result = uuid4()

    first = await service.claim(principal, "bookRoom", "key", b"content")
    await service.finish(first.record, [result])
    second = await service.claim(principal, "bookRoom", "key", b"content")

    assert (first.is_new, second.is_new) == (True, False)
    assert second.record.id == first.record.id
    assert second.record.result_ids == [str(result)]


async def test_an_attempt_that_was_broken_off_is_gone_on_with(
    service: IdempotencyService, principal: Principal
) -> None:
    first = await service.claim(principal, "bookRoom", "key", b"content")

    second = await service.claim(principal, "bookRoom", "key", b"content")

    assert second.record.id == first.record.id
    assert second.record.result_ids is None
    assert not second.is_new


async def test_other_content_under_the_same_key_is_refused(service: IdempotencyService, principal: Principal) -> None:
    await service.claim(principal, "bookRoom", "key", b"content")

    with pytest.raises(IdempotencyKeyReused):
        await service.claim(principal, "bookRoom", "key", b"other content")


async def test_keys_of_other_operations_and_other_members_are_other_keys(
    service: IdempotencyService, principal: Principal
) -> None:
    other = principal_of(await make_member(await make_organisation("Newbridge"), "Bo Lind"))

    claims = [
        await service.claim(principal, "bookRoom", "key", b"a"),
        await service.claim(principal, "createAccessToken", "key", b"b"),
        await service.claim(other, "bookRoom", "key", b"c"),
    ]

    assert all(claim.is_new for claim in claims)


@pytest.mark.parametrize("key", ["", "k" * 65])
async def test_a_key_has_1_to_64_characters(service: IdempotencyService, principal: Principal, key: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await service.claim(principal, "bookRoom", key, b"content")

    assert refused.value.field == "idempotencyKey"


async def test_neither_key_nor_content_is_stored(service: IdempotencyService, principal: Principal) -> None:
    await service.claim(principal, "bookRoom", "readable-key", b"readable-content")

    row = str(await IdempotencyRecord.all().values())

    assert "readable" not in row
