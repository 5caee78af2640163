"""Google's accounts on this machine: the keys it publishes, the id_tokens it signs, and what it answers to a code."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from joserfc.jwk import RSAKey
from pydantic import SecretStr

from app import clock
from app.suites.google_workspace.scopes import CALENDAR_EVENTS, FREE_BUSY, SIGN_IN_SCOPES
from app.suites.google_workspace.settings import GoogleWorkspaceSettings
from app.suites.http import SuiteHttp
from app.suites.protocol import AuthorisationRequest, ConsentPrompt, Credentials
from tests.suites.doubles import FakeTime, Provider, Seen, provider
from tests.suites.signing import published, signed

NOW = datetime(2026, 11, 12, 8, tzinfo=UTC)
TIMEOUT = timedelta(seconds=10)
DOMAIN = "fernhill.test"
CLIENT, SECRET = "our-client-id", "our-client-secret"
TOKEN, REVOKE, KEYS, USERINFO = "/token", "/revoke", "/oauth2/v3/certs", "/v1/userinfo"
ACCOUNTS = "https://accounts.fernhill.test"


def settings_for(origin: str) -> GoogleWorkspaceSettings:
    """Settings whose every address but the authorise page is the double; plain HTTP, which settings read refuse."""
    return GoogleWorkspaceSettings.model_construct(
        client_id=CLIENT,
        client_secret=SecretStr(SECRET),
        accounts_url=ACCOUNTS,
        oauth_url=origin,
        openid_url=origin,
        calendar_url=origin,
        directory_url=origin,
    )


@dataclass
class Google:
    """The double with Google's answers."""

    provider: Provider
    settings: GoogleWorkspaceSettings
    http: SuiteHttp
    time: FakeTime

    def publish(self, *keys: RSAKey) -> None:
        self.provider.answer(KEYS, published(*keys))

    def claims(self, **changes: object) -> dict[str, Any]:
        """Ada's claims; a change to None leaves the claim out."""
        at = int(NOW.timestamp())
        usual: dict[str, Any] = {
            "iss": ACCOUNTS,
            "aud": CLIENT,
            "azp": CLIENT,
            "sub": "1076",
            "hd": DOMAIN,
            "nonce": "n",
            "iat": at,
            "exp": at + 3600,
            "email": "Ada@Fernhill.test",
            "email_verified": True,
            "name": "Ada Vos",
        }
        return {name: value for name, value in {**usual, **changes}.items() if value is not None}

    def answer_token(self, **changes: object) -> None:
        """The next answer of the token endpoint; a change to None leaves the member out."""
        usual: dict[str, object] = {
            "access_token": "ya29.access",
            "expires_in": 3599,
            "refresh_token": "1//refresh",
            "token_type": "Bearer",
            "scope": "openid https://www.googleapis.com/auth/userinfo.email "
            "https://www.googleapis.com/auth/calendar.events https://www.googleapis.com/auth/userinfo.profile",
            "id_token": signed(self.claims()),
        }
        body = {name: value for name, value in {**usual, **changes}.items() if value is not None}
        self.provider.answer(TOKEN, body, method="POST")

    def refuse(self, path: str, error: str, status: int = 400, **more: str) -> None:
        body = {"error": error, "error_description": "canary text", **more}
        self.provider.answer(path, body, method="POST", status=status)

    def asked(self, path: str) -> list[Seen]:
        return [seen for seen in self.provider.seen if seen.path == path]


@asynccontextmanager
async def google() -> AsyncIterator[Google]:
    """Google at eight o'clock, for as long as the block runs."""
    async with provider() as double:
        time = FakeTime()
        http = SuiteHttp([double.origin], TIMEOUT, timing=time.timing())
        with clock.use(lambda: NOW):
            yield Google(double, settings_for(double.origin), http, time)
        await http.close()


CALLBACK = "https://meetings.fernhill.test/auth/callback/google?a=1&b=2"


REFRESH = "1//refresh"


CALENDAR_SCOPES = SIGN_IN_SCOPES | {CALENDAR_EVENTS, FREE_BUSY}


def visit(
    scopes: frozenset[str] = CALENDAR_SCOPES,
    *,
    tenant: str | None = None,
    login_hint: str | None = None,
    prompt: ConsentPrompt | None = None,
) -> AuthorisationRequest:
    return AuthorisationRequest(
        redirect_uri=CALLBACK,
        state="s t&a",
        nonce="n",
        code_verifier="v" * 43,
        scopes=scopes,
        tenant=tenant,
        login_hint=login_hint,
        prompt=prompt,
    )


def held(refresh_token: str | None = REFRESH) -> Credentials:
    return Credentials(
        access_token="ya29.old", expires_at=NOW, refresh_token=refresh_token, scopes=SIGN_IN_SCOPES | {CALENDAR_EVENTS}
    )


def form(accounts: Google, path: str = TOKEN) -> dict[str, str]:
    sent = accounts.asked(path)[-1]
    assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
    return dict(parse_qsl(sent.body.decode()))
