"""A caller's right to stay: while a socket or an event stream is open, and before each operation that it begins."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import structlog

from app.graphql.callers import Caller, CloseCode, CloseReason
from app.graphql.options import GraphQLOptions

LOOKS_TOGETHER = 300
"""Into so many moments of `recheck_every` the looks at all sockets fall."""

_log = structlog.get_logger(__name__)
_EXPIRED = CloseReason(CloseCode.UNAUTHORISED, "The session or token has expired.")


class RightToStay:
    """Watches over one caller: the end of their credential, and what the gate says of it meanwhile.

    Between two looks there is a timer and no task: of thousands of callers nearly all are only waited for.
    """

    __slots__ = ("_again", "_caller", "_look", "_lost", "_options", "_timer")

    def __init__(self, options: GraphQLOptions, lost: Callable[[CloseReason], None]) -> None:
        """`lost` is called once the caller has to go."""
        self._options = options
        self._lost = lost
        self._caller: Caller | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.Task[None] | None = None
        self._again = False

    def watch(self, caller: Caller) -> None:
        """From now on, until the right is lost or `stop`."""
        self._caller = caller
        if self._again:
            self._begin_look()
        else:
            self._wait(caller)

    def recheck(self) -> None:
        """Asks the gate soon, and once more where it is just being asked."""
        self._again = True
        if self._caller is not None and self._look is None:
            self._begin_look()

    async def stop(self) -> None:
        """Watches no more."""
        self._caller = None
        if self._timer is not None:
            self._timer.cancel()
        if self._look is not None:
            self._look.cancel()
            await asyncio.wait({self._look})

    async def ask(self, caller: Caller) -> CloseReason | None:
        """Why the caller has to go at once, if they have to."""
        try:
            async with asyncio.timeout(self._options.deadline.total_seconds()):
                return await self._options.gate.recheck(caller)
        except Exception as error:
            # An outage of the database must not throw everybody out; the expiry still does.
            _log.warning("graphql.recheck_failed", exception=type(error).__qualname__)
            return None

    def _wait(self, caller: Caller) -> None:
        wait = self._until_next_look()
        if caller.expires_at is not None:
            wait = min(wait, caller.expires_at - self._options.now())
        self._timer = asyncio.get_running_loop().call_later(max(wait.total_seconds(), 0), self._begin_look)

    def _until_next_look(self) -> timedelta:
        """About `recheck_every`, and at a moment at which others look too: so the gate can ask for many at once."""
        every = self._options.recheck_every.total_seconds()
        tick = every / LOOKS_TOGETHER
        due = asyncio.get_running_loop().time() + every
        return timedelta(seconds=every + tick - due % tick)

    def _begin_look(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._caller is not None:
            self._look = asyncio.create_task(self._look_until_sure(self._caller))

    async def _look_until_sure(self, caller: Caller) -> None:
        self._again = True
        while self._again:
            self._again = False
            reason = _EXPIRED if self._is_expired(caller) else await self.ask(caller)
            if reason is not None:
                self._lost(reason)
                return
        self._look = None
        self._wait(caller)

    def _is_expired(self, caller: Caller) -> bool:
        return caller.expires_at is not None and caller.expires_at <= self._options.now()
