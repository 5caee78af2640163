"""An application's side of Google's accounts, for the tests: the bare protocol."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
from joserfc import jwt
from joserfc.jwk import KeySet

from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Answer as Reaction
from app.sandbox.visitor import Landing, Visitor
from tests.sandbox.conftest import CALLBACK

PREFIX = "https://www.googleapis.com/auth/"
EVENTS, FREE_BUSY = PREFIX + "calendar.events", PREFIX + "calendar.freebusy"
EMAIL, PROFILE = PREFIX + "userinfo.email", PREFIX + "userinfo.profile"
SIGN_IN = "openid email profile"
SCOPES = f"{SIGN_IN} {EVENTS} {FREE_BUSY}"
VERIFIER = "a-verifier-that-is-long-enough-to-be-one-0123456789"

IRIS = "iris.moreau@fernhill.example"
THEO = "theo.lindgren@fernhill.example"
HUGO = "hugo.brandt@fernhill.example"
PIM = "pim.verhoeven@fernhill.example"
MARA = "mara.keane@brookside.example"
OLENA = "olena.koval@farfield.example"
SAM = "sam.rivers@mail.example"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an endpoint said."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str]

    @property
    def scopes(self) -> set[str]:
        return set(self.body["scope"].split())


def challenge_of(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorise_url(sandbox: SandboxClient, **changes: str | None) -> str:
    parameters = {
        "client_id": sandbox.description.google_client_id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": SCOPES,
        "state": "state-1",
        "nonce": "nonce-1",
        "access_type": "offline",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    } | changes
    query = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{sandbox.description.google_accounts}/o/oauth2/v2/auth?{query}"


def reply(landing: Landing) -> dict[str, str]:
    """The parameters with which the visit came back to the application."""
    assert landing.url.startswith(CALLBACK), landing
    return {name: values[0] for name, values in parse_qs(urlsplit(landing.url).query).items()}


async def land(
    sandbox: SandboxClient, address: str, answer: Reaction = Reaction.ACCEPT, /, **changes: str | None
) -> Landing:
    """Where a first visit of this person ends."""
    async with Visitor(address, answer=answer) as visitor:
        return await visitor.open(authorise_url(sandbox, **changes), until=CALLBACK)


async def visit(
    sandbox: SandboxClient, address: str, *, unticked: frozenset[str] = frozenset(), **changes: str | None
) -> dict[str, str]:
    """Go to the authorise page as this person, tick the boxes, continue, and come back."""
    async with Visitor(address, unticked=unticked) as visitor:
        return reply(await visitor.open(authorise_url(sandbox, **changes), until=CALLBACK))


async def call(
    sandbox: SandboxClient,
    method: str,
    path: str,
    form: Mapping[str, str | None] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """One call over TLS."""
    data = {name: value for name, value in (form or {}).items() if value is not None} if form is not None else None
    address = sandbox.description.google_apis + path
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, address, data=data, headers=headers, ssl=sandbox.trust()) as response,
    ):
        return Answer(response.status, await response.json(), response.headers.copy())


async def token(
    sandbox: SandboxClient, form: Mapping[str, str | None], headers: Mapping[str, str] | None = None
) -> Answer:
    """One token request, with the application's credentials unless they are given."""
    credentials = {
        "client_id": sandbox.description.google_client_id,
        "client_secret": sandbox.description.google_client_secret,
    }
    return await call(sandbox, "POST", "/token", {**credentials, **form}, headers)


async def redeem(sandbox: SandboxClient, code: str, **form: str | None) -> Answer:
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return await token(sandbox, {**fields, **form})


async def refresh(sandbox: SandboxClient, refresh_token: str, **form: str | None) -> Answer:
    return await token(sandbox, {"grant_type": "refresh_token", "refresh_token": refresh_token, **form})


async def connect(
    sandbox: SandboxClient, address: str, *, unticked: frozenset[str] = frozenset(), **changes: str | None
) -> dict[str, Any]:
    """The token answer after a visit, for tests that start from a consent."""
    answer = await redeem(sandbox, (await visit(sandbox, address, unticked=unticked, **changes))["code"])
    assert answer.status == 200, answer.body
    return answer.body


async def claims_of(sandbox: SandboxClient, id_token: str) -> dict[str, Any]:
    """The claims of an id_token whose signature fits the published keys."""
    published: Any = (await call(sandbox, "GET", "/oauth2/v3/certs")).body
    keys = KeySet.import_key_set(published)
    return jwt.decode(id_token, keys, algorithms=["RS256"]).claims


async def user_information(sandbox: SandboxClient, access_token: str) -> Answer:
    return await call(sandbox, "GET", "/v1/userinfo", headers={"Authorization": f"Bearer {access_token}"})
