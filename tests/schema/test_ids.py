"""Ids and cursors: opaque, typed, the same at every read, and useless anywhere else."""

import base64
import string
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import InvalidInput, NotFound, ProblemCode
from app.keys import Keys
from schema.ids import NodeIds, NodeKind

KEYS = Keys(b"\x02" * 32)
ORGANISATION, MEMBER = UUID(int=1), UUID(int=2)
IDS = NodeIds(KEYS, ORGANISATION, MEMBER)
ROWS = [kind for kind in NodeKind if kind is not NodeKind.EVENT]


@given(st.sampled_from(ROWS), st.uuids())
def test_an_id_opens_to_the_row_that_was_sealed_and_is_the_same_every_time(kind: NodeKind, row: UUID) -> None:
    sealed = IDS.seal(kind, row)

    assert IDS.open(kind, sealed) == row
    assert IDS.kind_of(sealed) is kind
    assert NodeIds(KEYS, ORGANISATION, uuid4()).seal(kind, row) == sealed


@given(st.text(min_size=1))
def test_an_events_id_opens_for_its_member_only(mailbox_id: str) -> None:
    sealed = IDS.seal_event(mailbox_id)
    colleague = NodeIds(KEYS, ORGANISATION, uuid4())

    assert IDS.open_event(sealed) == mailbox_id
    with pytest.raises(NotFound):
        colleague.open_event(sealed)


@given(st.text())
def test_any_other_text_is_not_found(text: str) -> None:
    for kind in ROWS:
        with pytest.raises(NotFound):
            IDS.open(kind, text)
    with pytest.raises(NotFound):
        IDS.open_event(text)
    with pytest.raises(NotFound):
        IDS.kind_of(text)


@pytest.mark.parametrize("kind", ROWS)
def test_an_id_of_another_organisation_is_not_found(kind: NodeKind) -> None:
    foreign = NodeIds(KEYS, uuid4(), MEMBER)

    with pytest.raises(NotFound):
        IDS.open(kind, foreign.seal(kind, uuid4()))


@pytest.mark.parametrize("kind", ROWS)
def test_an_id_of_another_type_is_not_found(kind: NodeKind) -> None:
    for other in set(ROWS) - {kind}:
        with pytest.raises(NotFound):
            IDS.open(kind, IDS.seal(other, uuid4()))
    with pytest.raises(NotFound):
        IDS.open_event(IDS.seal(kind, uuid4()))
    with pytest.raises(NotFound):
        IDS.open(kind, IDS.seal_event("a"))


@given(st.sampled_from(ROWS), st.uuids(), st.text(alphabet="!*. \n\t=", min_size=1, max_size=3), st.integers(0, 60))
def test_an_id_has_one_spelling(kind: NodeKind, row: UUID, strange: str, place: int) -> None:
    """What base64 itself passes over, or counts for nothing, makes it another text and so no id."""
    sealed = str(IDS.seal(kind, row))
    data = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    spellings = {sealed[:place] + strange + sealed[place:], base64.b64encode(data).decode(), _last_bits_turned(sealed)}

    for spelling in spellings - {sealed}:
        with pytest.raises(NotFound):
            IDS.open(kind, spelling)


def _last_bits_turned(text: str) -> str:
    """Another text of the same bytes, where the last character has bits to spare."""
    alphabet = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"
    spare = {2: 0b1111, 3: 0b11}.get(len(text) % 4, 0)
    return text[:-1] + alphabet[alphabet.index(text[-1]) | spare]


def test_an_id_shows_nothing_of_what_it_holds() -> None:
    sealed = IDS.seal_event("series_20310512T090000Z")

    assert "2031" not in sealed


@given(st.binary(), st.text(min_size=1).filter(lambda name: ":" not in name and name != "rooms"))
def test_a_cursor_opens_in_its_own_list_only(raw: bytes, other: str) -> None:
    cursor = IDS.seal_cursor("rooms", raw)

    assert IDS.open_cursor("rooms", cursor) == raw
    with pytest.raises(InvalidInput) as refused:
        IDS.open_cursor(other, cursor)
    assert refused.value.code is ProblemCode.MALFORMED_CURSOR


@given(st.binary())
def test_a_cursor_opens_for_its_own_member_only(raw: bytes) -> None:
    cursor = IDS.seal_cursor("rooms", raw)

    for other in (NodeIds(KEYS, ORGANISATION, uuid4()), NodeIds(KEYS, uuid4(), MEMBER)):
        with pytest.raises(InvalidInput) as refused:
            other.open_cursor("rooms", cursor)
        assert refused.value.code is ProblemCode.MALFORMED_CURSOR


@given(st.text())
def test_a_text_that_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        IDS.open_cursor("rooms", text)


def test_an_id_is_no_cursor_and_a_cursor_no_id() -> None:
    with pytest.raises(InvalidInput):
        IDS.open_cursor("rooms", IDS.seal(NodeKind.ROOM, uuid4()))
    with pytest.raises(NotFound):
        IDS.kind_of(IDS.seal_cursor("rooms", b"a"))
