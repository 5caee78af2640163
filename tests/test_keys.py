"""What is sealed stays sealed, where it belongs."""

from uuid import UUID, uuid4

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.keys import (
    KeyMissing,
    Keys,
    Place,
    SealBroken,
    Vault,
    header_of,
    key_id_of,
    new_token,
    proof_of,
    token_hash,
)

OLD, NEW = ("k1", b"\x01" * 32), ("k2", b"\x02" * 32)
HERE = Place(UUID(int=1), "calendar_connection", UUID(int=2), "credentials")
ORGANISATION = UUID(int=1)


@given(st.binary())
def test_what_is_sealed_opens_in_its_own_place(plain: bytes) -> None:
    vault = Vault((OLD,))

    assert vault.open(vault.seal(plain, HERE), HERE) == plain


@pytest.mark.parametrize(
    "elsewhere",
    [
        Place(UUID(int=9), HERE.table, HERE.row, HERE.field),
        Place(HERE.organisation, "mailbox_watch", HERE.row, HERE.field),
        Place(HERE.organisation, HERE.table, UUID(int=9), HERE.field),
        Place(HERE.organisation, HERE.table, HERE.row, "other"),
    ],
)
def test_a_value_copied_to_another_row_does_not_open(elsewhere: Place) -> None:
    vault = Vault((OLD,))
    sealed = vault.seal(b"credentials", HERE)

    with pytest.raises(SealBroken):
        vault.open(sealed, elsewhere)


@given(st.data())
def test_a_value_with_one_flipped_bit_does_not_open(data: st.DataObject) -> None:
    vault = Vault((OLD,))
    sealed = bytearray(vault.seal(b"credentials", HERE))
    position = data.draw(st.integers(0, len(sealed) - 1))
    sealed[position] ^= 1 << data.draw(st.integers(0, 7))

    with pytest.raises(SealBroken):
        vault.open(bytes(sealed), HERE)


def test_a_value_that_was_cut_short_does_not_open() -> None:
    vault = Vault((OLD,))
    sealed = vault.seal(b"credentials", HERE)

    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            vault.open(sealed[:length], HERE)


PLACES = st.builds(
    Place,
    st.uuids(),
    st.sampled_from(["calendar_connection", "mailbox_reference", "event_note"]),
    st.uuids(),
    st.sampled_from(["credentials", "sealed_id", "text"]),
)


@given(here=PLACES, there=PLACES, plain=st.binary(max_size=64))
def test_a_value_opens_in_no_place_but_its_own_whichever_that_is(here: Place, there: Place, plain: bytes) -> None:
    assume(here != there)
    vault = Vault((OLD,))
    sealed = vault.seal(plain, here)

    with pytest.raises(SealBroken):
        vault.open(sealed, there)


@given(first=st.binary(min_size=1, max_size=64), second=st.binary(min_size=1, max_size=64), data=st.data())
def test_a_value_put_together_from_two_does_not_open(first: bytes, second: bytes, data: st.DataObject) -> None:
    vault = Vault((NEW, OLD))
    one, other = vault.seal(first, HERE), Vault((OLD,)).seal(second, HERE)
    cut = data.draw(st.integers(1, min(len(one), len(other)) - 1))
    mixed = one[:cut] + other[cut:]
    assume(mixed not in {one, other})

    with pytest.raises(SealBroken):
        vault.open(mixed, HERE)


@given(plain=st.binary(max_size=64), more=st.binary(min_size=1, max_size=16))
def test_a_value_that_was_lengthened_does_not_open(plain: bytes, more: bytes) -> None:
    vault = Vault((OLD,))

    with pytest.raises(SealBroken):
        vault.open(vault.seal(plain, HERE) + more, HERE)


@given(st.binary(max_size=64))
def test_whatever_lies_there_names_a_key_or_is_refused(garbage: bytes) -> None:
    try:
        key_id = key_id_of(garbage)
    except SealBroken:
        return

    assert garbage.startswith(header_of(key_id))


