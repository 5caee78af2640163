"""Calls that open and stop push channels on the events of a calendar.

https://developers.google.com/workspace/calendar/api/v3/reference/events/watch
"""

from datetime import datetime, timedelta
from typing import Any

from app.sandbox.google.calendar_api.errors import GoogleError, invalid, required
from app.sandbox.google.calendar_api.http import GoogleCall, GoogleReply, Method
from app.sandbox.google.calendar_api.parameters import BOOLEAN, INSTANT, POSITIVE, TEXT, Parameter
from app.sandbox.google.calendar_api.scopes import EVENTS_READ, scopes
from app.sandbox.google.calendars.channels import (
    DEFAULT_LIFETIME,
    LONGEST_LIFETIME,
    Channel,
    ChannelIdTakenError,
    ChannelNotFoundError,
    InsecureAddressError,
    resource_uri,
)

STOP = EVENTS_READ | scopes(
    "calendar.acls",
    "calendar.acls.readonly",
    "calendar.calendarlist",
    "calendar.calendarlist.readonly",
    "calendar.settings",
    "calendar.settings.readonly",
)
LONGEST_ID = 64
LONGEST_TOKEN = 256
_WEB_HOOK = frozenset({"web_hook", "webhook"})
_LIST_PARAMETERS: dict[str, Parameter] = {
    **dict.fromkeys(("iCalUID", "orderBy", "pageToken", "q", "syncToken", "timeZone"), TEXT),
    **dict.fromkeys(("alwaysIncludeEmail", "showDeleted", "showHiddenInvitations", "singleEvents"), BOOLEAN),
    **dict.fromkeys(("timeMin", "timeMax", "updatedMin"), INSTANT),
    **dict.fromkeys(("maxAttendees", "maxResults"), POSITIVE),
    **dict.fromkeys(("eventTypes", "privateExtendedProperty", "sharedExtendedProperty"), Parameter(repeated=True)),
}


async def watch(call: GoogleCall) -> GoogleReply:
    """POST /calendars/{id}/events/watch: 200 with the channel as it was opened."""
    calendar = call.calendar()
    body = await call.json()
    if _text(body, "type") not in _WEB_HOOK:
        raise GoogleError(400, "channelUnknown", "Unknown channel type.", location="type")
    channel = Channel(
        id=_text(body, "id", LONGEST_ID),
        calendar_id=calendar.id,
        resource_uri=resource_uri(call.state.addresses.tls, calendar.id),
        address=_text(body, "address"),
        token=_text(body, "token", LONGEST_TOKEN) if body.get("token") else None,
        sub=call.user.sub,
        client_id=call.token.client_id,
        expires_at=_expiry(call.state.clock.now(), body),
    )
    try:
        await call.store.channels.open(channel)
    except InsecureAddressError as error:
        message = "WebHook callback must be HTTPS: " + channel.address
        raise GoogleError(400, "push.webhookUrlNotHttps", message) from error
    except ChannelIdTakenError as error:
        raise GoogleError(400, "channelIdNotUnique", f"Channel id {channel.id} not unique") from error
    return GoogleReply(_render(channel))


async def stop(call: GoogleCall) -> GoogleReply:
    """POST /channels/stop: 204."""
    body = await call.json()
    channel_id, resource_id = _text(body, "id"), _text(body, "resourceId")
    try:
        call.store.channels.stop(channel_id, resource_id, sub=call.user.sub, client_id=call.token.client_id)
    except ChannelNotFoundError as error:
        project = call.token.client_id.partition("-")[0]
        message = f"Channel '{channel_id}' not found for project '{project}'"
        raise GoogleError(404, "notFound", message) from error
    return GoogleReply(status=204)


def _text(body: dict[str, Any], name: str, longest: int | None = None) -> str:
    value = body.get(name)
    if value in (None, ""):
        raise required(name)
    if not isinstance(value, str) or (longest is not None and len(value) > longest):
        raise invalid(f"Invalid value for: {name}", name)
    return value


def _expiry(now: datetime, body: dict[str, Any]) -> datetime:
    """When the channel ends: at the moment or after the time that was asked for, cut to what there is at most."""
    parameters = body.get("params") or {}
    if not isinstance(parameters, dict):
        raise invalid("Invalid value for: params", "params")
    lifetime = DEFAULT_LIFETIME
    if "ttl" in parameters:
        lifetime = _at_most(_number(parameters["ttl"], "ttl"), timedelta(seconds=1))
    elif body.get("expiration") is not None:
        now_in_milliseconds = int(now.timestamp() * 1000)
        lifetime = _at_most(_number(body["expiration"], "expiration") - now_in_milliseconds, timedelta(milliseconds=1))
    if lifetime <= timedelta():
        raise invalid("Channel expiration must be in the future.", "expiration")
    expires_at = now + lifetime
    return expires_at.replace(microsecond=expires_at.microsecond // 1000 * 1000)


def _at_most(count: int, unit: timedelta) -> timedelta:
    return min(count, LONGEST_LIFETIME // unit) * unit


def _number(value: object, name: str) -> int:
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise invalid(f"Invalid value for: {name}", name)
    return int(text[:20])


def _render(channel: Channel) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "kind": "api#channel",
        "id": channel.id,
        "resourceId": channel.resource_id,
        "resourceUri": channel.resource_uri,
        "expiration": str(channel.expiration),
    }
    return shown | ({"token": channel.token} if channel.token is not None else {})


METHODS: tuple[Method, ...] = (
    Method(
        id="calendar.events.watch",
        verb="POST",
        path="/calendar/v3/calendars/{calendarId}/events/watch",
        scopes=EVENTS_READ,
        handler=watch,
        parameters=_LIST_PARAMETERS,
    ),
    Method(
        id="calendar.channels.stop",
        verb="POST",
        path="/calendar/v3/channels/stop",
        scopes=STOP,
        handler=stop,
    ),
)
