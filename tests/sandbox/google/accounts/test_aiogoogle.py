"""aiogoogle, unchanged, goes through Google's flow at the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from aiogoogle.auth.managers import Oauth2Manager
from aiogoogle.excs import HTTPError
from aiogoogle.sessions.aiohttp_session import AiohttpSession

from app.sandbox.process import SandboxClient
from app.sandbox.visitor import Visitor
from tests.sandbox.conftest import CALLBACK
from tests.sandbox.google.accounts.client import EVENTS, FREE_BUSY, IRIS, call, refresh, reply, user_information

SCOPES = ["openid", "email", "profile", EVENTS, FREE_BUSY]


def manager(sandbox: SandboxClient, discovery: dict[str, Any]) -> Any:
    """aiogoogle's manager with addresses of its own; the module's dictionary is shared and stays as it is."""

    def session() -> Any:
        connector = aiohttp.TCPConnector(ssl=sandbox.trust())
        return AiohttpSession(connector=connector)  # type: ignore[no-untyped-call]  # aiogoogle is untyped

    credentials = {
        "client_id": sandbox.description.google_client_id,
        "client_secret": sandbox.description.google_client_secret,
        "scopes": SCOPES,
        "redirect_uri": CALLBACK,
    }
    made: Any = Oauth2Manager(session, credentials)  # type: ignore[no-untyped-call]  # aiogoogle is untyped
    made.openid_configs = dict(discovery)
    return made


async def signed_in(sandbox: SandboxClient, oauth: Any) -> dict[str, Any]:
    address = oauth.authorization_url(
        state="state-3", access_type="offline", include_granted_scopes=True, prompt="consent"
    )
    async with Visitor(IRIS, unticked=frozenset({"calendar.freebusy"})) as visitor:
        answer = reply(await visitor.open(address, until=CALLBACK))
    assert answer["state"] == "state-3"
    granted: dict[str, Any] = await oauth.build_user_creds(answer["code"])
    return granted


@pytest.fixture
async def oauth(sandbox: SandboxClient) -> Any:
    return manager(sandbox, (await call(sandbox, "GET", "/.well-known/openid-configuration")).body)


async def test_aiogoogle_exchanges_a_code_and_learns_which_scopes_were_granted(
    sandbox: SandboxClient, oauth: Any
) -> None:
    granted = await signed_in(sandbox, oauth)

    assert EVENTS in granted["scopes"]
    assert FREE_BUSY not in granted["scopes"]
    assert granted["refresh_token"]
    assert (await user_information(sandbox, granted["access_token"])).body["email"] == IRIS


async def test_aiogoogle_refreshes_and_keeps_its_refresh_token(sandbox: SandboxClient, oauth: Any) -> None:
    granted = await signed_in(sandbox, oauth)
    before = granted["access_token"]
    granted["expires_at"] = (datetime.now(UTC) - timedelta(minutes=1)).replace(tzinfo=None).isoformat()

    was_refreshed, after = await oauth.refresh(granted)

    assert was_refreshed
    assert after["access_token"] != before
    assert after["refresh_token"] == granted["refresh_token"]
    assert EVENTS in after["scopes"]


async def test_aiogoogle_revokes_and_the_grant_is_gone(sandbox: SandboxClient, oauth: Any) -> None:
    granted = await signed_in(sandbox, oauth)

    await oauth.revoke(granted)

    assert (await refresh(sandbox, granted["refresh_token"])).body["error"] == "invalid_grant"


async def test_aiogoogle_raises_what_google_refuses(sandbox: SandboxClient, oauth: Any) -> None:
    with pytest.raises(HTTPError) as raised:
        await oauth.build_user_creds("4/made-up")

    assert raised.value.res is not None
    assert raised.value.res.json["error"] == "invalid_grant"
