"""A cookie is read under the name that the browser guarded, and under no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity.sent_cookies import sent_cookie

NAME = "__Host-session"


@pytest.mark.parametrize(
    "headers",
    [
        [f"{NAME}=ours"],
        [f"theme=dark; {NAME}=ours; other=1"],
        [f"theme=dark;\t {NAME} = ours "],
        ["theme=dark", f"{NAME}=ours"],
        [f"{NAME}=ours; {NAME}=ours"],
    ],
)
def test_the_cookie_of_that_name_is_read(headers: list[str]) -> None:
    assert sent_cookie(headers, NAME) == "ours"


@pytest.mark.parametrize("stray", ["\x85", "\xa0", "\x1c", "\x1d", "\x1e", "\x1f", "\x0b", "\x0c", "\r", "\n", "\x00"])
def test_a_name_with_a_stray_byte_before_or_behind_it_is_another_name(stray: str) -> None:
    assert sent_cookie([f"{stray}{NAME}=planted"], NAME) is None
    assert sent_cookie([f"{NAME}{stray}=planted"], NAME) is None
    assert sent_cookie([f"{NAME}=ours; {stray}{NAME}=planted"], NAME) == "ours"


@pytest.mark.parametrize(
    "headers", [[], [""], [NAME], ["=x"], [f"={NAME}"], ["__host-session=x"], [f"x{NAME}=x"], [f'a="{NAME}=x']]
)
def test_where_there_is_no_such_cookie_there_is_none(headers: list[str]) -> None:
    assert sent_cookie(headers, NAME) is None


@pytest.mark.parametrize("headers", [[f"{NAME}=ours; {NAME}=planted"], [f"{NAME}=ours", f"{NAME}=planted"]])
def test_of_two_that_differ_neither_is_believed(headers: list[str]) -> None:
    assert sent_cookie(headers, NAME) is None


@given(st.lists(st.text(alphabet=st.characters(max_codepoint=255)), max_size=4))
def test_no_header_however_odd_breaks_the_reading(headers: list[str]) -> None:
    value = sent_cookie(headers, NAME)

    assert value is None or NAME in "".join(headers)
