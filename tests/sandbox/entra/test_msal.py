"""msal, unchanged, signs people in at the sandbox."""

import asyncio
from typing import Any

import aiohttp
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Visitor
from tests.sandbox.conftest import CALLBACK, TIDEWATER
from tests.sandbox.entra.client import GRAPH_DEFAULT, admin_consent_url, msal_application, reply

SCOPES = ["User.Read", "Calendars.ReadWrite"]
pytestmark = pytest.mark.filterwarnings("ignore:response_mode='form_post':UserWarning")


async def flow(sandbox: SandboxClient, address: str) -> dict[str, Any]:
    application = await asyncio.to_thread(msal_application, sandbox, "organizations")
    began = await asyncio.to_thread(application.initiate_auth_code_flow, SCOPES, redirect_uri=CALLBACK)
    async with Visitor(address) as visitor:
        answer = reply(await visitor.open(began["auth_uri"], until=CALLBACK))
    result: dict[str, Any] = await asyncio.to_thread(application.acquire_token_by_auth_code_flow, began, answer)
    return result


async def test_msal_signs_a_person_in_and_gets_tokens_for_their_calendar(sandbox: SandboxClient) -> None:
    result = await flow(sandbox, "ada.vos@tidewater.example")

    assert result.get("error") is None
    assert {"access_token", "refresh_token", "id_token", "client_info"} <= result.keys()
    assert set(result["scope"].split()) >= {"User.Read", "Calendars.ReadWrite", "openid", "profile"}
    assert result["id_token_claims"]["preferred_username"] == "ada.vos@tidewater.example"


async def test_an_id_token_passes_every_check_a_careful_client_makes(sandbox: SandboxClient) -> None:
    result = await flow(sandbox, "grace.oconnor@tidewater.example")
    authority = f"{sandbox.description.authority}/organizations"

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{authority}/v2.0/.well-known/openid-configuration", ssl=sandbox.trust()) as response:
            discovery = await response.json()
        async with session.get(discovery["jwks_uri"], ssl=sandbox.trust()) as response:
            keys = KeySet.import_key_set(await response.json())
    claims = jwt.decode(result["id_token"], keys, algorithms=["RS256"]).claims

    checks = jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": discovery["issuer"].replace("{tenantid}", claims["tid"])},
        aud={"essential": True, "value": sandbox.description.client_id},
        exp={"essential": True},
        nonce={"essential": True},
    )
    checks.validate(claims)
    assert claims["name"] == "Grace O'Connor"
    assert claims["ver"] == "2.0"
    assert claims["sub"] != claims["oid"]


async def test_msal_refreshes_with_a_new_refresh_token_while_the_old_one_still_works(
    sandbox: SandboxClient,
) -> None:
    result = await flow(sandbox, "ben.kok@tidewater.example")
    application = await asyncio.to_thread(msal_application, sandbox, result["id_token_claims"]["tid"])

    first = await asyncio.to_thread(application.acquire_token_by_refresh_token, result["refresh_token"], SCOPES)
    again = await asyncio.to_thread(application.acquire_token_by_refresh_token, result["refresh_token"], ["User.Read"])

    assert first["refresh_token"] not in {result["refresh_token"], again["refresh_token"]}
    assert first["access_token"] != again["access_token"]


async def test_msal_gets_the_applications_own_token_once_an_administrator_has_approved(
    sandbox: SandboxClient,
) -> None:
    async with Visitor("tess.okafor@tidewater.example") as administrator:
        approved = reply(await administrator.open(admin_consent_url(sandbox), until=CALLBACK))
    application = await asyncio.to_thread(msal_application, sandbox, approved["tenant"])

    result = await asyncio.to_thread(application.acquire_token_for_client, [GRAPH_DEFAULT])

    assert result.get("error") is None
    assert "refresh_token" not in result


async def test_msal_says_what_entra_says_when_the_application_is_not_in_the_tenant(
    sandbox: SandboxClient,
) -> None:
    application = await asyncio.to_thread(msal_application, sandbox, TIDEWATER)

    result = await asyncio.to_thread(application.acquire_token_for_client, [GRAPH_DEFAULT])

    assert result["error"] == "unauthorized_client"
    assert result["error_codes"] == [700016]


async def test_instance_discovery_knows_only_this_host(sandbox: SandboxClient) -> None:
    host = sandbox.description.tls.removeprefix("https://")
    address = f"{sandbox.description.tls}/common/discovery/instance"
    asked = {"authorization_endpoint": f"https://{host}/{TIDEWATER}/oauth2/v2.0/authorize"}

    async with (
        aiohttp.ClientSession() as session,
        session.get(address, params=asked, ssl=sandbox.trust()) as response,
    ):
        answer = await response.json()

    assert answer["tenant_discovery_endpoint"].startswith(f"https://{host}/{TIDEWATER}/v2.0/")
    assert answer["metadata"][0]["aliases"] == [host]
