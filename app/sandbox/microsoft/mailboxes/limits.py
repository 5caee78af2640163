"""Exchange's limit on simultaneous requests per application and mailbox.

https://learn.microsoft.com/graph/throttling-limits#outlook-service-limits
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

CONCURRENT_REQUESTS = 4
RETRY_AFTER = timedelta(seconds=1)


class MailboxBusyError(Exception):
    """Too many requests are already under way for this mailbox."""


class ConcurrencyLimit:
    """Counts the requests under way per mailbox; ``latency`` is how long each is made to last."""

    def __init__(self) -> None:
        self.enforced = True
        self.latency = timedelta()
        self._under_way: Counter[str] = Counter()

    @asynccontextmanager
    async def admit(self, mailbox: str) -> AsyncIterator[None]:
        """Hold a place while a request runs; MailboxBusyError when there is none left."""
        if self.enforced and self._under_way[mailbox] >= CONCURRENT_REQUESTS:
            raise MailboxBusyError
        self._under_way[mailbox] += 1
        try:
            if self.latency:
                await asyncio.sleep(self.latency.total_seconds())
            yield
        finally:
            self._under_way[mailbox] -= 1
