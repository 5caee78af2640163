"""A caller's right to stay: while a socket or an event stream is open, and before each operation that it begins."""

import asyncio
from contextlib import suppress
from datetime import timedelta

import structlog

from app.graphql.callers import Caller, CloseCode, CloseReason
from app.graphql.options import GraphQLOptions

LOOKS_TOGETHER = 300
"""Into so many moments of `recheck_every` the looks at all sockets fall."""

_log = structlog.get_logger(__name__)
_EXPIRED = CloseReason(CloseCode.UNAUTHORISED, "The session or token has expired.")


class RightToStay:
    """Watches over one caller: the end of their credential, and what the gate says of it meanwhile."""

    def __init__(self, options: GraphQLOptions) -> None:
        self._options = options
        self._recheck = asyncio.Event()

    def recheck(self) -> None:
        """Has the watch ask the gate soon."""
        self._recheck.set()

    async def until_lost(self, caller: Caller) -> CloseReason:
        """Returns once the caller has to go, and why."""
        while True:
            wait = self._until_next_look()
            if caller.expires_at is not None:
                wait = min(wait, caller.expires_at - self._options.now())
            # Not wait_for: up to Python 3.11 it swallows a cancellation that comes together with the event.
            with suppress(TimeoutError):
                async with asyncio.timeout(max(wait.total_seconds(), 0)):
                    await self._recheck.wait()
            self._recheck.clear()
            if caller.expires_at is not None and caller.expires_at <= self._options.now():
                return _EXPIRED
            reason = await self.ask(caller)
            if reason is not None:
                return reason

    def _until_next_look(self) -> timedelta:
        """About `recheck_every`, and at a moment at which others look too: so the gate can ask for many at once."""
        every = self._options.recheck_every.total_seconds()
        tick = every / LOOKS_TOGETHER
        due = asyncio.get_running_loop().time() + every
        return timedelta(seconds=every + tick - due % tick)

    async def ask(self, caller: Caller) -> CloseReason | None:
        """Why the caller has to go at once, if they have to."""
        try:
            async with asyncio.timeout(self._options.deadline.total_seconds()):
                return await self._options.gate.recheck(caller)
        except Exception as error:
            # An outage of the database must not throw everybody out; the expiry still does.
            _log.warning("graphql.recheck_failed", exception=type(error).__qualname__)
            return None
