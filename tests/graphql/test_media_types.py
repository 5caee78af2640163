from hypothesis import given
from hypothesis import strategies as st

from app.graphql.media_types import GRAPHQL_RESPONSE, JSON, is_json, negotiate, wants_page

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


def test_a_browser_that_opens_the_address_wants_a_page() -> None:
    assert wants_page(BROWSER)


def test_a_client_that_names_json_wants_an_answer() -> None:
    assert not wants_page("application/json")
    assert not wants_page("application/json, text/html;q=0.5")
    assert not wants_page("*/*")
    assert not wants_page(None)


def test_a_quality_of_zero_refuses_a_media_type() -> None:
    assert negotiate("application/json;q=0") is None
    assert negotiate("application/json;q=0, */*") == GRAPHQL_RESPONSE


def test_a_quality_that_is_no_number_counts_as_zero() -> None:
    assert negotiate("application/json;q=much") is None


@given(st.text(max_size=80))
def test_no_header_breaks_the_negotiation(text: str) -> None:
    assert negotiate(text) in {GRAPHQL_RESPONSE, JSON, None}
    assert wants_page(text) in {True, False}
    assert is_json(text) in {True, False}
