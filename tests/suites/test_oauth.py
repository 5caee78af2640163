"""PKCE, and how long a token is believed to live."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.suites.oauth import LONGEST_LIFE, SHORTEST_LIFE, code_challenge, lifetime


def test_the_challenge_is_that_of_the_standards_own_example() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert code_challenge(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


@pytest.mark.parametrize("expires_in", [3599, 3599.0, "3599"])
def test_a_sensible_lifetime_is_believed(expires_in: object) -> None:
    assert lifetime(expires_in) == timedelta(seconds=3599)


@given(
    st.none()
    | st.text(max_size=9)
    | st.integers()
    | st.floats()
    | st.integers().map(str)
    | st.lists(st.integers(), max_size=2)
)
def test_no_lifetime_is_out_of_bounds_whatever_a_suite_says(expires_in: object) -> None:
    assert SHORTEST_LIFE <= lifetime(expires_in) <= LONGEST_LIFE
