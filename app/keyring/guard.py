"""Holding a process back until its keys are known to fit the database.

Where the database answers, keys that do not fit stop the start. One that does not answer yet, or has an older schema,
is asked again: until then the process is not ready, and runs no job.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.database.engine import is_migrated
from app.keyring.proofs import KeyCheck, KeysRefused

_log = structlog.get_logger(__name__)

PAUSE = 2.0
"""Seconds between two looks."""


class KeyGuard:
    """One process's keys, confirmed once."""

    def __init__(self, check: KeyCheck, *, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._check = check
        self._sleep = sleep
        self.is_confirmed = False

    async def at_start(self) -> None:
        """Confirm the keys, where the database lets us. Raises KeysRefused."""
        try:
            await self._confirm()
        except KeysRefused:
            raise
        except Exception as error:
            # Whatever the driver says: a server starts before its database, and waits for it.
            _log.warning("keys_not_confirmed_yet", error=type(error).__name__)

    async def until_confirmed(self) -> None:
        """Returns once the keys are known to fit, which may be never."""
        while not self.is_confirmed:
            try:
                await self._confirm()
            except KeysRefused as error:
                _log.critical("keys_refused", reason=str(error))
            except Exception as error:
                _log.warning("keys_not_confirmed_yet", error=type(error).__name__)
            if not self.is_confirmed:
                await self._sleep(PAUSE)

    async def _confirm(self) -> None:
        if await is_migrated():
            await self._check.confirm()
            self.is_confirmed = True
