"""Google's two APIs on this machine, a mailbox that calls them, and what was sent."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from app.suites.google_workspace.api import Descriptions, GoogleApi
from app.suites.google_workspace.authorisation import Authorisation
from app.suites.google_workspace.errors import is_throttled
from app.suites.google_workspace.id_tokens import IdTokens
from app.suites.google_workspace.mailbox import GoogleMailbox
from app.suites.http import SuiteHttp, SuiteRequest
from tests.suites.doubles import FakeTime, Provider, provider
from tests.suites.google_workspace.accounts import (
    Google,
    google,
    settings_for,
)
from tests.suites.signing import FIRST_KEY


@dataclass
class CountedTokens:
    """Tokens that tell how often they were renewed."""

    refused: list[str] = field(default_factory=list)

    async def current(self) -> str:
        return "ya29.token"

    async def renewed(self, rejected: str, claims: str | None = None) -> str:
        self.refused.append(rejected)
        return f"ya29.renewed-{len(self.refused)}"


@pytest.fixture
def tokens() -> CountedTokens:
    return CountedTokens()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def sent() -> list[SuiteRequest]:
    """Every request that was answered, as it was on the wire."""
    return []


@pytest.fixture
async def server() -> AsyncIterator[Provider]:
    async with provider() as double:
        yield double


@pytest.fixture
async def api(
    server: Provider, tokens: CountedTokens, time: FakeTime, sent: list[SuiteRequest]
) -> AsyncIterator[GoogleApi]:
    http = SuiteHttp(
        [server.origin],
        timedelta(seconds=10),
        recorder=lambda request, _: sent.append(request),
        timing=time.timing(),
        retry_when=is_throttled,
    )
    yield GoogleApi(http, Descriptions(settings_for(server.origin)), tokens, "ada")
    await http.close()


@pytest.fixture
def mailbox(api: GoogleApi) -> GoogleMailbox:
    return GoogleMailbox(api)


@pytest.fixture
async def accounts() -> AsyncIterator[Google]:
    async with google() as double:
        double.publish(FIRST_KEY)
        yield double


@pytest.fixture
def authorisation(accounts: Google) -> Authorisation:
    return Authorisation(accounts.http, accounts.settings, IdTokens(accounts.http, accounts.settings))
