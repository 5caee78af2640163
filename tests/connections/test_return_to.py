"""Where a browser may be sent on to, and the usual ways of asking for more."""

from urllib.parse import quote, urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.connections.return_to import checked_return_to
from app.errors import InvalidInput

ORIGINS = frozenset({"https://api.example", "https://desk.example:8443"})


@pytest.mark.parametrize(
    "value",
    [
        "/",
        "/graphql",
        "/console?tab=rooms&q=a%20b#top",
        "/login?next=//evil.example",
        "https://api.example",
        "https://api.example/",
        "https://desk.example:8443/after/sign-in?x=1#y",
        "https://desk.example:8443?x=1",
    ],
)
def test_a_path_of_our_own_or_an_allowed_origin_is_taken_as_it_is(value: str) -> None:
    assert checked_return_to(value, ORIGINS) == value


@pytest.mark.parametrize("value", [None, ""])
def test_nowhere_is_nowhere(value: str | None) -> None:
    assert checked_return_to(value, ORIGINS) is None


@pytest.mark.parametrize(
    "value",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\\/evil.example",
        "/%2fevil.example",
        "/%2f%2fevil.example",
        "%2f%2fevil.example",
        "/%252f%252fevil.example",
        "/%5cevil.example",
        "/%09/evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "/\r\nLocation: https://evil.example",
        "/%0d%0aSet-Cookie:a=b",
        "/ok//evil.example",
        "/./%2fevil.example",
        " https://api.example/",
        "https://evil.example",
        "https://evil.example/https://api.example",
        "https://api.example.evil.example/",
        "https://api.example@evil.example/",
        "https://api.example:secret@evil.example/",
        "https://user@api.example/",
        "https://api.example%2eevil.example/",
        "https://api.example\\@evil.example/",
        "https://api.example:8443/",
        "https://desk.example/",
        "http://api.example/",
        "HTTPS://API.EXAMPLE/",
        "//api.example/",
        "https:api.example",
        "https:///evil.example",
        "javascript:alert(1)",
        "data:text/html,x",
        "graphql",
        "..",
        "ünïcode",
        "/ünïcode",
        "/\x00",
        "/\x7f",
        "/" + "a" * 2000,
        "/%" + "25" * 6 + "2fevil.example",
    ],
)
def test_whatever_could_lead_elsewhere_is_refused_by_field(value: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        checked_return_to(value, ORIGINS)

    assert refused.value.field == "returnTo"


_pieces = st.sampled_from(
    [
        "/",
        "//",
        "\\",
        "%2f",
        "%5c",
        "%252f",
        ".",
        "..",
        "@",
        ":",
        "?",
        "#",
        "evil.example",
        "api.example",
        "https:",
        "a",
    ]
)


@given(st.lists(_pieces, max_size=12).map("".join) | st.text(max_size=40))
@example("/" + quote("//evil"))
def test_a_browser_that_follows_what_is_accepted_stays_at_an_allowed_origin(value: str) -> None:
    try:
        accepted = checked_return_to(value, ORIGINS)
    except InvalidInput:
        return

    if accepted is not None:
        reached = urlsplit(urljoin("https://api.example/auth/callback/microsoft-365", accepted))
        assert f"{reached.scheme}://{reached.netloc}" in ORIGINS
