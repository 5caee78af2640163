"""Whose id_tokens are believed at Google."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from app import clock
from app.suites.errors import FlowExpired, SuiteUnavailable, WrongAccount
from app.suites.google_workspace.id_tokens import IdTokens
from app.suites.protocol import SuiteIdentity, SuiteName
from tests.suites.google_workspace.accounts import ACCOUNTS, DOMAIN, KEY, KEYS, NOW, OTHER_KEY, Google, google, signed

AT = int(NOW.timestamp())


@pytest.fixture
async def accounts() -> AsyncIterator[Google]:
    async with google() as double:
        yield double


@pytest.fixture
def id_tokens(accounts: Google) -> IdTokens:
    return IdTokens(accounts.http, accounts.settings)


@pytest.mark.parametrize("tenant", [None, DOMAIN, DOMAIN.upper()])
@pytest.mark.parametrize("issuer", [ACCOUNTS, ACCOUNTS.removeprefix("https://")])
async def test_a_good_token_names_domain_and_subject_and_describes_the_person(
    accounts: Google, id_tokens: IdTokens, tenant: str | None, issuer: str
) -> None:
    accounts.publish(KEY)

    identity = await id_tokens.identity(signed(accounts.claims(iss=issuer)), tenant=tenant, nonce="n")

    assert identity == SuiteIdentity(
        suite=SuiteName.GOOGLE_WORKSPACE, tenant=DOMAIN, subject="1076", address="ada@fernhill.test", name="Ada Vos"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": None},
        {"azp": "another-client"},
        {"iss": "https://accounts.elsewhere.test"},
        {"iss": "http://accounts.fernhill.test"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": AT - 301},
        {"exp": None},
        {"iat": AT + 301},
        {"iat": None},
        {"nbf": AT + 301},
    ],
)
async def test_a_token_with_one_wrong_claim_is_not_believed(
    accounts: Google, id_tokens: IdTokens, changes: dict[str, object]
) -> None:
    accounts.publish(KEY)

    with pytest.raises(FlowExpired):
        await id_tokens.identity(signed(accounts.claims(**changes)), tenant=None, nonce="n")


@pytest.mark.parametrize("seconds", [-299, 299])
async def test_a_clock_a_few_minutes_off_is_forgiven(accounts: Google, id_tokens: IdTokens, seconds: int) -> None:
    accounts.publish(KEY)
    claims = accounts.claims(exp=AT + min(seconds, 0) + 1, iat=AT + max(seconds, 0))

    identity = await id_tokens.identity(signed(claims), tenant=None, nonce="n")

    assert identity.subject == "1076"


@pytest.mark.parametrize("domain", [None, "", 7])
@pytest.mark.parametrize("tenant", [None, DOMAIN])
async def test_an_account_of_no_organisation_is_the_wrong_one(
    accounts: Google, id_tokens: IdTokens, domain: object, tenant: str | None
) -> None:
    accounts.publish(KEY)

    with pytest.raises(WrongAccount, match="NoWorkspaceAccount"):
        await id_tokens.identity(signed(accounts.claims(hd=domain)), tenant=tenant, nonce="n")


async def test_an_account_of_another_domain_is_the_wrong_one_whatever_its_address(
    accounts: Google, id_tokens: IdTokens
) -> None:
    accounts.publish(KEY)

    with pytest.raises(WrongAccount, match="OtherTenant"):
        await id_tokens.identity(signed(accounts.claims(hd="elsewhere.test")), tenant=DOMAIN, nonce="n")


@pytest.mark.parametrize("verified", [False, "false", None, 1])
async def test_an_address_that_google_has_not_verified_belongs_to_nobody(
    accounts: Google, id_tokens: IdTokens, verified: object
) -> None:
    accounts.publish(KEY)

    with pytest.raises(WrongAccount, match="AddressNotVerified"):
        await id_tokens.identity(signed(accounts.claims(email_verified=verified)), tenant=None, nonce="n")


async def test_an_address_may_be_called_verified_in_a_text(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(KEY)

    identity = await id_tokens.identity(signed(accounts.claims(email_verified="true")), tenant=None, nonce="n")

    assert identity.address == "ada@fernhill.test"


async def test_a_person_without_a_name_is_called_by_the_address(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(KEY)

    identity = await id_tokens.identity(signed(accounts.claims(name=None)), tenant=None, nonce="n")

    assert identity.name == "Ada@Fernhill.test"


async def test_only_the_published_key_signs(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(KEY)
    claims = accounts.claims()
    impostor = RSAKey.generate_key(2048, {"kid": "first"}, private=True)
    forged = [
        signed(claims, impostor),
        signed(claims)[:-4] + "AAAA",
        jwt.encode({"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(b"a" * 64), algorithms=["HS256"]),
        jwt.encode({"alg": "RS256"}, claims, impostor),
        "eyJhbGciOiJub25lIn0." + signed(claims).split(".")[1] + ".",
        "not.a.token",
        "",
        None,
    ]

    for token in forged:
        with pytest.raises(FlowExpired):
            await id_tokens.identity(token, tenant=None, nonce="n")


async def test_keys_are_fetched_once_and_again_when_google_has_changed_them(
    accounts: Google, id_tokens: IdTokens
) -> None:
    accounts.publish(KEY)
    accounts.publish(KEY, OTHER_KEY)
    for _ in range(2):
        await id_tokens.identity(signed(accounts.claims()), tenant=None, nonce="n")
    assert len(accounts.asked(KEYS)) == 1

    with clock.use(lambda: NOW + timedelta(minutes=2)):
        await id_tokens.identity(signed(accounts.claims(), OTHER_KEY), tenant=None, nonce="n")

    assert len(accounts.asked(KEYS)) == 2


@pytest.mark.parametrize("body", ["<html>", {"keys": []}, {}])
async def test_keys_that_are_no_keys_are_googles_trouble(accounts: Google, id_tokens: IdTokens, body: object) -> None:
    accounts.provider.answer(KEYS, body)

    with pytest.raises(SuiteUnavailable):
        await id_tokens.identity(signed(accounts.claims()), tenant=None, nonce="n")
