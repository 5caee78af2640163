"""The clients that front ends are written with, against a running server that restarts under them."""

import asyncio
import json
import os
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.clients.installed import HERE
from tests.journeys.story import Story, story_on
from tests.support.database import sqlite_url

pytestmark = pytest.mark.clients

STORY_SECONDS = 60
OVER_HTTP = {
    "apollo": "UNAUTHENTICATED",
    "urql with sockets": 401,
    "urql with streams": 401,
    "urql's own streams": 401,
    "graphql-sse": 401,
    "gql": "UNAUTHENTICATED",
}
"""As what each client shows an application that its token is wrong: the status, or the code in the answer."""
OVER_SOCKETS = {"apollo": "wrong token on a socket", "graphql-ws": "wrong token", "gql": "wrong token on a socket"}
CLIENTS = sorted({*OVER_HTTP, *OVER_SOCKETS})

Seen = Mapping[str, Mapping[str, list[Any]]]


class _Watching:
    """What the clients said so far: by client and step, every value."""

    def __init__(self) -> None:
        self.seen: dict[str, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
        self.all_subscribed = asyncio.Event()

    async def read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            said = json.loads(line)
            self.seen[said["client"]][said["step"]].append(said["value"])
            if all(self.seen[client]["item"] for client in CLIENTS):
                self.all_subscribed.set()
        assert await process.wait() == 0


async def _everything(npm_folder: Path, python_folder: Path, folder: Path) -> Seen:
    watching = _Watching()
    async with story_on(sqlite_url(folder), folder) as story:
        token = await story.token_by_invitation(story.company.administrator)
        processes = [
            await _started(story, token, "node", str(npm_folder / "clients.mjs")),
            await _started(story, token, sys.executable, str(HERE / "client.py"), path=python_folder),
        ]
        try:
            async with asyncio.timeout(STORY_SECONDS), asyncio.TaskGroup() as readers:
                for process in processes:
                    readers.create_task(watching.read(process))
                await watching.all_subscribed.wait()
                await story.server.stop()
                await story.server.start()
        except TimeoutError:
            raise AssertionError(f"not everybody came to the end: {json.dumps(watching.seen, indent=1)}") from None
        finally:
            for process in processes:
                if process.returncode is None:
                    process.kill()
    return watching.seen


async def _started(
    story: Story, token: str, program: str, script: str, path: Path | None = None
) -> asyncio.subprocess.Process:
    environment = {**os.environ, **({"PYTHONPATH": str(path)} if path else {})}
    return await asyncio.create_subprocess_exec(
        program, script, story.server.address, token, stdout=asyncio.subprocess.PIPE, env=environment
    )


@pytest.fixture(scope="module")
def seen(npm_folder: Path, python_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    """What every client saw, in one story with one restart."""
    return asyncio.run(_everything(npm_folder, python_folder, tmp_path_factory.mktemp("story")))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_query_and_a_mutation_are_answered(seen: Seen, client: str) -> None:
    assert [answer["viewer"]["role"] for answer in seen[client]["query"]] == ["SUBSCRIPTION_ADMINISTRATOR"]
    assert [answer["markNotificationsRead"]["__typename"] for answer in seen[client]["mutation"]] == [
        "NotificationsMarkedRead"
    ]


@pytest.mark.parametrize("client", OVER_HTTP)
def test_a_wrong_token_is_told_to_the_application(seen: Seen, client: str) -> None:
    assert seen[client]["wrong token"] == [OVER_HTTP[client]]


@pytest.mark.parametrize("client", OVER_SOCKETS)
def test_a_wrong_token_is_shown_as_4401_on_a_socket(seen: Seen, client: str) -> None:
    assert seen[client][OVER_SOCKETS[client]] == [4401]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_subscription_goes_on_after_the_server_has_restarted(seen: Seen, client: str) -> None:
    items = seen[client]["item"]

    assert [item["integrationChanged"]["status"] for item in items] == ["NOT_CONFIGURED"] * 2
