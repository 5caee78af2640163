"""Reads server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation"""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import aiohttp

COMMENT = "comment"
ANSWER_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Event:
    """One event by its name, or a comment; `data` is the value of its JSON, None where it has none."""

    name: str
    data: Any = None


@dataclass
class EventReader:
    """What comes in over one response, event by event."""

    response: aiohttp.ClientResponse

    async def anything(self, seconds: float = ANSWER_SECONDS) -> Event | None:
        """The next event or comment; None once the stream has ended."""
        async with asyncio.timeout(seconds):
            block = b""
            while not block.endswith(b"\n\n"):
                line = await self.response.content.readline()
                if not line:
                    assert block == b"", block
                    return None
                block += line
        return _event(block.decode())

    async def event(self, seconds: float = ANSWER_SECONDS) -> Event | None:
        """The next event, comments left out; None once the stream has ended."""
        while (event := await self.anything(seconds)) is not None and event.name == COMMENT:
            continue
        return event

    async def to_the_end(self) -> list[Event]:
        """Every event that is still to come."""
        events = []
        while (event := await self.event()) is not None:
            events.append(event)
        return events


def _event(block: str) -> Event:
    if block == ":\n\n":
        return Event(COMMENT)
    fields = dict(line.partition(":")[::2] for line in block.strip().split("\n"))
    assert set(fields) == {"event", "data"}, block
    data = fields["data"].strip()
    return Event(fields["event"].strip(), json.loads(data) if data else None)
