"""Which columns are sealed, and how what one key sealed is told from what another did."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.database.kept import KEPT, SEALED
from app.keyring.columns import SEALED_COLUMNS
from app.keys import Place, Vault, header_of, key_id_of

HERE = Place(UUID(int=1), "event_note", UUID(int=2), "text")
KEY_IDS = st.text("abkXYZ019.-_", min_size=1, max_size=32)


def test_rotation_knows_every_column_that_is_said_to_be_sealed() -> None:
    said = {
        f"{table}.{name}" for table, kept in KEPT.items() for name, reason in kept.columns.items() if reason == SEALED
    }

    assert {str(column) for column in SEALED_COLUMNS} == said


@given(one=KEY_IDS, other=KEY_IDS, plain=st.binary(max_size=40))
def test_what_one_key_sealed_never_counts_as_anothers(one: str, other: str, plain: bytes) -> None:
    sealed = Vault(((one, b"\x01" * 32),)).seal(plain, HERE)

    assert key_id_of(sealed) == one
    assert sealed.startswith(header_of(other)) == (one == other)