def test_another_key_under_the_same_id_opens_nothing() -> None:
    sealed = Vault((OLD,)).seal(b"one", HERE)

    with pytest.raises(SealBroken):
        Vault(((OLD[0], NEW[1]),)).open(sealed, HERE)


def test_a_keys_proof_tells_it_from_others_and_is_none_of_its_other_uses() -> None:
    proofs = {proof_of(OLD[1]), proof_of(NEW[1])}

    assert len(proofs) == 2
    assert proof_of(OLD[1]) in proofs
    assert Keys(OLD[1]).signing.hex() not in proofs
    assert OLD[1].hex() not in proofs


@given(st.binary(max_size=64))
def test_what_was_never_sealed_is_refused_and_breaks_nothing(garbage: bytes) -> None:
    with pytest.raises(SealBroken):
        Vault((OLD,)).open(garbage, HERE)


def test_keys_rotate_and_rotate_back_without_losing_what_the_other_sealed() -> None:
    first = Vault((OLD,)).seal(b"one", HERE)
    second = Vault((NEW, OLD)).seal(b"two", HERE)

    rotated_back = Vault((OLD, NEW))

    assert [rotated_back.open(first, HERE), rotated_back.open(second, HERE)] == [b"one", b"two"]
    assert rotated_back.needs_rewrap(second)
    assert not rotated_back.needs_rewrap(first)


def test_a_value_whose_key_is_gone_says_so() -> None:
    sealed = Vault((OLD,)).seal(b"one", HERE)

    with pytest.raises(KeyMissing, match="keyring"):
        Vault((NEW,)).open(sealed, HERE)


def test_the_same_value_is_sealed_differently_each_time() -> None:
    vault = Vault((OLD,))

    assert vault.seal(b"same", HERE) != vault.seal(b"same", HERE)


@given(st.binary(max_size=200))
def test_a_thing_has_the_same_opaque_id_at_every_read(raw: bytes) -> None:
    keys = Keys(b"\x03" * 32)

    sealed = keys.seal_id(ORGANISATION, "Event", raw)

    assert sealed == keys.seal_id(ORGANISATION, "Event", raw)
    assert keys.open_id(ORGANISATION, sealed) == ("Event", raw)


def test_an_id_is_useless_in_another_organisation() -> None:
    keys = Keys(b"\x03" * 32)
    sealed = keys.seal_id(ORGANISATION, "Room", uuid4().bytes)

    with pytest.raises(SealBroken):
        keys.open_id(UUID(int=2), sealed)


@given(st.text(max_size=120))
def test_anything_that_is_no_id_is_refused_and_breaks_nothing(text: str) -> None:
    with pytest.raises(SealBroken):
        Keys(b"\x03" * 32).open_id(ORGANISATION, text)


def test_a_time_inside_an_id_cannot_be_read() -> None:
    sealed = Keys(b"\x03" * 32).seal_id(ORGANISATION, "Event", b"abc_20991231T235900Z")

    assert "2099" not in sealed


def test_a_lookup_hash_finds_a_value_again_within_one_organisation_only() -> None:
    keys = Keys(b"\x03" * 32)

    assert keys.lookup_hash(ORGANISATION, "event", "x") == keys.lookup_hash(ORGANISATION, "event", "x")
    assert keys.lookup_hash(ORGANISATION, "event", "x") != keys.lookup_hash(UUID(int=2), "event", "x")
    assert keys.lookup_hash(ORGANISATION, "event", "x") != keys.lookup_hash(ORGANISATION, "mailbox", "x")
    assert keys.lookup_hash(ORGANISATION, "event", "x") != Keys(b"\x04" * 32).lookup_hash(ORGANISATION, "event", "x")


def test_tokens_are_recognisable_long_and_never_stored_as_they_are() -> None:
    token = new_token("hma")

    assert token.startswith("hma_")
    assert len(token) >= 40
    assert token not in token_hash(token)
    assert token_hash(token) == token_hash(token)
