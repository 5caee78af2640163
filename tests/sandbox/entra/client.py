"""An application's side of Entra, for the tests: msal as it is, and the bare protocol where msal hides it."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import msal
import requests

from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Landing, Visitor
from tests.sandbox.conftest import CALLBACK

SCOPES = "openid profile offline_access User.Read Calendars.ReadWrite"
SIGN_IN_SCOPES = "openid profile offline_access User.Read"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"
GRAPH_DEFAULT = "https://graph.microsoft.com/.default"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the token endpoint said."""

    status: int
    body: dict[str, Any]

    @property
    def code(self) -> int:
        return int(self.body["error_codes"][0])


def msal_application(sandbox: SandboxClient, tenant: str) -> msal.ConfidentialClientApplication:
    session = requests.Session()
    session.trust_env = False
    session.verify = str(sandbox.description.ca_bundle)
    return msal.ConfidentialClientApplication(
        sandbox.description.client_id,
        client_credential=sandbox.description.client_secret,
        authority=f"{sandbox.description.authority}/{tenant}",
        instance_discovery=False,
        http_client=session,
    )


def authorise_url(sandbox: SandboxClient, tenant: str | None = "organizations", **changes: str | None) -> str:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
    parameters = {
        "client_id": sandbox.description.client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    } | changes
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{sandbox.description.http}/{tenant}/oauth2/v2.0/authorize?{query}"


def admin_consent_url(sandbox: SandboxClient, tenant: str = "organizations", **changes: str | None) -> str:
    parameters = {
        "client_id": sandbox.description.client_id,
        "redirect_uri": CALLBACK,
        "scope": GRAPH_DEFAULT,
        "state": "state-2",
    } | changes
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{sandbox.description.http}/{tenant}/v2.0/adminconsent?{query}"


def reply(landing: Landing) -> dict[str, str]:
    """The parameters with which the visit came back to the application."""
    assert landing.url.startswith(CALLBACK), landing
    return {name: values[0] for name, values in parse_qs(urlsplit(landing.url).query).items()}


async def visit(sandbox: SandboxClient, address: str, url: str | None = None) -> dict[str, str]:
    """Go to the authorise page as this person, accept, and come back."""
    async with Visitor(address) as visitor:
        return reply(await visitor.open(url or authorise_url(sandbox), until=CALLBACK))


async def token(sandbox: SandboxClient, form: Mapping[str, str | None], tenant: str = "organizations") -> Answer:
    """One bare token request, with the application's credentials unless they are given."""
    credentials = {
        "client_id": sandbox.description.client_id,
        "client_secret": sandbox.description.client_secret,
    }
    data = {name: value for name, value in {**credentials, **form}.items() if value is not None}
    address = f"{sandbox.description.authority}/{tenant}/oauth2/v2.0/token"
    async with aiohttp.ClientSession() as session, session.post(address, data=data, ssl=sandbox.trust()) as response:
        return Answer(response.status, await response.json())


async def redeem(sandbox: SandboxClient, code: str, **form: str | None) -> Answer:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
        "scope": SCOPES,
    }
    return await token(sandbox, {**fields, **form})


async def connect(sandbox: SandboxClient, address: str) -> dict[str, Any]:
    """The token answer after a first visit, for tests that start from a consent."""
    answer = await redeem(sandbox, (await visit(sandbox, address))["code"])
    assert answer.status == 200, answer.body
    return answer.body


async def refresh(sandbox: SandboxClient, refresh_token: str, **form: str | None) -> Answer:
    fields = {"grant_type": "refresh_token", "refresh_token": refresh_token, "scope": SCOPES}
    return await token(sandbox, {**fields, **form})
