"""What is done with tokens of Google's: id_tokens are checked, tokens looked at, grants ended."""

from urllib.parse import urlsplit

import aiohttp
import pytest
from joserfc import jwt

from app.sandbox.google.accounts.id_tokens import at_hash
from app.sandbox.process import SandboxClient
from tests.sandbox.google.accounts.client import (
    EVENTS,
    HUGO,
    IRIS,
    SAM,
    SIGN_IN,
    THEO,
    call,
    claims_of,
    connect,
    redeem,
    refresh,
    user_information,
    visit,
)

REVOKED = {"error": "invalid_token", "error_description": "Token has been expired or revoked."}


async def published_kids(sandbox: SandboxClient) -> list[str]:
    return [key["kid"] for key in (await call(sandbox, "GET", "/oauth2/v3/certs")).body["keys"]]


async def test_an_id_token_passes_every_check_a_careful_client_makes(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    claims = await claims_of(sandbox, granted["id_token"])

    client_id = sandbox.description.google_client_id
    jwt.JWTClaimsRegistry(
        iss={"essential": True, "values": _spellings(sandbox)},
        aud={"essential": True, "value": client_id},
        azp={"essential": True, "value": client_id},
        nonce={"essential": True, "value": "nonce-1"},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(claims)
    assert claims["at_hash"] == at_hash(granted["access_token"])
    assert (claims["email"], claims["email_verified"]) == (IRIS, True)
    assert (claims["name"], claims["given_name"], claims["family_name"]) == ("Iris Moreau", "Iris", "Moreau")
    assert claims["hd"] == "fernhill.example"
    assert len(claims["sub"]) == 21


def _spellings(sandbox: SandboxClient) -> list[str]:
    address = sandbox.description.google_accounts
    return [address, urlsplit(address).netloc]


async def test_both_spellings_of_the_issuer_occur(sandbox: SandboxClient) -> None:
    people = [IRIS, THEO, HUGO]

    issuers = {
        (await claims_of(sandbox, (await connect(sandbox, who, scope="openid"))["id_token"]))["iss"] for who in people
    }

    assert issuers == set(_spellings(sandbox))


async def test_a_consumer_account_has_no_domain(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, SAM)

    assert "hd" not in await claims_of(sandbox, granted["id_token"])
    assert "hd" not in (await user_information(sandbox, granted["access_token"])).body


async def test_claims_follow_the_scopes(sandbox: SandboxClient) -> None:
    claims = await claims_of(sandbox, (await connect(sandbox, IRIS, scope="openid"))["id_token"])

    assert {"email", "name", "email_verified"}.isdisjoint(claims)


async def test_an_id_token_of_a_refresh_has_no_nonce(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    claims = await claims_of(sandbox, (await refresh(sandbox, granted["refresh_token"])).body["id_token"])

    assert "nonce" not in claims
    assert claims["sub"]


async def test_a_new_key_signs_while_the_old_one_stays_published(sandbox: SandboxClient) -> None:
    old = (await connect(sandbox, IRIS))["id_token"]
    before = await published_kids(sandbox)

    kid = (await sandbox.control("POST", "google/keys/rotate"))["kid"]

    assert await published_kids(sandbox) == [kid, *before][:3]
    assert await claims_of(sandbox, old)
    assert await claims_of(sandbox, (await connect(sandbox, IRIS))["id_token"])


async def test_user_information_follows_the_scopes(sandbox: SandboxClient) -> None:
    everything = await connect(sandbox, IRIS, scope=SIGN_IN)
    little = await connect(sandbox, IRIS, scope="openid")

    full = (await user_information(sandbox, everything["access_token"])).body
    short = (await user_information(sandbox, little["access_token"])).body

    assert set(full) == {"sub", "hd", "email", "email_verified", "name", "given_name", "family_name"}
    assert set(short) == {"sub", "hd"}


async def test_user_information_refuses_a_dead_token_in_googles_words(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    await sandbox.control("POST", "google/expire-access-tokens")
    refused = await user_information(sandbox, granted["access_token"])

    assert refused.status == 401
    assert refused.body == {"error": "invalid_request", "error_description": "Invalid Credentials"}
    assert refused.headers["WWW-Authenticate"].startswith("Bearer ")


async def test_user_information_is_not_for_tokens_without_a_scope_of_signing_in(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS, scope=EVENTS)

    assert (await user_information(sandbox, granted["access_token"])).status == 403


async def test_an_access_token_lives_for_an_hour(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    await sandbox.control("POST", "clock/advance", {"minutes": 59})
    still = await user_information(sandbox, granted["access_token"])
    await sandbox.control("POST", "clock/advance", {"minutes": 1})

    assert still.status == 200
    assert (await user_information(sandbox, granted["access_token"])).status == 401


async def test_one_persons_access_tokens_can_be_expired(sandbox: SandboxClient) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO)

    assert await sandbox.control("POST", "google/expire-access-tokens", {"user": IRIS}) == {"expired": 1}

    assert (await user_information(sandbox, iris["access_token"])).status == 401
    assert (await user_information(sandbox, hugo["access_token"])).status == 200


async def test_token_information_says_what_a_token_is_good_for(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    told = await call(sandbox, "GET", f"/tokeninfo?access_token={granted['access_token']}")
    unknown = await call(sandbox, "POST", "/tokeninfo", {"access_token": "ya29.made-up"})

    assert told.body["aud"] == sandbox.description.google_client_id
    assert told.scopes == set(granted["scope"].split())
    assert 0 < int(told.body["expires_in"]) < 3600
    assert (unknown.status, unknown.body["error"]) == (400, "invalid_token")


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
async def test_revoking_any_token_ends_the_whole_grant(sandbox: SandboxClient, kind: str) -> None:
    first, second = await connect(sandbox, IRIS), await connect(sandbox, IRIS, prompt="consent")

    revoked = await call(sandbox, "POST", "/revoke", {"token": first[kind]})

    assert (revoked.status, revoked.body) == (200, {})
    assert (await refresh(sandbox, second["refresh_token"])).body["error"] == "invalid_grant"
    assert (await user_information(sandbox, second["access_token"])).status == 401
    assert (await sandbox.control("GET", f"google/users/{IRIS}/consent"))["scopes"] == []
    assert (await visit(sandbox, IRIS))["prompt"] == "consent"


async def test_a_grant_begun_again_after_a_revocation_has_a_refresh_token(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    await call(sandbox, "POST", "/revoke", {"token": granted["access_token"]})

    again = await connect(sandbox, IRIS)

    assert (await refresh(sandbox, again["refresh_token"])).status == 200


async def test_offline_access_begins_anew_after_a_grant_ended_even_where_no_page_asks(sandbox: SandboxClient) -> None:
    await connect(sandbox, IRIS)
    await sandbox.control("DELETE", f"google/users/{IRIS}/consent")
    await sandbox.control("PUT", f"google/users/{IRIS}/consent", {"scopes": ["openid"]})

    again = await connect(sandbox, IRIS, scope="openid")

    assert again["refresh_token"]


async def test_a_reset_ends_codes_and_tokens(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    code = (await visit(sandbox, IRIS))["code"]

    await sandbox.control("POST", "reset")

    assert (await redeem(sandbox, code)).body["error"] == "invalid_grant"
    assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_grant"
    assert (await user_information(sandbox, granted["access_token"])).status == 401


async def test_a_code_on_its_way_dies_with_the_grant(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    code = (await visit(sandbox, IRIS))["code"]

    await call(sandbox, "POST", "/revoke", {"token": granted["access_token"]})

    assert (await redeem(sandbox, code)).body["error"] == "invalid_grant"


async def test_one_persons_revocation_leaves_everybody_elses_grant(sandbox: SandboxClient) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO)

    await call(sandbox, "POST", "/revoke", {"token": iris["refresh_token"]})

    assert (await refresh(sandbox, hugo["refresh_token"])).status == 200


async def test_an_unknown_or_dead_token_cannot_be_revoked(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)
    await call(sandbox, "POST", "/revoke", {"token": granted["refresh_token"]})

    unknown = await call(sandbox, "POST", "/revoke", {"token": "1//made-up"})
    dead = await call(sandbox, "POST", "/revoke", {"token": granted["refresh_token"]})

    assert (unknown.status, unknown.body) == (400, REVOKED)
    assert (dead.status, dead.body) == (400, REVOKED)


async def test_a_grant_ended_by_its_person_ends_everything(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    assert await sandbox.control("DELETE", f"google/users/{IRIS}/consent") == {"revoked": 2}

    assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_grant"
    assert (await user_information(sandbox, granted["access_token"])).status == 401


async def test_refresh_tokens_can_end_while_consent_and_access_tokens_stay(sandbox: SandboxClient) -> None:
    granted = await connect(sandbox, IRIS)

    assert await sandbox.control("POST", f"google/users/{IRIS}/revoke-refresh-tokens") == {"revoked": 1}

    assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_grant"
    assert (await user_information(sandbox, granted["access_token"])).status == 200
    assert "refresh_token" not in await connect(sandbox, IRIS)
    assert "refresh_token" in await connect(sandbox, IRIS, prompt="consent")


async def test_discovery_names_the_page_and_what_an_application_calls_at_both_addresses(
    sandbox: SandboxClient,
) -> None:
    path = "/.well-known/openid-configuration"
    async with (
        aiohttp.ClientSession() as session,
        session.get(sandbox.description.google_accounts + path) as response,
    ):
        at_the_issuer = await response.json()

    document = (await call(sandbox, "GET", path)).body

    assert document == at_the_issuer
    assert document["issuer"] == sandbox.description.google_accounts
    assert document["authorization_endpoint"] == f"{sandbox.description.google_accounts}/o/oauth2/v2/auth"
    for endpoint in ("token_endpoint", "userinfo_endpoint", "revocation_endpoint", "jwks_uri"):
        assert document[endpoint].startswith(sandbox.description.google_apis + "/")


async def test_calls_are_counted_as_google_accounts_and_faults_find_googles_people(sandbox: SandboxClient) -> None:
    iris, hugo = await connect(sandbox, IRIS), await connect(sandbox, HUGO)
    order = {"host": "google-accounts", "path": "/v1/userinfo", "user": IRIS, "effect": "answer", "status": 503}
    await sandbox.control("POST", "faults", order | {"tenant": "fernhill.example", "body": "down"})

    async def status(granted: dict[str, str]) -> int:
        headers = {"Authorization": f"Bearer {granted['access_token']}"}
        address = sandbox.description.google_apis + "/v1/userinfo"
        async with (
            aiohttp.ClientSession() as session,
            session.get(address, headers=headers, ssl=sandbox.trust()) as response,
        ):
            return response.status

    assert [await status(hugo), await status(iris), await status(iris)] == [200, 503, 200]
    await call(sandbox, "GET", "/.well-known/openid-configuration")
    counted = {(one["host"], one["path"]) for one in (await sandbox.control("GET", "calls"))["counts"]}
    for path in ("/token", "/v1/userinfo", "/o/oauth2/v2/auth", "/.well-known/openid-configuration"):
        assert ("google-accounts", path) in counted
