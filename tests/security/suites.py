"""Both suites on this machine, as far as consent goes: pages that people answer, keys, and a token endpoint.

It keeps the promises that a suite keeps, so that an attack fails for the reason it should fail for: a code works once,
with the verifier and the redirect address of its visit. What it signs can be forged by order.
"""

import base64
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from ssl import SSLContext
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import uuid4

import orjson
from aiohttp import web

from app import clock
from app.suites.protocol import SuiteName
from tests.suites.signing import FIRST_KEY, published, signed

MICROSOFT, GOOGLE = SuiteName
CLIENT = "our-client-id"
ENTRA_KEYS, GOOGLE_KEYS = "/keys", "/oauth2/v3/certs"
GOOGLE_PAGE = "/o/oauth2/v2/auth"

Claims = dict[str, Any]
Signs = Callable[[Claims], str]
"""Makes an id_token of the claims that the suite would sign."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a work account."""

    tenant: str
    address: str
    name: str = "Ada Vos"
    subject: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Code:
    person: Person
    asked: Mapping[str, str]
    signs: Signs


@dataclass
class Suites:
    """Microsoft 365 and Google Workspace at one address."""

    origin: str = ""
    seen: list[str] = field(default_factory=list)
    """Every request, as method and path."""
    token_calls: int = 0
    roles: dict[str, list[str]] = field(default_factory=dict)
    """The application permissions that each tenant has approved."""
    replies: dict[str, Callable[[], web.Response]] = field(default_factory=dict)
    """What is answered at a path in place of the suite's own answer."""
    _codes: dict[str, _Code] = field(default_factory=dict)

    def approve(self, page: str, person: Person, signs: Signs = signed) -> dict[str, str]:
        """The person accepts what the page asks for; the parameters that the browser brings back."""
        asked = dict(parse_qsl(urlsplit(page).query))
        code = uuid4().hex
        is_google = urlsplit(page).path == GOOGLE_PAGE
        self._codes[code] = _Code(person=person, asked=asked | {"suite": str(SuiteName(_at(is_google)))}, signs=signs)
        return {"code": code, "state": asked["state"]}

    def claims(self, suite: SuiteName, person: Person, nonce: str) -> Claims:
        """What a genuine id_token of this person says."""
        at = int(clock.now().timestamp())
        common: Claims = {"aud": CLIENT, "nonce": nonce, "iat": at, "exp": at + 3600, "name": person.name}
        if suite is GOOGLE:
            verified = {"email": person.address, "email_verified": True}
            return {**common, **verified, "iss": self.origin, "azp": CLIENT, "sub": person.subject, "hd": person.tenant}
        return {
            **common,
            "iss": f"{self.origin}/{person.tenant}/v2.0",
            "tid": person.tenant,
            "oid": person.subject,
            "nbf": at,
            "preferred_username": person.address,
        }

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(f"{request.method} {request.path}")
        if request.path in self.replies:
            return self.replies[request.path]()
        if request.path in {ENTRA_KEYS, GOOGLE_KEYS}:
            return web.json_response(published(FIRST_KEY))
        if request.path.endswith("/.well-known/openid-configuration"):
            return web.json_response(self.discovery(request.path.split("/")[1]))
        if request.method == "POST" and request.path.endswith("/token"):
            self.token_calls += 1
            return self._token(dict(parse_qsl((await request.read()).decode())), request.path.split("/")[1])
        return web.json_response({"error": {"code": "ResourceNotFound", "message": "never read"}}, status=404)

    def discovery(self, segment: str) -> dict[str, str]:
        """Entra's document for a tenant."""
        issuer = "{tenantid}" if segment == "organizations" else segment
        return {
            "issuer": f"{self.origin}/{issuer}/v2.0",
            "authorization_endpoint": f"{self.origin}/{segment}/oauth2/v2.0/authorize",
            "token_endpoint": f"{self.origin}/{segment}/oauth2/v2.0/token",
            "device_authorization_endpoint": f"{self.origin}/{segment}/oauth2/v2.0/devicecode",
            "jwks_uri": self.origin + ENTRA_KEYS,
        }

    def _token(self, form: Mapping[str, str], segment: str) -> web.Response:
        if form.get("grant_type") == "client_credentials":
            return web.json_response(_tokens(access_token=_bearing(self.roles.get(segment, []))))
        issued = self._codes.pop(form.get("code", ""), None)
        if issued is None or not _fits(issued, form):
            return web.json_response({"error": "invalid_grant", "error_codes": [70008]}, status=400)
        suite = SuiteName(issued.asked["suite"])
        token = issued.signs(self.claims(suite, issued.person, issued.asked["nonce"]))
        return web.json_response(_tokens(scope=issued.asked["scope"], refresh_token=uuid4().hex, id_token=token))


def _at(is_google: bool) -> SuiteName:
    return GOOGLE if is_google else MICROSOFT


def _fits(issued: _Code, form: Mapping[str, str]) -> bool:
    verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
    return challenge == issued.asked["code_challenge"] and form.get("redirect_uri") == issued.asked["redirect_uri"]


def _tokens(**members: str) -> dict[str, object]:
    usual = {"token_type": "Bearer", "access_token": uuid4().hex}
    return {"expires_in": int(timedelta(hours=1).total_seconds()), **usual, **members}


def _bearing(roles: list[str]) -> str:
    body = base64.urlsafe_b64encode(orjson.dumps({"roles": roles})).rstrip(b"=").decode()
    return f"e30.{body}.signature"


@asynccontextmanager
async def suites(tls: SSLContext) -> AsyncIterator[Suites]:
    """Listens for as long as the block runs."""
    double = Suites()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", double.serve)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    host, port = runner.addresses[0][:2]
    double.origin = f"https://{host}:{port}"
    try:
        yield double
    finally:
        await runner.cleanup()
