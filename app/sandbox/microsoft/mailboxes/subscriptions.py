"""Change notification subscriptions: who wants to hear of which changes in whose calendar, and until when.

https://learn.microsoft.com/graph/api/resources/subscription
"""

import secrets
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import aiohttp

from app.sandbox.clock import SandboxClock
from app.sandbox.delivery import is_acceptable
from app.sandbox.microsoft.mailboxes.changes import Change, ChangeKind
from app.sandbox.microsoft.mailboxes.delivery import Delivery, Notification
from app.sandbox.microsoft.mailboxes.ids import IdForm, compose
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox

MAXIMUM_LIFETIME = timedelta(minutes=10_080)
MINIMUM_LIFETIME = timedelta(minutes=45)
MAXIMUM_PER_MAILBOX = 1000
VALIDATION_TIMEOUT = timedelta(seconds=10)

Validator = Callable[[str, str], Awaitable[bool]]


class SubscriptionNotFoundError(Exception):
    """No live subscription with this id belongs to the caller."""


class InsecureNotificationUrlError(Exception):
    """A notification address must be https; plain http is taken on loopback only."""


class EndpointValidationError(Exception):
    """The notification address did not echo the validation token."""


class TooManySubscriptionsError(Exception):
    """The mailbox has as many subscriptions as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """One subscription; instants in UTC."""

    id: str
    tenant_id: str
    mailbox_oid: str
    creator_oid: str | None
    application_id: str
    resource: str
    changes: frozenset[ChangeKind]
    change_type: str
    notification_url: str
    lifecycle_url: str | None
    client_state: str | None
    id_form: IdForm
    expires_at: datetime


class Subscriptions:
    """The live subscriptions, and what is sent because of them."""

    def __init__(self, clock: SandboxClock, delivery: Delivery, validator: Validator | None = None) -> None:
        self._clock = clock
        self._delivery = delivery
        self._validate = validator or echoes_validation_token
        self._by_id: dict[str, Subscription] = {}

    async def create(self, wanted: Subscription) -> Subscription:
        """Check the addresses by asking them, then subscribe.

        Raises InsecureNotificationUrlError, EndpointValidationError, TooManySubscriptionsError.
        """
        urls = [wanted.notification_url, *([wanted.lifecycle_url] if wanted.lifecycle_url else [])]
        if not all(is_acceptable(url) for url in urls):
            raise InsecureNotificationUrlError
        if len(self.of_mailbox(wanted.mailbox_oid)) >= MAXIMUM_PER_MAILBOX:
            raise TooManySubscriptionsError
        for url in urls:
            token = f"Validation: Testing client application reachability for subscription {uuid.uuid4()}"
            if not await self._validate(url, f"{token} {secrets.token_urlsafe(8)}+/="):
                raise EndpointValidationError(url)
        made = replace(wanted, id=str(uuid.uuid4()), expires_at=self._within_limits(wanted.expires_at))
        self._by_id[made.id] = made
        return made

    def get(self, subscription_id: str, tenant_id: str, creator_oid: str | None) -> Subscription:
        """One of the caller's own, live; SubscriptionNotFoundError."""
        self._drop_expired()
        found = self._by_id.get(subscription_id)
        if found is None or (found.tenant_id, found.creator_oid) != (tenant_id, creator_oid):
            raise SubscriptionNotFoundError
        return found

    def of_creator(self, tenant_id: str, creator_oid: str | None) -> list[Subscription]:
        """All of the caller's own, live."""
        self._drop_expired()
        owner = (tenant_id, creator_oid)
        return [s for s in self._by_id.values() if (s.tenant_id, s.creator_oid) == owner]

    def of_mailbox(self, oid: str) -> list[Subscription]:
        """All live ones on a mailbox."""
        self._drop_expired()
        return [s for s in self._by_id.values() if s.mailbox_oid == oid]

    def all(self) -> list[Subscription]:
        """All live ones."""
        self._drop_expired()
        return list(self._by_id.values())

    def renew(self, subscription: Subscription, expires_at: datetime) -> Subscription:
        """Let it live until then, within the limits."""
        renewed = replace(subscription, expires_at=self._within_limits(expires_at))
        self._by_id[renewed.id] = renewed
        return renewed

    def delete(self, subscription: Subscription) -> None:
        """End it without a word."""
        self._by_id.pop(subscription.id, None)

    def remove(self, subscription: Subscription) -> None:
        """End it as the service does, with the lifecycle notification ``subscriptionRemoved``."""
        self.delete(subscription)
        self.tell_lifecycle(subscription, "subscriptionRemoved")

    def tell_lifecycle(self, subscription: Subscription, event: str) -> bool:
        """Send a lifecycle notification; False when no address was given for them."""
        if subscription.lifecycle_url is None:
            return False
        body = {
            "lifecycleEvent": event,
            "subscriptionId": subscription.id,
            "subscriptionExpirationDateTime": wire_instant(subscription.expires_at),
            "tenantId": subscription.tenant_id,
            "clientState": subscription.client_state,
            "resource": subscription.resource,
        }
        self._delivery.send(Notification(url=subscription.lifecycle_url, body=body))
        return True

    def on_change(self, change: Change) -> None:
        """Send what a change in a mailbox is worth."""
        for subscription in self.of_mailbox(change.mailbox.oid):
            if change.kind in subscription.changes:
                body = _notification(subscription, change, self._clock.now())
                self._delivery.send(Notification(url=subscription.notification_url, body=body))

    def clear(self) -> None:
        """Forget every subscription."""
        self._by_id.clear()

    def _within_limits(self, wanted: datetime) -> datetime:
        now = self._clock.now()
        return min(max(wanted, now + MINIMUM_LIFETIME), now + MAXIMUM_LIFETIME)

    def _drop_expired(self) -> None:
        now = self._clock.now()
        for subscription in [s for s in self._by_id.values() if s.expires_at <= now]:
            del self._by_id[subscription.id]


async def echoes_validation_token(url: str, token: str) -> bool:
    """Whether the address answers the handshake: 200, text/plain, the token as it was before encoding."""
    timeout = aiohttp.ClientTimeout(total=VALIDATION_TIMEOUT.total_seconds())
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.post(
                url,
                params={"validationToken": token},
                data=b"",
                headers={"Content-Type": "text/plain; charset=utf-8"},
                allow_redirects=False,
            ) as answer,
        ):
            return (
                answer.status == 200
                and answer.content_type == "text/plain"
                and (await answer.content.read(len(token.encode()) + 1)).decode(errors="replace") == token
            )
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return False


def wire_instant(moment: datetime) -> str:
    """An instant as Graph writes it in subscriptions."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def owner_path(mailbox: Mailbox) -> str:
    """The mailbox as notifications name it."""
    return f"Users/{mailbox.oid}"


def _notification(subscription: Subscription, change: Change, now: datetime) -> dict[str, object]:
    item_id = compose(change.item.ids.root(subscription.id_form), change.item.occurrence)
    path = f"{owner_path(change.mailbox)}/Events/{item_id}"
    return {
        "subscriptionId": subscription.id,
        "subscriptionExpirationDateTime": wire_instant(subscription.expires_at),
        "changeType": change.kind.value,
        "resource": path,
        "resourceData": {
            "@odata.type": "#Microsoft.Graph.Event",
            "@odata.id": path,
            "@odata.etag": f'W/"{change.item.change_key(now)}"',
            "id": item_id,
        },
        "clientState": subscription.client_state,
        "tenantId": subscription.tenant_id,
    }
