"""A process that starts before its database waits, is not ready, and runs no job until its keys are confirmed."""

from pathlib import Path

import orjson
import pytest
from starlette.requests import Request
from starlette.responses import Response

from app.database import engine
from app.health import Readiness, health_routes
from app.keyring.guard import KeyGuard
from app.keyring.proofs import KeyCheck, SecretChanged
from tests.keyring.filling import SECRET, A
from tests.support.database import open_database, sqlite_url

NOWHERE = "postgres://nobody@127.0.0.1:1/nothing"


class Sleeper:
    """Instead of waiting: what happens meanwhile."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.pauses = 0

    async def __call__(self, _: float) -> None:
        self.pauses += 1
        if self.pauses == 2:
            await engine.migrate(self.url)


def _guard(secret: bytes = SECRET, sleeper: Sleeper | None = None) -> KeyGuard:
    check = KeyCheck(secret, (A,))
    return KeyGuard(check, sleep=sleeper) if sleeper else KeyGuard(check)


async def _ready(guard: KeyGuard) -> tuple[int, object]:
    route = next(route for route in health_routes(Readiness(guard)) if route.path == "/health/ready")
    answer: Response = await route.endpoint(Request({"type": "http"}))
    return answer.status_code, orjson.loads(answer.body)


async def test_keys_that_fit_are_confirmed_at_the_start(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        guard = _guard()

        await guard.at_start()

        assert guard.is_confirmed


async def test_keys_that_do_not_fit_stop_the_start(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        await _guard().at_start()

        with pytest.raises(SecretChanged):
            await _guard(b"\x09" * 32).at_start()


async def test_a_database_that_does_not_answer_stops_no_start_and_confirms_nothing() -> None:
    async with engine.database(NOWHERE):
        guard = _guard()

        await guard.at_start()

        assert not guard.is_confirmed


async def test_a_database_that_is_migrated_later_is_looked_at_then(tmp_path: Path) -> None:
    async with engine.database(sqlite_url(tmp_path)):
        sleeper = Sleeper(sqlite_url(tmp_path))
        guard = _guard(sleeper=sleeper)
        await guard.at_start()
        was_confirmed = guard.is_confirmed

        await guard.until_confirmed()

        assert (was_confirmed, guard.is_confirmed, sleeper.pauses) == (False, True, 2)


async def test_a_server_whose_keys_are_not_confirmed_is_not_ready(tmp_path: Path) -> None:
    async with open_database(sqlite_url(tmp_path)):
        guard = _guard()
        before = await _ready(guard)
        await guard.at_start()

        assert before == (503, {"status": "not ready", "keys": "not confirmed"})
        assert await _ready(guard) == (200, {"status": "ready"})
