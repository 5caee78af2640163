"""What the server makes of the machine that it runs on."""

import asyncio
import sys

import pytest

from app.serving.connections import Patience
from app.serving.server import CONCURRENT_CONNECTIONS, RESERVED_FILES

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
