"""Which signed tokens are in order, whatever the suite expects of them beside that."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from joserfc.jwt import ClaimsOption

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable
from app.suites.http import SuiteHttp
from app.suites.id_tokens import KEYS_FRESH_FOR, Claims, SignedClaims, SignedTokens, check_nonce, text_claim
from tests.suites.doubles import FakeTime, Provider, provider
from tests.suites.signing import FIRST_KEY, SECOND_KEY, published, rsa_key, signed

NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)
AT = int(NOW.timestamp())
KEYS = "/keys"


def claims(**changes: object) -> dict[str, Any]:
    usual = {"iss": "https://us.test", "tid": "us", "aud": "our-client-id", "iat": AT, "nbf": AT, "exp": AT + 3600}
    return {name: value for name, value in {**usual, **changes}.items() if value is not None}


@pytest.fixture
async def suite() -> AsyncIterator[Provider]:
    async with provider() as double:
        with clock.use(lambda: NOW):
            yield double


@pytest.fixture
async def tokens(suite: Provider) -> AsyncIterator[SignedTokens]:
    http = SuiteHttp([suite.origin], timedelta(seconds=5), timing=FakeTime().timing())
    yield SignedTokens(http, "test keys")
    await http.close()


def expected(said: Claims) -> dict[str, ClaimsOption]:
    """Who the token is for, and an issuer that depends on what it says."""
    issuer = f"https://{said.get('tid')}.test"
    return {"aud": {"essential": True, "value": "our-client-id"}, "iss": {"essential": True, "value": issuer}}


async def verified(suite: Provider, tokens: SignedTokens, token: object) -> SignedClaims:
    return await tokens.verified(token, suite.origin + KEYS, expected)


async def test_a_good_token_tells_its_claims_and_the_public_half_of_the_key(
    suite: Provider, tokens: SignedTokens
) -> None:
    suite.answer(KEYS, published(FIRST_KEY))

    found = await verified(suite, tokens, signed(claims()))

    assert found.claims == claims()
    assert found.key["kid"] == "first"
    assert "d" not in found.key


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": None},
        {"iss": "https://them.test"},
        {"iss": None},
        {"tid": "them"},
        {"exp": AT - 301},
        {"exp": None},
        {"exp": "tomorrow"},
        {"nbf": AT + 301},
        {"iat": AT + 301},
        {"iat": None},
    ],
)
async def test_a_token_for_another_or_of_another_time_is_not_believed(
    suite: Provider, tokens: SignedTokens, changes: dict[str, object]
) -> None:
    suite.answer(KEYS, published(FIRST_KEY))

    with pytest.raises(FlowExpired):
        await verified(suite, tokens, signed(claims(**changes)))


@pytest.mark.parametrize("seconds", [-299, 299])
async def test_a_clock_a_few_minutes_off_is_forgiven(suite: Provider, tokens: SignedTokens, seconds: int) -> None:
    suite.answer(KEYS, published(FIRST_KEY))
    skewed = claims(exp=AT + min(seconds, 0) + 1, nbf=AT + max(seconds, 0), iat=AT + max(seconds, 0))

    assert (await verified(suite, tokens, signed(skewed))).claims == skewed


async def test_only_the_published_key_signs(suite: Provider, tokens: SignedTokens) -> None:
    suite.answer(KEYS, published(FIRST_KEY))
    forged = [
        signed(claims(), rsa_key("first")),
        signed(claims())[:-4] + "AAAA",
        jwt.encode({"alg": "HS256", "kid": "first"}, claims(), OctKey.import_key(b"a" * 64), algorithms=["HS256"]),
        jwt.encode({"alg": "RS256"}, claims(), FIRST_KEY),
        "eyJhbGciOiJub25lIn0." + signed(claims()).split(".")[1] + ".",
        "not.a.token",
        "",
        None,
    ]

    for token in forged:
        with pytest.raises(FlowExpired):
            await verified(suite, tokens, token)


async def test_keys_are_fetched_once_and_again_when_an_unknown_one_signed(
    suite: Provider, tokens: SignedTokens
) -> None:
    suite.answer(KEYS, published(FIRST_KEY))
    suite.answer(KEYS, published(FIRST_KEY, SECOND_KEY))
    await verified(suite, tokens, signed(claims()))
    await verified(suite, tokens, signed(claims()))
    assert len(suite.seen) == 1

    with clock.use(lambda: NOW + timedelta(minutes=2)):
        await verified(suite, tokens, signed(claims(), SECOND_KEY))

    assert len(suite.seen) == 2


async def test_a_key_that_is_no_longer_published_signs_for_a_day_at_most(suite: Provider, tokens: SignedTokens) -> None:
    suite.answer(KEYS, published(FIRST_KEY))
    suite.answer(KEYS, published(SECOND_KEY))
    await verified(suite, tokens, signed(claims()))
    later = NOW + KEYS_FRESH_FOR
    then = int(later.timestamp())

    with clock.use(lambda: later), pytest.raises(FlowExpired):
        await verified(suite, tokens, signed(claims(iat=then, exp=then + 3600)))


async def test_invented_key_ids_do_not_make_us_fetch_the_keys_over_and_over(
    suite: Provider, tokens: SignedTokens
) -> None:
    suite.answer(KEYS, published(FIRST_KEY))

    for _ in range(5):
        with pytest.raises(FlowExpired):
            await verified(suite, tokens, signed(claims(), SECOND_KEY))

    assert len(suite.seen) == 1


@pytest.mark.parametrize("body", ["<html>", "[]", {"keys": []}, {"keys": [{"kty": "RSA"}]}, {}])
async def test_keys_that_are_no_keys_are_the_suites_trouble(
    suite: Provider, tokens: SignedTokens, body: object
) -> None:
    suite.answer(KEYS, body)

    with pytest.raises(SuiteUnavailable):
        await verified(suite, tokens, signed(claims()))


async def test_keys_that_cannot_be_had_are_the_suites_trouble(suite: Provider, tokens: SignedTokens) -> None:
    suite.answer(KEYS, published(FIRST_KEY), status=500)

    with pytest.raises(SuiteUnavailable, match="HTTP500"):
        await verified(suite, tokens, signed(claims()))


@pytest.mark.parametrize("value", [None, "", 7, ["text"]])
def test_a_claim_that_has_to_be_a_text_is_one(value: object) -> None:
    with pytest.raises(FlowExpired, match="IdToken_sub"):
        text_claim({"sub": value}, "sub")


@pytest.mark.parametrize("nonce", ["other", "", None, "nn"])
def test_a_token_of_another_sign_in_is_refused(nonce: object) -> None:
    check_nonce({"nonce": "n"}, "n")

    with pytest.raises(FlowExpired):
        check_nonce({"nonce": nonce}, "n")
