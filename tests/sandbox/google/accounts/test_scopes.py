"""How Google's scopes are read and spelt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.sandbox.google.accounts.scopes import (
    KNOWN,
    PREFIX,
    SIGN_IN,
    UnknownScopeError,
    in_words,
    read_scopes,
    read_short_scopes,
    spelt_out,
)

KNOWN_SCOPES = st.frozensets(st.sampled_from(sorted(KNOWN)))


@given(KNOWN_SCOPES)
def test_what_an_answer_spells_out_reads_as_the_same_scopes(scopes: frozenset[str]) -> None:
    assert read_scopes(spelt_out(scopes).split()) == scopes


@given(KNOWN_SCOPES)
def test_short_names_and_whole_ones_mean_the_same(scopes: frozenset[str]) -> None:
    short = [scope.removeprefix(PREFIX) for scope in scopes]

    assert read_short_scopes(short) == read_short_scopes(scopes) == scopes


@given(KNOWN_SCOPES)
def test_every_scope_has_words_of_its_own_on_a_page(scopes: frozenset[str]) -> None:
    shown = in_words(scopes)

    assert {scope.name for scope in shown} == scopes
    assert len({scope.words for scope in shown}) == len(scopes)


def test_signing_in_has_short_spellings_that_are_read_as_the_long_ones() -> None:
    assert read_scopes(["openid", "email", "profile"]) == SIGN_IN


@given(st.text().filter(lambda name: name not in {"email", "profile", *KNOWN}))
def test_a_name_that_no_scope_has_is_refused_by_that_name(name: str) -> None:
    with pytest.raises(UnknownScopeError) as refused:
        read_scopes(["openid", name])

    assert refused.value.names == (name,)
