"""Channels on which Google tells that somebody's calendar changed.

https://developers.google.com/workspace/calendar/api/guides/push . How Google differs: a channel cannot be prolonged, so
another takes its place before it ends; and it takes the ids of both the channel and the watched resource to stop it.
"""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import structlog

from app import clock
from app.suites.errors import (
    InvalidRequest,
    MissingScope,
    NotFound,
    NotificationsRefused,
    SuiteError,
    SuiteUnavailable,
)
from app.suites.google_workspace.api import GoogleApi, Wire
from app.suites.google_workspace.calendars import PRIMARY
from app.suites.protocol import Watch

LIFETIME = timedelta(days=6)
"""Google's own choice would be seven, which leaves no time to put another channel in its place."""

_log = structlog.get_logger(__name__)


class Watches:
    """The channels of one person's primary calendar."""

    def __init__(self, api: GoogleApi) -> None:
        self._api = api

    async def start(self, callback_url: str, secret: str) -> Watch:
        """Open a channel to this address. Raises NotificationsRefused."""
        channel = {
            "id": str(uuid4()),
            "type": "web_hook",
            "address": callback_url,
            "token": secret,
            "params": {"ttl": str(int(LIFETIME.total_seconds()))},
        }
        where = {"calendarId": PRIMARY}
        method = self._api.calendar.events.watch
        try:
            return _watch(await self._api.call(method, self._api.deadline(), where, channel, idempotent=False))
        except (InvalidRequest, MissingScope) as error:
            raise NotificationsRefused(error.provider_code) from None

    async def replace(self, suite_id: str, callback_url: str, secret: str) -> Watch:
        """Open another channel and stop this one; until then both tell. Raises NotificationsRefused."""
        watch = await self.start(callback_url, secret)
        try:
            await self.stop(suite_id)
        except SuiteError as error:
            _log.info("a replaced watch was left to end by itself", reason=type(error).__name__)
        return watch

    async def stop(self, suite_id: str) -> None:
        """Stop a channel; one that is gone already counts as stopped."""
        channel_id, _, resource_id = suite_id.partition(" ")
        body = {"id": channel_id, "resourceId": resource_id}
        try:
            await self._api.call(self._api.calendar.channels.stop, self._api.deadline(), {}, body)
        except NotFound:
            return


def watch_id(channel_id: str, resource_id: str) -> str:
    """How we call a channel: by all that is needed to stop it, and to believe a post."""
    return f"{channel_id} {resource_id}"


def _watch(channel: Wire) -> Watch:
    channel_id, resource_id = channel.get("id"), channel.get("resourceId")
    if not isinstance(channel_id, str) or not isinstance(resource_id, str):
        raise SuiteUnavailable("MalformedBody")
    return Watch(suite_id=watch_id(channel_id, resource_id), expires_at=_expiry(channel.get("expiration")))


def _expiry(milliseconds: object) -> datetime:
    """When the channel ends; as we asked where Google does not say, or says what cannot be."""
    asked = clock.now() + LIFETIME
    try:
        return datetime.fromtimestamp(int(str(milliseconds)) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return asked
