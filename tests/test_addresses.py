"""Which mail addresses we are willing to write to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.addresses import MAX_ADDRESS, domain_of, normalised


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("ada@example.org", "ada@example.org"),
        ("  Ada.Vos+tides@Harbour.Example.ORG ", "ada.vos+tides@harbour.example.org"),
        ("o'neil@example.co.uk", "o'neil@example.co.uk"),
        ("a@b-c.example", "a@b-c.example"),
        ("x" * 64 + "@example.org", "x" * 64 + "@example.org"),
    ],
)
def test_an_ordinary_address_is_taken_in_lower_case(typed: str, address: str) -> None:
    assert normalised(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "ada",
        "ada@",
        "@example.org",
        "ada@example",
        "ada@@example.org",
        "ada vos@example.org",
        ".ada@example.org",
        "ada.@example.org",
        "ada..vos@example.org",
        "ada@-example.org",
        "ada@example-.org",
        "ada@example..org",
        "ada@[127.0.0.1]",
        '"ada vos"@example.org',
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org,ben@example.org",
        "Ada <ada@example.org>",
        "ada@example.org\x00",
        "x" * 65 + "@example.org",
        "a@" + "x" * 64 + ".org",
        "a@" + "x.".join(["y" * 60] * 5) + ".org",
    ],
)
def test_what_is_no_address_is_refused(typed: str) -> None:
    assert normalised(typed) is None


@given(st.text(max_size=300))
def test_no_text_whatever_breaks_the_check(typed: str) -> None:
    address = normalised(typed)

    if address is not None:
        assert normalised(address) == address
        assert len(address) <= MAX_ADDRESS
        assert address.isascii()
        assert not any(character.isspace() or ord(character) < 32 for character in address)


@given(st.emails())
def test_an_address_that_is_taken_keeps_its_domain(typed: str) -> None:
    address = normalised(typed)

    if address is not None:
        assert domain_of(address) == typed.rpartition("@")[2].lower()


@pytest.mark.parametrize(("address", "domain"), [("a@Example.org", "example.org"), ("nobody", ""), ("", "")])
def test_the_domain_stands_behind_the_at_sign(address: str, domain: str) -> None:
    assert domain_of(address) == domain
