"""Whose id_tokens are believed."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from app import clock
from app.suites.errors import FlowExpired, WrongAccount
from app.suites.http import SuiteHttp
from app.suites.microsoft365.id_tokens import PERSONAL_ACCOUNTS, IdTokens
from app.suites.microsoft365.metadata import MetadataSource
from tests.suites.doubles import FakeTime, Provider, provider
from tests.suites.signing import FIRST_KEY, published, rsa_key, signed

NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)
TENANT = "3a1b0000-0000-4000-8000-000000000001"
CLIENT = "our-client-id"
KEYS = "/keys"


@dataclass
class Entra:
    """A provider that publishes keys, and the tokens it signs."""

    provider: Provider
    id_tokens: IdTokens

    def publish(self, *keys: RSAKey) -> None:
        self.provider.answer(KEYS, published(*keys))

    def claims(self, **changes: object) -> dict[str, Any]:
        at = int(NOW.timestamp())
        issuer = f"{self.provider.origin}/{changes.get('tid', TENANT)}/v2.0"
        usual: dict[str, Any] = {
            "iss": issuer,
            "aud": CLIENT,
            "tid": TENANT,
            "oid": "8f1",
            "nonce": "n",
            "iat": at,
            "nbf": at,
            "exp": at + 3600,
            "preferred_username": "Ada@Tidewater.test",
            "name": "Ada Vos",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}


@pytest.fixture
async def entra() -> AsyncIterator[Entra]:
    async with provider() as double:
        http = SuiteHttp([double.origin], timedelta(seconds=5), timing=FakeTime().timing())
        for segment in ("organizations", TENANT):
            issuer = "{tenantid}" if segment == "organizations" else TENANT
            double.answer(
                f"/{segment}/v2.0/.well-known/openid-configuration",
                {
                    "issuer": f"{double.origin}/{issuer}/v2.0",
                    "authorization_endpoint": f"{double.origin}/{segment}/oauth2/v2.0/authorize",
                    "jwks_uri": double.origin + KEYS,
                },
            )
        with clock.use(lambda: NOW):
            yield Entra(double, IdTokens(http, MetadataSource(http, double.origin), CLIENT))
        await http.close()


@pytest.mark.parametrize("tenant", [None, TENANT, TENANT.upper()])
async def test_a_good_token_names_tenant_subject_and_describes_the_person(entra: Entra, tenant: str | None) -> None:
    entra.publish(FIRST_KEY)

    identity = await entra.id_tokens.identity(signed(entra.claims()), tenant=tenant, nonce="n")

    assert (identity.tenant, identity.subject) == (TENANT, "8f1")
    assert (identity.address, identity.name) == ("ada@tidewater.test", "Ada Vos")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another-client"},
        {"aud": None},
        {"aud": [CLIENT, "another-client"]},
        {"iss": "https://login.microsoftonline.com/elsewhere/v2.0"},
        {"iss": None},
        {"tid": None},
        {"oid": None},
        {"nonce": "other"},
        {"nonce": None},
        {"exp": int(NOW.timestamp()) - 301},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + 301},
        {"iat": int(NOW.timestamp()) + 301},
        {"iat": None},
    ],
)
async def test_a_token_with_one_wrong_claim_is_not_believed(entra: Entra, changes: dict[str, object]) -> None:
    entra.publish(FIRST_KEY)

    with pytest.raises(FlowExpired):
        await entra.id_tokens.identity(signed(entra.claims(**changes)), tenant=None, nonce="n")


async def test_an_account_of_another_tenant_or_of_none_is_the_wrong_one(entra: Entra) -> None:
    entra.publish(FIRST_KEY)
    other = entra.claims(tid="aaaa0000-0000-4000-8000-000000000002", iss=f"{entra.provider.origin}/{TENANT}/v2.0")
    personal = entra.claims(tid=PERSONAL_ACCOUNTS)

    with pytest.raises(WrongAccount):
        await entra.id_tokens.identity(signed(other), tenant=TENANT, nonce="n")
    with pytest.raises(WrongAccount):
        await entra.id_tokens.identity(signed(personal), tenant=None, nonce="n")


@pytest.mark.parametrize(
    "provider", ["https://sts.windows.net/aaaa0000-0000-4000-8000-000000000002/", "live.com", "mail", "", 7]
)
@pytest.mark.parametrize("tenant", [None, TENANT])
async def test_a_guest_of_the_tenant_is_the_wrong_account(entra: Entra, provider: object, tenant: str | None) -> None:
    entra.publish(FIRST_KEY)

    with pytest.raises(WrongAccount):
        await entra.id_tokens.identity(signed(entra.claims(idp=provider)), tenant=tenant, nonce="n")


async def test_an_account_for_which_its_own_tenant_vouches_is_no_guest(entra: Entra) -> None:
    entra.publish(FIRST_KEY)
    own = [f"https://sts.windows.net/{TENANT}/", f"{entra.provider.origin}/{TENANT}/v2.0"]

    for provider_name in own:
        assert await entra.id_tokens.identity(signed(entra.claims(idp=provider_name)), tenant=None, nonce="n")


@pytest.mark.parametrize(
    ("issuer", "is_believed"), [("{tenantid}", True), (TENANT, True), (PERSONAL_ACCOUNTS, False), ("", False)]
)
async def test_a_key_vouches_only_for_the_issuer_that_it_was_published_for(
    entra: Entra, issuer: str, is_believed: bool
) -> None:
    key = {**FIRST_KEY.as_dict(private=False), "issuer": f"{entra.provider.origin}/{issuer}/v2.0"}
    entra.provider.answer(KEYS, {"keys": [key]})

    if is_believed:
        assert await entra.id_tokens.identity(signed(entra.claims()), tenant=None, nonce="n")
    else:
        with pytest.raises(FlowExpired):
            await entra.id_tokens.identity(signed(entra.claims()), tenant=None, nonce="n")


async def test_a_tenant_cannot_speak_for_another_where_any_organisation_answers(entra: Entra) -> None:
    entra.publish(FIRST_KEY)
    forged = entra.claims(tid="aaaa0000-0000-4000-8000-000000000002", iss=f"{entra.provider.origin}/{TENANT}/v2.0")

    with pytest.raises(FlowExpired):
        await entra.id_tokens.identity(signed(forged), tenant=None, nonce="n")


async def test_a_token_that_somebody_else_signed_is_not_believed(entra: Entra) -> None:
    entra.publish(FIRST_KEY)

    with pytest.raises(FlowExpired):
        await entra.id_tokens.identity(signed(entra.claims(), rsa_key("first")), tenant=None, nonce="n")
