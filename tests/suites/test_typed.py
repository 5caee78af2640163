"""A suite's JSON is read into structs, and a member that does not fit spoils nothing but itself."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.typed import Misshapen, Shape, objects

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["name", "isBig", "x"]), inner),
    max_leaves=8,
)


class Part(msgspec.Struct, rename="camel"):
    name: str | None = None
    is_big: bool | None = None


class Whole(msgspec.Struct, rename="camel"):
    first_name: str | None = None
    part: Part | None = None
    parts: list[Part] | None = None
    words: list[str] | None = None


WHOLE = Shape(Whole)


def test_what_fits_is_read_and_what_has_no_name_here_is_passed_over() -> None:
    read = WHOLE.of_json(b'{"firstName": "Ada", "part": {"name": "x", "isBig": true}, "parts": [{}], "other": [1, {}]}')

    assert read == Whole(first_name="Ada", part=Part("x", True), parts=[Part()])


@pytest.mark.parametrize(
    ("member", "value", "read"),
    [
        ("firstName", 7, Whole(first_name=None)),
        ("part", "x", Whole(part=None)),
        ("part", {"name": [], "isBig": False}, Whole(part=Part(None, False))),
        ("part", {"name": "x", "isBig": "yes"}, Whole(part=Part("x", None))),
        ("parts", {"name": "x"}, Whole(parts=None)),
        ("parts", [None, 7, {"name": 7}, {"name": "x"}], Whole(parts=[Part(), Part("x")])),
        ("words", ["a", 1, None, "b"], Whole(words=["a", "b"])),
    ],
)
def test_a_member_of_another_form_counts_as_left_out_and_its_neighbours_stay(
    member: str, value: object, read: Whole
) -> None:
    wire: dict[str, Any] = {"firstName": "Ada", "words": ["kept"], member: value}
    expected = msgspec.structs.replace(
        read,
        first_name=read.first_name if member == "firstName" else "Ada",
        words=read.words if member == "words" else ["kept"],
    )

    assert WHOLE.of_json(json.dumps(wire).encode()) == WHOLE.of_value(wire) == expected


@pytest.mark.parametrize(
    "text", [b"", b"{", b"[]", b"null", b'"x"', b'{"firstName": "\xff"}', b'{"firstName": "\\ud800"}']
)
def test_what_is_no_object_of_json_is_misshapen(text: bytes) -> None:
    with pytest.raises(Misshapen):
        WHOLE.of_json(text)


@pytest.mark.parametrize("member", ["part", "unknown"])
def test_a_value_of_any_depth_is_misshapen_or_passed_over_and_never_more(member: str) -> None:
    deep = b'{"%s": %s}' % (member.encode(), b"[" * 100_000 + b"]" * 100_000)

    with pytest.raises(Misshapen):
        WHOLE.of_json(deep)


@given(JSON)
def test_text_and_value_are_read_alike(value: object) -> None:
    wire = {"firstName": value, "part": value, "parts": [value, {}], "words": value}

    assert WHOLE.of_json(json.dumps(wire).encode()) == WHOLE.of_value(wire)


def test_of_a_list_the_objects_are_found_and_nothing_else() -> None:
    texts = [msgspec.Raw(text) for text in (b'{"a": 1}', b"7", b"null", b"[]", b'{"b": null}')]

    assert list(objects(texts)) == [{"a": 1}, {"b": None}]
