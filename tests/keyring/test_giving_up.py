"""A key that is lost for good ends nothing but what it sealed."""

import pytest
from tortoise.context import TortoiseContext

from app.connections.models import CalendarConnection, ConnectionReason, ConnectionStatus
from app.errors import InvalidInput
from app.events_bus.memory import MemoryBus
from app.keyring.columns import SEALED_COLUMNS
from app.keyring.giving_up import GivenUp, give_up
from app.keyring.proofs import KeyCheck, KeyIdTaken, KeysMissing
from app.keys import Vault
from app.notifications.models import Notification, NotificationKind
from tests.keyring.filling import SECRET, A, B, make_workplace

BESIDE = Vault((B,))


async def _start(*ring: tuple[str, bytes]) -> None:
    await KeyCheck(SECRET, ring).confirm()


async def _give_up() -> GivenUp:
    return await give_up("k1", BESIDE, MemoryBus())


async def test_a_server_starts_without_a_key_that_was_given_up(database: TortoiseContext) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))
    with pytest.raises(KeysMissing, match="give-up"):
        await _start(B)

    given_up = await _give_up()

    assert {str(column) for column in given_up.left} == {str(column) for column in SEALED_COLUMNS}
    await _start(B)


async def test_a_database_from_before_can_go_on_without_a_key_too(database: TortoiseContext) -> None:
    await make_workplace(Vault((A,)))

    await _give_up()

    await _start(B)


async def test_whose_consent_the_key_sealed_is_asked_to_connect_again_and_nobody_else(
    database: TortoiseContext,
) -> None:
    lost = await make_workplace(Vault((A,)))
    kept = await make_workplace(Vault((B,)), name="Newbridge")

    given_up = await _give_up()

    rows = {row.id: row for row in await CalendarConnection.all()}
    assert given_up.to_reconnect == 1
    concerned, other = rows[lost.connection.id], rows[kept.connection.id]
    assert (concerned.status, concerned.reason) == (ConnectionStatus.RECONNECT_REQUIRED, ConnectionReason.EXPIRED)
    assert other.status is ConnectionStatus.CONNECTED
    [notification] = await Notification.all()
    assert (notification.kind, notification.member_id) == (NotificationKind.RECONNECT_REQUIRED, lost.member.id)


async def test_giving_up_twice_asks_nobody_twice(database: TortoiseContext) -> None:
    await make_workplace(Vault((A,)))
    await _give_up()

    again = await _give_up()

    assert again.to_reconnect == 0
    assert await Notification.all().count() == 1


async def test_a_key_that_turns_up_opens_again_what_it_sealed(database: TortoiseContext) -> None:
    await _start(A)
    workplace = await make_workplace(Vault((A,)))
    before = await workplace.read(Vault((A,)))

    await _give_up()
    await _start(B, A)

    assert await workplace.read(Vault((B, A))) == before


async def test_another_key_cannot_take_the_id_of_one_that_was_given_up(database: TortoiseContext) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))
    await _give_up()

    with pytest.raises(KeyIdTaken):
        await _start(B, ("k1", b"\x77" * 32))


async def test_a_key_that_is_at_hand_is_not_given_up(database: TortoiseContext) -> None:
    await make_workplace(Vault((B,)))

    with pytest.raises(InvalidInput):
        await give_up("k2", BESIDE, MemoryBus())


async def test_a_key_that_sealed_nothing_is_not_given_up(database: TortoiseContext) -> None:
    await make_workplace(Vault((B,)))

    with pytest.raises(InvalidInput, match="Nothing is sealed"):
        await _give_up()
