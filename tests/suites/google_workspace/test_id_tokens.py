"""Whose id_tokens are believed at Google."""

from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from hmac import digest

import pytest
from orjson import dumps

from app.suites.errors import FlowExpired, WrongAccount
from app.suites.google_workspace.id_tokens import IdTokens
from app.suites.protocol import SuiteIdentity, SuiteName
from tests.suites.google_workspace.accounts import ACCOUNTS, CLIENT, DOMAIN, NOW, Google, google
from tests.suites.signing import FIRST_KEY, rsa_key, signed

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
    accounts.publish(FIRST_KEY)

    identity = await id_tokens.identity(signed(accounts.claims(iss=issuer)), tenant=tenant, nonce="n")

    assert identity == SuiteIdentity(
        suite=SuiteName.GOOGLE_WORKSPACE, tenant=DOMAIN, subject="1076", address="ada@fernhill.test", name="Ada Vos"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": None},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"iss": "https://accounts.elsewhere.test"},
        {"iss": "http://accounts.fernhill.test"},
        {"iss": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 1076},
        {"sub": "1" * 256},
        {"sub": "10\x0076"},
        {"hd": "fernhill.test\x00"},
        {"hd": "f" * 254},
        {"email": 7},
        {"email": ["ada@fernhill.test"]},
        {"email": ""},
        {"email": "ada@fernhill.test\r\nBcc: all"},
        {"email": "a" * 321},
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
    accounts.publish(FIRST_KEY)

    with pytest.raises(FlowExpired):
        await id_tokens.identity(signed(accounts.claims(**changes)), tenant=None, nonce="n")


@pytest.mark.parametrize("domain", [None, "", 7])
@pytest.mark.parametrize("tenant", [None, DOMAIN])
async def test_an_account_of_no_organisation_is_the_wrong_one(
    accounts: Google, id_tokens: IdTokens, domain: object, tenant: str | None
) -> None:
    accounts.publish(FIRST_KEY)

    with pytest.raises(WrongAccount, match="NoWorkspaceAccount"):
        await id_tokens.identity(signed(accounts.claims(hd=domain)), tenant=tenant, nonce="n")


async def test_an_account_of_another_domain_is_the_wrong_one_whatever_its_address(
    accounts: Google, id_tokens: IdTokens
) -> None:
    accounts.publish(FIRST_KEY)

    with pytest.raises(WrongAccount, match="OtherTenant"):
        await id_tokens.identity(signed(accounts.claims(hd="elsewhere.test")), tenant=DOMAIN, nonce="n")


@pytest.mark.parametrize("verified", [False, "false", None, 1])
async def test_an_address_that_google_has_not_verified_belongs_to_nobody(
    accounts: Google, id_tokens: IdTokens, verified: object
) -> None:
    accounts.publish(FIRST_KEY)

    with pytest.raises(WrongAccount, match="AddressNotVerified"):
        await id_tokens.identity(signed(accounts.claims(email_verified=verified)), tenant=None, nonce="n")


async def test_an_address_may_be_called_verified_in_a_text(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(FIRST_KEY)

    identity = await id_tokens.identity(signed(accounts.claims(email_verified="true")), tenant=None, nonce="n")

    assert identity.address == "ada@fernhill.test"


@pytest.mark.parametrize("name", [None, "", 7, {"given": "Ada"}])
async def test_a_person_without_a_name_is_called_by_the_address(
    accounts: Google, id_tokens: IdTokens, name: object
) -> None:
    accounts.publish(FIRST_KEY)

    identity = await id_tokens.identity(signed(accounts.claims(name=name)), tenant=None, nonce="n")

    assert identity.name == "Ada@Fernhill.test"


async def test_a_token_that_somebody_else_signed_is_not_believed(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(FIRST_KEY)

    with pytest.raises(FlowExpired):
        await id_tokens.identity(signed(accounts.claims(), rsa_key("first")), tenant=None, nonce="n")


@pytest.mark.parametrize("algorithm", ["none", "HS256", "RS512"])
async def test_only_the_algorithm_that_google_signs_with_is_believed(
    accounts: Google, id_tokens: IdTokens, algorithm: str
) -> None:
    accounts.publish(FIRST_KEY)
    header = {"alg": algorithm, "kid": FIRST_KEY.kid}
    body = ".".join(urlsafe_b64encode(dumps(part)).rstrip(b"=").decode() for part in (header, accounts.claims()))
    by_public_key = digest(FIRST_KEY.as_pem(private=False), body.encode(), "sha256")

    with pytest.raises(FlowExpired):
        await id_tokens.identity(
            f"{body}.{urlsafe_b64encode(by_public_key).rstrip(b'=').decode()}", tenant=None, nonce="n"
        )


async def test_an_audience_in_a_list_of_its_own_is_ours(accounts: Google, id_tokens: IdTokens) -> None:
    accounts.publish(FIRST_KEY)

    identity = await id_tokens.identity(signed(accounts.claims(aud=[CLIENT])), tenant=None, nonce="n")

    assert identity.subject == "1076"
