"""What tests and demos order of push channels and their messages.

Ours, not Google's. Durations are whole milliseconds.
"""

from dataclasses import replace
from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.delivery import DeliveryOrders, faults_json
from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.google.calendars.channels import Channel, message_of
from app.sandbox.google.calendars.delivery import PushRecord, ResourceState
from app.sandbox.google.calendars.store import CalendarStore
from app.sandbox.state import SandboxState


class PushOrders(DeliveryOrders):
    """What becomes of the next messages, and when the first one of a channel comes."""

    sync_comes_first: bool = False


class Forgery(Body):
    """A message that Google never sent; what is left out is as the channel has it."""

    channel_id: str | None = None
    token: str | None = None
    number: int = Field(default=1_000_000, ge=1)


class ChannelControl:
    """The control calls on channels."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        base = "/control/google"
        one = base + "/channels/{id}"
        return (
            ControlRoute("GET", base + "/channels", "Live push channels", self.all),
            ControlRoute("DELETE", one, "End a channel without a word", self.drop),
            ControlRoute("POST", one + "/forge", "Send a message that Google never sent", self.forge),
            ControlRoute("GET", base + "/deliveries", "Every attempt to deliver a push message", self.deliveries),
            ControlRoute("DELETE", base + "/deliveries", "Forget the attempts", self.forget),
            ControlRoute("GET", base + "/delivery", "What goes wrong with push messages, and how often", self.delivery),
            ControlRoute(
                "PATCH",
                base + "/delivery",
                "Drop, double, mix or delay push messages, some or by chance; send sync before the answer",
                self.change_delivery,
            ),
        )

    async def all(self, _: Request) -> Answer:
        """Every live channel."""
        return [_channel(one) for one in self._store.channels.all()]

    async def drop(self, request: Request) -> Answer:
        """End one."""
        found = self._channel(request)
        self._store.channels.drop(found.id)
        return {"deleted": found.id}

    async def forge(self, request: Request) -> Answer:
        """Send to a channel's address what somebody else might."""
        wanted, found = await read(request, Forgery), self._channel(request)
        pretended = replace(found, id=wanted.channel_id or found.id, token=wanted.token or found.token)
        await self._store.delivery.send_now(message_of(pretended, ResourceState.EXISTS, wanted.number))
        return {"sent": True}

    async def deliveries(self, _: Request) -> Answer:
        """Every attempt, oldest first."""
        return [_record(one) for one in self._store.delivery.log]

    async def forget(self, _: Request) -> Answer:
        """Empty the log."""
        self._store.delivery.log.clear()
        return {"deliveries": 0}

    async def delivery(self, _: Request) -> Answer:
        """Faults on order, and what they have done."""
        ordered = faults_json(self._store.delivery.faults)
        return {**ordered, "sync_comes_first": self._store.channels.sync_comes_first}

    async def change_delivery(self, request: Request) -> Answer:
        """Order delivery faults."""
        orders = await read(request, PushOrders)
        self._store.delivery.faults = orders.faults()
        self._store.channels.sync_comes_first = orders.sync_comes_first
        return orders.model_dump()

    @property
    def _store(self) -> CalendarStore:
        return self._state.google.calendars

    def _channel(self, request: Request) -> Channel:
        wanted = request.path_params["id"]
        for channel in self._store.channels.all():
            if channel.id == wanted:
                return channel
        raise ControlError(f"no channel '{wanted}'", 404)


def _channel(one: Channel) -> dict[str, Any]:
    return {
        "id": one.id,
        "calendar": one.calendar_id,
        "user": one.sub,
        "client_id": one.client_id,
        "url": one.address,
        "token": one.token,
        "resource_id": one.resource_id,
        "expires_at": one.expires_at.isoformat(),
    }


def _record(one: PushRecord) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "url": one.message.url,
        "channel": one.message.channel_id,
        "state": one.message.state,
        "number": one.message.number,
        "attempt": one.attempt,
        "status": one.status,
    }
