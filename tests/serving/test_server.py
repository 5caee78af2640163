"""What the server makes of the machine that it runs on."""

import asyncio
import io
import json
import sys

import pytest

from app import __version__
from app.serving.connections import Patience
from app.serving.server import CONCURRENT_CONNECTIONS, RESERVED_FILES
from tests.serving.running import running

SCRIPT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (256, int(sys.argv[1])))
from app.serving.server import affordable_connections
print(affordable_connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""
TURNED_AWAY = Patience(connections=0).turned_away


@pytest.mark.parametrize(
    ("allowed", "connections"),
    [
        (20_000, CONCURRENT_CONNECTIONS),
        (4_096, 4_096 - RESERVED_FILES - TURNED_AWAY),
        (512, RESERVED_FILES),
    ],
)
async def test_as_many_connections_are_served_as_there_may_be_files_open_besides_the_servers_own(
    allowed: int, connections: int
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SCRIPT, str(allowed), stdout=asyncio.subprocess.PIPE
    )

    output, _ = await process.communicate()

    opened = min(allowed, CONCURRENT_CONNECTIONS + RESERVED_FILES + TURNED_AWAY)
    assert output.split() == [str(connections).encode(), str(opened).encode()]


async def test_a_server_that_takes_connections_says_where_it_listens(written: io.StringIO) -> None:
    async def answering_nothing(*_: object) -> None: ...

    async with running(answering_nothing) as server, server.connection():
        lines = [json.loads(line) for line in written.getvalue().splitlines()]

    told = [(line["host"], line["port"], line["version"]) for line in lines if line["event"] == "server_listens"]
    assert told == [("127.0.0.1", server.port, __version__)]
