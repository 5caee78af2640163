"""No server starts with keys that are not the ones its database was written with."""

import asyncio

import pytest
from tortoise.context import TortoiseContext

from app.keyring.columns import SEALED_COLUMNS
from app.keyring.models import KeyProof
from app.keyring.proofs import KeyCheck, KeyIdTaken, KeysMissing, SecretChanged
from app.keyring.rotation import Rotation
from app.keys import Vault
from app.references.models import EventNote
from app.references.service import note_place
from tests.identity.queries import counted_queries
from tests.keyring.filling import SECRET, A, B, C, make_workplace
from tests.support.database import open_database

OTHER = ("k1", b"\x77" * 32)
"""Another key under the first one's id."""


async def _start(*ring: tuple[str, bytes], secret: bytes = SECRET) -> None:
    await KeyCheck(secret, ring).confirm()


async def test_a_server_starts_with_the_keys_that_its_database_knows(database: TortoiseContext) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))

    await _start(A)
    await _start(B, A)
    await _start(B, A)


async def test_a_changed_secret_stops_the_start(database: TortoiseContext) -> None:
    await _start(A)

    with pytest.raises(SecretChanged, match="HYBRID_MEETINGS_SECRET_KEY"):
        await _start(A, secret=b"\x09" * 32)


async def test_another_key_under_an_id_that_is_taken_stops_the_start(database: TortoiseContext) -> None:
    await _start(A)

    with pytest.raises(KeyIdTaken, match="k1"):
        await _start(OTHER)


async def test_a_key_that_was_taken_out_too_soon_stops_the_start_and_is_named_with_where_it_is_needed(
    database: TortoiseContext,
) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))

    with pytest.raises(KeysMissing) as refused:
        await _start(B)

    assert refused.value.key_ids == ("k1",)
    assert "k1 (in calendar_connection.credentials, mailbox_watch.suite_id" in str(refused.value)
    assert "keys rotate" in str(refused.value)
    await _start(B, A)


async def test_every_key_that_is_missing_is_named(database: TortoiseContext) -> None:
    await _start(B, A)
    await make_workplace(Vault((A,)))
    await make_workplace(Vault((B,)), name="Newbridge")

    with pytest.raises(KeysMissing) as refused:
        await _start(C)

    assert refused.value.key_ids == ("k1", "k2")


async def test_once_everything_is_sealed_anew_the_old_key_may_go(database: TortoiseContext) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))

    await Rotation(Vault((B, A)), lambda _: None).run()

    await _start(B)


async def test_a_refused_start_leaves_nothing_behind(database: TortoiseContext) -> None:
    await _start(A)

    with pytest.raises(SecretChanged):
        await _start(B, A, secret=b"\x09" * 32)

    assert {row.name for row in await KeyProof.all()} == {"secret", "encryption/k1"}


async def test_a_database_from_before_is_believed_where_its_values_open(database: TortoiseContext) -> None:
    await make_workplace(Vault((A,)))

    await _start(B, A)

    assert {row.name for row in await KeyProof.all()} == {"secret", "encryption/k1", "encryption/k2"}


async def test_a_database_from_before_whose_values_do_not_open_stops_the_start(database: TortoiseContext) -> None:
    await make_workplace(Vault((A,)))

    with pytest.raises(KeyIdTaken):
        await _start(OTHER)

    assert not await KeyProof.all().exists()
    await _start(A)


async def test_a_database_from_before_whose_key_is_missing_stops_the_start(database: TortoiseContext) -> None:
    await make_workplace(Vault((A,)))

    with pytest.raises(KeysMissing):
        await _start(B)


@pytest.mark.parametrize("damaged", [b"", b"\x01", b"\x01\x02k", b"\x01\x02\xff\xff" + b"x" * 40, b"plain"])
async def test_a_damaged_value_stops_no_start_and_hides_no_missing_key(
    database: TortoiseContext, damaged: bytes
) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))
    await make_workplace(Vault((A,)), name="Newbridge")
    first = await EventNote.all().order_by("id").first()
    assert first is not None
    await EventNote.filter(id=first.id).update(text=damaged)

    await _start(A)
    with pytest.raises(KeysMissing, match=r"event_note\.text"):
        await _start(B)


async def test_a_value_that_names_a_key_that_never_was_stops_no_start(database: TortoiseContext) -> None:
    await _start(A)
    await make_workplace(Vault((A,)))
    note = await EventNote.get()
    await EventNote.all().update(text=Vault((C,)).seal(b"planted", note_place(note.organisation_id, note.id)))

    await _start(A)


async def test_a_key_lies_in_the_database_neither_readable_nor_derivable(database: TortoiseContext) -> None:
    await _start(A)

    rows = await KeyProof.all()

    assert not {A[1].hex(), SECRET.hex()} & {str(row.proof) for row in rows}
    assert len({row.proof for row in rows}) == 2


async def test_a_start_with_every_known_key_costs_one_query_however_much_is_sealed(
    database: TortoiseContext,
) -> None:
    await _start(A)
    workplace = await make_workplace(Vault((A,)))
    await workplace.add_events(Vault((A,)), 200)

    async with counted_queries() as statements:
        await _start(A)

    assert len(statements) == 1


async def test_a_start_without_a_known_key_looks_once_at_each_column(database: TortoiseContext) -> None:
    await _start(B, A)
    workplace = await make_workplace(Vault((B,)))
    await workplace.add_events(Vault((B,)), 200)

    async with counted_queries() as statements:
        await _start(B)

    assert len(statements) == 1 + len(SEALED_COLUMNS)


async def test_a_key_that_was_missing_when_the_database_was_first_looked_at_is_waited_for(
    database: TortoiseContext,
) -> None:
    await make_workplace(Vault((A,)))
    await KeyCheck(SECRET, (B,)).confirm(allow_missing=True)

    with pytest.raises(KeysMissing):
        await _start(B)
    await _start(B, A)
    with pytest.raises(KeyIdTaken):
        await _start(B, OTHER)


async def test_of_servers_that_start_together_with_different_secrets_one_alone_starts(database_url: str) -> None:
    async with open_database(database_url):
        outcomes = await asyncio.gather(
            *(_start(A, secret=bytes([number]) * 32) for number in range(4)), return_exceptions=True
        )

        assert [type(outcome) for outcome in outcomes].count(SecretChanged) == 3
        assert await KeyProof.filter(name="secret").count() == 1
