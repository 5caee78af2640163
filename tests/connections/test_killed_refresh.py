"""A process that dies in the middle of a refresh, at each step: whoever comes next recovers, or says reconnect."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from app import clock
from app.connections.models import CalendarConnection, ConnectionStatus
from app.integrations.models import Integration
from app.keys import Keys, Vault
from app.notifications.models import Notification, NotificationKind
from tests.connections.refresher import CALLERS
from tests.connections.stack import Stack, make_connection, make_integration
from tests.connections.test_tokens_across_processes import TokenEndpoint
from tests.support import zygote
from tests.support.database import open_database, sqlite_url
from tests.support.people import make_member, make_organisation

MOST_STEPS = 40


class LastingTokens(TokenEndpoint):
    """As at Microsoft: a refresh token that was exchanged stays alive. At Google it is the same for ever."""

    thinking = 0.0


class SingleUseTokens(LastingTokens):
    """What a suite may do any day: a refresh token dies with its first use."""

    def __init__(self) -> None:
        super().__init__()
        self._alive: str | None = None

    async def answer(self, request: web.Request) -> web.Response:
        token = await request.text()
        if self._alive not in (None, token):
            return web.json_response({"error": "invalid_grant"}, status=400)
        self._alive = f"refresh-{self.calls + 1}"
        return await super().answer(request)


@pytest.mark.parametrize("kind", [LastingTokens, SingleUseTokens])
async def test_after_a_death_at_any_step_of_a_refresh_the_next_process_recovers_or_says_reconnect(
    kind: type[LastingTokens], keys: Keys, vault: Vault, tmp_path: Path
) -> None:
    ends: list[str] = []
    async with open_database(sqlite_url(tmp_path)):
        integration = await make_integration(await make_organisation())
        for step in range(1, MOST_STEPS):
            end = await _killed_at(step, kind(), Stack(keys, vault), integration, tmp_path)
            if end is None:
                break
            ends.append(end)

    assert len(ends) in range(8, MOST_STEPS - 1)
    # The statement that stores the answer is the last: after it there is nothing left to lose.
    assert set(ends[:2]) == {ends[-1]} == {"recovered"}
    if kind is LastingTokens:
        assert set(ends) == {"recovered"}
    else:
        # From the token's answer to the statement that stores it: nobody but the member can help here.
        assert ends.count("reconnect") == 2


async def _killed_at(
    step: int, endpoint: LastingTokens, stack: Stack, integration: Integration, folder: Path
) -> str | None:
    """What became of it; None where the refresh was over before."""
    async with endpoint.served() as server:
        member = await make_member(await integration.organisation)
        row = await make_connection(stack, member, integration, expires_at=clock.now())
        dies = await _run(folder, server, row, str(step))
        if dies[0] == 0:
            return None
        # As if so much time had passed that the lock of the dead one has run out.
        await (
            CalendarConnection.of(row.organisation_id)
            .filter(refresh_lock_until__isnull=False)
            .update(refresh_lock_until=clock.now() - timedelta(seconds=1))
        )

        code, answers = await _run(folder, server, row)

    after = await CalendarConnection.of(row.organisation_id).get(id=row.id)
    told = await Notification.of(row.organisation_id).filter(
        member_id=member.id, kind=NotificationKind.RECONNECT_REQUIRED
    )
    assert (dies[0], code, len(answers)) == (-9, 0, CALLERS)
    assert after.refresh_lock_until is None
    assert after.generation <= row.generation + 1
    assert endpoint.calls <= 2
    [answer] = set(answers)
    if answer == "ReconnectRequired":
        assert after.status is ConnectionStatus.RECONNECT_REQUIRED
        assert len(told) == 1
        return "reconnect"
    assert stack.tokens.opened(after).access_token == answer == f"access-{endpoint.calls}"
    assert after.status is ConnectionStatus.CONNECTED
    assert told == []
    return "recovered"


async def _run(folder: Path, server: str, row: CalendarConnection, *last: str) -> tuple[int, list[str]]:
    """A process that has many callers ask at once: how it ended, and what they were answered."""
    command = (sys.executable, "-m", "tests.connections.refresher", sqlite_url(folder), server, str(row.id), *last)
    process = await zygote.start(*command, env=dict(os.environ), stdout=asyncio.subprocess.PIPE)
    output, _ = await process.communicate()
    return await process.wait(), output.decode().split()[1:]
