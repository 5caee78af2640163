"""An organisation of thousands, made by order, so that what has to stay quick can be tried."""

import gc
from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.crowd import Size
from app.sandbox.google.large_customer import fill_customer
from app.sandbox.microsoft.large_tenant import fill_tenant
from app.sandbox.state import SandboxState

LARGE_DOMAIN = "metropolis.example"


class Suite(StrEnum):
    """Where it is."""

    MICROSOFT = "MICROSOFT"
    GOOGLE = "GOOGLE"


class LargeOrder(Body):
    """How large; ``domain`` may be that of a tenant or customer that is there already."""

    suite: Suite
    domain: str = Field(default=LARGE_DOMAIN, pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")
    members: int = Field(default=2_000, ge=1, le=20_000)
    rooms: int = Field(default=10_000, ge=0, le=50_000)
    events: int = Field(default=200_000, ge=0, le=1_000_000)


class LargeControl:
    """The control call that makes it."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> Sequence[ControlRoute]:
        """What can be called here."""
        return (ControlRoute("POST", "/control/large-tenant", "People, rooms and meetings by the thousand", self.fill),)

    async def fill(self, request: Request) -> Answer:
        """Make it. Nearly all of it stays, so no time is spent on looking for garbage among it, now or later."""
        order = await read(request, LargeOrder)
        size = Size(members=order.members, rooms=order.rooms, events=order.events)
        was_collecting = gc.isenabled()
        gc.disable()
        try:
            made = await self._fill(order, size)
        except ValueError as error:
            raise ControlError(str(error), 409) from None
        finally:
            gc.freeze()
            if was_collecting:
                gc.enable()
        return {"domain": order.domain, "id": made, "members": size.members, "rooms": size.rooms, "events": size.events}

    async def _fill(self, order: LargeOrder, size: Size) -> str:
        if order.suite is Suite.MICROSOFT:
            return (await fill_tenant(self._state, order.domain, size)).id
        return (await fill_customer(self._state, order.domain, size)).id
