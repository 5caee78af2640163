"""Calls on change notification subscriptions.

https://learn.microsoft.com/graph/api/subscription-post-subscriptions
"""

import re
from datetime import datetime
from typing import Any

from app.sandbox.microsoft.graph.errors import access_denied, bad_request, no_mailbox, unreadable
from app.sandbox.microsoft.graph.http import GraphCall, GraphReply
from app.sandbox.microsoft.graph.query import page, read_query
from app.sandbox.microsoft.graph.times import read_instant, wire_instant
from app.sandbox.microsoft.mailboxes.changes import ChangeKind
from app.sandbox.microsoft.mailboxes.mailbox import Mailbox
from app.sandbox.microsoft.mailboxes.subscriptions import Subscription

_RESOURCE = re.compile(r"/?(?:me|users/(?P<owner>[^/]+))/(?:calendar/)?events/?$", re.IGNORECASE)
_WRITABLE = frozenset(
    {
        "changeType",
        "notificationUrl",
        "lifecycleNotificationUrl",
        "resource",
        "expirationDateTime",
        "clientState",
        "latestSupportedTlsVersion",
        "includeResourceData",
    }
)
_PROPERTIES = _WRITABLE | {"id", "applicationId", "creatorId"}
_LONGEST_CLIENT_STATE = 128
_PAGE = 100


async def create(call: GraphCall) -> GraphReply:
    """POST /subscriptions: 201, after the notification address has echoed the validation token."""
    body = await call.json()
    _check_body(body)
    box = _mailbox(call, body["resource"])
    changes = _change_kinds(body["changeType"])
    made = await call.state.mailboxes.subscriptions.create(
        Subscription(
            id="",
            tenant_id=call.token.tenant_id,
            mailbox_oid=box.oid,
            creator_oid=call.token.user_oid,
            application_id=_application_id(call),
            resource=body["resource"],
            changes=changes,
            change_type=body["changeType"],
            notification_url=body["notificationUrl"],
            lifecycle_url=body.get("lifecycleNotificationUrl"),
            client_state=body.get("clientState"),
            id_form=call.preferences.id_form,
            expires_at=_expiry(call, body),
        )
    )
    return GraphReply(_entity(call, made), 201)


async def list_all(call: GraphCall) -> GraphReply:
    """GET /subscriptions: the caller's own."""
    found = call.state.mailboxes.subscriptions.of_creator(call.token.tenant_id, call.token.user_oid)
    options = read_query(call, _PROPERTIES, "microsoft.graph.subscription")
    body = page(call, options, found, _render, default_size=_PAGE)
    return GraphReply({"@odata.context": f"{call.base}/$metadata#subscriptions", **body})


async def get(call: GraphCall) -> GraphReply:
    """GET /subscriptions/{id}."""
    return GraphReply(_entity(call, _find(call)))


async def renew(call: GraphCall) -> GraphReply:
    """PATCH /subscriptions/{id}: 200 with the expiry that holds from now on."""
    found = _find(call)
    body = await call.json()
    if unknown := body.keys() - {"expirationDateTime", "notificationUrl"}:
        raise bad_request("InvalidRequest", f"The property '{min(unknown)}' cannot be updated.")
    return GraphReply(_entity(call, call.state.mailboxes.subscriptions.renew(found, _expiry(call, body))))


async def delete(call: GraphCall) -> GraphReply:
    """DELETE /subscriptions/{id}: 204."""
    call.state.mailboxes.subscriptions.delete(_find(call))
    return GraphReply(status=204)


async def reauthorize(call: GraphCall) -> GraphReply:
    """POST /subscriptions/{id}/reauthorize: 204."""
    _find(call)
    return GraphReply(status=204)


def _find(call: GraphCall) -> Subscription:
    return call.state.mailboxes.subscriptions.get(
        call.parameter("subscription_id"), call.token.tenant_id, call.token.user_oid
    )


def _check_body(body: dict[str, Any]) -> None:
    for name, value in body.items():
        if "@" not in name and name not in _WRITABLE:
            raise unreadable(f"The property '{name}' does not exist on type 'microsoft.graph.subscription'.")
        if name != "includeResourceData" and value is not None and not isinstance(value, str):
            raise unreadable(f"Cannot convert the value of '{name}' to the expected type 'Edm.String'.")
    for name in ("changeType", "notificationUrl", "resource"):
        if not body.get(name):
            raise bad_request("InvalidRequest", f"The property '{name}' is required.")
    if len(body.get("clientState") or "") > _LONGEST_CLIENT_STATE:
        raise bad_request("InvalidRequest", f"clientState must not exceed {_LONGEST_CLIENT_STATE} characters.")
    if body.get("includeResourceData"):
        raise bad_request("InvalidRequest", "The sandbox sends no resource data.")


def _change_kinds(text: str) -> frozenset[ChangeKind]:
    try:
        return frozenset(ChangeKind(part.strip()) for part in text.split(","))
    except ValueError as error:
        raise bad_request("InvalidRequest", "changeType must name created, updated or deleted.") from error


def _mailbox(call: GraphCall, resource: str) -> Mailbox:
    named = _RESOURCE.fullmatch(resource)
    if named is None:
        raise bad_request("InvalidRequest", f"The resource '{resource[:80]}' is not supported.")
    owner, registry = named["owner"], call.state.mailboxes.registry
    if call.token.user_oid is None:
        box = registry.at(call.token.tenant_id, owner) or registry.by_oid(owner) if owner else None
        if box is None or box.tenant_id != call.token.tenant_id:
            raise no_mailbox()
        return box
    user = call.user()
    if owner is not None and owner.lower() not in (user.oid, user.address.lower()):
        raise access_denied()
    own = registry.of_user(user)
    if own is None:
        raise no_mailbox()
    return own


def _expiry(call: GraphCall, body: dict[str, Any]) -> datetime:
    if not body.get("expirationDateTime"):
        raise bad_request("InvalidRequest", "The property 'expirationDateTime' is required.")
    expires_at = read_instant(body["expirationDateTime"], "expirationDateTime")
    if expires_at <= call.state.clock.now():
        raise bad_request("InvalidRequest", "Subscription expiration must be in the future.")
    return expires_at


def _application_id(call: GraphCall) -> str:
    applications = call.state.directory.applications()
    return applications[0].client_id if applications else "00000000-0000-0000-0000-000000000000"


def _entity(call: GraphCall, subscription: Subscription) -> dict[str, Any]:
    return {"@odata.context": f"{call.base}/$metadata#subscriptions/$entity", **_render(subscription)}


def _render(subscription: Subscription) -> dict[str, Any]:
    return {
        "id": subscription.id,
        "resource": subscription.resource,
        "applicationId": subscription.application_id,
        "changeType": subscription.change_type,
        "clientState": None,
        "notificationUrl": subscription.notification_url,
        "notificationQueryOptions": None,
        "lifecycleNotificationUrl": subscription.lifecycle_url,
        "expirationDateTime": wire_instant(subscription.expires_at),
        "creatorId": subscription.creator_oid or subscription.application_id,
        "includeResourceData": None,
        "latestSupportedTlsVersion": "v1_2",
        "encryptionCertificate": None,
        "encryptionCertificateId": None,
        "notificationUrlAppId": None,
    }
