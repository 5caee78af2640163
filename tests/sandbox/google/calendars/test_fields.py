"""Partial answers."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.calendar_api.errors import GoogleError
from app.sandbox.google.calendar_api.fields import pick, read_mask

BODY: dict[str, Any] = {"kind": "k", "items": [{"id": "1", "start": {"date": "d", "timeZone": "z"}}, {"id": "2"}]}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ("kind", {"kind": "k"}),
        ("*", BODY),
        ("items", {"items": BODY["items"]}),
        ("items(id)", {"items": [{"id": "1"}, {"id": "2"}]}),
        ("items/id, kind", {"kind": "k", "items": [{"id": "1"}, {"id": "2"}]}),
        ("items(start/date,id)", {"items": [{"id": "1", "start": {"date": "d"}}, {"id": "2"}]}),
        ("items(start(timeZone)),other", {"items": [{"start": {"timeZone": "z"}}, {}]}),
    ],
)
def test_what_is_named_is_kept(fields: str, expected: dict[str, Any]) -> None:
    assert pick(BODY, fields) == expected


@pytest.mark.parametrize("fields", ["", "a(", "a)", "a,,b", "a//b", "(a)", "a b", "a(b", "a()", "ä"])
def test_what_cannot_be_read_is_refused(fields: str) -> None:
    with pytest.raises(GoogleError) as refused:
        read_mask(fields)

    assert (refused.value.status, refused.value.reason) == (400, "invalidParameter")


NAMES = st.sampled_from(["a", "b", "items", "dateTime"])
MASKS: Any = st.recursive(
    st.dictionaries(NAMES, st.just({}), min_size=1),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1),
    max_leaves=8,
)


def written(mask: dict[str, Any]) -> str:
    return ",".join(f"{name}({written(inner)})" if inner else name for name, inner in mask.items())


@given(MASKS)
def test_a_mask_is_read_as_it_was_written(mask: dict[str, Any]) -> None:
    assert read_mask(written(mask)) == mask


@given(st.text(alphabet="ab,/()* ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        mask = read_mask(text)
    except GoogleError:
        return
    assert mask
