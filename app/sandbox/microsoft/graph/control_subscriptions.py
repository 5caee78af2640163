"""What tests and demos order of subscriptions and of what is delivered because of them.

Ours, not Graph's.
"""

from typing import Any

from pydantic import Field
from starlette.requests import Request

from app.sandbox.control.delivery import DeliveryOrders, faults_json
from app.sandbox.control.routing import Answer, Body, ControlError, ControlRoute, read
from app.sandbox.microsoft.graph.times import wire_instant
from app.sandbox.microsoft.mailboxes.changes import ChangeKind
from app.sandbox.microsoft.mailboxes.delivery import Notification
from app.sandbox.microsoft.mailboxes.subscriptions import Subscription
from app.sandbox.microsoft.mailboxes.subscriptions import wire_instant as subscription_instant
from app.sandbox.state import SandboxState

_MADE_UP_ID = "AAMkMadeUpByNobodyWeKnow="


class LifecycleEvent(Body):
    """A lifecycle notification to send."""

    event: str = Field(pattern="^(reauthorizationRequired|subscriptionRemoved|missed)$")


class Forgery(Body):
    """A notification that the service never sent, or sent before; what is left out is as the subscription has it."""

    client_state: str | None = None
    subscription_id: str | None = None
    tenant_id: str | None = None
    event_id: str = _MADE_UP_ID
    change: ChangeKind = ChangeKind.UPDATED


class SubscriptionControl:
    """The control calls on subscriptions and deliveries."""

    def __init__(self, state: SandboxState) -> None:
        self._state = state

    def routes(self) -> tuple[ControlRoute, ...]:
        """The calls with their summaries."""
        one = "/subscriptions/{id}"
        return (
            ControlRoute("GET", "/subscriptions", "Live subscriptions", self.list_subscriptions),
            ControlRoute("DELETE", one, "End one without a word", self.drop_subscription),
            ControlRoute(
                "POST",
                one + "/lifecycle",
                "Send a lifecycle notification; subscriptionRemoved ends it too",
                self.send_lifecycle,
            ),
            ControlRoute("POST", one + "/forge", "Send a notification that is not the service's", self.forge),
            ControlRoute("GET", "/deliveries", "Every attempt to deliver notifications", self.list_deliveries),
            ControlRoute("DELETE", "/deliveries", "Forget the attempts", self.forget_deliveries),
            ControlRoute("GET", "/delivery", "What goes wrong with notifications, and how often it has", self.delivery),
            ControlRoute(
                "PATCH",
                "/delivery",
                "Drop, double, mix or delay notifications, some or by chance",
                self.change_delivery,
            ),
        )

    async def list_subscriptions(self, _: Request) -> Answer:
        """Every live subscription."""
        return [_subscription(one) for one in self._state.mailboxes.subscriptions.all()]

    async def drop_subscription(self, request: Request) -> Answer:
        """End one silently."""
        found = self._subscription(request)
        self._state.mailboxes.subscriptions.delete(found)
        return {"deleted": found.id}

    async def send_lifecycle(self, request: Request) -> Answer:
        """Send a lifecycle notification."""
        event = (await read(request, LifecycleEvent)).event
        found, subscriptions = self._subscription(request), self._state.mailboxes.subscriptions
        if event == "subscriptionRemoved":
            subscriptions.delete(found)
        return {"sent": subscriptions.tell_lifecycle(found, event)}

    async def forge(self, request: Request) -> Answer:
        """Send to a subscription's address what somebody else might, or what has been sent before."""
        wanted, found = await read(request, Forgery), self._subscription(request)
        delivery = self._state.mailboxes.delivery
        await delivery.send_now(Notification(url=found.notification_url, body=_forged(wanted, found)))
        return {"sent": True, "status": delivery.log[-1].status}

    async def list_deliveries(self, _: Request) -> Answer:
        """Every attempt, oldest first."""
        return [
            {
                "at": wire_instant(record.at),
                "url": record.url,
                "attempt": record.attempt,
                "status": record.status,
                "notifications": list(record.notifications),
            }
            for record in self._state.mailboxes.delivery.log
        ]

    async def forget_deliveries(self, _: Request) -> Answer:
        """Empty the log."""
        self._state.mailboxes.delivery.log.clear()
        return {"deliveries": 0}

    async def delivery(self, _: Request) -> Answer:
        """Faults on order, and what they have done."""
        return faults_json(self._state.mailboxes.delivery.faults)

    async def change_delivery(self, request: Request) -> Answer:
        """Order delivery faults."""
        orders = await read(request, DeliveryOrders)
        self._state.mailboxes.delivery.faults = orders.faults()
        return orders.model_dump()

    def _subscription(self, request: Request) -> Subscription:
        wanted = request.path_params["id"]
        for subscription in self._state.mailboxes.subscriptions.all():
            if subscription.id == wanted:
                return subscription
        raise ControlError(f"no subscription '{wanted}'", 404)


def _subscription(one: Subscription) -> dict[str, Any]:
    return {
        "id": one.id,
        "mailbox": one.mailbox_oid,
        "resource": one.resource,
        "change_type": one.change_type,
        "url": one.notification_url,
        "lifecycle_url": one.lifecycle_url,
        "client_state": one.client_state,
        "expires_at": wire_instant(one.expires_at),
    }


def _forged(wanted: Forgery, found: Subscription) -> dict[str, object]:
    path = f"Users/{found.mailbox_oid}/Events/{wanted.event_id}"
    return {
        "subscriptionId": wanted.subscription_id or found.id,
        "subscriptionExpirationDateTime": subscription_instant(found.expires_at),
        "changeType": wanted.change.value,
        "resource": path,
        "resourceData": {"@odata.type": "#Microsoft.Graph.Event", "@odata.id": path, "id": wanted.event_id},
        "clientState": wanted.client_state if "client_state" in wanted.model_fields_set else found.client_state,
        "tenantId": wanted.tenant_id or found.tenant_id,
    }
