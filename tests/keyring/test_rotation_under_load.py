"""Rotation while servers run and write: killed half-way, run again, run twice at once, and nothing is lost."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from app import clock
from app.connections.models import CalendarConnection
from app.keys import Keys, Vault
from app.references.models import MailboxReference
from app.references.service import ReferenceService
from tests.connections.stack import Stack
from tests.keyring.filling import SECRET, A, B, Workplace, make_workplace, sealed_under
from tests.support import zygote
from tests.support.database import open_database

pytestmark = pytest.mark.postgresql

REFERENCES = 400


@dataclass
class RunningServer:
    """What a server does all day: refreshes credentials, and writes references of events."""

    workplace: Workplace
    vault: Vault
    refreshed: int = 0
    events: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Writes without a pause until it is cancelled."""
        while True:
            await self._refresh()
            self.events += await self.workplace.add_events(self.vault, 2)

    async def _refresh(self) -> None:
        tokens = Stack(Keys(SECRET), self.vault).tokens
        row = await CalendarConnection.get(id=self.workplace.connection.id)
        fresh = replace(
            tokens.opened(row), access_token=f"access-{self.refreshed + 1}", expires_at=clock.now() + timedelta(hours=1)
        )
        # A rotation that falls in between changes neither the generation nor what is stored.
        assert await tokens.store(row, fresh)
        self.refreshed += 1

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.run())
        try:
            yield
            assert not task.done(), "the server stopped by itself"
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _rotating(url: str, *ring: tuple[str, bytes]) -> zygote.Started:
    """`hybrid-meetings keys rotate` in a process of its own."""
    keys = ",".join(f"{key_id}:{base64.b64encode(key).decode()}" for key_id, key in ring)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HYBRID_MEETINGS_")}
    environment = {
        "HYBRID_MEETINGS_PUBLIC_URL": "https://meetings.tidewater.example",
        "HYBRID_MEETINGS_DATABASE_URL": url,
        "HYBRID_MEETINGS_SECRET_KEY": base64.b64encode(SECRET).decode(),
        "HYBRID_MEETINGS_ENCRYPTION_KEYS": keys,
    }
    command = (sys.executable, "-m", "app.cli", "keys", "rotate")
    return await zygote.start(*command, env=inherited | environment, stdout=subprocess.PIPE)


async def _ended(processes: Sequence[zygote.Started]) -> list[int | None]:
    async with asyncio.timeout(60):
        await asyncio.gather(*(process.communicate() for process in processes))
    return [process.returncode for process in processes]


async def _opens(workplace: Workplace, events: Sequence[str]) -> None:
    """Everything that was ever written opens, under the new key alone."""
    vault = Vault((B,))
    rows = await MailboxReference.of(workplace.member.organisation_id).all()
    found = {ReferenceService(vault, Keys(SECRET)).open(row) for row in rows}
    assert {*events, *workplace.events} <= found


async def test_rotation_beside_a_server_that_writes_loses_nothing(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        workplace = await make_workplace(Vault((A,)))
        old = await workplace.add_events(Vault((A,)), REFERENCES)
        server = RunningServer(workplace, Vault((B, A)))

        async with server.running():
            codes = await _ended([await _rotating(postgresql_url, B, A)])

        assert codes == [0]
        assert server.refreshed > 1
        assert await sealed_under("k1") == 0
        await _opens(workplace, [*old, *server.events])
        credentials = Stack(Keys(SECRET), Vault((B,))).tokens.opened(
            await CalendarConnection.get(id=workplace.connection.id)
        )
        assert credentials.access_token in {f"access-{server.refreshed}", f"access-{server.refreshed + 1}"}


async def test_a_rotation_that_was_killed_half_way_is_finished_by_running_it_again(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        workplace = await make_workplace(Vault((A,)))
        events = await workplace.add_events(Vault((A,)), REFERENCES)
        rotating = await _rotating(postgresql_url, B, A)
        async with asyncio.timeout(60):
            while await sealed_under("k2") < REFERENCES // 2:
                assert rotating.returncode is None
        rotating.kill()
        await rotating.wait()
        left = await sealed_under("k1")

        codes = await _ended([await _rotating(postgresql_url, B, A)])

        assert 0 < left < 2 * REFERENCES
        assert codes == [0]
        assert await sealed_under("k1") == 0
        await _opens(workplace, events)


async def test_rotations_that_run_twice_at_once_beside_a_server_do_not_hinder_each_other(postgresql_url: str) -> None:
    async with open_database(postgresql_url):
        workplace = await make_workplace(Vault((A,)))
        old = await workplace.add_events(Vault((A,)), REFERENCES)
        server = RunningServer(workplace, Vault((B, A)))

        async with server.running():
            codes = await _ended([await _rotating(postgresql_url, B, A) for _ in range(2)])

        assert codes == [0, 0]
        assert await sealed_under("k1") == 0
        await _opens(workplace, [*old, *server.events])
