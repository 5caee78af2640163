"""What Graph posts to our webhook, as change notifications.

https://learn.microsoft.com/graph/api/resources/changenotification ; nothing in a post is believed but that something
may have changed: whoever receives these checks the secret and reads again.
"""

from collections.abc import Sequence

import orjson
import structlog

from app.suites.errors import InvalidRequest
from app.suites.protocol import ChangeKind, ChangeNotification

MAX_ITEMS = 1000
"""Graph batches far fewer; the rest of a longer post is not looked at."""

_CHANGES = {"created": ChangeKind.CHANGED, "updated": ChangeKind.CHANGED, "deleted": ChangeKind.DELETED}
_LIFECYCLE = {
    "missed": ChangeKind.MISSED,
    "reauthorizationRequired": ChangeKind.REAUTHORISE,
    "subscriptionRemoved": ChangeKind.WATCH_ENDED,
}

_log = structlog.get_logger(__name__)


def parse(body: bytes) -> Sequence[ChangeNotification]:
    """The items of one post that have Graph's form; an item that has not is left out.

    Raises InvalidRequest where the post as a whole is something else.
    """
    try:
        envelope = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise InvalidRequest("MalformedNotification") from None
    items = envelope.get("value") if isinstance(envelope, dict) else None
    if not isinstance(items, list):
        raise InvalidRequest("MalformedNotification")
    parsed = [_item(item) for item in items[:MAX_ITEMS]]
    known = [notification for notification in parsed if notification is not None]
    if len(known) < len(items):
        _log.warning("change notifications were left out", count=len(items) - len(known))
    return known


def _item(item: object) -> ChangeNotification | None:
    if not isinstance(item, dict):
        return None
    watch_id = item.get("subscriptionId")
    kind = _kind(item)
    if not isinstance(watch_id, str) or kind is None:
        return None
    secret, tenant, data = item.get("clientState"), item.get("tenantId"), item.get("resourceData")
    mailbox_id = data.get("id") if isinstance(data, dict) and "lifecycleEvent" not in item else None
    return ChangeNotification(
        watch_id=watch_id,
        secret=secret if isinstance(secret, str) else "",
        tenant=tenant if isinstance(tenant, str) else "",  # which is no tenant's: Graph always names one
        kind=kind,
        mailbox_id=mailbox_id if isinstance(mailbox_id, str) else None,
    )


def _kind(item: dict[str, object]) -> ChangeKind | None:
    lifecycle, change = item.get("lifecycleEvent"), item.get("changeType")
    if lifecycle is not None:
        return _LIFECYCLE.get(lifecycle) if isinstance(lifecycle, str) else None
    return _CHANGES.get(change) if isinstance(change, str) else None
